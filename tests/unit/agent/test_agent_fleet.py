"""What the other nodes' agents say, and for how long it counts."""

from __future__ import annotations

import socket
import time

import pytest

from ethgen.agent import fleet
from ethgen.agent.http import NoAnswerError

AHEAD = {
    "instance": "b",
    "passes": True,
    "execution": {"chainId": 1337, "blockNumber": 90},
    "consensus": {"headSlot": 100},
}


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """Let each address answer what the test puts here: a document, or an error."""
    answers: dict[str, object] = {}

    def get(url: str, *, seconds: float) -> object:
        assert seconds > 0
        answer = answers[url.removeprefix("http://").removesuffix("/status")]
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(fleet, "get", get)
    monkeypatch.setattr(fleet, "_resolve", lambda name: [name])
    return answers


def test_without_names_there_is_no_fleet() -> None:
    """A single node asks nobody."""
    assert not fleet.Siblings((), 1337).ask().configured


def test_the_best_claim_counts_and_the_agent_itself_does_not(said: dict[str, object]) -> None:
    """Of several siblings the one furthest ahead counts; the agent finds itself in the list and leaves itself out."""
    siblings = fleet.Siblings(("a:1", "b:1", "c:1"), 1337)
    said["a:1"] = AHEAD | {"instance": siblings.instance}
    said["b:1"] = AHEAD
    said["c:1"] = AHEAD | {"consensus": {"headSlot": 102}}
    found = siblings.ask()
    assert (found.listed, found.answered, found.best_slot, found.best_number) == (2, 2, 102, 90)


@pytest.mark.parametrize(
    "change",
    [
        {"passes": False},
        {"execution": {"chainId": 1, "blockNumber": 90}},
        {"consensus": None},
        {"execution": {"chainId": 1337, "blockNumber": "many"}},
    ],
)
def test_a_sibling_that_is_not_in_order_claims_nothing(said: dict[str, object], change: dict[str, object]) -> None:
    """A sibling that would not pass itself, or is of another chain, keeps nobody out."""
    said["b:1"] = AHEAD | change
    found = fleet.Siblings(("b:1",), 1337).ask()
    assert (found.answered, found.best_slot) == (1, None)


def test_refusing_is_an_answer_and_silence_is_none(said: dict[str, object]) -> None:
    """A pod without a running agent is known not to serve; a pod that does not answer may be ahead."""
    said["b:1"] = NoAnswerError("refused", "connection refused")
    said["c:1"] = NoAnswerError("timeout", "no answer")
    found = fleet.Siblings(("b:1", "c:1"), 1337).ask()
    assert (found.listed, found.answered) == (2, 1)


def test_a_claim_outlives_its_sibling_for_a_minute(said: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    """A sibling that goes away was still ahead a moment ago; a minute later it no longer counts."""
    siblings = fleet.Siblings(("b:1",), 1337)
    said["b:1"] = AHEAD
    assert siblings.ask().best_slot == 100
    said["b:1"] = NoAnswerError("refused", "connection refused")
    assert siblings.ask().best_slot == 100
    now = time.monotonic()
    monkeypatch.setattr(fleet.time, "monotonic", lambda: now + 61)
    assert siblings.ask().best_slot is None


def test_silence_is_measured_since_the_last_answer(said: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    """The time without any answer grows from the last one on."""
    siblings = fleet.Siblings(("b:1",), 1337)
    said["b:1"] = AHEAD
    siblings.ask()
    said["b:1"] = NoAnswerError("timeout", "no answer")
    now = time.monotonic()
    monkeypatch.setattr(fleet.time, "monotonic", lambda: now + 30)
    assert siblings.ask().silent_seconds == pytest.approx(30, abs=5)


def test_a_name_that_does_not_resolve_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an answer of the name service nothing is known about the fleet."""

    def unknown(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    found = fleet.Siblings(("no-such-name:1",), 1337).ask()
    assert found.configured
    assert found.lookup_error == "Name or service not known"


def test_addresses_of_both_families_carry_their_port() -> None:
    """Names resolve to `address:port`, IPv6 in brackets."""
    assert fleet._resolve("127.0.0.1:9300") == ["127.0.0.1:9300"]  # noqa: SLF001 - the form that URLs need
    assert fleet._resolve("::1:9300") == ["[::1]:9300"]  # noqa: SLF001 - likewise
