"""Loki: keeps logs, in one process that does all there is to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ethgen.spec.checks import Problem
from ethgen.stack.known import Known, Promise, installed_of
from ethgen.stack.monitoring import NAMESPACE, PROMETHEUS, credentials, service_monitor, storage_class
from ethgen.stack.release import Chart, Release

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.spec import NetworkSpec

BASE = Release(
    name="loki",
    namespace=NAMESPACE,
    layer="observability",
    chart=Chart("loki", "18.11.0", "https://grafana-community.github.io/helm-charts"),
    values={},
)

_RETENTION_DAYS = {"local": 1, "staging": 7, "production": 30}
_STORAGE = {"local": "10Gi", "staging": "50Gi", "production": "50Gi"}
_MEMORY = {"local": "256Mi", "staging": "1Gi", "production": "4Gi"}

# When this schema began; logs of before would be looked for in another one.
_SCHEMA_FROM = "2024-04-01"

# The ways to run that have the Service `loki` (loki 18.11.0); others have one for each part of it, and for any other
# word the chart draws nothing.
_MODES = ("Monolithic", "SingleBinary", "SingleBinary<->SimpleScalable", "Monolithic<->SimpleScalable")

_ADDRESS = "Alloy and Grafana find Loki by its Service loki"


def release(spec: NetworkSpec) -> Release:
    """Return the release of Loki."""
    replicas = 3 if spec.profile == "production" and _store(spec) else 1
    caches = spec.profile == "production"
    values = {
        "deploymentMode": "Monolithic",
        "loki": _configuration(spec, replicas),
        "singleBinary": {
            "replicas": replicas,
            "extraEnvFrom": credentials(spec) if _store(spec) else [],
            "persistence": {
                "enabled": True,
                "size": spec.observability.loki.storage or _STORAGE[spec.profile],
                **storage_class(spec, "storageClass"),
            },
            "resources": {"requests": {"cpu": "100m", "memory": _MEMORY[spec.profile]}},
        },
        # Of the other ways to run.
        **{part: {"replicas": 0} for part in ("read", "write", "backend")},
        # Mebibytes; the chart's own 8 GiB are for a cluster of logs alone.
        "chunksCache": {"enabled": caches, "allocatedMemory": 2048},
        "resultsCache": {"enabled": caches, "allocatedMemory": 512},
        # All that write and read are inside the cluster and need no proxy before it.
        "gateway": {"enabled": False},
        "lokiCanary": {"enabled": False},
        "test": {"enabled": False},
        "monitoring": {"serviceMonitor": service_monitor(spec)},
    }
    return BASE._replace(values=values, needs=installed_of(spec, PROMETHEUS))


def _configuration(spec: NetworkSpec, replicas: int) -> dict[str, Any]:
    kind = "s3" if _store(spec) else "filesystem"
    days = spec.observability.loki.retention_days or _RETENTION_DAYS[spec.profile]
    return {
        "auth_enabled": False,
        "commonConfig": {"replication_factor": replicas},
        "schemaConfig": {
            "configs": [
                {
                    "from": _SCHEMA_FROM,
                    "store": "tsdb",
                    "object_store": kind,
                    "schema": "v13",
                    "index": {"prefix": "index_", "period": "24h"},
                }
            ]
        },
        "storage": _storage(spec),
        "limits_config": {"retention_period": f"{days * 24}h"},
        "compactor": {"retention_enabled": True, "delete_request_store": kind},
        "analytics": {"reporting_enabled": False},
    }


def _storage(spec: NetworkSpec) -> dict[str, Any]:
    store, bucket = spec.observability.object_storage, spec.observability.loki.bucket
    if not store or not bucket:
        return {"type": "filesystem"}
    return {
        "type": "s3",
        # Both are asked for; they write to folders of their own.
        "bucketNames": {"chunks": bucket, "ruler": bucket},
        "s3": {
            "endpoint": store.endpoint,
            "region": store.region,
            "s3ForcePathStyle": store.path_style,
            "insecure": store.insecure,
        },
    }


def _store(spec: NetworkSpec) -> bool:
    return bool(spec.observability.object_storage and spec.observability.loki.bucket)


def problems(spec: NetworkSpec) -> Iterator[Problem]:
    """Yield what the section of observability lacks."""
    here, bucket = ("observability", "loki", "bucket"), spec.observability.loki.bucket
    if bucket and spec.observability.object_storage is None:
        yield Problem(here, "needs observability.objectStorage, the store that it is in")
    if spec.profile == "production" and not bucket:
        yield Problem(here, "profile production needs a bucket for logs: on one volume they are lost with it")


KNOWN = Known(
    BASE,
    release,
    promises=(
        Promise(("deploymentMode",), _MODES, f"{_ADDRESS}, which no other way to run has"),
        Promise(("fullnameOverride",), (None,), _ADDRESS),
        Promise(("nameOverride",), (None,), _ADDRESS),
        Promise(("loki", "auth_enabled"), (False,), "Alloy and Grafana name no tenant"),
    ),
    free=tuple(
        ("loki", key)
        for key in ("commonConfig", "schemaConfig", "limits_config", "compactor", "analytics", "structuredConfig")
    ),
    check=problems,
)
