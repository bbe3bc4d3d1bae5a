"""What the releases of layer observability share: their namespace, their addresses, the store of their buckets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ethgen.stack.known import is_installed

if TYPE_CHECKING:
    from ethgen.spec import NetworkSpec

NAMESPACE = "monitoring"
PROMETHEUS = "kube-prometheus-stack"

CLUSTER_LABEL, REPLICA_LABEL = "cluster", "prometheus_replica"
"""Labels of every sample that leaves Prometheus: its environment, and which of the pods that see the same sent it."""

LOKI_URL = f"http://loki.{NAMESPACE}.svc:3100"
MIMIR_URL = f"http://mimir-gateway.{NAMESPACE}.svc"


def service_monitor(spec: NetworkSpec) -> dict[str, bool]:
    """Return the values of a ServiceMonitor: drawn where the operator that knows the kind is installed."""
    return {"enabled": is_installed(spec, PROMETHEUS)}


def storage_class(spec: NetworkSpec, key: str) -> dict[str, str]:
    """Return the class of a volume under the name that a chart has for it; nothing where the cluster's default is."""
    chosen = spec.cluster.storage.class_
    return {key: chosen} if chosen else {}


def credentials(spec: NetworkSpec) -> list[dict[str, Any]]:
    """Return `envFrom` of a pod that reads and writes buckets; empty where the cloud gives it an identity."""
    store = spec.observability.object_storage
    return [{"secretRef": {"name": store.existing_secret}}] if store and store.existing_secret else []
