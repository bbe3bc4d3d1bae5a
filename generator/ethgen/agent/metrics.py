"""The agent's metrics in Prometheus' text format, version 0.0.4."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.agent.verdict import REASONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ethgen.agent.monitor import Monitor, Snapshot

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Sample = tuple[dict[str, str], float | None]


def render(monitor: Monitor) -> str:
    """Return all metrics; a value that is not known now is left out, never guessed."""
    return "".join(_lines(monitor))


def _lines(monitor: Monitor) -> Iterator[str]:
    snapshot = monitor.snapshot()
    yield from _family(
        "agent_ready", "gauge", "1 where the node is fit to serve.", [({}, float(bool(snapshot and snapshot.ready)))]
    )
    if snapshot is not None:
        yield from _verdict(snapshot)
    yield from _clients(monitor)
    yield from _upstream(monitor)


def _verdict(snapshot: Snapshot) -> Iterator[str]:
    verdict, fleet = snapshot.verdict, snapshot.evidence.fleet
    named = {reason.name for reason in verdict.reasons}
    stands = float(verdict.state == "chain stands still")
    yield from _family(
        "agent_chain_standstill", "gauge", "1 where the head is old and nobody is ahead.", [({}, stands)]
    )
    samples: list[Sample] = [({"reason": name}, float(name in named)) for name in REASONS]
    yield from _family("agent_objection", "gauge", "1 for each thing that speaks against the node.", samples)
    yield from _family(
        "agent_readiness_changes_total", "counter", "Changes of readiness.", [({}, float(snapshot.changes))]
    )
    age, distance = verdict.head_age_seconds, verdict.sync_distance_slots
    yield from _family("agent_head_age_seconds", "gauge", "Age of the execution client's latest block.", [({}, age)])
    yield from _family(
        "agent_sync_distance_slots", "gauge", "Slots from the consensus head to the clock.", [({}, distance)]
    )
    if fleet.configured:
        yield from _family("agent_fleet_siblings", "gauge", "Other nodes of the network.", [({}, fleet.listed)])
        yield from _family(
            "agent_fleet_siblings_answered", "gauge", "Other nodes that answered.", [({}, fleet.answered)]
        )


def _clients(monitor: Monitor) -> Iterator[str]:
    execution, view = monitor.execution.last.value, monitor.consensus.last.value
    peers: list[Sample] = []
    if execution is not None:
        peers.append(({"client": "execution"}, execution.peers))
        yield from _family("agent_execution_block_number", "gauge", "Latest block.", [({}, execution.number)])
    if view is not None:
        peers.append(({"client": "consensus"}, view.head.peers))
        yield from _family("agent_consensus_head_slot", "gauge", "Slot of the head.", [({}, view.head.head_slot)])
        flags: list[Sample] = [
            ({"state": "syncing"}, float(view.head.is_syncing)),
            ({"state": "optimistic"}, float(view.head.is_optimistic)),
            ({"state": "execution_offline"}, float(view.head.el_offline)),
        ]
        yield from _family("agent_consensus_state", "gauge", "What the consensus client says of itself.", flags)
        if view.finality is not None:
            finalized = view.finality.finalized_epoch
            yield from _family("agent_consensus_finalized_epoch", "gauge", "Finalized epoch.", [({}, finalized)])
    yield from _family("agent_peers", "gauge", "Connected peers.", peers)


def _upstream(monitor: Monitor) -> Iterator[str]:
    watches = (("execution", monitor.execution.last), ("consensus", monitor.consensus.last))
    up: list[Sample] = [({"client": name}, float(last.value is not None)) for name, last in watches]
    latency: list[Sample] = [({"client": name}, last.seconds) for name, last in watches]
    failures: list[Sample] = [({"client": name}, last.failures) for name, last in watches]
    yield from _family("agent_upstream_up", "gauge", "1 where the client answered the last question.", up)
    yield from _family("agent_upstream_latency_seconds", "gauge", "Duration of the last question.", latency)
    yield from _family("agent_upstream_failures_total", "counter", "Questions without an answer.", failures)


def _family(name: str, kind: str, description: str, samples: Iterable[Sample]) -> Iterator[str]:
    known = [(labels, value) for labels, value in samples if value is not None]
    if not known:
        return
    yield f"# HELP {name} {description}\n# TYPE {name} {kind}\n"
    for labels, value in known:
        inner = ",".join(f'{key}="{text}"' for key, text in labels.items())
        yield f"{name}{{{inner}}} {value:.15g}\n" if inner else f"{name} {value:.15g}\n"
