"""Which tools install an environment, and who is refused then."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from ethgen.errors import DeployError
from ethgen.operate.deploy import management
from ethgen.operate.deploy.management import managers, require_unmanaged
from ethgen.spec import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Cluster
    from ethgen.operate.kube import Api
    from ethgen.spec import NetworkSpec

KUBECTL: Any = SimpleNamespace(context="there")
FLUX = "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/{}/kustomizations/one"
ARGOCD = "/apis/argoproj.io/v1alpha1/namespaces/{}/applications/one"


@pytest.fixture(autouse=True)
def _cluster(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def connected(_kubectl: object) -> Iterator[Api]:
        yield api

    monkeypatch.setattr(management, "connected", connected)


def spec(root: Path, gitops: str = "") -> NetworkSpec:
    """Return the spec of an environment `one`."""
    path = root / "one.yaml"
    path.write_text(f"profile: local\n{gitops}", encoding="utf-8")
    return load(path)


def refusal(root: Path, by: str) -> DeployError:
    """Return what is said where a tool is refused."""
    with pytest.raises(DeployError) as error:
        require_unmanaged(KUBECTL, spec(root), by)  # type: ignore[arg-type] - a column of tests
    return error.value


def test_nobody_installs_by_himself(tmp_path: Path):
    """Without the objects, or without their kinds, whoever wants may install."""
    assert managers(KUBECTL, spec(tmp_path)) == []
    require_unmanaged(KUBECTL, spec(tmp_path), "helmfile")


def test_flux_is_known_by_its_kustomization(cluster: Cluster, tmp_path: Path):
    """Whoever else installs is refused, and Flux itself is not."""
    cluster.pages[FLUX.format("flux-system")] = {"metadata": {"name": "one"}}
    error = refusal(tmp_path, "helmfile")
    assert error.message == "Flux installs one in the cluster there, and would undo what helmfile does"
    leaving = '`ethgen help gitops "from one tool"` says how to leave Flux'
    assert error.cure == f"commit, push and deploy --env one --with flux; {leaving}"
    assert refusal(tmp_path, "argocd").message.endswith("would undo what Argo CD does")
    require_unmanaged(KUBECTL, spec(tmp_path), "flux")


def test_argocd_is_known_by_its_root_application(cluster: Cluster, tmp_path: Path):
    """Likewise; what it cannot do is documented where the cure says."""
    cluster.pages[ARGOCD.format("argocd")] = {"metadata": {"name": "one"}}
    error = refusal(tmp_path, "helmfile")
    assert error.message == "Argo CD installs one in the cluster there, and would undo what helmfile does"
    assert "ethgen help upgrades" in error.cure
    assert refusal(tmp_path, "flux").message.endswith("would undo what Flux does")
    require_unmanaged(KUBECTL, spec(tmp_path), "argocd")


def test_their_namespaces_are_those_of_the_spec(cluster: Cluster, tmp_path: Path):
    """Flux and Argo CD may stand elsewhere than usual; then nothing is looked for where they usually are."""
    section = "gitops: {repository: https://git.example.org/x, flux: {namespace: a}, argocd: {namespace: b}}\n"
    for path in (FLUX.format("flux-system"), ARGOCD.format("argocd")):
        cluster.pages[path] = {}
    assert managers(KUBECTL, spec(tmp_path, section)) == []
    cluster.pages |= {FLUX.format("a"): {}, ARGOCD.format("b"): {}}
    assert managers(KUBECTL, spec(tmp_path, section)) == ["flux", "argocd"]
