"""What the agent asks of the two clients beside it, by the interfaces that every client has.

JSON-RPC: the execution APIs specification. Consensus: the Beacon API specification.
"""

from __future__ import annotations

from dataclasses import dataclass

from ethgen.agent.http import NoAnswerError, get, post

_NOBODY = "0x" + "00" * 20


@dataclass(frozen=True, slots=True)
class ExecutionHead:
    """What the execution client says of itself.

    Attributes:
        chain_id: EIP-155 chain id.
        number: number of the latest block.
        block_hash: hash of the latest block, 0x and 64 hex digits.
        timestamp: Unix time of the latest block, in seconds.
        peers: number of peers; None where the client does not serve `net_peerCount`.
        state_error: why the state of the latest block cannot be read; empty where it can, or was not tried.
    """

    chain_id: int
    number: int
    block_hash: str
    timestamp: int
    peers: int | None = None
    state_error: str = ""


@dataclass(frozen=True, slots=True)
class ConsensusHead:
    """What the consensus client says of itself.

    Attributes:
        head_slot: slot of its head.
        sync_distance: slots between its head and its clock, by its own account.
        is_syncing: it says that it syncs; the opposite proves nothing.
        is_optimistic: its head's payload is not verified by the execution client.
        el_offline: it says that its execution client does not answer; the opposite proves nothing.
        peers: number of connected peers; None where it does not say.
    """

    head_slot: int
    sync_distance: int
    is_syncing: bool
    is_optimistic: bool
    el_offline: bool
    peers: int | None = None


@dataclass(frozen=True, slots=True)
class Payload:
    """The execution payload that the consensus client's head carries.

    Attributes:
        head_slot: slot of the block that carries it.
        block_hash: hash of the execution block, 0x and 64 hex digits.
    """

    head_slot: int
    block_hash: str


@dataclass(frozen=True, slots=True)
class Finality:
    """Checkpoints of the consensus client's head state, in epochs."""

    justified_epoch: int
    finalized_epoch: int


