"""The command-line tools a deployment needs: found on PATH where the version fits, else built once into the cache.

The pins are the modules under `tools/`, whose go.sum holds the checksum of everything that is compiled; the releases'
own downloads are not used, for their checksums cannot be pinned beside the modules'.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ethgen.cluster.cache import cache_root, locked, scratch_folder, silent
from ethgen.cluster.gobuild import BuildRequest, WrapperModule, build, cached
from ethgen.cluster.gotoolchain import version_key
from ethgen.cluster.process import Command, run
from ethgen.errors import ToolError
from ethgen.package_data import package_data

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ethgen.cluster.cache import Progress
    from ethgen.cluster.process import Runner

KUBERNETES = "v1.36.3"
"""The Kubernetes that clusters made here run, and that charts are drawn for."""


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool.

    Attributes:
        name: its name and that of its folder under `tools/`.
        purpose: what it is needed for.
        version: the pinned version.
        package: its main package.
        fits: the versions on PATH that are taken instead: at least the first, below the second.
        probe: the arguments that make it print its version, the first thing of that form in its output.
        ldflags: linker flags, chiefly those that tell it its version.
        tags: build tags.
    """

    name: str
    purpose: str
    version: str
    package: str
    fits: tuple[str, str]
    probe: tuple[str, ...]
    ldflags: str
    tags: tuple[str, ...] = ()

    @property
    def wanted(self) -> str:
        """The fitting versions in words."""
        return f">={self.fits[0]},<{self.fits[1]}"


def _set(version: str, *variables: str) -> str:
    return " ".join(["-s -w", *(f"-X {variable}={version}" for variable in variables)])


def _kubernetes_of_helm() -> str:
    """Return the flags that say which Kubernetes `helm template` assumes; a helm built without them assumes 1.20."""
    packages = ("helm.sh/helm/v3/pkg/chartutil", "helm.sh/helm/v3/pkg/lint/rules")
    return " ".join(f"-X {package}.k8sVersionMajor=1 -X {package}.k8sVersionMinor=36" for package in packages)


TOOLS = (
    Tool(
        name="helm",
        purpose="installing charts",
        version="v3.22.0",
        package="helm.sh/helm/v3/cmd/helm",
        fits=("3.18", "4"),
        probe=("version", "--short"),
        ldflags=f"{_set('v3.22.0', 'helm.sh/helm/v3/internal/version.version')} {_kubernetes_of_helm()}",
    ),
    Tool(
        name="helmfile",
        purpose="installing the releases of an environment in order",
        version="v1.8.0",
        package="github.com/helmfile/helmfile",
        fits=("1.0", "2"),
        probe=("version", "--output", "short"),
        ldflags=_set("v1.8.0", "go.szostok.io/version.version"),
        # vals' tag: leaves out the clients of two dozen secret stores, which ethgen's helmfiles never refer to
        tags=("custom_providers",),
    ),
    Tool(
        name="helm-diff",
        purpose="changing only what differs",
        version="v3.9.14",
        package="github.com/databus23/helm-diff/v3",
        fits=("3.9.14", "4"),
        probe=("version",),
        ldflags=_set("v3.9.14", "github.com/databus23/helm-diff/v3/cmd.Version"),
    ),
    Tool(
        name="kubectl",
        purpose="talking to a cluster",
        version=KUBERNETES,
        package=".",
        fits=("1.35", "1.38"),  # Kubernetes' version skew policy: one minor version either way
        probe=("version", "--client"),
        ldflags=" ".join(
            [
                _set(KUBERNETES, "k8s.io/component-base/version.gitVersion", "k8s.io/client-go/pkg/version.gitVersion"),
                "-X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36",
            ],
        ),
    ),
    Tool(
        name="kubeconform",
        purpose="checking rendered manifests",
        version="v0.8.0",
        package="github.com/yannh/kubeconform/cmd/kubeconform",
        fits=("0.6.7", "2"),
        probe=("-v",),
        ldflags=_set("v0.8.0", "main.version"),
    ),
    Tool(
        name="crane",
        purpose="pulling images where there is no container engine",
        version="v0.22.1",
        package="github.com/google/go-containerregistry/cmd/crane",
        fits=("0.19", "1"),
        probe=("version",),
        ldflags=_set("v0.22.1", "github.com/google/go-containerregistry/cmd/crane/cmd.Version"),
    ),
)
"""Every tool, in the order they are installed in."""

DEPLOYMENT_TOOLS = ("helm", "helmfile", "helm-diff", "kubectl")
"""The tools that `ethgen deploy` cannot do without."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where a tool is.

    Attributes:
        tool: the tool.
        source: `PATH`, `cache`, or `missing`.
        path: the program, or None.
        version: its version; empty where it is missing.
        passed_over: a program on PATH that does not fit, and why; empty where there is none.
    """

    tool: Tool
    source: Literal["PATH", "cache", "missing"]
    path: Path | None = None
    version: str = ""
    passed_over: str = ""


def tool_named(name: str) -> Tool:
    """Return the tool called `name`.

    Raises:
        ToolError: there is none.
    """
    for tool in TOOLS:
        if tool.name == name:
            return tool
    raise ToolError(f"unknown tool {name!r}", cure=f"use one of {', '.join(tool.name for tool in TOOLS)}")


