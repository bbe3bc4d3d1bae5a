"""What `helm test` asks of a network's JSON-RPC: the right chain, and a head that grows."""

from __future__ import annotations

import sys
import time

from ethgen.agent.clients import ExecutionHead, execution_head
from ethgen.agent.http import NoAnswerError

_TIMEOUT = 5.0  # seconds, for one answer
_PERIOD = 1.0  # seconds between two questions


def check_rpc(url: str, chain_id: int, seconds: float) -> bool:
    """Ask until the head has grown, and say each step on the standard output.

    Args:
        url: the JSON-RPC, http or https.
        chain_id: EIP-155 chain id that it must have.
        seconds: how long the head may take to grow, and the JSON-RPC to answer.

    Returns:
        Whether the JSON-RPC serves the right chain and its head grew.
    """
    deadline = time.monotonic() + seconds
    first: ExecutionHead | None = None
    trouble = ""
    while time.monotonic() < deadline:
        try:
            head = execution_head(url, _TIMEOUT)
        except NoAnswerError as error:
            trouble = f"{url} does not answer: {error}"
        else:
            if head.chain_id != chain_id:
                return _say(f"failed: {url} has chain id {head.chain_id}, not {chain_id}", good=False)
            if first is None:
                _say(f"{url} has chain id {chain_id} and is at block {head.number}", good=True)
            elif head.number > first.number:
                return _say(f"passed: the head grew from block {first.number} to {head.number}", good=True)
            first = first or head
            trouble = f"block {head.number} has stayed the latest"
        time.sleep(_PERIOD)
    return _say(f"failed: {trouble} for {seconds:g} s", good=False)


def _say(line: str, *, good: bool) -> bool:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
    return good
