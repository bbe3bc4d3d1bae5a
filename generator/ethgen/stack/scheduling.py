"""On which hosts the pods of every network run, and who scrapes them: the same for a whole environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ethgen.spec.profiles import zone_spread

if TYPE_CHECKING:
    from ethgen.spec import NetworkSpec


def common(spec: NetworkSpec) -> dict[str, Any]:
    """Return the values that every network of an environment shares, by their names in the chart."""
    cluster = spec.cluster
    return {
        "imagePullSecrets": cluster.image_pull_secrets,
        "metrics": spec.metrics.model_dump(by_alias=True),
        "labels": cluster.labels,
        "zones": cluster.zones,
        "zoneSpread": zone_spread(spec),
        "nodeSelector": cluster.node_selector,
        "tolerations": [toleration.model_dump(by_alias=True, exclude_none=True) for toleration in cluster.tolerations],
    }
