"""Telling a private network that stopped for good from one that only pauses."""

from __future__ import annotations

import dataclasses

import pytest

from ethgen.operate.dead_network import NodeEvidence, evidence_of, recognise_dead_network

GENESIS = 1_000_000.0
# As seen of a real network of two nodes, all of whose clients were stopped cleanly and started again 20 s later.
STOPPED = NodeEvidence(
    pod="geth-prysm-0",
    block=257,
    block_time=GENESIS + 307 * 2,
    head_slot=296,
    finalized_epoch=35,
    optimistic=True,
    genesis_time=GENESIS,
    started=GENESIS + 640,
)
NOW = GENESIS + 900


def test_a_network_that_was_wholly_stopped_is_recognised() -> None:
    """Consensus clients that fell back behind their execution clients on all nodes are the end of a network."""
    dead = recognise_dead_network([STOPPED, dataclasses.replace(STOPPED, pod="geth-prysm-1")], 2, NOW)
    assert dead is not None
    assert "fell back to slot 296, the execution client is at slot 307" in dead.reason
    assert "--new-genesis" in dead.cure


def test_a_head_that_nobody_has_verified_is_recognised() -> None:
    """Unless the agent lets validators in: its execution client has the head, and the next proposer ends the doubt."""
    doubtful = dataclasses.replace(STOPPED, head_slot=308)
    dead = recognise_dead_network([doubtful], 2, NOW)
    assert dead is not None
    assert "the head at slot 308 cannot be verified" in dead.reason
    assert recognise_dead_network([dataclasses.replace(doubtful, passes=True)], 2, NOW) is None


def test_execution_clients_that_lost_their_blocks_are_recognised() -> None:
    """Block 0 beside a finalized epoch on every node cannot be mended."""
    lost = dataclasses.replace(STOPPED, block=0, block_time=GENESIS, started=GENESIS + 640)
    dead = recognise_dead_network([lost], 2, NOW)
    assert dead is not None
    assert "lost its blocks, epoch 35 is finalized" in dead.reason


@pytest.mark.parametrize(
    "change",
    [
        {"head_slot": 307, "optimistic": False},
        {"started": GENESIS + 100},
        {"started": None},
        {"block_time": NOW - 20},
        {"block_time": None},
        {"head_slot": None},
        {"genesis_time": None},
    ],
    ids=["heads agree", "never restarted", "not running", "young block", "no EL", "no CL", "no genesis time"],
)
def test_a_network_with_one_node_that_may_go_on_is_not_given_up(change: dict[str, object]) -> None:
    """One node without proof of death keeps the network alive in our eyes."""
    other = dataclasses.replace(STOPPED, pod="geth-prysm-1", **change)  # type: ignore[arg-type]
    assert recognise_dead_network([STOPPED, other], 2, NOW) is None


def test_nothing_is_said_without_nodes() -> None:
    """No evidence is no death."""
    assert recognise_dead_network([], 2, NOW) is None


def test_evidence_is_read_from_the_agent_and_the_pod() -> None:
    """The older client's start counts, the agent's own does not."""
    agent = {
        "execution": {"blockNumber": 257, "blockTimestamp": 1_000_614},
        "consensus": {"headSlot": 296, "finalizedEpoch": 35, "isOptimistic": True, "genesisTime": 1_000_000},
    }
    running = [
        ("execution", "2026-01-01T00:02:00Z"),
        ("consensus", "2026-01-01T00:01:00Z"),
        ("agent", "2025-01-01T00:00:00Z"),
    ]
    statuses = [{"name": name, "state": {"running": {"startedAt": start}}} for name, start in running]
    evidence = evidence_of("p", agent, {"status": {"containerStatuses": statuses}})
    assert evidence.started == 1_767_225_660
    assert (evidence.block, evidence.head_slot, evidence.optimistic) == (257, 296, True)
    assert evidence_of("p", {}, None).started is None
    assert [evidence_of("p", {"passes": word}, None).passes for word in (True, False)] == [True, False]
