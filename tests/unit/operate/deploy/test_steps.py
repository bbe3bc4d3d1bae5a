"""Running steps."""

from __future__ import annotations

import threading

import pytest

from ethgen.errors import DeployError
from ethgen.operate.deploy.steps import InterruptedStepError, Report, Step, run

WAIT_SECONDS = 10


class Recorder:
    """A listener that keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, ...]] = []

    def started(self, step: str) -> None:
        self.heard.append(("started", step))

    def detail(self, step: str, text: str) -> None:
        self.heard.append(("detail", step, text))

    def finished(self, step: str, seconds: float, summary: str) -> None:
        assert seconds >= 0
        self.heard.append(("finished", step, summary))

    def failed(self, step: str, seconds: float) -> None:
        assert seconds >= 0
        self.heard.append(("failed", step))


def test_a_step_runs_after_all_it_needs():
    """A step begins when every step it needs has ended, in whatever order they are listed."""
    listener = Recorder()
    run([Step("b", lambda _: "two", needs=("a",)), Step("a", lambda _: "one")], listener)
    assert listener.heard == [("started", "a"), ("finished", "a", "one"), ("started", "b"), ("finished", "b", "two")]


def test_independent_steps_run_side_by_side():
    """Two steps that do not need one another are under way at the same time."""
    meeting = threading.Barrier(2, timeout=WAIT_SECONDS)

    def meet(_: Report) -> str:
        meeting.wait()
        return ""

    run([Step("a", meet), Step("b", meet)], Recorder())
    assert not meeting.broken


def test_a_failure_keeps_what_depends_on_it_from_starting():
    """After a step has failed nothing new is started, and its error is what the caller gets."""
    listener = Recorder()

    def fail(_: Report) -> str:
        raise DeployError("broken")

    with pytest.raises(DeployError, match="broken"):
        run([Step("a", fail), Step("b", lambda _: "", needs=("a",))], listener)
    assert listener.heard == [("started", "a"), ("failed", "a")]


def test_a_failure_stops_a_step_that_waits_and_is_what_is_told():
    """A step that waits for something gives up when another fails, and the other's error is the one that is raised."""
    begun = threading.Event()

    def fail(_: Report) -> str:
        assert begun.wait(WAIT_SECONDS)
        raise DeployError("the cause")

    def wait(report: Report) -> str:
        begun.set()
        report.wait(WAIT_SECONDS)
        return "waited in vain"

    with pytest.raises(DeployError, match="the cause"):
        run([Step("a", wait), Step("b", fail)], Recorder())


def test_waiting_ends_with_an_error_that_says_how_to_go_on():
    """A step that is interrupted tells its user to run the command again."""
    stopped = threading.Event()
    stopped.set()
    with pytest.raises(InterruptedStepError) as error:
        Report("a", Recorder(), stopped).wait(WAIT_SECONDS)
    assert str(error.value) == "interrupted\n  cure: run the same command again to go on"


def test_a_need_that_no_step_has_is_refused_before_anything_runs():
    """A plan that could never end is a mistake of the caller."""
    listener = Recorder()
    with pytest.raises(ValueError, match="no step is called c"):
        run([Step("a", lambda _: ""), Step("b", lambda _: "", needs=("c",))], listener)
    assert listener.heard == []
