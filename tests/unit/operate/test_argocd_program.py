"""Argo CD's program and manifests come from one pinned module."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ethgen.cluster.process import Command, Result
from ethgen.operate.argocd import program

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[3]


def test_the_pinned_module_is_the_one_that_is_built() -> None:
    """tools/argocd/go.mod names the version that the program and its manifests are said to have."""
    words = (ROOT / "tools" / "argocd" / "go.mod").read_text().split()
    assert words[words.index(program.ARGOCD_MODULE) + 1] == program.ARGOCD_VERSION
    sums = (ROOT / "tools" / "argocd" / "go.sum").read_text()
    assert f"{program.ARGOCD_MODULE} {program.ARGOCD_VERSION} h1:" in sums
    assert program.ARGOCD_VERSION.removeprefix("v") in program.build_request().ldflags


def module(folder: Path) -> Callable[[Command], Result]:
    """Return a runner that answers for a Go and hands out a module of these manifests."""
    for name in (*program.MANIFESTS, *program.SCRIPTS):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"name: {name}\n")

    def run(command: Command) -> Result:
        if command.argv[1] == "version":
            return Result(0, "go version go1.26.8 linux/amd64", "")
        return Result(0, json.dumps({"Dir": str(folder)}), "")

    return run


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with a Go and an empty cache."""
    go = tmp_path / "path" / "go"
    go.parent.mkdir()
    go.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(go.parent))
    monkeypatch.setenv("ETHGEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(ROOT)


def test_the_files_are_the_modules_own_and_fetched_once(tmp_path: Path) -> None:
    """They are copied into the cache in their order; the second time nothing is asked for."""
    found = program.ensure_files(runner=module(tmp_path / "module"))
    for paths, names in zip(found, (program.MANIFESTS, program.SCRIPTS), strict=True):
        assert [path.read_text() for path in paths] == [f"name: {name}\n" for name in names]

    def never(command: Command) -> Result:
        raise AssertionError(command.argv)

    assert program.ensure_files(runner=never) == found
