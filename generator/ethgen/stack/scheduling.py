"""On which hosts the pods of every network run, and who scrapes them: the same for a whole environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ethgen.chart import values as chart
from ethgen.spec.profiles import zone_spread

if TYPE_CHECKING:
    from ethgen.spec import NetworkSpec


def common(spec: NetworkSpec) -> dict[str, Any]:
    """Return the values that every network of an environment shares, by their names in `ChartValues`."""
    cluster = spec.cluster
    return {
        "image_pull_secrets": cluster.image_pull_secrets,
        "labels": cluster.labels,
        "node_selector": cluster.node_selector,
        "tolerations": [chart.Toleration(**toleration.model_dump()) for toleration in cluster.tolerations],
        "zones": cluster.zones,
        "zone_spread": zone_spread(spec),
        "metrics": chart.Metrics(**spec.metrics.model_dump()),
    }
