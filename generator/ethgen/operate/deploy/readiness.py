"""Waiting until the pods of a namespace are ready, saying what is waited for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ethgen.errors import DeployError
from ethgen.operate.kube import is_ready, restarts

if TYPE_CHECKING:
    from ethgen.operate.deploy.steps import Report
    from ethgen.operate.kube import Api
    from ethgen.operate.plan import NetworkPlan

# A container that has ended this often before its pod was ready will not come up by itself.
_HOPELESS_RESTARTS = 5

# Seconds between two looks at the pods.
_INTERVAL = 0.5


def wait_ready(api: Api, plan: NetworkPlan, seconds: float, report: Report) -> None:
    """Wait until all pods of a network are ready.

    Args:
        api: the API server.
        plan: the network.
        seconds: how long to wait at most.
        report: what is told which pods are waited for.

    Raises:
        DeployError: they are not ready in time, or one of them fails again and again; names what each waits for.
    """
    deadline = time.monotonic() + seconds
    expected = len(plan.node_pods) + len(plan.validator_pods)
    while True:
        pods = [pod for pod in api.items(f"/api/v1/namespaces/{plan.name}/pods") if not is_finished(pod)]
        unready = [pod for pod in pods if not is_ready(pod)]
        if not unready and len(pods) >= expected:
            return
        waiting = ", ".join(f"{pod['metadata']['name']} ({why(pod)})" for pod in unready)
        report.detail(waiting or f"{len(pods)} of {expected} pods are there")
        if time.monotonic() > deadline:
            raise DeployError(f"network {plan.name} is not ready after {seconds:.0f} s")
        if any(restarts(pod) >= _HOPELESS_RESTARTS for pod in unready):
            raise DeployError(f"pods of network {plan.name} end again and again")
        report.wait(_INTERVAL)


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
        if "running" in state and not container.get("ready"):
            return f"{container['name']} is not ready"
    for condition in status.get("conditions", []):
        if condition["type"] == "PodScheduled" and condition["status"] != "True":
            return str(condition.get("reason", "not scheduled"))
    return str(status.get("phase", "unknown"))
