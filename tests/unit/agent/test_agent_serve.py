"""The agent beside real servers that play the clients: what it tells Kubernetes, and when."""

from __future__ import annotations

import http.client
import json
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

from ethgen.agent.monitor import Monitor, Pace
from ethgen.agent.server import Server
from ethgen.agent.verdict import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import FakeConsensus, FakeExecution

    Eventually = Callable[[Callable[[], bool], str], None]

SETTINGS = Settings(1337, 12, max_head_age_slots=3, max_sync_distance_slots=3)
FAST = Pace(
    period=0.02, timeout=0.2, stale=2, state_retry=0.05, sign_of_life_period=0.02, sign_of_life_timeout=0.1
)  # fmt: skip


class Agent:
    """A running agent."""

    def __init__(self, monitor: Monitor, port: int) -> None:
        self.monitor = monitor
        self.port = port

    def ask(self, path: str) -> tuple[int, str]:
        """GET a page."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def status(self) -> dict[str, object]:
        """GET /status."""
        document = json.loads(self.ask("/status")[1])
        assert isinstance(document, dict)
        return document

    def ready(self) -> bool:
        """Tell whether /ready answers 200."""
        return self.ask("/ready")[0] == 200


@contextmanager
def serving(
    execution_url: str, consensus_url: str, fleet: tuple[str, ...] = (), *, private: bool = False
) -> Iterator[Agent]:
    """Run an agent on a free port of loopback."""
    settings = Settings(1337, 12, 3, 3, private_network=private)
    monitor = Monitor(settings, execution_url, consensus_url, fleet, FAST)
    server = Server(("127.0.0.1", 0), monitor)
    monitor.start()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Agent(monitor, server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        monitor.stop()
        thread.join()


@pytest.fixture
def agent(execution: FakeExecution, consensus: FakeConsensus) -> Iterator[Agent]:
    """Run an agent beside two clients that are well."""
    with serving(execution.url, consensus.url) as running:
        yield running


def test_a_healthy_node_becomes_ready(agent: Agent, eventually: Eventually) -> None:
    """Two clients at the head make a started, ready and living node."""
    eventually(agent.ready, "ready")
    assert agent.ask("/startup") == (200, "started\n")
    assert agent.ask("/ready") == (200, "ready: at head\n")
    assert agent.ask("/live?client=execution") == (200, "alive\n")
    assert agent.ask("/live?client=consensus") == (200, "alive\n")


@pytest.mark.parametrize("mode", ["hang", "garbage", "error", "drip"])
@pytest.mark.parametrize("layer", ["execution", "consensus"])
def test_a_client_that_stops_answering_makes_the_node_not_ready(
    agent: Agent, request: pytest.FixtureRequest, eventually: Eventually, layer: str, mode: str
) -> None:
    """However a client fails, /ready says so and names it, while /live waits for proof of a deadlock."""
    client = request.getfixturevalue(layer)
    eventually(agent.ready, "ready")
    client.mode = mode
    eventually(lambda: not agent.ready(), "not ready")
    assert f"the {layer} client does not answer" in agent.ask("/ready")[1]
    client.mode = "answer"
    eventually(agent.ready, "ready again")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"is_syncing": True}, "syncing"),
        ({"is_optimistic": True}, "optimistic"),
        ({"el_offline": True}, "execution_offline"),
        ({"sync_distance": 40}, "sync_distance"),
        ({"head_slot": 60}, "sync_distance"),
    ],
)
def test_what_the_consensus_client_admits_counts(
    agent: Agent, consensus: FakeConsensus, eventually: Eventually, changes: dict[str, object], reason: str
) -> None:
    """A consensus client that syncs, is optimistic, lost its execution client or is behind is not ready."""
    eventually(agent.ready, "ready")
    for name, value in changes.items():
        setattr(consensus, name, value)
    consensus.payload_hash = "0x" + "cd" * 32
    eventually(lambda: not agent.ready(), "not ready")
    # A machine that is busy may make the client look silent for a moment, which is told before anything else.
    eventually(lambda: reason in {item["name"] for item in agent.status()["reasons"]}, reason)  # type: ignore[attr-defined]


def test_a_single_odd_moment_changes_nothing(execution: FakeExecution, consensus: FakeConsensus) -> None:
    """Two passes make a node ready and three failures in a row make it not ready."""
    monitor = Monitor(SETTINGS, execution.url, consensus.url, (), Pace())
    inertia = monitor._inertia  # noqa: SLF001 - the state that the behaviour is about
    seen = [inertia.take(passes=passes) for passes in (True, True, False, False, True, False, False, False, True, True)]
    assert seen == [False, True, True, True, True, True, True, False, False, True]
    assert inertia.changes == 3


def test_an_execution_client_of_another_chain_never_counts_as_started(
    execution: FakeExecution, consensus: FakeConsensus, eventually: Eventually
) -> None:
    """A wrong chain id fails startup of the execution client, and not of the consensus client."""
    execution.chain_id = 1
    with serving(execution.url, consensus.url) as agent:
        eventually(lambda: "chain id" in agent.ask("/startup")[1], "chain id is named")
        assert agent.ask("/startup?client=execution") == (503, "the chain id is 1, not 1337\n")
        eventually(lambda: agent.ask("/startup?client=consensus")[0] == 200, "consensus started")
        assert not agent.ready()


@pytest.mark.parametrize("layer", ["execution", "consensus"])
def test_a_deadlocked_client_is_reported_dead_and_no_other(
    agent: Agent, execution: FakeExecution, consensus: FakeConsensus, eventually: Eventually, layer: str
) -> None:
    """A client that answered once and then leaves several signs of life unanswered is dead; its neighbour lives on."""
    eventually(agent.ready, "ready")
    (execution if layer == "execution" else consensus).mode = "hang"
    eventually(lambda: agent.ask(f"/live?client={layer}")[0] == 503, "dead")
    assert "missed" in agent.ask(f"/live?client={layer}")[1]
    other = "consensus" if layer == "execution" else "execution"
    assert agent.ask(f"/live?client={other}")[0] == 200
    (execution if layer == "execution" else consensus).mode = "answer"
    eventually(lambda: agent.ask(f"/live?client={layer}")[0] == 200, "alive again")


def test_a_client_that_answers_errors_or_lags_is_alive(
    agent: Agent, execution: FakeExecution, consensus: FakeConsensus, eventually: Eventually
) -> None:
    """Liveness is about silence alone: errors and lag never kill a client."""
    eventually(agent.ready, "ready")
    execution.mode, consensus.is_syncing, execution.timestamp = "error", True, 0
    eventually(lambda: not agent.ready(), "not ready")
    before = agent.monitor.signs_of_life["execution"].last.failures
    eventually(lambda: agent.monitor.signs_of_life["execution"].last.failures > before + 8, "many signs of life later")
    assert agent.ask("/live")[0] == 200


def test_a_client_that_never_answered_is_not_dead_but_starting(eventually: Eventually) -> None:
    """A client that has not come up yet is the startup probe's matter, not liveness'."""
    with serving("http://127.0.0.1:9", "http://127.0.0.1:9") as agent:
        life = agent.monitor.signs_of_life["execution"]
        eventually(lambda: life.last.silences > 8, "many signs of life missed")
        assert agent.ask("/live")[0] == 200
        assert agent.ask("/startup")[0] == 503


def test_status_holds_all_evidence(agent: Agent, execution: FakeExecution, eventually: Eventually) -> None:
    """Heads, peers, versions, finality and the verdict are there for people and for other agents."""
    eventually(agent.ready, "ready")
    eventually(lambda: agent.status()["execution"]["version"] is not None, "version")  # type: ignore[index]
    status = agent.status()
    assert status["ready"] is status["passes"] is True
    assert status["reasons"] == []
    known = status["execution"]
    assert isinstance(known, dict)
    assert (known["chainId"], known["blockNumber"], known["version"]) == (1337, 100, "Fake/v1")
    assert known["blockTimestamp"] == execution.timestamp
    view = status["consensus"]
    assert isinstance(view, dict)
    assert (view["headSlot"], view["finalizedEpoch"], view["justifiedEpoch"], view["peers"]) == (120, 2, 3, 1)


def test_metrics_are_prometheus_text(agent: Agent, eventually: Eventually) -> None:
    """Every sample has its HELP and TYPE, and names are Prometheus' own way."""
    eventually(agent.ready, "ready")
    status, text = agent.ask("/metrics")
    assert status == 200
    lines = text.splitlines()
    typed = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    sampled = {line.split("{")[0].split()[0] for line in lines if not line.startswith("#")}
    assert sampled == typed
    assert "agent_ready 1" in lines
    assert 'agent_peers{client="consensus"} 1' in lines
    assert 'agent_objection{reason="head_old"} 0' in lines
    assert "agent_consensus_finalized_epoch 2" in lines


