"""One question asked again and again in a thread of its own, so that no other question waits for its answer."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from ethgen.agent.http import Kind, NoAnswerError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Observation(Generic[T]):
    """The last answer to a question, or why there was none.

    Attributes:
        value: the answer; None where there was none.
        kind: how the answer failed; None where it did not.
        error: why there was none, for people; empty where there was one.
        at: when it came, on the monotonic clock in seconds.
        seconds: how long it took.
        failures: how many questions in all had no answer.
        silences: how many questions in a row met silence: no answer of any kind, not even an error.
        heard: the last question met an answer, be it an error.
    """

    value: T | None
    kind: Kind | None
    error: str
    at: float
    seconds: float
    failures: int = 0
    silences: int = 0
    heard: bool = False


class Watch(Generic[T]):
    """Asks a question every so many seconds and keeps the last answer.

    Args:
        name: the thread's name.
        ask: the question; it raises `NoAnswerError` within a bounded time where there is no answer.
        period: seconds from the start of one question to the next.
    """

    def __init__(self, name: str, ask: Callable[[], T], period: float) -> None:
        self._ask = ask
        self._period = period
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.last: Observation[T] = Observation(None, None, "not asked yet", time.monotonic(), 0.0)

    def start(self) -> None:
        """Ask for the first time, soon."""
        self._thread.start()

    def stop(self) -> None:
        """Ask no more; a question under way is not waited for."""
        self._ended.set()

    def age(self) -> float:
        """Return how old the last answer is, in seconds."""
        return time.monotonic() - self.last.at

    def _run(self) -> None:
        while not self._ended.is_set():
            began = time.monotonic()
            self.last = self._observe(began)
            self._ended.wait(max(0.0, began + self._period - time.monotonic()))

    def _observe(self, began: float) -> Observation[T]:
        before = self.last
        try:
            value = self._ask()
        except NoAnswerError as error:
            now = time.monotonic()
            heard = error.kind in ("http", "garbage")
            silences = 0 if heard else before.silences + 1
            return Observation(None, error.kind, str(error), now, now - began, before.failures + 1, silences, heard)
        now = time.monotonic()
        return Observation(value, None, "", now, now - began, before.failures, heard=True)
