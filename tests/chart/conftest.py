"""Helm, the values that the chart is drawn with, and the objects it draws."""

from __future__ import annotations

import os
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ethgen.cluster.tools import locate, tool_named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REPOSITORY = Path(__file__).parents[2]
CHART = REPOSITORY / "charts" / "ethereum-infrastructure"

Object = dict[str, Any]


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker of these tests."""
    config.addinivalue_line("markers", "chart: draws the chart with helm")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker("chart")


def tool(name: str) -> str:
    """Return the path of a pinned tool, from PATH or ethgen's cache; the test fails without it, and builds nothing."""
    found = locate(tool_named(name)).path
    return str(found) if found else pytest.fail(f"there is no fitting {name}: run `ethgen tools install`")


@pytest.fixture(scope="session")
def program() -> Callable[[str], str]:
    """Return the function that finds a program."""
    return tool


@pytest.fixture(scope="session")
def helm(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs helm with nothing of the user's: no cluster, plugins or repositories."""
    home = tmp_path_factory.mktemp("helm")
    own = {f"HELM_{kind}_HOME": str(home / kind.lower()) for kind in ("CACHE", "CONFIG", "DATA")}
    environment = {**os.environ, **own, "KUBECONFIG": str(home / "no-kubeconfig")}
    program = tool("helm")

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [program, *map(str, arguments)]
        return subprocess.run(command, env=environment, text=True, capture_output=True, check=False, timeout=60)

    return run


@pytest.fixture(scope="session")
def template(helm: Callable[..., subprocess.CompletedProcess[str]]) -> Callable[..., str]:
    """Return a function that draws the chart with a values file; the test fails when helm refuses."""

    @cache
    def draw(values: Path | None, *arguments: str) -> str:
        given = ("--values", values) if values else ()
        done = helm(
            "template", "ethereum", CHART, "--namespace", "network", "--kube-version", "1.36.3", *given, *arguments
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return draw


@pytest.fixture(scope="session")
def objects(template: Callable[..., str]) -> Callable[..., list[Object]]:
    """Return a function that draws the chart and reads the objects, hooks included."""

    def draw(values: Path | None, *arguments: str) -> list[Object]:
        return [found for found in yaml.load_all(template(values, *arguments), yaml.CSafeLoader) if found]

    return draw


@pytest.fixture(scope="session")
def longest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the local example under the longest names that the schema accepts."""
    values = yaml.safe_load((CHART / "ci" / "local-values.yaml").read_text())
    long = "n" + "-" * 38 + "n"
    values["network"] = long
    values["nodes"] = {long: values["nodes"]["geth-prysm"]}
    values["validators"] = {long: values["validators"]["a"]}
    for layer in ("execution", "consensus"):
        values["nodes"][long][layer]["client"] = long
    path = tmp_path_factory.mktemp("values") / "longest.yaml"
    path.write_text(yaml.safe_dump(values))
    return path


def examples() -> Iterator[Path]:
    """Yield every values file of the chart in the repository: its own examples, and what `ethgen render` made."""
    yield from sorted((CHART / "ci").glob("*-values.yaml"))
    for path in sorted((REPOSITORY / "values").glob("*/*.yaml")):
        document = next(yaml.load_all(path.read_text(), yaml.CSafeLoader), None)
        if isinstance(document, dict) and {"network", "chainId"} <= set(document):
            yield path


def name_of(case: Path | str | None) -> str:
    """Return how a case is called in pytest's output."""
    return "/".join(case.parts[-2:]) if isinstance(case, Path) else case or "defaults"


EXAMPLES = (*examples(), "longest")


def _values(request: pytest.FixtureRequest) -> Path | None:
    return request.getfixturevalue("longest") if request.param == "longest" else request.param


@pytest.fixture(params=[None, *EXAMPLES], ids=name_of)
def case(request: pytest.FixtureRequest) -> Path | None:
    """Give each values file in turn, and none for the defaults."""
    return _values(request)


@pytest.fixture(params=EXAMPLES, ids=name_of)
def example(request: pytest.FixtureRequest) -> Path | None:
    """Give each values file in turn."""
    return _values(request)


@pytest.fixture
def drawn(case: Path | None, objects: Callable[..., list[Object]]) -> list[Object]:
    """Return what each values file draws, ServiceMonitors included."""
    return objects(case, "--set", "metrics.serviceMonitor=true")
