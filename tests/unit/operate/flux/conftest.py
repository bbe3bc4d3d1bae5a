"""Objects of Flux as the API server shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Cluster


class FluxCluster:
    """An API server with Flux, which has installed a commit.

    Each method but the last two says how one kind of its objects is.
    """

    commit = "0123456789abcdef0123456789abcdef01234567"
    revision = f"main@sha1:{commit}"
    chart = f"0.1.0+{commit[:12]}.1"

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.source()
        self.whole()
        self.releases(self.release())
        self.charts(self.described("flux-system-devnet"))

    def source(self, **status: Any) -> None:  # noqa: ANN401 - parts of a status
        """Say how the repository is."""
        self._page(
            "source.toolkit.fluxcd.io/v1",
            "gitrepositories/local",
            self.described("local", **{"artifact": {"revision": self.revision}, **status}),
        )

    def whole(self, **status: Any) -> None:  # noqa: ANN401 - parts of a status
        """Say how the Kustomization is."""
        applied = {"lastAppliedRevision": self.revision, "lastAttemptedRevision": self.revision}
        page = self.described("local", **{**applied, **status})
        self._page("kustomize.toolkit.fluxcd.io/v1", "kustomizations/local", page)

    def releases(self, *items: dict[str, Any]) -> None:
        """Say which releases there are, and how."""
        self._page("helm.toolkit.fluxcd.io/v2", "helmreleases", {"items": list(items)})
        for each in items:
            self._page("helm.toolkit.fluxcd.io/v2", f"helmreleases/{each['metadata']['name']}", each)

    def charts(self, *items: dict[str, Any]) -> None:
        """Say how the charts are that were made of the repository."""
        self._page("source.toolkit.fluxcd.io/v1", "helmcharts", {"items": list(items)})

    def _page(self, group: str, path: str, page: Any) -> None:  # noqa: ANN401 - JSON
        self.cluster.pages[f"/apis/{group}/namespaces/flux-system/{path}"] = page

    def release(self, name: str = "devnet", **status: Any) -> dict[str, Any]:  # noqa: ANN401 - parts of a status
        """Describe a release that is installed."""
        known = {
            "helmChart": f"flux-system/flux-system-{name}",
            "history": [
                {"chartVersion": self.chart, "status": "deployed"},
                {"chartVersion": "0.0.9", "status": "superseded"},
            ],
            "lastAttemptedRevision": self.chart,
        }
        return self.described(name, **{**known, **status})

    def described(self, name: str, *condition: str, **status: Any) -> dict[str, Any]:  # noqa: ANN401 - parts of a status
        """Describe an object of Flux by its condition Ready: status, reason and message."""
        ready, reason, message = condition or ("True", "Succeeded", "done")
        condition_ = {"type": "Ready", "status": ready, "reason": reason, "message": message}
        return {
            "metadata": {"name": name, "generation": 2},
            "spec": {},
            "status": {"observedGeneration": 2, "conditions": [condition_], **status},
        }


@pytest.fixture
def flux(cluster: Cluster) -> FluxCluster:
    """Return Flux, where all is well."""
    return FluxCluster(cluster)
