"""What steps of a deployment report to in tests."""

from __future__ import annotations

import threading

import pytest

from ethgen.operate.deploy.steps import Report


class Details:
    """A listener that keeps the details, and hears nothing else from within a step."""

    def __init__(self) -> None:
        self.details: list[str] = []

    def started(self, step: str) -> None:
        raise AssertionError(step)

    def detail(self, step: str, text: str) -> None:
        assert step == "step"
        self.details.append(text)

    def finished(self, step: str, seconds: float, summary: str) -> None:
        raise AssertionError((step, seconds, summary))

    def failed(self, step: str, seconds: float) -> None:
        raise AssertionError((step, seconds))


@pytest.fixture
def listener() -> Details:
    """What hears of the run."""
    return Details()


@pytest.fixture
def report(listener: Details) -> Report:
    """What the run reports to."""
    return Report("step", listener, threading.Event())
