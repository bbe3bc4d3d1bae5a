"""Alloy: reads the logs of all pods of a host, and sends them to Loki."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.stack.known import Known, installed_of
from ethgen.stack.log_pipeline import configuration
from ethgen.stack.monitoring import LOKI_URL, NAMESPACE, PROMETHEUS, service_monitor
from ethgen.stack.release import Chart, Release

if TYPE_CHECKING:
    from ethgen.spec import NetworkSpec

BASE = Release(
    name="alloy",
    namespace=NAMESPACE,
    layer="observability",
    chart=Chart("alloy", "1.11.1", "https://grafana.github.io/helm-charts"),
    values={},
    # It reads the folder of logs of its host.
    pod_security="privileged",
)

_POSITIONS = "/var/lib/alloy"


def release(spec: NetworkSpec) -> Release:
    """Return the release of Alloy, a pod on every host."""
    values = {
        "alloy": {
            "configMap": {"content": _literal(configuration(spec, LOKI_URL))},
            "mounts": {"varlog": True, "extra": [{"name": "positions", "mountPath": _POSITIONS}]},
            # How far it has read outlives the pod.
            "storagePath": _POSITIONS,
            "enableReporting": False,
            # Logs belong to root, and nobody else may read them.
            "securityContext": {
                "runAsUser": 0,
                "runAsGroup": 0,
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}},
        },
        "controller": {
            "type": "daemonset",
            "volumes": {
                "extra": [{"name": "positions", "hostPath": {"path": _POSITIONS, "type": "DirectoryOrCreate"}}]
            },
            # Whatever a host is kept for, its logs are wanted.
            "tolerations": [{"operator": "Exists"}],
        },
        # Its own kind, PodLogs, is not used.
        "crds": {"create": False},
        "serviceMonitor": service_monitor(spec),
    }
    return BASE._replace(values=values, needs=installed_of(spec, PROMETHEUS, "loki"))


def _literal(text: str) -> str:
    """Return text as it has to stand in a value that the chart takes for a template."""
    return text.replace("{{", '{{ "{{" }}')


KNOWN = Known(BASE, release, requires=("loki",))
