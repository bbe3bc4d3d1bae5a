"""Waiting for pods."""

from __future__ import annotations

from collections.abc import Callable
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
    """An API server that lists other pods each time."""

    def __init__(self, *answers: list[dict[str, Any]]) -> None:
        self.answers = list(answers)

    def items(self, path: str) -> list[dict[str, Any]]:
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