def locate(tool: Tool, runner: Runner = run) -> Found:
    """Say where the tool is, without building or changing anything."""
    passed_over = ""
    if program := _candidate(tool, runner):
        version = _version(program, tool, runner)
        low, high = (version_key(bound) for bound in tool.fits)
        if version and low <= version_key(version) < high:
            return Found(tool, "PATH", program, version)
        passed_over = f"{program} is {version or 'of no known version'}, not {tool.wanted}"
    if program := cached(_request(tool), runner):
        return Found(tool, "cache", program, tool.version, passed_over)
    return Found(tool, "missing", passed_over=passed_over)


def tool_path(name: str, progress: Progress = silent, runner: Runner = run) -> Path:
    """Return the path of a tool, building it into the cache where it is neither on PATH nor there.

    Raises:
        ToolError: there is no such tool, or it cannot be built.
    """
    tool = tool_named(name)
    found = locate(tool, runner)
    return found.path or build(_request(tool), progress, runner)


def tool_environment(
    names: tuple[str, ...] = DEPLOYMENT_TOOLS,
    *,
    kubeconfig: Path | None = None,
    progress: Progress = silent,
    runner: Runner = run,
) -> dict[str, str]:
    """Return the environment in which to run the tools, building those that are missing.

    They come first on PATH, helm has helm-diff and keeps its files in the cache folder, none of the user's HELM_ and
    HELMFILE_ variables reach them, and only `kubeconfig` does: nothing of this touches the user's own set-up.

    Raises:
        ToolError: a tool cannot be built.
    """
    programs = {name: tool_path(name, progress, runner) for name in names}
    home = _tool_home(programs)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HELM_", "HELMFILE_"))}
    environment |= {
        "PATH": f"{home / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "HELM_DATA_HOME": str(home / "helm"),
        "HELM_CONFIG_HOME": str(cache_root() / "helm" / "config"),
        "HELM_CACHE_HOME": str(cache_root() / "helm" / "cache"),
        "HELMFILE_CACHE_HOME": str(cache_root() / "helmfile"),
        "HELMFILE_UPGRADE_NOTICE_DISABLED": "true",
    }
    if logins := _registry_logins():
        environment["HELM_REGISTRY_CONFIG"] = str(logins)
    if kubeconfig is not None:
        environment["KUBECONFIG"] = str(kubeconfig)
    return environment


def _request(tool: Tool) -> BuildRequest:
    return BuildRequest(
        binary=tool.name,
        version=tool.version,
        module=WrapperModule(package_data() / "tools" / tool.name),
        package=tool.package,
        tags=tool.tags,
        ldflags=tool.ldflags,
    )


def _candidate(tool: Tool, runner: Runner) -> Path | None:
    if tool.name != "helm-diff":
        found = shutil.which(tool.name)
        return Path(found) if found else None
    # a plugin is not on PATH: the user's own helm knows where it is
    if helm := shutil.which("helm"):
        answer = runner(Command([helm, "env", "HELM_PLUGINS"]))
        program = Path(answer.output.strip()) / "helm-diff" / "bin" / "diff"
        if answer.ok and program.is_file():
            return program
    return None


def _version(program: Path, tool: Tool, runner: Runner) -> str:
    environment = {**os.environ, "HELMFILE_UPGRADE_NOTICE_DISABLED": "true"}
    result = runner(Command([str(program), *tool.probe], environment, timeout=20))
    found = re.search(r"v?\d+\.\d+\.\d+", result.output)
    return found[0] if result.ok and found else ""


def _registry_logins() -> Path | None:
    """Return the file that `helm registry login` wrote: private chart registries keep working."""
    own = os.environ.get("HELM_REGISTRY_CONFIG")
    configuration = Path(os.environ.get("HELM_CONFIG_HOME") or "~/.config/helm").expanduser()
    path = Path(own) if own else configuration / "registry" / "config.json"
    return path if path.is_file() else None


def _tool_home(programs: Mapping[str, Path]) -> Path:
    """Return a folder with links to exactly these programs, and helm's data folder with its plugin."""
    key = hashlib.sha256(repr(sorted((name, str(path)) for name, path in programs.items())).encode()).hexdigest()[:12]
    home = cache_root() / "tools" / key
    if home.is_dir():
        return home
    with locked("tools"), scratch_folder(home.parent) as scratch:
        if home.is_dir():
            return home
        made = scratch / "home"
        (made / "bin").mkdir(parents=True)
        for name, path in programs.items():
            if name == "helm-diff":
                _plugin(made / "helm" / "plugins" / name, path)
            else:
                (made / "bin" / name).symlink_to(path)
        made.replace(home)
    return home


def _plugin(folder: Path, program: Path) -> None:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "diff").symlink_to(program)
    # the form helm 3 reads; helm 4 still takes it
    lines = (
        "name: diff",
        f"version: {tool_named('helm-diff').version.removeprefix('v')}",
        "usage: Preview helm upgrade changes as a diff",
        "description: Preview helm upgrade changes as a diff",
        "command: $HELM_PLUGIN_DIR/bin/diff",
    )
    (folder / "plugin.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
