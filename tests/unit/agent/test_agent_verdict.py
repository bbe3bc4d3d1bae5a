"""When a node is fit to serve: the health table of real clients, and what must never pass."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ethgen.agent.clients import ConsensusHead, ExecutionHead, Payload
from ethgen.agent.verdict import REASONS, Evidence, Fleet, Settings, Verdict, judge

NOW = 1_800_000_000.0
GENESIS = int(NOW) - 2000  # slot 1000 at 2 s
PRIVATE = Settings(1337, 2, max_head_age_slots=4, max_sync_distance_slots=3, private_network=True)
PUBLIC = dataclasses.replace(PRIVATE, private_network=False)
HASH = "0x" + "11" * 32


def execution(number: int = 900, age: float = 1, **changes: object) -> ExecutionHead:
    """Build an execution client's answer."""
    return dataclasses.replace(ExecutionHead(1337, number, HASH, int(NOW - age), 1), **changes)  # type: ignore[arg-type]


def consensus(slot: int = 1000, distance: int = 0, **changes: object) -> ConsensusHead:
    """Build a consensus client's answer."""
    head = ConsensusHead(slot, distance, is_syncing=False, is_optimistic=False, el_offline=False, peers=1)
    return dataclasses.replace(head, **changes)  # type: ignore[arg-type]


def fleet(**changes: object) -> Fleet:
    """Build what a fleet of one sibling at the head says."""
    known = Fleet(configured=True, listed=1, answered=1, best_slot=1000, best_number=900)
    return dataclasses.replace(known, **changes)  # type: ignore[arg-type]


def evidence(
    el: ExecutionHead | str, cl: ConsensusHead | str, siblings: Fleet | None = None, **changes: object
) -> Evidence:
    """Build the evidence of one moment, with a payload that fits the execution client's block."""
    payload = Payload(cl.head_slot, el.block_hash) if not isinstance(el, str) and not isinstance(cl, str) else None
    known = Evidence(NOW, el, cl, GENESIS, payload, siblings or fleet())
    return dataclasses.replace(known, **changes)  # type: ignore[arg-type]


def names(verdict: Verdict) -> set[str]:
    """Return the names of a verdict's reasons."""
    return {reason.name for reason in verdict.reasons}


@pytest.mark.parametrize("settings", [PRIVATE, PUBLIC], ids=["private", "public"])
@pytest.mark.parametrize(
    ("seen", "passes", "reasons"),
    [
        pytest.param(evidence(execution(), consensus()), True, set(), id="healthy"),
        pytest.param(evidence(execution(), consensus(999, 1)), True, set(), id="healthy, block of this slot missing"),
        pytest.param(
            evidence("connection refused", consensus(950, 50)), False, {"execution_unreachable", "sync_distance"},
            id="EL killed, the CL notices nothing",
        ),
        pytest.param(
            evidence("connection refused", consensus(0, 1000, el_offline=True)), False,
            {"execution_unreachable", "execution_offline", "sync_distance"}, id="EL absent since the CL's start",
        ),
        pytest.param(
            evidence(execution(880, 40), "connection refused"), False, {"head_old", "consensus_unreachable"},
            id="CL killed",
        ),
        pytest.param(
            evidence(execution(880, 100), consensus(950, 50, is_syncing=True)), False,
            {"head_old", "syncing", "sync_distance"}, id="CL catching up",
        ),
        pytest.param(
            evidence(execution(), consensus(is_optimistic=True)), False, {"optimistic"}, id="CL optimistic at the head",
        ),
        pytest.param(
            evidence(execution(860, 100), consensus(950, 50)), False, {"head_old", "sync_distance", "behind_fleet"},
            id="behind while the CL says that its sync is done",
        ),
        pytest.param(
            evidence(execution(0, 2000), consensus(700, 300), payload=Payload(700, "0x" + "22" * 32)), False,
            {"head_old", "sync_distance", "heads_differ", "behind_fleet"}, id="EL lost its blocks",
        ),
        pytest.param(evidence(execution(chain_id=1), consensus()), False, {"chain_id"}, id="another chain"),
        pytest.param(
            evidence(execution(state_error="missing trie node"), consensus()), False, {"state_unreadable"},
            id="state not readable",
        ),
        pytest.param(evidence(execution(age=-60), consensus()), False, {"clock_wrong"}, id="clock behind"),
        pytest.param(
            evidence(execution(), consensus(900, 0)), False, {"sync_distance", "behind_fleet"},
            id="CL's own clock stands still",
        ),
    ],
)  # fmt: skip
def test_each_state_of_the_health_table(
    settings: Settings,
    seen: Evidence,
    passes: bool,  # noqa: FBT001 - a column of the table
    reasons: set[str],
) -> None:
    """A node passes at the head alone, whatever the clients' own health pages would say."""
    verdict = judge(seen, settings)
    assert verdict.passes is passes
    assert names(verdict) - {"never_at_head"} == reasons
    assert names(verdict) <= set(REASONS)


