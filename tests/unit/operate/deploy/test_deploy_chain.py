"""Waiting for a private network's first finality."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from ethgen.errors import DeployError
from ethgen.operate.deploy import chain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Cluster, Details
    from ethgen.operate.deploy.steps import Report
    from ethgen.operate.kube import Api
    from ethgen.operate.plan import NetworkPlan

GENESIS = "/api/v1/namespaces/devnet/configmaps/genesis"


NOW = 1_800_000_000


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch, report: Report) -> None:
    """Let time pass only while something is waited for."""
    clock = SimpleNamespace(now=NOW)

    def wait(seconds: float) -> bool:
        clock.now += seconds
        return False

    monkeypatch.setattr(chain, "time", SimpleNamespace(time=lambda: clock.now))
    monkeypatch.setattr(report.stopped, "wait", wait)


def begun(cluster: Cluster, seconds_ago: int) -> None:
    cluster.pages[GENESIS] = {"data": {"genesisTime": str(NOW - seconds_ago)}}


def test_a_finalized_epoch_on_one_node_is_enough(
    api: Api, cluster: Cluster, plan: NetworkPlan, report: Report, listener: Details
) -> None:
    """What the furthest node sees counts, and a node that does not answer is not waited for."""
    begun(cluster, -1)
    looks: Iterator[dict[str, int | None]] = iter(
        [{"headSlot": None, "finalizedEpoch": None}, {"headSlot": 30, "finalizedEpoch": 0},
         {"headSlot": 40, "finalizedEpoch": 3}]
    )  # fmt: skip
    page = cluster.pod_page("geth-prysm-1", 9300, "/status")
    cluster.pages[page] = lambda _: {"consensus": next(looks)}
    assert chain.wait_finalized(api, plan, report) == "devnet: head slot 40, finalized epoch 3"
    assert listener.details == ["devnet: begins in 1 s", "devnet: head slot 30, not finalized yet"]


def test_a_chain_without_blocks_is_given_up(api: Api, cluster: Cluster, plan: NetworkPlan, report: Report) -> None:
    """When twice a healthy network's time is over without finality, the error says how far the chain came."""
    begun(cluster, 1000)
    with pytest.raises(DeployError, match="devnet has no block after 128 s; its head is slot 0"):
        chain.wait_finalized(api, plan, report)
