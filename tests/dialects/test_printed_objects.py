"""The objects of Flux and Argo CD are what their own definitions take: by their schemas, and before an API server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import control_plane
import pytest
from upstream_cases import SHARED

from dialects import (
    CASES,
    argocd_namespaces,
    argocd_objects,
    flux_objects,
    read,
    tool,
)
from ethgen.cluster.charts.acceptance import Schemas, Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dialects import Fleet, Object


@pytest.fixture(params=CASES)
def printed(request: pytest.FixtureRequest, fleets: Callable[[str], Fleet]) -> list[Object]:
    """Give every object of Flux and Argo CD of each case in turn, those that are applied once among them."""
    fleet = fleets(request.param)
    once = ("flux.yaml", "argocd.yaml", "argocd-cm.yaml")
    applied = [each for name in once for each in fleet.documents(f"gitops/{fleet.environment}/{name}")]
    return [*applied, *flux_objects(fleet), *argocd_objects(fleet), *argocd_namespaces(fleet)]


@pytest.fixture(scope="session")
def definitions() -> list[Object]:
    """Return the definitions of Flux's and Argo CD's kinds."""
    paths = [path for path in sorted((SHARED / "crds").glob("*.yaml")) if "flux" in path.name or "argo" in path.name]
    return (
        [each for path in paths for each in read(path)]
        if paths
        else pytest.skip(f"the definitions of Flux and Argo CD are not in {SHARED / 'crds'}")
    )


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, definitions: list[Object]) -> Iterator[Server]:
    """Give an API server on the loopback interface that has the kinds of Flux and Argo CD, and their namespaces."""
    if not control_plane.programs():
        pytest.skip("the cache has no kube-apiserver: `ethgen cluster up` with provider bare builds it")
    with control_plane.running(tmp_path_factory.mktemp("control-plane")) as running:
        made = Server(Path(tool("kubectl")), running.kubeconfig, running.context)
        namespaces = [
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in ("flux-system", "argocd")
        ]
        made.install([*namespaces, *definitions])
        yield made


def test_schemas_take_every_object(printed: list[Object], definitions: list[Object]):
    """Each object is right by the strict schema of its kind: no field is unknown, none is of another type."""
    if not (SHARED / "schemas").is_dir():
        pytest.skip(f"the schemas of Kubernetes' kinds are not in {SHARED / 'schemas'}")
    verdict = Schemas(Path(tool("kubeconform")), SHARED / "schemas").judge(printed, definitions)
    assert verdict.problems == ()
    assert verdict.accepted == len(printed)


def test_an_api_server_takes_every_object(printed: list[Object], definitions: list[Object], server: Server):
    """A strict dry run of the API server, with the definitions of both tools, refuses none."""
    verdict = server.judge(printed, "default", definitions)
    assert verdict.problems == ()
    assert (verdict.accepted, verdict.waiting) == (len(printed), 0)


@pytest.mark.parametrize("kind", ["HelmRelease", "Application", "Kustomization", "AppProject"])
def test_both_would_see_a_mistake(kind: str, fleets: Callable[[str], Fleet], definitions: list[Object], server: Server):
    """A field that no definition knows is refused by the schemas and by the API server."""
    fleet = fleets("staging")
    path = f"gitops/{fleet.environment}"
    objects = [
        *flux_objects(fleet),
        *argocd_objects(fleet),
        *fleet.documents(f"{path}/flux.yaml"),
    ]
    given: dict[str, Any] = next(each for each in objects if each["kind"] == kind)
    wrong = [{**given, "spec": {**given["spec"], "intervall": "5m"}}]
    assert server.judge(wrong, "default", definitions).problems
    if (SHARED / "schemas").is_dir():
        assert Schemas(Path(tool("kubeconform")), SHARED / "schemas").judge(wrong, definitions).problems
