"""Running other programs."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from ethgen.cluster import process
from ethgen.cluster.process import Command, Result, run

if TYPE_CHECKING:
    from pathlib import Path


def python(program: str, **options: object) -> Command:
    """Return a command that runs a Python program."""
    return Command([sys.executable, "-c", program], **options)  # type: ignore[arg-type]


def test_output_and_status_come_back():
    """Both streams and the exit status are returned, whatever they are."""
    result = run(python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"))
    assert result == Result(3, "out\n", "err\n")
    assert not result.ok


def test_missing_program_is_a_result():
    """A program that is not there is status 127 with its name, not an exception."""
    assert run(Command(["/no/such/program"])) == Result(127, "", "/no/such/program: No such file or directory")


def test_only_the_given_environment_is_seen(monkeypatch: pytest.MonkeyPatch):
    """A given environment is the whole of it; none given is the caller's own."""
    monkeypatch.setenv("OF_THE_CALLER", "1")
    program = "import os; print(sorted(set(os.environ) - {'LC_CTYPE'}))"
    assert run(python(program, environment={"ONLY": "1"})).output == "['ONLY']\n"
    assert "OF_THE_CALLER" in run(python(program)).output


def test_lines_are_followed_as_they_come():
    """Each line of standard error reaches the follower, and all of them the result."""
    lines: list[str] = []
    result = run(python("import sys; print('a\\nb', file=sys.stderr); print('out')", on_line=lines.append))
    assert (lines, result.errors, result.output) == (["a", "b"], "a\nb\n", "out\n")


def test_much_output_does_not_block():
    """A followed program may fill standard output without being read meanwhile."""
    result = run(
        python("import sys; print('x' * 1_000_000); print('end', file=sys.stderr)", on_line=lambda _line: None)
    )
    assert len(result.output) == 1_000_001


def test_time_is_bounded():
    """A program that does not end in time is killed and said to be."""
    result = run(python("import time; print('begun', flush=True); time.sleep(60)", timeout=0.5))
    assert result.status == process.TIMED_OUT
    assert result.errors == "no answer within 0.5 s"


@pytest.mark.parametrize("ignoring", [False, True], ids=["listens", "ignores"])
def test_interruption_leaves_nothing_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ignoring: bool):  # noqa: FBT001
    """A program is stopped when its caller is interrupted, also one that ignores the signal."""
    monkeypatch.setattr(process, "_STOP_SECONDS", 0.2)
    note = tmp_path / "pid"
    ignore = "signal.signal(signal.SIGINT, signal.SIG_IGN)" if ignoring else "pass"
    program = f"""
import os, pathlib, signal, sys, time
{ignore}
pathlib.Path({str(note)!r}).write_text(str(os.getpid()))
print("ready", file=sys.stderr, flush=True)
time.sleep(60)
"""

    def interrupt(_line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(python(program, on_line=interrupt))
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text(encoding="utf-8")), 0)
