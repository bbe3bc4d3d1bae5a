"""What `helm test` says of a JSON-RPC."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.agent import rpc_test
from ethgen.agent.__main__ import main

if TYPE_CHECKING:
    import pytest

    from conftest import FakeExecution


def test_a_growing_head_passes(
    execution: FakeExecution, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The right chain id and one more block end the test with status 0."""
    monkeypatch.setattr(rpc_test, "_PERIOD", 0.01)
    answers = iter([100, 100, 101])

    def one(request: dict[str, object]) -> dict[str, object]:
        if request["method"] == "eth_chainId":
            execution.number = next(answers)
        return original(request)

    original = execution._one  # noqa: SLF001 - the fake grows by one block
    monkeypatch.setattr(execution, "_one", one)
    assert main(["test", "--rpc-url", execution.url, "--chain-id", "1337", "--seconds", "20"]) == 0
    assert "the head grew from block 100 to 101" in capsys.readouterr().out


def test_a_wrong_chain_fails_at_once(execution: FakeExecution, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong chain id ends the test with status 1, without waiting."""
    assert main(["test", "--rpc-url", execution.url, "--chain-id", "1", "--seconds", "1000"]) == 1
    assert "has chain id 1337, not 1" in capsys.readouterr().out


def test_a_head_that_stays_fails(
    execution: FakeExecution, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A head that does not grow in the given time ends the test with status 1."""
    monkeypatch.setattr(rpc_test, "_PERIOD", 0.01)
    assert main(["test", "--rpc-url", execution.url, "--chain-id", "1337", "--seconds", "0.3"]) == 1
    assert "block 100 has stayed the latest" in capsys.readouterr().out


def test_no_answer_fails(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A JSON-RPC that does not answer ends the test with status 1 and the reason."""
    monkeypatch.setattr(rpc_test, "_PERIOD", 0.01)
    assert main(["test", "--rpc-url", "http://127.0.0.1:9", "--chain-id", "1337", "--seconds", "0.1"]) == 1
    assert "does not answer: connection refused" in capsys.readouterr().out
