"""What fields say about the hosts that pods run on, and must not say against one another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ethgen.spec.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.spec.model import NetworkSpec

_ZONE = "topology.kubernetes.io/zone"

# Labels that the chart sets itself, and that its selectors ask for (charts/ethereum-infrastructure, _helpers.tpl).
_CHART_LABELS = re.compile(
    r"app\.kubernetes\.io/.*|helm\.sh/chart|network|node-group|key-set|(execution|consensus|validator)-client"
)


def problems_of(spec: NetworkSpec) -> Iterator[Problem]:
    """Yield every disagreement about hosts and labels."""
    cluster = spec.cluster
    if cluster.zones and _ZONE in cluster.node_selector:
        yield Problem(("cluster", "nodeSelector", _ZONE), "cluster.zones chooses the zones; remove one of them")
    if cluster.zone_spread and not cluster.zones:
        yield Problem(("cluster", "zoneSpread"), "spreads over cluster.zones, and none are given")
    for key in cluster.labels:
        if _CHART_LABELS.fullmatch(key):
            yield Problem(("cluster", "labels", key), "is a label that the chart sets itself; choose another")
    yield from _tolerations(spec)


def _tolerations(spec: NetworkSpec) -> Iterator[Problem]:
    """Yield what the API server would refuse (k8s.io/kubernetes, pkg/apis/core/validation, ValidateTolerations)."""
    for number, toleration in enumerate(spec.cluster.tolerations):
        here = ("cluster", "tolerations", number)
        if toleration.operator == "Exists" and toleration.value:
            yield Problem((*here, "value"), "operator Exists takes any value; remove one of them")
        if toleration.key is None and toleration.operator == "Equal":
            yield Problem(here, "without a key, every taint is meant: operator must be Exists")
        if toleration.toleration_seconds is not None and toleration.effect != "NoExecute":
            yield Problem((*here, "tolerationSeconds"), "belongs to effect: NoExecute only")
