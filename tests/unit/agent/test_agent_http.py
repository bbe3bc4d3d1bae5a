"""Requests that end in time, whatever the other side does."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from ethgen.agent.http import NoAnswerError, get, post

if TYPE_CHECKING:
    from conftest import FakeConsensus, FakeExecution


def test_an_answer_is_parsed(execution: FakeExecution) -> None:
    """A POST gives the JSON of the answer."""
    answer = post(execution.url, {"id": 7, "method": "eth_chainId"}, seconds=5)
    assert answer == {"jsonrpc": "2.0", "id": 7, "result": "0x539"}


@pytest.mark.parametrize(
    ("mode", "kind"), [("hang", "timeout"), ("drip", "timeout"), ("garbage", "garbage"), ("error", "http")]
)
def test_each_way_of_not_answering_is_told_apart(consensus: FakeConsensus, mode: str, kind: str) -> None:
    """Silence, a body that never ends, nonsense and an error status each have their own kind."""
    consensus.mode = mode  # type: ignore[assignment]
    with pytest.raises(NoAnswerError) as caught:
        get(f"{consensus.url}/eth/v1/node/version", seconds=0.2)
    assert caught.value.kind == kind


def test_a_closed_port_refuses() -> None:
    """Where nothing listens the answer is a refusal, not silence."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(NoAnswerError) as caught:
        get(f"http://127.0.0.1:{port}/", seconds=5)
    assert caught.value.kind == "refused"


def test_a_name_that_does_not_resolve_is_no_crash() -> None:
    """A wrong host name is reported like any other missing answer."""
    with pytest.raises(NoAnswerError, match="connection failed"):
        get("http://no-such-host.invalid/", seconds=5)


def test_an_answer_that_is_not_json_is_garbage(consensus: FakeConsensus, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of HTML under a good status is no answer."""
    monkeypatch.setattr("ethgen.agent.http._exchange", lambda *_: b"<html>")
    with pytest.raises(NoAnswerError, match="not JSON"):
        get(consensus.url, seconds=5)
