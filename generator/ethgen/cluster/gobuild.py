"""Go programs from pinned modules, built once into the cache.

What is built is a `BuildRequest`; where it lands depends on nothing but its content and the Go version, so a changed
pin, flag or source file is a new binary and an unchanged one is never built twice. Compiled packages go to Go's own
build cache, which all requests share.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ethgen.cluster.cache import cache_root, full_disk_cure, locked, scratch_folder, silent
from ethgen.cluster.gotoolchain import Go, find_go, locate_go
from ethgen.cluster.process import Command, run
from ethgen.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ethgen.cluster.cache import Progress
    from ethgen.cluster.process import Result, Runner

_NOT_COMPILED = ("*_test.go", "*.md", "Dockerfile*", ".*")


@dataclass(frozen=True, slots=True)
class WrapperModule:
    """A committed folder with go.mod and go.sum, and perhaps a small main, that pins the program as a dependency.

    Attributes:
        folder: the module's folder; every file in it counts as its content but tests, pages and Dockerfiles.
    """

    folder: Path


@dataclass(frozen=True, slots=True)
class PublishedModule:
    """A module without replace directives, which `go install` takes as it is published.

    Attributes:
        path: the module path, `github.com/containerd/containerd/v2`.
        version: its version, `v2.4.2`.
        checksum: its `h1:` checksum as the checksum database and go.sum write it; its own go.sum pins the rest.
        go: the least Go version it builds with, `1.26.0`.
    """

    path: str
    version: str
    checksum: str
    go: str


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """One Go program.

    Attributes:
        binary: the file name of the result.
        version: what the program calls itself, for people and the cache folder's name.
        module: where it comes from.
        package: the main package: an import path, or `./cmd/x` inside a wrapper module.
        cgo: whether it contains C code; then it is linked statically by the machine's C compiler.
        tags: build tags.
        ldflags: linker flags.
    """

    binary: str
    version: str
    module: WrapperModule | PublishedModule
    package: str
    cgo: bool = False
    tags: tuple[str, ...] = ()
    ldflags: str = "-s -w"


def build(request: BuildRequest, progress: Progress = silent, runner: Runner = run) -> Path:
    """Return the path of the program, building it first where the cache does not hold it.

    An interrupted build leaves Go's build cache warmer and nothing else. Two runs at once build it once.

    Raises:
        ToolError: there is no fitting Go, the sources cannot be had or are not the pinned ones, or they do not compile.
        EthgenError: the disk is full or the cache cannot be written to.
    """
    if found := cached(request, runner):
        return found
    with locked(f"build-{request.binary}", progress):
        go = find_go(minimum_go(request.module), progress, runner)
        target = _target(request, go.version)
        if not target.is_file():
            _build_into(target, request, go, progress, runner)
    return target


def cached(request: BuildRequest, runner: Runner = run) -> Path | None:
    """Return the program where the cache holds it, without building or changing anything.

    Where this machine has no Go at all, a binary of any Go version will do: a cache may be carried to it.
    """
    folder = _request_folder(request)
    if not folder.is_dir():
        return None
    if go := locate_go(minimum_go(request.module), runner):
        target = _target(request, go.version)
        return target if target.is_file() else None
    return next(iter(sorted(folder.glob(f"go*/{request.binary}"), reverse=True)), None)


def log_path(request: BuildRequest) -> Path:
    """Return where the output of the request's last build lies."""
    return cache_root() / "logs" / f"{_request_folder(request).name}.log"


def _request_folder(request: BuildRequest) -> Path:
    return cache_root() / "bin" / f"{request.binary}-{request.version}-{_digest(request)[:12]}"


def _target(request: BuildRequest, go_version: str) -> Path:
    return _request_folder(request) / f"go{go_version}" / request.binary


def _digest(request: BuildRequest) -> str:
    digest = hashlib.sha256()
    parts = (
        request.package,
        f"cgo={request.cgo}",
        " ".join(request.tags),
        request.ldflags,
        platform.machine(),
        *_module_parts(request.module),
    )
    for part in parts:
        digest.update(f"{len(part)}:{part}".encode())
    return digest.hexdigest()


def _module_parts(module: WrapperModule | PublishedModule) -> Iterable[str]:
    if isinstance(module, PublishedModule):
        yield from (module.path, module.version, module.checksum)
        return
    for path in sorted(module.folder.rglob("*")):
        if path.is_file() and not any(path.match(pattern) for pattern in _NOT_COMPILED):
            yield path.relative_to(module.folder).as_posix()
            yield hashlib.sha256(path.read_bytes()).hexdigest()


def minimum_go(module: WrapperModule | PublishedModule) -> str:
    """Return the least Go version that a module builds with.

    Raises:
        ToolError: its go.mod is missing, or names none.
    """
    if isinstance(module, PublishedModule):
        return module.go
    manifest = module.folder / "go.mod"
    try:
        lines = manifest.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise ToolError(f"no Go module at {module.folder}", cure="restore it with `git checkout`") from error
    for line in lines:
        words = line.split()
        if len(words) == 2 and words[0] == "go":  # noqa: PLR2004 - the directive and its one argument
            return words[1]
    raise ToolError(f"{manifest} has no go directive", cure="restore it with `git checkout`")


