"""cert-manager: certificates of gateways, from an issuer such as Let's Encrypt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.stack.known import Known, Promise, Scrape
from ethgen.stack.release import Chart, Release

if TYPE_CHECKING:
    from ethgen.spec import NetworkSpec

BASE = Release(
    name="cert-manager",
    namespace="cert-manager",
    layer="infrastructure",
    chart=Chart("cert-manager", "v1.21.1", "https://charts.jetstack.io"),
    values={},
    # Its webhook judges every Certificate and Issuer that follows.
    wait=True,
)


def release(spec: NetworkSpec) -> Release:
    """Return the release of cert-manager."""
    production = spec.profile == "production"
    replicas, budget = (2, {"enabled": True, "maxUnavailable": 1}) if production else (1, {"enabled": False})
    values = {
        # The chart leaves them out by default; kept, for their removal would remove every certificate.
        "crds": {"enabled": True, "keep": True},
        # By default in kube-system, which not every cluster lets its users write to.
        "global": {"leaderElection": {"namespace": BASE.namespace}},
        "replicaCount": replicas,
        "podDisruptionBudget": budget,
        "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}},
        # Three in production, as its authors advise: while none answers, nothing of its kinds can be written.
        "webhook": {
            "replicaCount": 3 if production else 1,
            "podDisruptionBudget": budget,
            "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}},
        },
        "cainjector": {
            "replicaCount": replicas,
            "podDisruptionBudget": budget,
            "resources": {"requests": {"cpu": "10m", "memory": "128Mi"}},
        },
    }
    return BASE._replace(values=values)


KNOWN = Known(
    BASE,
    release,
    scrape=Scrape({"app.kubernetes.io/instance": "cert-manager"}, "http-metrics"),
    promises=(
        Promise(("crds", "enabled"), (True,), "without them no Certificate or Issuer can be written"),
        Promise(("crds", "keep"), (True,), "their removal would remove every certificate of the cluster"),
    ),
)
