"""snapshot-controller: makes snapshots of volumes, on clusters whose provider brings none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.stack.known import Known, Promise, Scrape
from ethgen.stack.release import Chart, Release

if TYPE_CHECKING:
    from ethgen.spec import NetworkSpec

BASE = Release(
    name="snapshot-controller",
    namespace="snapshot-controller",
    layer="infrastructure",
    chart=Chart("snapshot-controller", "5.2.0", "https://piraeus.io/helm-charts"),
    values={},
)


def release(spec: NetworkSpec) -> Release:
    """Return the release of the snapshot controller."""
    values = {
        "installCRDs": True,
        "controller": {
            "replicaCount": 2 if spec.profile == "production" else 1,
            # The chart's own has neither of these two, which Pod Security asks for.
            "podSecurityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
            "securityContext": {"allowPrivilegeEscalation": False},
            "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}},
            **({"pdb": {"maxUnavailable": 1}} if spec.profile == "production" else {}),
        },
    }
    return BASE._replace(values=values)


KNOWN = Known(
    BASE,
    release,
    scrape=Scrape({"app.kubernetes.io/instance": "snapshot-controller"}, "http"),
    kept=(
        "the chart cannot keep its CRDs, and with them goes every VolumeSnapshot; to stop the controller, set "
        "releases.snapshot-controller.values.controller.replicaCount: 0; where it was never installed, remove the entry"
    ),
    promises=(Promise(("installCRDs",), (True,), "without them no VolumeSnapshot can be written"),),
)
