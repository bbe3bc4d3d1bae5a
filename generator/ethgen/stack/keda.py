"""KEDA: scales workloads by what Prometheus and other sources say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.stack.known import Known, Promise, Scrape
from ethgen.stack.release import Chart, Release

if TYPE_CHECKING:
    from ethgen.spec import NetworkSpec

BASE = Release(
    name="keda",
    namespace="keda",
    layer="infrastructure",
    chart=Chart("keda", "2.20.2", "https://kedacore.github.io/charts"),
    values={},
    # It serves an API of the cluster, and judges every ScaledObject that follows.
    wait=True,
)


def release(spec: NetworkSpec) -> Release:
    """Return the release of KEDA."""
    production = spec.profile == "production"
    replicas, requests = 2 if production else 1, {"requests": {"cpu": "50m", "memory": "100Mi"}}
    budget = {"maxUnavailable": 1}
    values = {
        # Helm would take them away with the release, and with them every ScaledObject.
        "crds": {"install": True, "additionalAnnotations": {"helm.sh/resource-policy": "keep"}},
        # The chart asks the registry for a tag that never changes at every start of a pod.
        "image": {"pullPolicy": "IfNotPresent"},
        "operator": {"replicaCount": replicas},
        "metricsServer": {"replicaCount": replicas},
        "webhooks": {"replicaCount": replicas},
        "resources": {"operator": requests, "metricServer": requests, "webhooks": requests},
        **(
            {"podDisruptionBudget": {"operator": budget, "metricServer": budget, "webhooks": budget}}
            if production
            else {}
        ),
        "prometheus": {"operator": {"enabled": True}, "metricServer": {"enabled": True}},
    }
    return BASE._replace(values=values)


KNOWN = Known(
    BASE,
    release,
    scrape=Scrape({"app.kubernetes.io/instance": "keda"}, "metrics"),
    promises=(Promise(("crds", "install"), (True,), "without them no ScaledObject can be written"),),
)
