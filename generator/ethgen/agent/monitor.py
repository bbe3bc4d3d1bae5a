"""Watches the two clients of a pod and says, second by second, whether they are started, fit to serve, and alive."""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeVar

from ethgen.agent import clients
from ethgen.agent.fleet import Siblings
from ethgen.agent.http import NoAnswerError
from ethgen.agent.verdict import Evidence, Fleet, Settings, Verdict, judge, slots_behind
from ethgen.agent.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from ethgen.agent.watch import Observation

Client = Literal["execution", "consensus"]
T = TypeVar("T")

# From this distance on a slot was missed, so the rule for a chain that stands still may soon need the head's payload.
_MISSED_SLOT = 2


@dataclass(frozen=True, slots=True)
class Pace:
    """How often the agent asks and how soon it believes; all times in seconds.

    Attributes:
        period: from one question, and one verdict, to the next.
        timeout: for one answer.
        stale: age at which an answer is none.
        state_retry: until a state that could not be read is asked for again; clients log each such question.
        passes_to_enter: verdicts in a row that make a node ready.
        failures_to_leave: verdicts in a row that make it not ready.
        sign_of_life_period: from one question for a sign of life to the next.
        sign_of_life_timeout: for one sign of life.
        silences_to_die: signs of life missed in a row that mean a deadlock.
    """

    period: float = 1.0
    timeout: float = 2.0
    stale: float = 5.0
    state_retry: float = 10.0
    passes_to_enter: int = 2
    failures_to_leave: int = 3
    sign_of_life_period: float = 10.0
    sign_of_life_timeout: float = 10.0
    silences_to_die: int = 6


