"""external-secrets: copies secrets from a vault of yours into Secrets of the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.stack.known import Known, Promise, Scrape
from ethgen.stack.release import Chart, Release

if TYPE_CHECKING:
    from ethgen.spec import NetworkSpec

BASE = Release(
    name="external-secrets",
    namespace="external-secrets",
    layer="infrastructure",
    chart=Chart("external-secrets", "2.9.0", "https://charts.external-secrets.io"),
    values={},
    # Its webhook judges every ExternalSecret that follows.
    wait=True,
)


def release(spec: NetworkSpec) -> Release:
    """Return the release of external-secrets."""
    production = spec.profile == "production"
    replicas, budget = (2, {"enabled": True, "minAvailable": 1}) if production else (1, {"enabled": False})
    part = {"replicaCount": replicas, "podDisruptionBudget": budget}
    values = {
        "installCRDs": True,
        # Helm would take them away with the release, and with them every ExternalSecret and the Secrets made of it.
        "crds": {"annotations": {"helm.sh/resource-policy": "keep"}},
        **part,
        # Two of them would both write a Secret otherwise.
        "leaderElect": production,
        "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}},
        "webhook": {**part, "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}}},
        # One that waits is enough: without it only the webhook's certificate is not renewed.
        "certController": {"replicaCount": 1, "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}}},
    }
    return BASE._replace(values=values)


KNOWN = Known(
    BASE,
    release,
    scrape=Scrape({"app.kubernetes.io/instance": "external-secrets"}, "metrics"),
    promises=(
        Promise(("installCRDs",), (True,), "without them no ExternalSecret can be written"),
        Promise(
            ("crds", "annotations", "helm.sh/resource-policy"),
            ("keep",),
            "Secrets go with the definition of what they were made of",
        ),
    ),
)
