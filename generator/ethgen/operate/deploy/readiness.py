"""Waiting until the pods of a namespace are ready, saying what is waited for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ethgen.errors import DeployError
from ethgen.operate.kube import is_ready, restarts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.operate.deploy.steps import Report
    from ethgen.operate.kube import Api
    from ethgen.operate.plan import NetworkPlan

# A container that has ended this often before its pod was ready will not come up by itself.
_HOPELESS_RESTARTS = 5

# Seconds between two looks at the pods.
_INTERVAL = 0.5


def wait_ready(api: Api, plan: NetworkPlan, seconds: float, report: Report) -> None:
    """Wait until all pods of a network are of the newest revision and ready.

    Args:
        api: the API server.
        plan: the network.
        seconds: how long to wait at most; anew after each pod that an update has replaced.
        report: what is told which pods are waited for.

    Raises:
        DeployError: they are not ready in time, or one of them fails again and again; names what each waits for.
    """
    deadline = time.monotonic() + seconds
    expected = len(plan.node_pods) + len(plan.validator_pods)
    left: int | None = None
    while True:
        # The sets before the pods: a set that has settled replaces no pod that is looked at afterwards.
        outdated = {name: count for name, count in _outdated(api, plan.name) if count}
        pods = [pod for pod in api.items(f"/api/v1/namespaces/{plan.name}/pods") if not is_finished(pod)]
        unready = [pod for pod in pods if not is_ready(pod)]
        if not unready and not outdated and len(pods) >= expected:
            return
        if left is not None and sum(outdated.values()) < left:
            deadline = time.monotonic() + seconds
        left = sum(outdated.values())
        waiting = [f"{pod['metadata']['name']} ({why(pod)})" for pod in unready]
        waiting += [f"{name} ({count} pods to be updated)" for name, count in outdated.items()]
        report.detail(", ".join(waiting) or f"{len(pods)} of {expected} pods are there")
        if time.monotonic() > deadline:
            raise DeployError(f"network {plan.name} is not ready after {seconds:.0f} s")
        if any(restarts(pod) >= _HOPELESS_RESTARTS for pod in unready):
            raise DeployError(f"pods of network {plan.name} end again and again")
        report.wait(_INTERVAL)


def _outdated(api: Api, namespace: str) -> Iterator[tuple[str, int]]:
    """Yield every StatefulSet with the number of its pods that are not of its newest revision yet."""
    for item in api.items(f"/apis/apps/v1/namespaces/{namespace}/statefulsets"):
        status, replicas = item.get("status", {}), item["spec"]["replicas"]
        seen = status.get("observedGeneration", 0) >= item["metadata"]["generation"]
        updated = status.get("updatedReplicas", 0) if seen else 0
        yield item["metadata"]["name"], replicas - updated


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