def test_unknown_values_are_left_out_of_metrics() -> None:
    """Before anything is known there is no made-up head or age."""
    with serving("http://127.0.0.1:9", "http://127.0.0.1:9") as agent:
        text = agent.ask("/metrics")[1]
    assert "agent_ready 0" in text
    assert "agent_head_age_seconds" not in text
    assert "agent_peers" not in text


def test_other_pages_and_other_clients_are_refused(agent: Agent) -> None:
    """A wrong path is 404 and a wrong client is 400."""
    assert agent.ask("/healthz")[0] == 404
    assert agent.ask("/live?client=validator")[0] == 400


def test_verdicts_that_stopped_coming_are_not_ready(agent: Agent, eventually: Eventually) -> None:
    """An agent whose own judging stands still does not go on calling its node ready."""
    eventually(agent.ready, "ready")
    agent.monitor.stop()
    eventually(lambda: agent.ask("/ready") == (503, "no verdict yet\n"), "no verdict")


def test_a_caller_that_says_nothing_holds_up_nobody(agent: Agent, eventually: Eventually) -> None:
    """Open connections without a request do not keep the agent from answering others."""
    with ExitStack() as stack:
        for _ in range(20):
            connection = http.client.HTTPConnection("127.0.0.1", agent.port, timeout=10)
            stack.callback(connection.close)
            connection.connect()
        eventually(agent.ready, "ready")


def test_a_node_behind_its_sibling_is_out_and_a_standstill_of_all_is_not(
    execution: FakeExecution, consensus: FakeConsensus, eventually: Eventually
) -> None:
    """Two agents compare heads: an old head is excused while no sibling has a newer one, and no longer."""
    now, slot = execution.timestamp, consensus.head_slot
    execution.timestamp, consensus.head_slot = now - 1200, slot - 100
    with serving(execution.url, consensus.url, private=True) as sibling:
        fleet = (f"127.0.0.1:{sibling.port}",)
        with serving(execution.url, consensus.url, fleet, private=True) as agent:
            eventually(agent.ready, "ready in a standstill")
            assert agent.ask("/ready") == (200, "ready: chain stands still\n")
            assert agent.status()["fleet"]["answered"] == 1  # type: ignore[index]
            claim = {
                "execution": {"chainId": 1337, "blockNumber": 200},
                "consensus": {"headSlot": slot},
                "passes": True,
            }
            ahead = {"instance": "other", **claim}
            sibling_status = "ethgen.agent.fleet.get"
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(sibling_status, lambda *_, **__: ahead)
                eventually(lambda: not agent.ready(), "behind its sibling")
                assert "another node is at slot" in agent.ask("/ready")[1]
