"""What the real charts know, the charts themselves, and an API server: each test says what it could not have."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import control_plane
import pytest
import yaml
from upstream_cases import REPOSITORY, SHARED

from ethgen.cluster.charts.acceptance import Server
from ethgen.cluster.charts.rendering import Helm, read_objects
from ethgen.cluster.charts.supply import Supply, charts_folder
from ethgen.cluster.tools import locate, tool_environment, tool_named
from ethgen.spec import load
from ethgen.stack.catalogue import KNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ethgen.spec import NetworkSpec


@pytest.fixture(scope="session")
def chart_values() -> Path:
    """Return the folder with the values that the real charts know."""
    folder = SHARED / "chart-values"
    return folder if folder.is_dir() else pytest.skip(f"the charts' own values are not in {folder}")


@pytest.fixture(scope="session")
def schemas() -> Path:
    """Return the folder with the schemas of Kubernetes' kinds."""
    folder = SHARED / "schemas"
    return folder if folder.is_dir() else pytest.skip(f"the schemas of Kubernetes' kinds are not in {folder}")


@pytest.fixture(scope="session")
def supply() -> Supply:
    """Return the folder with the real charts as where they come from."""
    folder = charts_folder()
    return Supply(folder) if folder else pytest.skip("ETHGEN_CHARTS names no folder of packaged charts")


@pytest.fixture(scope="session")
def program() -> Callable[[str], Path]:
    """Return the function that finds a pinned tool, from PATH or ethgen's cache; it builds nothing."""

    def find(name: str) -> Path:
        return locate(tool_named(name)).path or pytest.fail(f"there is no fitting {name}: run `ethgen tools install`")

    return find


@pytest.fixture(scope="session")
def helm(program: Callable[[str], Path]) -> Helm:
    """Return helm, with nothing of the user's."""
    program("helm")
    return Helm(tool_environment(("helm",)))


@pytest.fixture(scope="session")
def api_server(
    tmp_path_factory: pytest.TempPathFactory, program: Callable[[str], Path]
) -> Iterator[control_plane.ControlPlane]:
    """Return a throw-away API server: that of `ETHGEN_TEST_KUBECONFIG`, else one of our own."""
    if named := os.environ.get("ETHGEN_TEST_KUBECONFIG"):
        context = yaml.safe_load(Path(named).read_text())["current-context"]
        yield control_plane.ControlPlane(Path(named), context)
        return
    if not control_plane.programs():
        pytest.skip(
            "no API server: the cache has no kube-apiserver (`ethgen cluster up` with provider bare builds it), and "
            "ETHGEN_TEST_KUBECONFIG names no throw-away cluster"
        )
    with control_plane.running(tmp_path_factory.mktemp("control-plane")) as server:
        if SHARED.is_dir():
            # The only kinds of others that are drawn where no release of the environment brings them.
            definitions = read_objects((SHARED / "crds" / "monitoring.coreos.com.yaml").read_text(), "definitions")
            Server(program("kubectl"), server.kubeconfig, server.context).install(definitions)
        yield server


@pytest.fixture(scope="session")
def every_release(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], NetworkSpec]:
    """Return a function that gives a spec of a profile with every release that ethgen knows."""
    folder = tmp_path_factory.mktemp("environments")

    def make(profile: str) -> NetworkSpec:
        path = folder / f"{profile}.yaml"
        written = yaml.safe_load((REPOSITORY / "tests" / "fixtures" / "valid" / "releases.yaml").read_text())
        # What is known and not in the fixture needs no section of its own.
        written["releases"] = {name: {} for name in KNOWN}
        path.write_text(json.dumps(written | {"profile": profile}))
        return load(path)

    return make
