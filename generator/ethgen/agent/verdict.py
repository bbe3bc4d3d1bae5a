"""Whether a node is fit to serve: a pure rule over what was seen.

A node is ready when its execution client answers with the right chain and a readable state, its latest block is young,
its consensus client is near its clock's slot, and that head is verified. `eth_syncing` and the clients' own health
pages are no evidence: they report health while a node is dead or far behind.

One thing such a rule cannot tell is a node that is behind from a chain that stands still, and the second must not close
the network: validators reach beacon nodes through ready pods only, so nobody could ever produce the block that makes a
pod ready. `_standstill` therefore lets an old head pass on proof that nobody is ahead; docs/health.md argues it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ethgen.agent.clients import ConsensusHead, ExecutionHead, Payload

State = Literal["at head", "waiting for genesis", "chain stands still", "not ready"]

# Every name that a reason can have: metrics report each of them, also while it is not the case.
REASONS = (
    "execution_unreachable", "chain_id", "state_unreadable", "head_old", "clock_wrong", "consensus_unreachable",
    "syncing", "optimistic", "execution_offline", "sync_distance", "heads_differ", "never_at_head", "no_peers",
    "fleet_unknown", "behind_fleet", "fleet_silent",
)  # fmt: skip
_UNDER_WAY = 1  # blocks; one may have reached a sibling and not yet this node
_AGE_REASONS = frozenset({"head_old", "sync_distance"})


@dataclass(frozen=True, slots=True)
class Settings:
    """What counts as healthy.

    Attributes:
        chain_id: EIP-155 chain id that the execution client must have.
        seconds_per_slot: length of a slot, in seconds.
        max_head_age_slots: oldest latest block that counts as young, in slots.
        max_sync_distance_slots: largest distance of the consensus head from the clock, in slots.
        private_network: the fleet holds every node of the network, so that nobody outside it can be ahead.
        isolation_seconds: how long silent siblings count as "perhaps ahead".
    """

    chain_id: int
    seconds_per_slot: float
    max_head_age_slots: int
    max_sync_distance_slots: int
    private_network: bool = False
    isolation_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Fleet:
    """What the agents of the other nodes say.

    Attributes:
        configured: the agent was told where to look.
        lookup_error: why the names of the fleet cannot be resolved; empty where they can.
        listed: how many siblings there are.
        answered: how many of them said something, be it that nothing runs there.
        silent_seconds: for how long no sibling has answered.
        best_slot: highest consensus head that a sibling in good order has claimed lately; None without any.
        best_number: highest execution block that a sibling in good order has claimed lately; None without any.
    """

    configured: bool = False
    lookup_error: str = ""
    listed: int = 0
    answered: int = 0
    silent_seconds: float = 0.0
    best_slot: int | None = None
    best_number: int | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known at one moment.

    Attributes:
        now: Unix time, in seconds.
        execution: what the execution client said, or why it did not answer.
        consensus: what the consensus client said, or why it did not answer.
        genesis_time: Unix time of slot 0; None while unknown.
        payload: execution block of the consensus head; None while unknown.
        fleet: what the siblings say.
        was_passing: the moment before, this node passed.
    """

    now: float
    execution: ExecutionHead | str
    consensus: ConsensusHead | str
    genesis_time: int | None = None
    payload: Payload | None = None
    fleet: Fleet = field(default_factory=Fleet)
    was_passing: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks against a node: a name for metrics and a sentence for people."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows from the evidence of one moment.

    Attributes:
        passes: the node is fit to serve at this moment.
        state: in a few words, how the node is.
        reasons: what speaks against it; where it passes nevertheless, what the standstill excuses.
        head_age_seconds: age of the latest block; None while unknown.
        sync_distance_slots: the larger of what the client says and what its head slot says; None while unknown.
    """

    passes: bool
    state: State
    reasons: tuple[Reason, ...]
    head_age_seconds: float | None = None
    sync_distance_slots: int | None = None


def judge(evidence: Evidence, settings: Settings) -> Verdict:
    """Judge a node by the evidence of one moment."""
    age = None if isinstance(evidence.execution, str) else evidence.now - evidence.execution.timestamp
    distance = None
    if not isinstance(evidence.consensus, str):
        distance = slots_behind(evidence.consensus, evidence.genesis_time, evidence.now, settings.seconds_per_slot)
    if _waits_for_genesis(evidence, settings):
        return Verdict(passes=True, state="waiting for genesis", reasons=(), sync_distance_slots=0)
    reasons = (*_execution(evidence, settings, age), *_consensus(evidence, settings, distance))
    if not reasons:
        return Verdict(True, "at head", (), age, distance)  # noqa: FBT003 - the verdict's first word
    names = {reason.name for reason in reasons}
    if names & _AGE_REASONS and names <= _excused(settings):
        doubts = _standstill(evidence, settings)
        if not doubts:
            return Verdict(True, "chain stands still", reasons, age, distance)  # noqa: FBT003 - as above
        reasons = (*reasons, *doubts)
    return Verdict(False, "not ready", reasons, age, distance)  # noqa: FBT003 - as above


def _excused(settings: Settings) -> frozenset[str]:
    """Return the reasons that a proven standstill excuses.

    A consensus client that was just started calls its head optimistic until its execution client has answered for it,
    which it asks at the next block, or when a validator is about to propose one: behind a closed gate neither comes. In
    a proven standstill the head's payload is the execution client's own latest block, which it has verified.
    """
    return _AGE_REASONS | ({"optimistic"} if settings.private_network else set())


def slots_behind(head: ConsensusHead, genesis_time: int | None, now: float, seconds_per_slot: float) -> int:
    """Return how many slots a consensus head is behind: by its client or by our clock, whichever is larger."""
    if genesis_time is None:
        return head.sync_distance
    if now < genesis_time:
        return 0
    return max(head.sync_distance, int((now - genesis_time) // seconds_per_slot) - head.head_slot)


def _waits_for_genesis(evidence: Evidence, settings: Settings) -> bool:
    execution, consensus = evidence.execution, evidence.consensus
    if isinstance(execution, str) or isinstance(consensus, str) or evidence.genesis_time is None:
        return False
    return (
        evidence.now < evidence.genesis_time
        and execution.chain_id == settings.chain_id
        and not execution.state_error
        and execution.number == 0
        and consensus.head_slot == 0
        and not consensus.el_offline
    )


def _execution(evidence: Evidence, settings: Settings, age: float | None) -> list[Reason]:
    head = evidence.execution
    if isinstance(head, str) or age is None:
        return [Reason("execution_unreachable", f"the execution client does not answer: {head}")]
    reasons = []
    if head.chain_id != settings.chain_id:
        reasons.append(Reason("chain_id", f"the chain id is {head.chain_id}, not {settings.chain_id}"))
    if head.state_error:
        reasons.append(Reason("state_unreadable", f"the latest state cannot be read: {head.state_error}"))
    limit = settings.max_head_age_slots * settings.seconds_per_slot
    if age > limit:
        reasons.append(Reason("head_old", f"block {head.number} is {age:.0f} s old, more than {limit:g} s"))
    if head.number and age < -limit:
        reasons.append(Reason("clock_wrong", f"block {head.number} is {-age:.0f} s in the future of this machine"))
    return reasons


def _consensus(evidence: Evidence, settings: Settings, distance: int | None) -> list[Reason]:
    head = evidence.consensus
    if isinstance(head, str) or distance is None:
        return [Reason("consensus_unreachable", f"the consensus client does not answer: {head}")]
    reasons = []
    if head.is_syncing:
        reasons.append(Reason("syncing", f"the consensus client syncs, its head is slot {head.head_slot}"))
    if head.is_optimistic:
        reasons.append(Reason("optimistic", "the consensus client's head is optimistic: its payload is not verified"))
    if head.el_offline:
        reasons.append(Reason("execution_offline", "the consensus client does not reach its execution client"))
    if distance > settings.max_sync_distance_slots:
        limit = settings.max_sync_distance_slots
        reasons.append(Reason("sync_distance", f"the consensus head is {distance} slots behind, more than {limit}"))
    return reasons


def _standstill(evidence: Evidence, settings: Settings) -> list[Reason]:
    """Return what forbids to believe that an old head is the chain's and not this node's; nothing where it is proven.

    In a private network the fleet is the network, so a fleet in which nobody is ahead proves it. In a public one the
    fleet proves little: there the node must also have been at the head when the standstill began, and have peers.
    """
    return [*_own_doubts(evidence, settings), *_fleet_doubts(evidence, settings)]


def _own_doubts(evidence: Evidence, settings: Settings) -> list[Reason]:
    execution, consensus = evidence.execution, evidence.consensus
    if isinstance(execution, str) or isinstance(consensus, str):
        return []
    doubts = []
    if not _same_head(execution, consensus, evidence.payload):
        text = f"the execution client's block {execution.number} is not the one of the consensus head"
        doubts.append(Reason("heads_differ", text))
    if not settings.private_network and not evidence.was_passing:
        doubts.append(Reason("never_at_head", "this node was not at the head when blocks stopped"))
    if not settings.private_network and not consensus.peers:
        doubts.append(Reason("no_peers", "the consensus client has no peer that could tell of a newer head"))
    return doubts


def _fleet_doubts(evidence: Evidence, settings: Settings) -> list[Reason]:
    fleet = evidence.fleet
    if not fleet.configured:
        return []
    if fleet.lookup_error:
        return [Reason("fleet_unknown", f"the other nodes cannot be looked up: {fleet.lookup_error}")]
    if _is_ahead(evidence):
        return [Reason("behind_fleet", f"another node is at slot {fleet.best_slot}, block {fleet.best_number}")]
    if fleet.listed and not fleet.answered and fleet.silent_seconds < settings.isolation_seconds:
        return [Reason("fleet_silent", f"none of the {fleet.listed} other nodes answers, so one may be ahead")]
    return []


def _is_ahead(evidence: Evidence) -> bool:
    execution, consensus, fleet = evidence.execution, evidence.consensus, evidence.fleet
    if isinstance(execution, str) or isinstance(consensus, str):
        return False
    slot_ahead = fleet.best_slot is not None and fleet.best_slot > consensus.head_slot + _UNDER_WAY
    return slot_ahead or (fleet.best_number is not None and fleet.best_number > execution.number + _UNDER_WAY)


def _same_head(execution: ExecutionHead, consensus: ConsensusHead, payload: Payload | None) -> bool:
    """Tell whether both clients are at one block; the genesis block carries no payload, its execution block is 0."""
    if consensus.head_slot == 0:
        return execution.number == 0
    return (
        payload is not None and payload.head_slot == consensus.head_slot and payload.block_hash == execution.block_hash
    )