def _build_into(target: Path, request: BuildRequest, go: Go, progress: Progress, runner: Runner) -> None:
    log = log_path(request)
    with scratch_folder(target.parent) as scratch:
        step = f"building {request.binary} {request.version} with Go {go.version}"
        progress(step)
        _verify_published(request, go, runner)
        result = runner(_command(request, go, scratch, lambda done: progress(f"{step}: {done}")))
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(result.errors, encoding="utf-8")
        if not result.ok:
            raise _failure(request, result, log)
        built = next(scratch.iterdir(), None)
        if built is None:  # go says nothing about a package that is not a main one
            raise ToolError(f"cannot build {request.binary} {request.version}: {request.package} is no main package")
        built.replace(target)


def _command(request: BuildRequest, go: Go, scratch: Path, progress: Progress) -> Command:
    compiled = 0

    def count(line: str) -> None:
        nonlocal compiled
        if line and not line.startswith("#") and " " not in line and "\t" not in line:
            compiled += 1
            progress(f"{compiled} packages, {line}")

    flags = ["-v", "-trimpath", "-buildvcs=false", f"-ldflags={request.ldflags}"]
    if request.tags:
        flags.append(f"-tags={','.join(request.tags)}")
    environment = go_environment(go, cgo=request.cgo)
    if isinstance(request.module, PublishedModule):
        environment["GOBIN"] = str(scratch)
        argv = [str(go.program), "install", *flags, f"{request.package}@{request.module.version}"]
        return Command(argv, environment, scratch, on_line=count)
    output = str(scratch / request.binary)
    argv = [str(go.program), "build", "-mod=readonly", *flags, "-o", output, request.package]
    return Command(argv, environment, request.module.folder, on_line=count)


def go_environment(go: Go, *, cgo: bool) -> dict[str, str]:
    """Return the environment for a build: the user's own proxies and caches, and nothing that changes the result."""
    changing = {"GOFLAGS", "GOOS", "GOARCH", "GOBIN", "GOWORK", "GO111MODULE", "GOEXPERIMENT", "GOROOT", "GODEBUG"}
    environment = {name: value for name, value in os.environ.items() if name not in changing}
    return environment | {
        "CGO_ENABLED": "1" if cgo else "0",
        "GOFLAGS": "-buildvcs=false",  # not empty: an empty one would let the user's `go env -w` through
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "PATH": f"{go.program.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    }


def _verify_published(request: BuildRequest, go: Go, runner: Runner) -> None:
    module = request.module
    if not isinstance(module, PublishedModule):
        return
    wanted = f"{module.path}@{module.version}"
    argv = [str(go.program), "mod", "download", "-json", wanted]
    result = runner(Command(argv, go_environment(go, cgo=False), Path(tempfile.gettempdir())))
    try:
        answer = json.loads(result.output)
    except ValueError:
        answer = {}
    if not result.ok or "Sum" not in answer:
        problem = _first_problem(answer.get("Error") or result.errors)
        raise ToolError(f"cannot download {wanted}: {problem}", cure=_NETWORK_CURE)
    if answer["Sum"] != module.checksum:
        raise ToolError(
            f"{wanted} has the checksum {answer['Sum']}, not the pinned {module.checksum}",
            cure="do not use it: check the pin and the proxy in `go env GOPROXY`",
        )


_NETWORK_CURE = "check the network and `go env GOPROXY`; a cache folder filled elsewhere can be used with ETHGEN_CACHE"

_CAUSES = (
    ("no space left on device", "the disk is full", ""),
    ("disk quota exceeded", "the disk quota is used up", ""),
    (
        "C compiler",
        "there is no C compiler",
        "install one: apt install gcc libc6-dev",
    ),
    ("checksum mismatch", "a module is not the one that go.sum pins", "do not use it: check `go env GOPROXY`"),
    ("signal: killed", "the compiler was killed, most likely for want of memory", "give the machine 4 GiB or more"),
    ("dial tcp", "the module proxy cannot be reached", _NETWORK_CURE),
    ("i/o timeout", "the module proxy cannot be reached", _NETWORK_CURE),
    ("TLS handshake", "the module proxy cannot be reached", _NETWORK_CURE),
    ("module lookup disabled", "the modules are not on this machine and GOPROXY is off", _NETWORK_CURE),
)
"""A text in Go's output, what it means, and the cure."""


def _failure(request: BuildRequest, result: Result, log: Path) -> ToolError:
    what = f"cannot build {request.binary} {request.version}"
    for text, meaning, cure in _CAUSES:
        if text in result.errors:
            return ToolError(f"{what}: {meaning} (log: {log})", cure=cure or full_disk_cure(cache_root()))
    return ToolError(f"{what}: {_first_problem(result.errors)} (log: {log})", cure=f"read {log}")


def _first_problem(errors: str) -> str:
    lines = [line.strip() for line in errors.splitlines()]
    said = [line for line in lines if line and not line.startswith(("#", "go: downloading"))]
    return next((line for line in said if ": " in line), said[-1] if said else "go said nothing")
