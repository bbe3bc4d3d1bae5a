"""What Kubernetes says of a pod that is not ready."""

from __future__ import annotations

import signal
from typing import Any

_SIGNALLED = 128  # POSIX shells' convention, which container runtimes follow: 128 + the signal's number


def fault(pod: dict[str, Any]) -> tuple[str, str]:
    """Return the first container that is at fault, and how; empty where none is."""
    status = pod.get("status", {})
    for container in (*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])):
        name, state = container["name"], container.get("state", {})
        last = container.get("lastState", {}).get("terminated") or {}
        if reason := state.get("waiting", {}).get("reason"):
            if reason in {"PodInitializing", "ContainerCreating"}:
                continue
            ended = f", it ended with {_exit(last)}" if last else ""
            return name, f"{name} waits ({reason}{ended})"
        ended_now = state.get("terminated") or {}
        if ended_now.get("exitCode"):
            return name, f"{name} ended with {_exit(ended_now)}"
        if last and "running" in state and not container.get("ready"):
            return name, f"{name} was started again after {_exit(last)}"
    return "", ""


def unscheduled(pod: dict[str, Any]) -> str:
    """Return why a pod is on no machine, or is about to leave it; empty where neither is so."""
    for condition in pod.get("status", {}).get("conditions", []):
        if condition["type"] == "PodScheduled" and condition["status"] != "True":
            return f"it is not scheduled: {condition.get('message', condition.get('reason', 'no reason given'))}"
    if "deletionTimestamp" in pod["metadata"]:
        return "it is being deleted"
    return ""


def _exit(terminated: dict[str, Any]) -> str:
    code = int(terminated.get("exitCode", 0))
    if terminated.get("reason") == "OOMKilled":
        return "the kernel's kill for want of memory (OOMKilled): raise memoryLimit in the spec"
    number = terminated.get("signal") or (code - _SIGNALLED if code > _SIGNALLED else 0)
    if number in list(signal.Signals):
        return f"{signal.Signals(number).name} (exit code {code})"
    return f"exit code {code}"
