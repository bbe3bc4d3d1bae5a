"""Releases that a killed Helm left half done."""

from __future__ import annotations

from typing import Any

import pytest

from ethgen.errors import DeployError
from ethgen.operate.deploy.interrupted import forget_interrupted
from ethgen.stack.release import Chart, Release

RELEASE = Release("devnet", "devnet", "ethereum", Chart("ethereum-infrastructure"), {})


class Cluster:
    """A cluster with these records of operations under way, which keeps what it is asked."""

    context = "there"

    def __init__(self, *records: str) -> None:
        self.records = records
        self.asked: list[str] = []
        self.ran: list[tuple[str, ...]] = []

    def list(self, kind: str, namespace: str, selector: str) -> list[dict[str, Any]]:
        assert (kind, namespace) == ("secret", "devnet")
        self.asked.append(selector)
        return [{"metadata": {"name": name}} for name in self.records]

    def run(self, *arguments: str) -> str:
        self.ran.append(arguments)
        return ""


def test_the_record_of_a_killed_run_is_removed():
    """On a cluster of this machine the record goes, so that Helm takes the release up again."""
    cluster = Cluster("sh.helm.release.v1.devnet.v2")
    forget_interrupted(cluster, [RELEASE], alone=True)  # type: ignore[arg-type]
    under_way = "status in (pending-install,pending-upgrade,pending-rollback)"
    assert cluster.asked == [f"owner=helm,name=devnet,{under_way}"]
    assert cluster.ran == [("delete", "secret", "sh.helm.release.v1.devnet.v2", "--namespace=devnet")]


def test_a_run_that_may_be_of_another_machine_is_left_alone():
    """On a cluster that others use too nothing is removed, and the error says how to go on."""
    cluster = Cluster("sh.helm.release.v1.devnet.v2")
    with pytest.raises(DeployError, match="Helm is at release devnet already") as error:
        forget_interrupted(cluster, [RELEASE], alone=False)  # type: ignore[arg-type]
    assert "--kube-context there --namespace devnet rollback devnet" in error.value.cure
    assert cluster.ran == []


@pytest.mark.parametrize("alone", [True, False])
def test_nothing_under_way_is_nothing_to_do(alone: bool):  # noqa: FBT001 - a parameter of the test
    """Where every operation has ended nothing is changed."""
    cluster = Cluster()
    forget_interrupted(cluster, [RELEASE], alone=alone)  # type: ignore[arg-type]
    assert cluster.ran == []
