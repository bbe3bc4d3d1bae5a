"""Mimir: keeps metrics for long, in a bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ethgen.spec.checks import Problem
from ethgen.stack.known import Known, Promise, installed_of
from ethgen.stack.monitoring import (
    CLUSTER_LABEL,
    NAMESPACE,
    PROMETHEUS,
    REPLICA_LABEL,
    credentials,
    service_monitor,
    storage_class,
)
from ethgen.stack.release import Chart, Release

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.spec import NetworkSpec

BASE = Release(
    name="mimir",
    namespace=NAMESPACE,
    layer="observability",
    chart=Chart("mimir-distributed", "6.1.0-weekly.391", "https://grafana.github.io/helm-charts"),
    values={},
    timeout=900,
)

_RETENTION_DAYS = {"local": 30, "staging": 30, "production": 365}
_STORAGE = {"local": "10Gi", "staging": "10Gi", "production": "50Gi"}

# Of what one tenant may send: Mimir's own 150,000 series are fewer than a cluster of some dozen nodes has.
_MAX_SERIES, _MAX_RATE, _MAX_BURST = 3_000_000, 200_000, 2_000_000


def release(spec: NetworkSpec) -> Release:
    """Return the release of Mimir in its classic form: distributors write to ingesters, without Kafka between."""
    production = spec.profile == "production"
    replicas = 3 if production else 1
    volume = {
        "persistentVolume": {
            "enabled": True,
            "size": spec.observability.mimir.storage or _STORAGE[spec.profile],
            **storage_class(spec, "storageClass"),
        }
    }
    spread = {"topologySpreadConstraints": _spread()} if production else {}
    single = {"zoneAwareReplication": {"enabled": False}}
    values = {
        "kafka": {"enabled": False},
        "mimir": {"structuredConfig": _configuration(spec, replicas)},
        "global": {"extraEnvFrom": credentials(spec)},
        "distributor": {"replicas": 2 if production else 1, **_requests("100m", "512Mi", "2Gi", production=production)},
        "ingester": {
            "replicas": replicas,
            **single,
            **volume,
            **spread,
            **_requests("100m", "1Gi", "6Gi", production=production),
        },
        "store_gateway": {
            "replicas": replicas,
            **single,
            **volume,
            **spread,
            **_requests("50m", "256Mi", "1Gi", production=production),
        },
        "compactor": {"replicas": 1, **volume, **_requests("50m", "256Mi", "1Gi", production=production)},
        "querier": {"replicas": 2 if production else 1, **_requests("50m", "256Mi", "1Gi", production=production)},
        "query_frontend": {"replicas": 2 if production else 1},
        # The configuration names it, also where one would do without.
        "query_scheduler": {"replicas": 2 if production else 1},
        "gateway": {"replicas": 2 if production else 1},
        # Rules and alerts are Prometheus's; the rollout operator is for zones.
        **{
            part: {"enabled": False}
            for part in ("ruler", "alertmanager", "overrides_exporter", "rollout_operator", "minio")
        },
        "metaMonitoring": {"serviceMonitor": service_monitor(spec)},
    }
    return BASE._replace(values=values, needs=installed_of(spec, PROMETHEUS))


def _configuration(spec: NetworkSpec, replicas: int) -> dict[str, Any]:
    days = spec.observability.mimir.retention_days or _RETENTION_DAYS[spec.profile]
    return {
        "multitenancy_enabled": False,
        # Turns the chart's default off, which is to write to Kafka: what it has set for that is taken away by null.
        "ingest_storage": {
            "enabled": False,
            "kafka": {"address": None, "topic": None, "auto_create_topic_default_partitions": None},
        },
        "distributor": {
            "remote_timeout": None,
            # Of several Prometheus that write the same, one is listened to, and another where that falls silent.
            "ha_tracker": {"enable_ha_tracker": True, "kvstore": {"store": "memberlist"}},
        },
        "ingester": {"push_grpc_method_enabled": None, "ring": {"replication_factor": replicas}},
        "store_gateway": {"sharding_ring": {"replication_factor": replicas}},
        **_storage(spec),
        "limits": {
            "compactor_blocks_retention_period": f"{days}d",
            "max_global_series_per_user": _MAX_SERIES,
            "ingestion_rate": _MAX_RATE,
            "ingestion_burst_size": _MAX_BURST,
            "accept_ha_samples": True,
            "ha_cluster_label": CLUSTER_LABEL,
            "ha_replica_label": REPLICA_LABEL,
        },
        "usage_stats": {"enabled": False},
    }


def _storage(spec: NetworkSpec) -> dict[str, Any]:
    store, bucket = spec.observability.object_storage, spec.observability.mimir.bucket
    if store is None or bucket is None:
        # `problems` reports it.
        return {}
    return {
        "common": {
            "storage": {
                "backend": "s3",
                "s3": {
                    "endpoint": store.endpoint,
                    "region": store.region,
                    "insecure": store.insecure,
                    "bucket_lookup_type": "path" if store.path_style else "auto",
                },
            }
        },
        "blocks_storage": {"s3": {"bucket_name": bucket}},
    }


def _requests(cpu: str, memory: str, most: str, *, production: bool) -> dict[str, Any]:
    return {"resources": {"requests": {"cpu": "500m" if production else cpu, "memory": most if production else memory}}}


def _spread() -> dict[str, Any]:
    """Return the constraint that puts the three copies of a sample into different zones where there are any."""
    return {"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "ScheduleAnyway"}


def problems(spec: NetworkSpec) -> Iterator[Problem]:
    """Yield what the section of observability lacks."""
    here, bucket = ("observability", "mimir", "bucket"), spec.observability.mimir.bucket
    if bucket is None:
        yield Problem(here, "mimir keeps metrics in a bucket, and none is named; name one, or remove releases.mimir")
    elif spec.observability.object_storage is None:
        yield Problem(here, "needs observability.objectStorage, the store that it is in")


_ADDRESS = "Prometheus and Grafana find Mimir by its Service mimir-gateway"
KNOWN = Known(
    BASE,
    release,
    promises=(
        Promise(("kafka", "enabled"), (False,), "ethgen configures Mimir without Kafka"),
        Promise(
            ("mimir", "structuredConfig", "ingest_storage", "enabled"), (False,), "there is no Kafka it could write to"
        ),
        Promise(("fullnameOverride",), (None,), _ADDRESS),
        Promise(("nameOverride",), (None,), _ADDRESS),
    ),
    free=(("mimir", "structuredConfig"),),
    check=problems,
)