def test_a_chain_that_stands_still_keeps_its_nodes_ready() -> None:
    """In a private network an old head passes when no node is ahead, or nobody could produce the next block."""
    still = evidence(execution(800, 200), consensus(900, 100), fleet(best_slot=900, best_number=800))
    verdict = judge(still, PRIVATE)
    assert verdict.passes
    assert verdict.state == "chain stands still"
    assert names(verdict) == {"head_old", "sync_distance"}


def test_a_node_that_was_restarted_alone_lets_its_validators_in() -> None:
    """Its head is optimistic until a validator is about to propose: what its execution client has is verified."""
    alone = fleet(listed=0, answered=0, best_slot=None, best_number=None)
    back = evidence(execution(800, 200), consensus(900, 100, is_optimistic=True, peers=0), alone)
    verdict = judge(back, PRIVATE)
    assert verdict.passes
    assert verdict.state == "chain stands still"
    assert names(verdict) == {"head_old", "sync_distance", "optimistic"}


@pytest.mark.parametrize(
    ("changes", "settings", "doubt"),
    [
        ({"payload": Payload(900, "0x" + "22" * 32)}, PRIVATE, "heads_differ"),
        ({"payload": None}, PRIVATE, "heads_differ"),
        ({"fleet": fleet(best_slot=905, best_number=805)}, PRIVATE, "behind_fleet"),
        ({"execution": execution(799, 1), "consensus": consensus(1000, 0, is_optimistic=True)}, PRIVATE, "optimistic"),
        ({"was_passing": True}, PUBLIC, "optimistic"),
    ],
    ids=["execution lost a block", "head unknown", "a sibling is ahead", "the chain goes on", "public network"],
)
def test_an_optimistic_head_passes_on_no_less_proof(changes: dict[str, object], settings: Settings, doubt: str) -> None:
    """A head that nobody has verified, or that the chain has left behind, is none to serve."""
    siblings = fleet(best_slot=900, best_number=800)
    back = evidence(execution(800, 200), consensus(900, 100, is_optimistic=True), siblings)
    verdict = judge(dataclasses.replace(back, **changes), settings)  # type: ignore[arg-type]
    assert not verdict.passes
    assert doubt in names(verdict)


def test_a_network_that_has_not_begun_is_ready_for_its_first_block() -> None:
    """At block 0, before and after the genesis time, validators find a ready node."""
    begin = evidence(execution(0, -30), consensus(0, 0), genesis_time=int(NOW) + 30, payload=None)
    assert judge(begin, PRIVATE).state == "waiting for genesis"
    assert judge(begin, PRIVATE).passes
    late = evidence(execution(0, 2000), consensus(0, 1000), fleet(best_slot=0, best_number=0), payload=None)
    assert judge(late, PRIVATE).passes
    assert judge(late, PRIVATE).state == "chain stands still"


@pytest.mark.parametrize(
    "changes", [{"chain_id": 5}, {"state_error": "no state"}, {"number": 3}], ids=["chain", "state", "not block 0"]
)
def test_waiting_for_genesis_excuses_no_other_fault(changes: dict[str, object]) -> None:
    """Before the genesis time a node of another chain, without state, or with older blocks is not ready."""
    el = dataclasses.replace(execution(0, -30), **changes)  # type: ignore[arg-type]
    assert not judge(evidence(el, consensus(0, 0), genesis_time=int(NOW) + 30), PRIVATE).passes


@pytest.mark.parametrize(
    ("siblings", "doubt"),
    [
        (fleet(best_slot=1000, best_number=900), "behind_fleet"),
        (fleet(lookup_error="no such name"), "fleet_unknown"),
        (fleet(answered=0, silent_seconds=10, best_slot=None, best_number=None), "fleet_silent"),
    ],
)
def test_an_old_head_does_not_pass_while_somebody_may_be_ahead(siblings: Fleet, doubt: str) -> None:
    """A standstill must be proven: a sibling ahead, an unknown fleet or a silent one keeps an old head out."""
    verdict = judge(evidence(execution(800, 200), consensus(900, 100), siblings), PRIVATE)
    assert not verdict.passes
    assert doubt in names(verdict)