def execution_head(url: str, seconds: float, *, read_state: bool = True) -> ExecutionHead:
    """Ask the execution client for its chain, its latest block and a read of that block's state, in one request.

    Args:
        url: JSON-RPC of the execution client.
        seconds: how long the answer may take.
        read_state: also read a balance; clients without the state write each such failure to their log.

    Raises:
        NoAnswerError: it does not answer, or its answer makes no sense.
    """
    calls: tuple[tuple[str, list[object]], ...] = (
        ("eth_chainId", []),
        ("eth_getBlockByNumber", ["latest", False]),
        ("net_peerCount", []),
        *((("eth_getBalance", [_NOBODY, "latest"]),) if read_state else ()),
    )
    batch = [
        {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        for number, (method, params) in enumerate(calls)
    ]
    answers = _by_id(post(url, batch, seconds=seconds))
    block = _result(answers, 1)
    if not isinstance(block, dict):
        raise NoAnswerError("garbage", "eth_getBlockByNumber did not answer a block")
    return ExecutionHead(
        chain_id=_quantity(_result(answers, 0)),
        number=_quantity(block.get("number")),
        block_hash=_text(block.get("hash")),
        timestamp=_quantity(block.get("timestamp")),
        peers=None if "error" in answers.get(2, {"error": 0}) else _quantity(_result(answers, 2)),
        state_error=_error(answers.get(3, {})) if read_state else "",
    )


def execution_version(url: str, seconds: float) -> str:
    """Ask the execution client for its version: the cheapest sign of life, it touches neither chain nor state.

    Raises:
        NoAnswerError: it does not answer.
    """
    answer = post(url, {"jsonrpc": "2.0", "id": 0, "method": "web3_clientVersion", "params": []}, seconds=seconds)
    return str(answer.get("result", "")) if isinstance(answer, dict) else ""


def consensus_head(url: str, seconds: float) -> ConsensusHead:
    """Ask the consensus client for its head, its own view of its sync, and its peers.

    Raises:
        NoAnswerError: it does not answer, or its answer makes no sense.
    """
    syncing = _data(get(f"{url}/eth/v1/node/syncing", seconds=seconds))
    try:
        connected = _data(get(f"{url}/eth/v1/node/peer_count", seconds=seconds)).get("connected")
        peers = _decimal(connected)
    except NoAnswerError:
        peers = None
    return ConsensusHead(
        head_slot=_decimal(syncing.get("head_slot")),
        sync_distance=_decimal(syncing.get("sync_distance")),
        is_syncing=_flag(syncing, "is_syncing"),
        is_optimistic=_flag(syncing, "is_optimistic"),
        el_offline=_flag(syncing, "el_offline"),
        peers=peers,
    )


def consensus_version(url: str, seconds: float) -> str:
    """Ask the consensus client for its version: the cheapest sign of life, it touches neither chain nor state.

    Raises:
        NoAnswerError: it does not answer.
    """
    return str(_data(get(f"{url}/eth/v1/node/version", seconds=seconds)).get("version", ""))


def genesis_time(url: str, seconds: float) -> int:
    """Ask the consensus client for the time of slot 0, in Unix seconds.

    Raises:
        NoAnswerError: it does not answer, or its answer makes no sense.
    """
    return _decimal(_data(get(f"{url}/eth/v1/beacon/genesis", seconds=seconds)).get("genesis_time"))


def finality(url: str, seconds: float) -> Finality:
    """Ask the consensus client for the checkpoints of its head state.

    Raises:
        NoAnswerError: it does not answer, or its answer makes no sense.
    """
    data = _data(get(f"{url}/eth/v1/beacon/states/head/finality_checkpoints", seconds=seconds))
    return Finality(_epoch(data.get("current_justified")), _epoch(data.get("finalized")))


def head_payload(url: str, seconds: float) -> Payload:
    """Ask the consensus client which execution block its head carries, by the blinded block: it holds no transactions.

    Raises:
        NoAnswerError: it does not answer, or its answer makes no sense.
    """
    message = _data(get(f"{url}/eth/v1/beacon/blinded_blocks/head", seconds=seconds)).get("message")
    body = message.get("body") if isinstance(message, dict) else None
    header = body.get("execution_payload_header") if isinstance(body, dict) else None
    if not isinstance(message, dict) or not isinstance(header, dict):
        raise NoAnswerError("garbage", "the head block holds no execution payload header")
    return Payload(_decimal(message.get("slot")), _text(header.get("block_hash")))


def _by_id(answer: object) -> dict[int, dict[str, object]]:
    if not isinstance(answer, list):
        raise NoAnswerError("garbage", "the JSON-RPC batch was not answered with a list")
    return {item["id"]: item for item in answer if isinstance(item, dict) and isinstance(item.get("id"), int)}


def _result(answers: dict[int, dict[str, object]], number: int) -> object:
    answer = answers.get(number, {})
    if "result" not in answer:
        raise NoAnswerError("garbage", f"JSON-RPC error: {_error(answer)}")
    return answer["result"]


def _error(answer: dict[str, object]) -> str:
    if answer.get("result") is not None:
        return ""
    error = answer.get("error")
    return str(error.get("message", error) if isinstance(error, dict) else error or "no answer")


def _quantity(value: object) -> int:
    """Read a JSON-RPC quantity: 0x and hex digits."""
    try:
        return int(_text(value), 16)
    except ValueError as error:
        raise NoAnswerError("garbage", f"{value!r:.40} is not a quantity") from error


def _decimal(value: object) -> int:
    """Read a Beacon API integer: decimal digits in a string."""
    text = _text(value) if not isinstance(value, int) else str(value)
    if not (text.isascii() and text.isdigit()):
        raise NoAnswerError("garbage", f"{value!r:.40} is not a number")
    return int(text)


def _epoch(checkpoint: object) -> int:
    return _decimal(checkpoint.get("epoch") if isinstance(checkpoint, dict) else None)


def _flag(data: dict[str, object], name: str) -> bool:
    value = data.get(name)
    if not isinstance(value, bool):
        raise NoAnswerError("garbage", f"{name} is missing")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise NoAnswerError("garbage", f"{value!r:.40} where a text was expected")
    return value


def _data(answer: object) -> dict[str, object]:
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, dict):
        raise NoAnswerError("garbage", "an answer without data")
    return data
