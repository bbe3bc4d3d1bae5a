"""Showing steps while they run: a live table on a terminal, one line a step elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, Self

import click

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from rich.live import Live
    from rich.table import Table

    from ethgen.operate.deploy.steps import Listener


class Display(Protocol):
    """A listener that is shown while its `with` block runs."""

    def __enter__(self) -> Listener:
        """Begin to show."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Show the end, and stop."""


def display(steps: Sequence[str]) -> Display:
    """Return what shows the named steps on this terminal, or in this log."""
    return _Table(steps) if sys.stderr.isatty() else _Lines()


class _Lines:
    """One line when a step ends, and one when what it waits for has been the same for long."""

    _REPEAT_SECONDS = 15.0

    def __init__(self) -> None:
        self._begin = time.monotonic()
        self._said: dict[str, float] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave nothing behind."""

    def started(self, step: str) -> None:
        """A step has begun."""
        self._said[step] = time.monotonic()

    def detail(self, step: str, text: str) -> None:
        """A step waits for something."""
        with self._lock:
            if time.monotonic() - self._said[step] >= self._REPEAT_SECONDS:
                self._said[step] = time.monotonic()
                self._line(step, f"... {text}")

    def finished(self, step: str, seconds: float, summary: str) -> None:
        """A step has ended well."""
        with self._lock:
            self._line(step, f"{summary} ({seconds:.1f} s)")

    def failed(self, step: str, seconds: float) -> None:
        """A step has ended in an error."""
        with self._lock:
            self._line(step, f"FAILED after {seconds:.1f} s")

    def _line(self, step: str, text: str) -> None:
        click.echo(f"{time.monotonic() - self._begin:6.1f} s  {step:8} {text}", err=True)


@dataclass
class _Row:
    """What the table says about one step."""

    mark: str = " "
    begin: float | None = None
    seconds: float | None = None
    text: str = ""


@dataclass
class _Table:
    """A table that is drawn anew four times a second."""

    names: Sequence[str]
    rows: dict[str, _Row] = field(default_factory=dict)
    live: Live | None = None

    def __enter__(self) -> Self:
        from rich.console import Console  # noqa: PLC0415 - rich takes a tenth of a second to import
        from rich.live import Live  # noqa: PLC0415 - likewise

        self.rows = {name: _Row() for name in self.names}
        self.live = Live(get_renderable=self._draw, console=Console(stderr=True), refresh_per_second=4)
        self.live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.live is not None:
            self.live.__exit__(kind, error, trace)

    def started(self, step: str) -> None:
        """A step has begun."""
        self.rows[step] = _Row(mark="[yellow]…[/]", begin=time.monotonic())

    def detail(self, step: str, text: str) -> None:
        """A step waits for something."""
        self.rows[step].text = text

    def finished(self, step: str, seconds: float, summary: str) -> None:
        """A step has ended well."""
        self.rows[step] = _Row("[green]✓[/]", seconds=seconds, text=summary)

    def failed(self, step: str, seconds: float) -> None:
        """A step has ended in an error."""
        row = self.rows[step]
        row.mark, row.seconds = "[red]✗[/]", seconds

    def _draw(self) -> Table:
        from rich.table import Table  # noqa: PLC0415 - rich takes a tenth of a second to import
        from rich.text import Text  # noqa: PLC0415 - likewise

        table = Table.grid(padding=(0, 1))
        for name, row in self.rows.items():
            running = None if row.begin is None else time.monotonic() - row.begin
            seconds = row.seconds if row.seconds is not None else running
            shown = "" if seconds is None else f"{seconds:6.1f} s"
            table.add_row(row.mark, name, shown, Text(row.text, overflow="ellipsis", no_wrap=True))
        return table
