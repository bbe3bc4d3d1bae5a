"""Running steps that need one another: those that do not run side by side, each reported while it goes on."""

from __future__ import annotations

import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ethgen.errors import DeployError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Listener(Protocol):
    """Is told what happens to each step, from the thread it happens in."""

    def started(self, step: str) -> None:
        """A step has begun."""

    def detail(self, step: str, text: str) -> None:
        """A step waits for something, or has done a part."""

    def finished(self, step: str, seconds: float, summary: str) -> None:
        """A step has ended well."""

    def failed(self, step: str, seconds: float) -> None:
        """A step has ended in an error, which the caller reports."""


class InterruptedStepError(DeployError):
    """Another step failed or the user gave up; what has been done stays done."""

    def __init__(self) -> None:
        super().__init__("interrupted", cure="run the same command again to go on")


@dataclass(frozen=True)
class Report:
    """What a running step talks to: says what it waits for, and learns that it should give up."""

    step: str
    listener: Listener
    stopped: threading.Event

    def detail(self, text: str) -> None:
        """Say what the step is doing."""
        self.listener.detail(self.step, text)

    def progress(self, text: str) -> None:
        """Say what the step is doing, at a place where it can be left.

        Raises:
            InterruptedStepError: there is no reason to go on.
        """
        if self.stopped.is_set():
            raise InterruptedStepError
        self.detail(text)

    def wait(self, seconds: float) -> None:
        """Let `seconds` pass between two looks at something.

        Raises:
            InterruptedStepError: there is no reason to look again.
        """
        if self.stopped.wait(seconds):
            raise InterruptedStepError


@dataclass(frozen=True)
class Step:
    """One named piece of work; it runs when all it needs have ended, and returns a line about what it did."""

    name: str
    run: Callable[[Report], str]
    needs: tuple[str, ...] = ()


def run(steps: Sequence[Step], listener: Listener) -> None:
    """Run all steps.

    Raises:
        EthgenError: the error of the first step that failed, once those running beside it have stopped.
    """
    unknown = {need for step in steps for need in step.needs} - {step.name for step in steps}
    if unknown:
        raise ValueError(f"no step is called {', '.join(sorted(unknown))}")
    stopped = threading.Event()
    done: set[str] = set()
    waiting = list(steps)
    running: dict[Future[None], Step] = {}
    error: BaseException | None = None
    with ThreadPoolExecutor(max_workers=len(steps)) as pool:
        try:
            while (waiting and error is None) or running:
                for step in [step for step in waiting if error is None and done.issuperset(step.needs)]:
                    waiting.remove(step)
                    running[pool.submit(_run_one, step, Report(step.name, listener, stopped))] = step
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    step = running.pop(future)
                    failure = future.exception()
                    done.add(step.name)
                    if failure is not None:
                        stopped.set()
                        error = _first(error, failure)
        except KeyboardInterrupt:
            stopped.set()
            raise
    if error is not None:
        raise error


def _run_one(step: Step, report: Report) -> None:
    start = time.monotonic()
    report.listener.started(step.name)
    try:
        summary = step.run(report)
    except BaseException:
        report.listener.failed(step.name, time.monotonic() - start)
        raise
    report.listener.finished(step.name, time.monotonic() - start, summary)


def _first(known: BaseException | None, new: BaseException) -> BaseException:
    """Return the error that explains the others: a step that was interrupted explains nothing."""
    return new if known is None or isinstance(known, InterruptedStepError) else known
