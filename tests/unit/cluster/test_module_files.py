"""Files of pinned modules; Go is played."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from ethgen.cluster.gobuild import WrapperModule
from ethgen.cluster.module_files import ModuleFiles, ensure_files
from ethgen.cluster.process import Command, Result
from ethgen.errors import ToolError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(eq=False)
class Proxy:
    """Plays Go, which has one module, or none."""

    module: Path | None
    asked: list[Command] = field(default_factory=list)

    def __call__(self, command: Command) -> Result:
        """Do what the command says."""
        if command.argv[1] == "version":
            return Result(0, "go version go1.26.8 linux/amd64", "")
        self.asked.append(command)
        return Result(0, json.dumps({"Dir": str(self.module)}), "") if self.module else Result(1, "", "dial tcp")


@pytest.fixture
def wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleFiles:
    """Return two files of a module that a go.sum pins, with Go on PATH and an empty cache."""
    monkeypatch.setenv("ETHGEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "go").touch(mode=0o755)
    (tmp_path / "go.mod").write_text("module m\n\ngo 1.26.0\n", encoding="utf-8")
    for name in ("one", "two"):
        (tmp_path / "module" / "config").mkdir(parents=True, exist_ok=True)
        (tmp_path / "module" / "config" / f"{name}.yaml").write_text(name, encoding="utf-8")
    return ModuleFiles("example.org/m", "v1.0.0", WrapperModule(tmp_path), ("config/two.yaml", "config/one.yaml"))


def test_files_come_in_the_order_wanted(wanted: ModuleFiles, tmp_path: Path):
    """The files of the module, in the version wanted, are held against the go.sum that pins it."""
    proxy = Proxy(tmp_path / "module")
    files = ensure_files(wanted, runner=proxy)
    assert [file.read_text(encoding="utf-8") for file in files] == ["two", "one"]
    (command,) = proxy.asked
    assert command.argv[1:] == ["mod", "download", "-json", "example.org/m@v1.0.0"]
    assert command.folder == tmp_path


def test_files_are_fetched_once(wanted: ModuleFiles, tmp_path: Path):
    """What the cache holds needs neither Go nor a network."""
    first = ensure_files(wanted, runner=Proxy(tmp_path / "module"))
    assert ensure_files(wanted, runner=Proxy(None)) == first


def test_an_unreachable_module_is_told(wanted: ModuleFiles):
    """Without a network the error names the module and what to look at."""
    with pytest.raises(ToolError, match=r"cannot download example\.org/m@v1\.0\.0\n  cure: check the network"):
        ensure_files(wanted, runner=Proxy(None))


def test_a_missing_file_is_told(wanted: ModuleFiles, tmp_path: Path):
    """A module that no longer has a file is named with it, and the cache keeps nothing half done."""
    (tmp_path / "module" / "config" / "one.yaml").unlink()
    with pytest.raises(ToolError, match=r"example\.org/m v1\.0\.0 has no file config/one\.yaml"):
        ensure_files(wanted, runner=Proxy(tmp_path / "module"))
    assert not list((tmp_path / "cache").rglob(".partial-*"))
