"""Repositories with rendered environments, all with the objects of Flux and Argo CD."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml

from dialects import CASES, REPOSITORY, Case, Fleet, variables
from ethgen.render.build import build
from ethgen.spec import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker of these tests."""
    config.addinivalue_line("markers", "chart: draws the chart with helm")


@pytest.fixture(scope="session")
def fleets(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Fleet]:
    """Return a function that gives the rendered repository of a case, rendered once."""
    made: dict[str, Fleet] = {}

    def give(name: str) -> Fleet:
        if name not in made:
            made[name] = _rendered(CASES[name], tmp_path_factory.mktemp(name))
        return made[name]

    return give


@pytest.fixture
def render(tmp_path: Path) -> Callable[[Path], Fleet]:
    """Return a function that gives the rendered repository of a spec of the test's own."""
    return lambda spec: _rendered(Case(spec), tmp_path / "scratch")


def _rendered(case: Case, scratch: Path) -> Fleet:
    root = scratch / "repository"
    top = root / case.folder
    shutil.copytree(REPOSITORY / "charts", top / "charts")
    shutil.copytree(case.spec.parent, top / "environments")
    path = top / "environments" / case.spec.name
    document = yaml.safe_load(path.read_text())
    gitops = {"repository": "https://git.example.org/fleet", **document.get("gitops", {}), "path": case.folder}
    path.write_text(yaml.safe_dump({**document, "gitops": gitops}))
    spec = load(path)
    for name, content in build(spec).items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_bytes(content)
    subprocess.run(["git", "init", "--quiet", root], check=True)
    return Fleet(root, spec.environment, scratch, case.folder, variables(scratch))