@dataclass(frozen=True, slots=True)
class ConsensusView:
    """All that the consensus client says at one moment; what it does not say is None."""

    head: clients.ConsensusHead
    genesis_time: int | None = None
    payload: clients.Payload | None = None
    finality: clients.Finality | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the agent answers until its next verdict.

    Attributes:
        at: when it was made, on the monotonic clock in seconds.
        ready: the verdict with its inertia: two passes make a node ready, three failures make it not ready.
        verdict: the verdict of this moment.
        evidence: what it follows from.
        changes: how often `ready` changed since the agent started.
    """

    at: float
    ready: bool
    verdict: Verdict
    evidence: Evidence
    changes: int = 0


@dataclass(slots=True)
class _Inertia:
    """Turns verdicts into readiness: a single odd moment changes nothing."""

    pace: Pace
    ready: bool = False
    streak: int = 0
    changes: int = 0

    def take(self, *, passes: bool) -> bool:
        """Take one verdict and return whether the node is ready after it."""
        self.streak = self.streak + 1 if passes != self.ready else 0
        needed = self.pace.failures_to_leave if self.ready else self.pace.passes_to_enter
        if self.streak >= needed:
            self.ready, self.streak, self.changes = not self.ready, 0, self.changes + 1
        return self.ready


class _Execution:
    """Asks the execution client for its head; a state that could not be read is not asked for again at once."""

    def __init__(self, url: str, pace: Pace) -> None:
        self._url = url
        self._pace = pace
        self._state_error = ""
        self._retry_at = 0.0

    def ask(self) -> clients.ExecutionHead:
        read_state = time.monotonic() >= self._retry_at
        head = clients.execution_head(self._url, self._pace.timeout, read_state=read_state)
        if not read_state:
            return replace(head, state_error=self._state_error)
        self._state_error = head.state_error
        if head.state_error:
            self._retry_at = time.monotonic() + self._pace.state_retry
        return head


class _Consensus:
    """Asks the consensus client for its head each time, and for what seldom changes only when it may have changed."""

    def __init__(self, url: str, seconds: float, seconds_per_slot: float) -> None:
        self._url = url
        self._seconds = seconds
        self._seconds_per_slot = seconds_per_slot
        self._view: ConsensusView | None = None

    def ask(self) -> ConsensusView:
        try:
            head = clients.consensus_head(self._url, seconds=self._seconds)
        except NoAnswerError:
            self._view = None
            raise
        before = self._view
        genesis = before.genesis_time if before else None
        genesis = self._optional(clients.genesis_time) if genesis is None else genesis
        known = before if before and before.head.head_slot == head.head_slot else ConsensusView(head)
        behind = slots_behind(head, genesis, time.time(), self._seconds_per_slot)
        self._view = ConsensusView(
            head,
            genesis,
            known.payload or (self._optional(clients.head_payload) if behind >= _MISSED_SLOT else None),
            known.finality or self._optional(clients.finality),
        )
        return self._view

    def _optional(self, question: Callable[[str, float], T]) -> T | None:
        try:
            return question(self._url, self._seconds)
        except NoAnswerError:
            return None


class Monitor:
    """Watches an execution client, a consensus client and the other nodes of the fleet.

    Args:
        settings: what counts as healthy.
        execution_url: JSON-RPC of the execution client.
        consensus_url: Beacon API of the consensus client, without a path.
        fleet: `host:port` names of the other nodes' agents; empty where there are none.
        pace: how often it asks and how soon it believes.
    """

    def __init__(
        self,
        settings: Settings,
        execution_url: str,
        consensus_url: str,
        fleet: tuple[str, ...] = (),
        pace: Pace | None = None,
    ) -> None:
        self.settings = settings
        self.pace = pace = pace or Pace()
        self.siblings = Siblings(fleet, settings.chain_id)
        life = (pace.sign_of_life_period, pace.sign_of_life_timeout)
        self.execution = Watch("execution", _Execution(execution_url, pace).ask, pace.period)
        self.consensus = Watch(
            "consensus", _Consensus(consensus_url, pace.timeout, settings.seconds_per_slot).ask, pace.period
        )
        self.fleet = Watch("fleet", self.siblings.ask, 2 * pace.period)
        self.signs_of_life: dict[Client, Watch[str]] = {
            "execution": Watch("execution life", lambda: clients.execution_version(execution_url, life[1]), life[0]),
            "consensus": Watch("consensus life", lambda: clients.consensus_version(consensus_url, life[1]), life[0]),
        }
        self._answered: set[Client] = set()
        self._inertia = _Inertia(pace)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="verdict", daemon=True)
        self._snapshot: Snapshot | None = None

    def start(self) -> None:
        """Begin to watch."""
        for watch in self._watches():
            watch.start()
        self._thread.start()

    def stop(self) -> None:
        """Watch no more."""
        self._ended.set()
        for watch in self._watches():
            watch.stop()

    def snapshot(self) -> Snapshot | None:
        """Return the newest verdict; None where there is none, or where the agent itself has stood still."""
        last = self._snapshot
        return last if last is not None and time.monotonic() - last.at <= self.pace.stale else None

    def not_started(self, client: Client | None = None) -> list[str]:
        """Return what is missing until a client, or both, count as started: an answer, and the right chain id."""
        missing = []
        if client != "consensus":
            head = _value(self.execution, self.pace.stale)
            if isinstance(head, str):
                missing.append(f"the execution client does not answer: {head}")
            elif head.chain_id != self.settings.chain_id:
                missing.append(f"the chain id is {head.chain_id}, not {self.settings.chain_id}")
        if client != "execution":
            view = _value(self.consensus, self.pace.stale)
            if isinstance(view, str):
                missing.append(f"the consensus client does not answer: {view}")
        return missing

    def deadlock(self, client: Client) -> str:
        """Return how a client that once answered has fallen silent for good; empty where it has not."""
        life = self.signs_of_life[client].last
        if client not in self._answered or life.silences < self.pace.silences_to_die or self._questions(client).heard:
            return ""
        return f"the {client} client missed {life.silences} signs of life in a row: {life.error}"

    def _watches(self) -> tuple[Watch[clients.ExecutionHead] | Watch[ConsensusView] | Watch[Fleet] | Watch[str], ...]:
        return (self.execution, self.consensus, self.fleet, *self.signs_of_life.values())

    def _questions(self, client: Client) -> Observation[clients.ExecutionHead] | Observation[ConsensusView]:
        return self.execution.last if client == "execution" else self.consensus.last

    def _run(self) -> None:
        while not self._ended.wait(self.pace.period):
            self._judge()

    def _judge(self) -> None:
        for client in self.signs_of_life:
            if self.signs_of_life[client].last.heard or self._questions(client).heard:
                self._answered.add(client)
        evidence = self._evidence()
        verdict = judge(evidence, self.settings)
        was_ready = self._inertia.ready
        ready = self._inertia.take(passes=verdict.passes)
        if ready != was_ready:
            _log(ready=ready, verdict=verdict)
        self._snapshot = Snapshot(time.monotonic(), ready, verdict, evidence, self._inertia.changes)

    def _evidence(self) -> Evidence:
        execution = _value(self.execution, self.pace.stale)
        view = _value(self.consensus, self.pace.stale)
        return Evidence(
            now=time.time(),
            execution=execution,
            consensus=view if isinstance(view, str) else view.head,
            genesis_time=None if isinstance(view, str) else view.genesis_time,
            payload=None if isinstance(view, str) else view.payload,
            fleet=self.fleet.last.value or Fleet(configured=self.siblings.configured, lookup_error="not asked yet"),
            was_passing=self._inertia.ready,
        )


def _value(watch: Watch[T], stale: float) -> T | str:
    last = watch.last
    if last.value is None:
        return last.error
    age = watch.age()
    return last.value if age <= stale else f"no answer for {age:.0f} s"


def _log(*, ready: bool, verdict: Verdict) -> None:
    reasons = "; ".join(reason.text for reason in verdict.reasons)
    line = f"{'ready' if ready else 'not ready'}: {verdict.state}" + (f" ({reasons})" if reasons else "")
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
