"""What the agents beside the other nodes say: is anybody ahead of this one?"""

from __future__ import annotations

import secrets
import socket
import threading
import time
from dataclasses import dataclass

from ethgen.agent.http import NoAnswerError, get
from ethgen.agent.verdict import Fleet

_SECONDS = 1.0  # for one sibling's answer; siblings are asked side by side
_CLAIM_SECONDS = 60.0  # how long a sibling that went away still counts as ahead: the time in which a pod comes back


@dataclass(frozen=True, slots=True)
class Claim:
    """The newest head that a sibling in good order said it has, and when it said so on the monotonic clock."""

    slot: int
    number: int
    at: float


@dataclass(frozen=True, slots=True)
class _Answer:
    claim: Claim | None
    own: bool = False


class Siblings:
    """Asks the agents behind a few host names, and remembers the best that each of them has claimed.

    Args:
        names: `host:port`, each a name that resolves to the addresses of nodes: a headless Service's.
        chain_id: siblings of another chain are no siblings.
    """

    def __init__(self, names: tuple[str, ...], chain_id: int) -> None:
        self.instance = secrets.token_hex(8)
        self.configured = bool(names)
        self._names = names
        self._chain_id = chain_id
        self._claims: dict[str, Claim] = {}
        self._heard = time.monotonic()

    def ask(self) -> Fleet:
        """Ask all siblings once."""
        if not self._names:
            return Fleet()
        try:
            addresses = sorted({address for name in self._names for address in _resolve(name)})
        except OSError as error:
            return Fleet(configured=True, lookup_error=error.strerror or str(error))
        answers = self._ask_all(addresses)
        now = time.monotonic()
        own = sum(answer.own for answer in answers.values())
        if len(answers) > own:
            self._heard = now
        self._remember(answers, now)
        return Fleet(
            configured=True,
            listed=len(addresses) - own,
            answered=len(answers) - own,
            silent_seconds=now - self._heard,
            best_slot=max((claim.slot for claim in self._claims.values()), default=None),
            best_number=max((claim.number for claim in self._claims.values()), default=None),
        )

    def _ask_all(self, addresses: list[str]) -> dict[str, _Answer]:
        answers: dict[str, _Answer] = {}

        def ask(address: str) -> None:
            answer = self._ask_one(address)
            if answer is not None:
                answers[address] = answer

        threads = [threading.Thread(target=ask, args=(address,), daemon=True) for address in addresses]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 2 * _SECONDS
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return dict(answers)

    def _ask_one(self, address: str) -> _Answer | None:
        """Return what a sibling says; None where it is silent. Refusing is an answer: no agent runs there now."""
        try:
            status = get(f"http://{address}/status", seconds=_SECONDS)
        except NoAnswerError as error:
            return _Answer(None) if error.kind == "refused" else None
        if not isinstance(status, dict):
            return None
        if status.get("instance") == self.instance:
            return _Answer(None, own=True)
        return _Answer(_claim(status, self._chain_id))

    def _remember(self, answers: dict[str, _Answer], now: float) -> None:
        self._claims.update({address: answer.claim for address, answer in answers.items() if answer.claim})
        self._claims = {key: claim for key, claim in self._claims.items() if now - claim.at < _CLAIM_SECONDS}


def _claim(status: dict[str, object], chain_id: int) -> Claim | None:
    execution, consensus = status.get("execution"), status.get("consensus")
    if not (status.get("passes") is True and isinstance(execution, dict) and isinstance(consensus, dict)):
        return None
    slot, number = consensus.get("headSlot"), execution.get("blockNumber")
    if execution.get("chainId") != chain_id or not isinstance(slot, int) or not isinstance(number, int):
        return None
    return Claim(slot, number, time.monotonic())


def _resolve(name: str) -> list[str]:
    """Resolve `host:port` to addresses with that port; IPv6 addresses in brackets."""
    host, _, port = name.rpartition(":")
    found = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)
    return [f"[{entry[4][0]}]:{port}" if ":" in str(entry[4][0]) else f"{entry[4][0]}:{port}" for entry in found]
