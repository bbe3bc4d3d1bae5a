"""Questions to the two clients, and what nonsense does to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ethgen.agent import clients
from ethgen.agent.http import NoAnswerError

if TYPE_CHECKING:
    from conftest import FakeConsensus, FakeExecution


def test_the_execution_client_tells_its_head(execution: FakeExecution) -> None:
    """Chain id, latest block, peers and a state read come in one answer."""
    head = clients.execution_head(execution.url, 5)
    assert (head.chain_id, head.number, head.peers, head.state_error) == (1337, 100, 1, "")
    assert head.timestamp == execution.timestamp
    assert clients.execution_version(execution.url, 5) == "Fake/v1"


def test_a_client_without_the_net_api_still_tells_its_head(execution: FakeExecution) -> None:
    """The number of peers is not known where `net` is not served; the rest is."""
    execution.disabled = frozenset({"net_peerCount"})
    assert clients.execution_head(execution.url, 5).peers is None


def test_an_unreadable_state_is_reported(execution: FakeExecution) -> None:
    """A block whose state cannot be read carries the client's own reason, unless the state was not asked for."""
    execution.state_error = "missing trie node"
    assert clients.execution_head(execution.url, 5).state_error == "missing trie node"
    assert clients.execution_head(execution.url, 5, read_state=False).state_error == ""


def test_a_missing_method_is_no_head(execution: FakeExecution) -> None:
    """Without a latest block there is no answer, and the client's own reason is told."""
    execution.disabled = frozenset({"eth_getBlockByNumber"})
    with pytest.raises(NoAnswerError, match="eth_getBlockByNumber does not exist"):
        clients.execution_head(execution.url, 5)


@pytest.mark.parametrize("answer", [[], {}, "x", None, [1, 2], [{"id": 0, "result": 5}], [{"id": 0, "result": "0xzz"}]])
def test_nonsense_from_the_execution_client_is_no_answer(answer: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """JSON that is not a JSON-RPC answer is refused, never a crash."""
    monkeypatch.setattr("ethgen.agent.clients.post", lambda *_, **__: answer)
    with pytest.raises(NoAnswerError):
        clients.execution_head("http://x", 5)


@pytest.mark.parametrize(
    "answer", [[], None, {"data": []}, {"data": {}}, {"data": {"head_slot": "-1"}}, {"data": {"head_slot": "1e3"}}]
)
def test_nonsense_from_the_consensus_client_is_no_answer(answer: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """JSON that is not the Beacon API's is refused, never a crash."""
    monkeypatch.setattr("ethgen.agent.clients.get", lambda *_, **__: answer)
    for question in (clients.consensus_head, clients.genesis_time, clients.finality, clients.head_payload):
        with pytest.raises(NoAnswerError):
            question("http://x", 5)


def test_the_consensus_client_tells_its_head(consensus: FakeConsensus) -> None:
    """Head, sync, peers, genesis, finality and the head's payload are read from the Beacon API."""
    consensus.sync_distance, consensus.is_optimistic = 7, True
    head = clients.consensus_head(consensus.url, 5)
    assert (head.head_slot, head.sync_distance, head.is_optimistic, head.peers) == (120, 7, True, 1)
    assert clients.genesis_time(consensus.url, 5) == consensus.genesis_time
    assert clients.finality(consensus.url, 5) == clients.Finality(justified_epoch=3, finalized_epoch=2)
    assert clients.head_payload(consensus.url, 5) == clients.Payload(120, consensus.payload_hash)
    assert clients.consensus_version(consensus.url, 5) == "Fake/v2"


def test_peers_are_not_needed_for_a_head(consensus: FakeConsensus) -> None:
    """A consensus client that does not count its peers still tells its head."""
    consensus.missing = frozenset({"/eth/v1/node/peer_count"})
    assert clients.consensus_head(consensus.url, 5).peers is None
