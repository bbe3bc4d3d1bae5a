"""metrics-server: what pods and hosts use now, for autoscalers and `kubectl top`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.stack.known import Known, Scrape
from ethgen.stack.release import Chart, Release

if TYPE_CHECKING:
    from ethgen.spec import NetworkSpec

BASE = Release(
    name="metrics-server",
    # Not kube-system: Pod Security is enforced by namespace, and that one is not ours.
    namespace="metrics-server",
    layer="infrastructure",
    chart=Chart("metrics-server", "3.13.1", "https://kubernetes-sigs.github.io/metrics-server"),
    values={},
)


def release(spec: NetworkSpec) -> Release:
    """Return the release of metrics-server."""
    twice = spec.profile == "production"
    values = {
        "replicas": 2 if twice else 1,
        **({"podDisruptionBudget": {"enabled": True, "maxUnavailable": 1}} if twice else {}),
        # The API server asks it for every decision of an autoscaler; the figures are of its own documentation for
        # clusters of up to 100 hosts.
        "resources": {"requests": {"cpu": "100m", "memory": "200Mi"}},
        # Self-signed certificates of kubelets are what kind, k3d and most machines of one's own have.
        "args": ["--kubelet-insecure-tls"] if spec.profile == "local" else [],
        "metrics": {"enabled": True},
    }
    return BASE._replace(values=values)


KNOWN = Known(BASE, release, scrape=Scrape({"app.kubernetes.io/instance": "metrics-server"}, "https", scheme="https"))
