"""Section `observability`: how long metrics and logs are kept, where, and who may look at them.

It decides about the releases kube-prometheus-stack, loki, mimir and alloy, which section `releases` installs.
"""

from __future__ import annotations

from pydantic import Field

from ethgen.spec.counts import Positive
from ethgen.spec.object_storage import ObjectStorage
from ethgen.spec.section import Section
from ethgen.spec.stores import Bucket
from ethgen.spec.types import ObjectName, Quantity


class Prometheus(Section):
    """Metrics of the last days, and what alerts are reckoned from."""

    retention_days: Positive | None = Field(
        default=None, description="Days that metrics are kept; 1 in profile local, 7 in staging, 15 in production."
    )
    storage: Quantity | None = Field(
        default=None, description="Volume of each replica; 10Gi in profile local, 50Gi in staging, 200Gi in production."
    )


class Loki(Section):
    """Logs."""

    retention_days: Positive | None = Field(
        default=None, description="Days that logs are kept; 1 in profile local, 7 in staging, 30 in production."
    )
    storage: Quantity | None = Field(
        default=None,
        description=(
            "Volume of each replica, which holds all logs without a bucket; 10Gi in profile local, 50Gi in staging and "
            "production."
        ),
    )
    bucket: Bucket | None = Field(
        default=None, description="Bucket of the logs; needed in profile production, without it they are on one volume."
    )


class Mimir(Section):
    """Metrics for long."""

    retention_days: Positive | None = Field(
        default=None, description="Days that metrics are kept; 30 in profiles local and staging, 365 in production."
    )
    storage: Quantity | None = Field(
        default=None,
        description="Volume of each pod that has one; 10Gi in profiles local and staging, 50Gi in production.",
    )
    bucket: Bucket | None = Field(default=None, description="Bucket of the metrics; needed where Mimir is installed.")


class Grafana(Section):
    """Dashboards."""

    existing_secret: ObjectName | None = Field(
        default=None,
        description=(
            "Secret with the keys admin-user and admin-password in the namespace monitoring; needed but in profile "
            "local, where both are admin."
        ),
    )


class Observability(Section):
    """Metrics, logs and dashboards."""

    object_storage: ObjectStorage | None = Field(
        default=None, description="Store of the buckets of Loki and Mimir; its Secret is in the namespace monitoring."
    )
    prometheus: Prometheus = Field(default_factory=Prometheus, description="Metrics of the last days.")
    loki: Loki = Field(default_factory=Loki, description="Logs.")
    mimir: Mimir = Field(default_factory=Mimir, description="Metrics for long.")
    grafana: Grafana = Field(default_factory=Grafana, description="Dashboards.")
