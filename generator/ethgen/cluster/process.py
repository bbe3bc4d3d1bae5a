"""Running other programs: one function, one result, no shell."""

from __future__ import annotations

import signal
import subprocess
from dataclasses import dataclass, field
from threading import Thread
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Command:
    """What is to be run.

    Attributes:
        argv: the program and its arguments.
        environment: the whole environment; empty means the caller's own.
        folder: the working folder, or None for the caller's own.
        timeout: seconds after which it is killed, or None for no limit.
        on_line: called with every line of standard error as it appears, without its line end.
    """

    argv: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    timeout: float | None = None
    on_line: Callable[[str], None] | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """How it ended.

    Attributes:
        status: the exit status; negative for a signal, 127 where there is no such program, 124 after the timeout.
        output: standard output.
        errors: standard error, or what is wrong with starting it.
    """

    status: int
    output: str
    errors: str

    @property
    def ok(self) -> bool:
        """Whether the program ended well."""
        return self.status == 0


class Runner(Protocol):
    """Runs a command to its end; tests give their own."""

    def __call__(self, command: Command) -> Result:
        """Run it and return how it ended; never raises for a failing program."""
        ...


NOT_FOUND = 127
TIMED_OUT = 124

_STOP_SECONDS = 5.0


def run(command: Command) -> Result:
    """Run the command to its end and return how it ended.

    An interruption of this process is passed on to the program, which is waited for: nothing is left running.
    """
    try:
        process = subprocess.Popen(
            list(command.argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(command.environment) or None,
            cwd=command.folder,
            text=True,
            errors="replace",
        )
    except (FileNotFoundError, PermissionError, NotADirectoryError) as error:
        return Result(NOT_FOUND, "", f"{error.filename}: {error.strerror}")
    with process:
        try:
            if command.on_line is not None:
                return _follow(process, command.on_line)
            output, errors = process.communicate(timeout=command.timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            output, errors = process.communicate()
            return Result(TIMED_OUT, output, errors + f"no answer within {command.timeout:g} s")
        except BaseException:
            _stop(process)
            raise
    return Result(process.returncode, output, errors)


def _stop(process: subprocess.Popen[str]) -> None:
    # SIGINT lets it clean up, but programs that were started in the background of a shell ignore it
    process.send_signal(signal.SIGINT)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _follow(process: subprocess.Popen[str], on_line: Callable[[str], None]) -> Result:
    assert process.stdout is not None  # noqa: S101 - opened as a pipe above
    assert process.stderr is not None  # noqa: S101 - likewise
    output: list[str] = []
    # beside the lines, so that a full pipe never blocks the program
    reader = Thread(target=lambda stream: output.append(stream.read()), args=(process.stdout,))
    reader.start()
    lines = []
    try:
        for line in process.stderr:
            lines.append(line)
            on_line(line.rstrip("\n"))
    except BaseException:
        _stop(process)
        raise
    finally:
        reader.join()
    return Result(process.wait(), "".join(output), "".join(lines))
