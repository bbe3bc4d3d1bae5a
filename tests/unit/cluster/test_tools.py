"""The command-line tools: from PATH where the version fits, else built."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ethgen.cluster import tools
from ethgen.cluster.process import Command, Result
from ethgen.errors import ToolError

ROOT = Path(__file__).parents[3]


@dataclass(eq=False)
class Machine:
    """Plays programs on PATH that answer with a version, and a Go that builds whatever is asked for."""

    folder: Path
    versions: dict[str, str] = field(default_factory=dict)
    built: list[str] = field(default_factory=list)
    plugins: str = "/nowhere"

    def install(self, name: str, version: str) -> Path:
        """Put a program on PATH that says this version."""
        program = self.folder / name
        program.touch(mode=0o755)
        self.versions[str(program)] = version
        return program

    def __call__(self, command: Command) -> Result:
        """Do what the command says."""
        program, *arguments = command.argv
        if arguments[:1] == ["env"]:
            return Result(0, f"{self.plugins}\n", "")
        if arguments[0] == "build":
            target = Path(arguments[arguments.index("-o") + 1])
            target.touch(mode=0o755)
            self.built.append(target.name)
            return Result(0, "", "")
        if program in self.versions:
            return Result(0, self.versions[program], "")
        return Result(127, "", "not found")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Return a machine with Go, nothing else, and an empty cache."""
    folder = tmp_path / "path"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("ETHGEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("HELM_REGISTRY_CONFIG", raising=False)
    monkeypatch.setenv("HELM_CONFIG_HOME", str(tmp_path / "helm"))
    monkeypatch.chdir(ROOT)
    made = Machine(folder)
    made.install("go", "go version go1.26.8 linux/amd64")
    return made


@pytest.mark.parametrize(
    ("name", "answer", "version"),
    [
        ("helm", "v3.18.4+gd80839c\n", "v3.18.4"),
        ("helm", "v3.99.0\n", "v3.99.0"),
        ("helmfile", "1.1.2\n", "1.1.2"),
        ("kubectl", "Client Version: v1.35.0\nKustomize Version: v5.8.1\n", "v1.35.0"),
        ("kubectl", "Client Version: v1.37.9\nKustomize Version: v5.8.1\n", "v1.37.9"),
    ],
)
def test_fitting_program_on_path_is_taken(machine: Machine, name: str, answer: str, version: str):
    """A program on PATH whose version is in the range is used as it is."""
    program = machine.install(name, answer)
    found = tools.locate(tools.tool_named(name), machine)
    assert (found.source, found.path, found.version, found.passed_over) == ("PATH", program, version, "")
    assert tools.tool_path(name, runner=machine) == program
    assert machine.built == []


@pytest.mark.parametrize(
    ("name", "answer", "why"),
    [
        ("helm", "v3.17.9\n", "v3.17.9, not >=3.18,<4"),
        ("helm", "v4.3.0\n", "v4.3.0, not >=3.18,<4"),
        ("helmfile", "0.171.0\n", "0.171.0, not >=1.0,<2"),
        ("kubectl", "Client Version: v1.34.9\n", "v1.34.9, not >=1.35,<1.38"),
        ("kubectl", "Client Version: v1.38.0\n", "v1.38.0, not >=1.35,<1.38"),
        ("kubectl", "nonsense\n", "of no known version, not >=1.35,<1.38"),
    ],
)
def test_other_version_on_path_is_passed_over_and_said(machine: Machine, name: str, answer: str, why: str):
    """A program on PATH outside the range is not used, the reason is kept, and the pinned one is built."""
    program = machine.install(name, answer)
    found = tools.locate(tools.tool_named(name), machine)
    assert (found.source, found.path, found.passed_over) == ("missing", None, f"{program} is {why}")
    built = tools.tool_path(name, runner=machine)
    assert machine.built == [name]
    assert tools.locate(tools.tool_named(name), machine).path == built


def test_environment_keeps_the_users_setup_apart(machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The tools find one another and the given cluster, and nothing of the user's helm settings."""
    monkeypatch.setenv("HELM_NAMESPACE", "production")
    monkeypatch.setenv("HELM_KUBECONTEXT", "production")
    monkeypatch.setenv("HELMFILE_ENVIRONMENT", "production")
    monkeypatch.setenv("KUBECONFIG", "/home/user/.kube/config")
    environment = tools.tool_environment(kubeconfig=tmp_path / "kubeconfig", runner=machine)
    cache = tmp_path / "cache"
    home = Path(environment["HELM_DATA_HOME"]).parent
    assert home.is_relative_to(cache)
    assert environment["PATH"].split(os.pathsep) == [str(home / "bin"), str(machine.folder)]
    assert sorted(path.name for path in (home / "bin").iterdir()) == ["helm", "helmfile", "kubectl"]
    assert environment["KUBECONFIG"] == str(tmp_path / "kubeconfig")
    assert {name for name in environment if name.startswith(("HELM_", "HELMFILE_"))} == {
        "HELM_DATA_HOME",
        "HELM_CONFIG_HOME",
        "HELM_CACHE_HOME",
        "HELMFILE_CACHE_HOME",
        "HELMFILE_UPGRADE_NOTICE_DISABLED",
    }


def test_helm_finds_its_plugin(machine: Machine):
    """helm-diff lies where helm looks for plugins, described in the form helm 3 reads."""
    environment = tools.tool_environment(runner=machine)
    plugin = Path(environment["HELM_DATA_HOME"]) / "plugins" / "helm-diff"
    assert (plugin / "plugin.yaml").read_text(encoding="utf-8") == (
        "name: diff\n"
        "version: 3.9.14\n"
        "usage: Preview helm upgrade changes as a diff\n"
        "description: Preview helm upgrade changes as a diff\n"
        "command: $HELM_PLUGIN_DIR/bin/diff\n"
    )
    assert (plugin / "bin" / "diff").resolve() == tools.tool_path("helm-diff", runner=machine)


def test_users_plugin_is_taken_where_it_fits(machine: Machine, tmp_path: Path):
    """A helm-diff that the user's own helm has is used instead of building one."""
    machine.install("helm", "v3.20.0")
    program = tmp_path / "plugins" / "helm-diff" / "bin" / "diff"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o755)
    machine.plugins = str(tmp_path / "plugins")
    machine.versions[str(program)] = "3.12.1\n"
    found = tools.locate(tools.tool_named("helm-diff"), machine)
    assert (found.source, found.path, found.version) == ("PATH", program, "3.12.1")


def test_registry_logins_are_kept(machine: Machine, tmp_path: Path):
    """What `helm registry login` wrote still reaches helm: private chart registries go on working."""
    logins = tmp_path / "helm" / "registry" / "config.json"
    logins.parent.mkdir(parents=True)
    logins.write_text("{}", encoding="utf-8")
    assert tools.tool_environment(runner=machine)["HELM_REGISTRY_CONFIG"] == str(logins)


def test_second_environment_builds_nothing(machine: Machine):
    """Asking for the environment again builds and changes nothing."""
    first = tools.tool_environment(runner=machine)
    built = list(machine.built)
    assert tools.tool_environment(runner=machine) == first
    assert machine.built == built == ["helm", "helmfile", "helm-diff", "kubectl"]


def test_unknown_tool_is_refused():
    """A name that is no tool is answered with those that are."""
    with pytest.raises(ToolError) as caught:
        tools.tool_named("helmfil")
    assert str(caught.value) == (
        "unknown tool 'helmfil'\n  cure: use one of helm, helmfile, helm-diff, kubectl, kubeconform, crane"
    )


@pytest.mark.parametrize("tool", tools.TOOLS, ids=lambda tool: tool.name)
def test_pin_and_module_agree(tool: tools.Tool):
    """The version a tool claims is the one its go.mod pins, with checksums beside it."""
    folder = ROOT / "tools" / tool.name
    manifest = (folder / "go.mod").read_text(encoding="utf-8")
    module = {
        "helm": "helm.sh/helm/v3",
        "helmfile": "github.com/helmfile/helmfile",
        "helm-diff": "github.com/databus23/helm-diff/v3",
        # the module of Kubernetes v1.N is v0.N
        "kubectl": "k8s.io/kubectl => k8s.io/kubectl",
        "kubeconform": "github.com/yannh/kubeconform",
        "crane": "github.com/google/go-containerregistry",
    }[tool.name]
    pinned = tool.version.replace("v1.", "v0.", 1) if tool.name == "kubectl" else tool.version
    assert f"{module} {pinned}" in manifest
    assert (folder / "go.sum").stat().st_size > 0
    assert tool.version in tool.ldflags
