"""Telling a private network that stopped for good from one that only pauses.

When all nodes of a small network stop together, each consensus client comes back at its justified block, and its
execution client, which is further on, or has lost its blocks, does not follow it there. No node can make a payload, so
no node ever makes the block that would heal the others. Nothing but a new genesis helps.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ethgen.operate.plan import AGENT_CONTAINER

if TYPE_CHECKING:
    from collections.abc import Sequence

# Slots without a block after which nothing is under way any more: a restarted node needs fewer to find its peers.
_STILL_SLOTS = 32


@dataclass(frozen=True, slots=True)
class NodeEvidence:
    """What is known of one node; None where it is not.

    Attributes:
        pod: its pod.
        block: number of the execution client's latest block.
        block_time: Unix time of that block, in seconds.
        head_slot: slot of the consensus client's head.
        finalized_epoch: finalized epoch of the consensus client.
        optimistic: the consensus client's head is not verified.
        genesis_time: Unix time of slot 0, in seconds.
        started: Unix time at which the older of the two clients was started.
        passes: its agent calls it fit to serve, which an optimistic head is where its execution client has it.
    """

    pod: str
    block: int | None
    block_time: float | None
    head_slot: int | None
    finalized_epoch: int | None
    optimistic: bool | None
    genesis_time: float | None
    started: float | None
    passes: bool = False


@dataclass(frozen=True, slots=True)
class DeadNetwork:
    """A network that cannot be revived: why, and what to do."""

    reason: str
    cure: str


def recognise_dead_network(nodes: Sequence[NodeEvidence], seconds_per_slot: float, now: float) -> DeadNetwork | None:
    """Return why a private network cannot go on; None where it may, or where too little is known to say so.

    It is dead when no block came for 32 slots, every node was started after the newest block, and each of them is
    unable to build on its head: its consensus head is optimistic and not known to its execution client, or its
    execution client is further on than the consensus client, or has lost blocks that this has finalized.

    Args:
        nodes: the evidence of every node of the network.
        seconds_per_slot: length of a slot, in seconds.
        now: Unix time, in seconds.
    """
    times = [node.block_time for node in nodes if node.block_time is not None]
    if not nodes or len(times) < len(nodes):
        return None
    newest = max(times)
    if now - newest < _STILL_SLOTS * seconds_per_slot:
        return None
    if any(node.started is None or node.started < newest for node in nodes):
        return None
    faults = [_fault(node, seconds_per_slot) for node in nodes]
    if not all(faults):
        return None
    words = "; ".join(f"{node.pod}: {fault}" for node, fault in zip(nodes, faults, strict=True))
    return DeadNetwork(
        f"the whole network was stopped {now - newest:.0f} s ago and cannot go on ({words})",
        cure="begin anew: `ethgen deploy --new-genesis` removes the network's data and makes a new genesis",
    )


def evidence_of(pod: str, agent: dict[str, Any], description: dict[str, Any] | None) -> NodeEvidence:
    """Return the evidence of a node.

    Args:
        pod: its pod.
        agent: what its agent's `/status` says.
        description: the pod as the API server gives it; None where it does not exist.
    """
    execution, consensus = agent.get("execution") or {}, agent.get("consensus") or {}
    return NodeEvidence(
        pod=pod,
        block=execution.get("blockNumber"),
        block_time=execution.get("blockTimestamp"),
        head_slot=consensus.get("headSlot"),
        finalized_epoch=consensus.get("finalizedEpoch"),
        optimistic=consensus.get("isOptimistic"),
        genesis_time=consensus.get("genesisTime"),
        started=_started(description),
        passes=bool(agent.get("passes")),
    )


def _fault(node: NodeEvidence, seconds_per_slot: float) -> str:
    """Return what keeps a node from building on its head; empty where nothing is known to."""
    if node.block is None or node.head_slot is None or node.genesis_time is None or node.block_time is None:
        return ""
    slot = int((node.block_time - node.genesis_time) // seconds_per_slot)
    if node.block == 0 and node.finalized_epoch:
        return f"the execution client lost its blocks, epoch {node.finalized_epoch} is finalized"
    if slot > node.head_slot:
        return f"the consensus client fell back to slot {node.head_slot}, the execution client is at slot {slot}"
    if node.optimistic and not node.passes:
        return f"the head at slot {node.head_slot} cannot be verified"
    return ""


def _started(description: dict[str, Any] | None) -> float | None:
    statuses = (description or {}).get("status", {}).get("containerStatuses", [])
    times = [
        datetime.fromisoformat(status["state"]["running"]["startedAt"]).timestamp()
        for status in statuses
        if status["name"] != AGENT_CONTAINER and "running" in status.get("state", {})
    ]
    return min(times, default=None)