def test_a_fleet_that_stays_silent_does_not_stop_the_network_for_ever() -> None:
    """After a minute of silence the nodes that are left go on without the others."""
    gone = fleet(answered=0, silent_seconds=61, best_slot=None, best_number=None)
    assert judge(evidence(execution(800, 200), consensus(900, 100), gone), PRIVATE).passes


@pytest.mark.parametrize(
    ("was_passing", "peers", "passes"), [(True, 3, True), (False, 3, False), (True, 0, False), (True, None, False)]
)
def test_in_a_public_network_a_standstill_needs_more_proof(was_passing: bool, peers: int | None, passes: bool) -> None:  # noqa: FBT001 - columns of the table
    """There the fleet is not the network: the node must have been at the head when blocks stopped, and have peers."""
    siblings = fleet(best_slot=900, best_number=800)
    seen = evidence(execution(800, 200), consensus(900, 100, peers=peers), siblings, was_passing=was_passing)
    assert judge(seen, PUBLIC).passes is passes


def test_an_execution_client_without_the_consensus_head_never_passes_as_a_standstill() -> None:
    """A chain whose execution clients lost blocks cannot produce the next one, so it is not merely standing still."""
    siblings = fleet(best_slot=900, best_number=0)
    lost = evidence(execution(0, 2000), consensus(900, 100), siblings, payload=Payload(900, "0x" + "22" * 32))
    assert "heads_differ" in names(judge(lost, PRIVATE))
    unknown = dataclasses.replace(lost, payload=None)
    assert not judge(unknown, PRIVATE).passes


EXECUTIONS = st.one_of(
    st.just("connection refused"),
    st.builds(
        ExecutionHead,
        chain_id=st.sampled_from([1337, 1]),
        number=st.integers(0, 1000),
        block_hash=st.sampled_from([HASH, "0x" + "22" * 32]),
        timestamp=st.integers(int(NOW) - 2100, int(NOW) + 50),
        peers=st.none() | st.integers(0, 3),
        state_error=st.sampled_from(["", "missing trie node"]),
    ),
)
CONSENSUSES = st.one_of(
    st.just("no answer within 2 s"),
    st.builds(
        ConsensusHead,
        head_slot=st.integers(0, 1001),
        sync_distance=st.integers(0, 1000),
        is_syncing=st.booleans(),
        is_optimistic=st.booleans(),
        el_offline=st.booleans(),
        peers=st.none() | st.integers(0, 3),
    ),
)
FLEETS = st.builds(
    Fleet,
    configured=st.booleans(),
    lookup_error=st.sampled_from(["", "no such name"]),
    listed=st.integers(0, 3),
    answered=st.integers(0, 3),
    silent_seconds=st.floats(0, 120),
    best_slot=st.none() | st.integers(0, 1001),
    best_number=st.none() | st.integers(0, 1000),
)
EVIDENCES = st.builds(
    Evidence,
    now=st.just(NOW),
    execution=EXECUTIONS,
    consensus=CONSENSUSES,
    genesis_time=st.sampled_from([None, GENESIS, int(NOW) + 10]),
    payload=st.none() | st.builds(Payload, st.integers(0, 1001), st.sampled_from([HASH, "0x" + "22" * 32])),
    fleet=FLEETS,
    was_passing=st.booleans(),
)


@given(EVIDENCES, st.booleans())
def test_bad_evidence_never_passes(seen: Evidence, private: bool) -> None:  # noqa: FBT001 - drawn
    """Whatever else holds, a node with a fault of its own, or behind another node, is not fit to serve."""
    verdict = judge(seen, PRIVATE if private else PUBLIC)
    if not verdict.passes:
        assert verdict.reasons
        return
    el, cl = seen.execution, seen.consensus
    assert isinstance(el, ExecutionHead)
    assert isinstance(cl, ConsensusHead)
    assert el.chain_id == 1337
    assert not el.state_error
    assert not cl.el_offline
    if verdict.state == "waiting for genesis":
        assert el.number == cl.head_slot == 0
        return
    assert not cl.is_syncing
    if cl.is_optimistic:
        assert (private, verdict.state) == (True, "chain stands still")
        assert seen.payload == Payload(cl.head_slot, el.block_hash) or el.number == cl.head_slot == 0
    if verdict.state == "at head":
        assert abs(NOW - el.timestamp) <= 8
        assert cl.sync_distance <= 3
        return
    if seen.fleet.configured:
        assert not seen.fleet.lookup_error
        assert (seen.fleet.best_slot or 0) <= cl.head_slot + 1
        assert (seen.fleet.best_number or 0) <= el.number + 1
    assert private or (seen.was_passing and cl.peers)
    assert cl.head_slot == 0 or (seen.payload is not None and seen.payload.block_hash == el.block_hash)
