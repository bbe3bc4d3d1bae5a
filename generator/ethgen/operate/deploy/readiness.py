"""Waiting until the pods of a namespace are ready, saying what is waited for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ethgen.errors import DeployError

if TYPE_CHECKING:
    from ethgen.operate.deploy.steps import Report
    from ethgen.operate.kubectl import Kubectl

# Seconds between two looks at the pods.
_INTERVAL = 0.5


def wait_ready(kubectl: Kubectl, namespace: str, expected: int, seconds: float, report: Report) -> int:
    """Wait until `expected` pods of a namespace are ready, and return how many there are.

    Args:
        kubectl: the cluster.
        namespace: the pods' namespace.
        expected: how many pods there are to be.
        seconds: how long to wait at most.
        report: what is told which pods are waited for.

    Raises:
        DeployError: they are not ready in time; names the pods and what each waits for.
    """
    deadline = time.monotonic() + seconds
    while True:
        pods = [pod for pod in kubectl.list("pods", namespace) if not is_finished(pod)]
        unready = [pod for pod in pods if not is_ready(pod)]
        if not unready and len(pods) >= expected:
            return len(pods)
        waiting = ", ".join(f"{pod['metadata']['name']} ({why(pod)})" for pod in unready)
        report.detail(waiting or f"{len(pods)} of {expected} pods are there")
        if time.monotonic() > deadline:
            raise DeployError(
                f"after {seconds:.0f} s in namespace {namespace} there is no readiness of "
                f"{waiting or f'{expected - len(pods)} pods that do not exist'}",
                cure=f"the lines above say why; look closer with `kubectl --namespace {namespace} describe pod`",
            )
        report.wait(_INTERVAL)


def is_ready(pod: dict[str, Any]) -> bool:
    """Return whether a pod is ready and is to stay."""
    conditions = pod.get("status", {}).get("conditions", [])
    ready = any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)
    return ready and "deletionTimestamp" not in pod["metadata"]


def is_finished(pod: dict[str, Any]) -> bool:
    """Return whether a pod has done its work, as those of Jobs do."""
    return bool(pod.get("status", {}).get("phase") == "Succeeded")


def why(pod: dict[str, Any]) -> str:
    """Return in a few words what a pod waits for."""
    status = pod.get("status", {})
    if "deletionTimestamp" in pod["metadata"]:
        return "ends"
    for container in (*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])):
        state = container.get("state", {})
        if reason := state.get("waiting", {}).get("reason"):
            return f"{container['name']}: {reason}"
        if state.get("running") and not container.get("ready"):
            return f"{container['name']} is not ready"
    for condition in status.get("conditions", []):
        if condition["type"] == "PodScheduled" and condition["status"] != "True":
            return str(condition.get("reason", "not scheduled"))
    return str(status.get("phase", "unknown"))
