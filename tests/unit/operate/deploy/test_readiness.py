"""Waiting for pods."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from ethgen.errors import DeployError
from ethgen.operate.deploy.readiness import wait_ready, why
from ethgen.operate.plan import GroupPlan, NetworkPlan

if TYPE_CHECKING:
    from conftest import Details
    from ethgen.operate.deploy.steps import Report

Wait = Callable[..., list[str]]
PLAN = NetworkPlan("devnet", 1337, True, 2, 8, (GroupPlan("node", 1),), {"a": 1})  # noqa: FBT003 - private


class Pods:
    """An API server that lists other pods each time, and other StatefulSets."""

    def __init__(self, *answers: list[dict[str, Any]], sets: Sequence[dict[str, Any]] = ()) -> None:
        self.answers = list(answers)
        self.sets = list(sets)

    def items(self, path: str) -> list[dict[str, Any]]:
        if path == "/apis/apps/v1/namespaces/devnet/statefulsets":
            return [self.sets.pop(0) if len(self.sets) > 1 else self.sets[0]] if self.sets else []
        assert path == "/api/v1/namespaces/devnet/pods"
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def pod(name: str, *, ready: bool, restarts: int = 0, **state: object) -> dict[str, Any]:
    """Return a pod with one container."""
    container = {"name": "execution", "ready": ready, "restartCount": restarts, "state": state or {"running": {}}}
    return {
        "metadata": {"name": name},
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
            "containerStatuses": [container],
        },
    }


def stateful_set(generation: int, observed: int, updated: int | None) -> dict[str, Any]:
    """Return a StatefulSet of two pods."""
    status = {"observedGeneration": observed} | ({} if updated is None else {"updatedReplicas": updated})
    return {"metadata": {"name": "node", "generation": generation}, "spec": {"replicas": 2}, "status": status}


@pytest.fixture
def wait(report: Report, listener: Details) -> Wait:
    """Wait for pods and return what was told meanwhile."""

    def wait_for(pods: Pods, seconds: float = 60) -> list[str]:
        wait_ready(pods, PLAN, seconds, report)  # type: ignore[arg-type]
        return listener.details

    return wait_for


def test_it_ends_when_every_pod_is_ready(wait: Wait):
    """Waiting ends with the last pod, and says what it waits for until then."""
    coming = [pod("node-0", ready=False), pod("validator-a-0", ready=True)]
    there = [pod("node-0", ready=True), pod("validator-a-0", ready=True)]
    assert wait(Pods([pod("validator-a-0", ready=True)], coming, there)) == [
        "1 of 2 pods are there",
        "node-0 (execution is not ready)",
    ]


def test_finished_pods_do_not_count(wait: Wait):
    """The pods of Jobs that are done stand in nobody's way."""
    done = {"metadata": {"name": "test"}, "status": {"phase": "Succeeded"}}
    assert wait(Pods([pod("node-0", ready=True), pod("validator-a-0", ready=True), done])) == []


def test_pods_of_an_older_revision_are_not_what_was_asked_for(wait: Wait):
    """While an update has not reached every pod, ready pods are not the end, nor before it has been noticed at all."""
    ready = [pod("node-0", ready=True), pod("validator-a-0", ready=True)]
    sets = [stateful_set(2, 1, 2), stateful_set(2, 2, None), stateful_set(2, 2, 1), stateful_set(2, 2, 2)]
    assert wait(Pods(ready, sets=sets)) == [
        "node (2 pods to be updated)",
        "node (2 pods to be updated)",
        "node (1 pods to be updated)",
    ]


def test_every_pod_of_an_update_has_its_own_time(report: Report, monkeypatch: pytest.MonkeyPatch):
    """An update of many pods may take long, as long as each of them comes up in time."""
    clock = iter(range(0, 1000, 8))
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    coming = [pod("node-0", ready=True), pod("validator-a-0", ready=True)]
    going_on = Pods(coming, sets=[stateful_set(2, 2, updated) for updated in (0, 1, 2)])
    wait_ready(going_on, PLAN, 10, report)  # type: ignore[arg-type]
    with pytest.raises(DeployError, match="not ready after 10 s"):
        wait_ready(Pods(coming, sets=[stateful_set(2, 2, 1)]), PLAN, 10, report)  # type: ignore[arg-type]


def test_it_gives_up_in_time(wait: Wait):
    """What is not ready in time is an error."""
    with pytest.raises(DeployError, match="network devnet is not ready after"):
        wait(Pods([pod("node-0", ready=False)]), seconds=-1)


def test_it_gives_up_early_on_a_container_that_ends_again_and_again(wait: Wait):
    """A container in a crash loop is not waited for until the time is over."""
    with pytest.raises(DeployError, match="pods of network devnet end again and again"):
        wait(Pods([pod("node-0", ready=False, restarts=5)]))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "execution is not ready"),
        ({"waiting": {"reason": "ErrImageNeverPull"}}, "execution: ErrImageNeverPull"),
    ],
)
def test_why_is_said_in_a_few_words(changed: dict[str, Any], words: str):
    """What a pod waits for is told by the first container that holds it up."""
    assert why(pod("node-0", ready=False, **changed)) == words


def test_a_pod_on_its_way_out_says_so():
    """A pod that is being deleted ends, whatever its containers say."""
    leaving = pod("node-0", ready=True)
    leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert why(leaving) == "ends"


def test_a_pod_without_a_node_says_why():
    """A pod that is not scheduled gives the scheduler's reason."""
    unscheduled = {
        "metadata": {"name": "node-0"},
        "status": {"conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}]},
    }
    assert why(unscheduled) == "Unschedulable"
