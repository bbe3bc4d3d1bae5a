"""The command line: a thin shell over the rooms, loading only the command that is asked for."""

from __future__ import annotations

import atexit
import errno
import gc
import importlib
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import click

from ethgen import __version__
from ethgen.errors import EthgenError

if TYPE_CHECKING:
    from collections.abc import Sequence

# Command -> module and its click command; the order is that of the help page.
COMMANDS = {
    "init": ("ethgen.cli.init", "init"),
    "deploy": ("ethgen.cli.deploy", "deploy"),
    "destroy": ("ethgen.cli.deploy", "destroy"),
    "status": ("ethgen.cli.status", "status"),
    "validate": ("ethgen.cli.validate", "validate"),
    "render": ("ethgen.cli.render", "render"),
    "schema": ("ethgen.cli.render", "schema"),
    "explain": ("ethgen.cli.explain", "explain"),
    "set": ("ethgen.cli.edit", "set_value"),
    "diff": ("ethgen.cli.diff", "diff"),
    "upgrade": ("ethgen.cli.upgrade", "upgrade"),
    "clients": ("ethgen.cli.clients", "clients"),
    "capacity": ("ethgen.cli.capacity", "capacity"),
    "graph": ("ethgen.cli.graph", "graph"),
    "genesis": ("ethgen.cli.genesis", "genesis"),
    "gitops": ("ethgen.cli.gitops", "gitops"),
    "cluster": ("ethgen.cli.cluster", "cluster"),
    "images": ("ethgen.cli.images", "images"),
    "tools": ("ethgen.cli.tools", "tools"),
    "chart": ("ethgen.cli.chart", "chart"),
    "charts": ("ethgen.cli.charts", "charts"),
    "mirror": ("ethgen.cli.mirror", "mirror"),
    "doctor": ("ethgen.cli.doctor", "doctor"),
    "help": ("ethgen.cli.pages", "print_page"),
    "completion": ("ethgen.cli.completion", "completion"),
    "reference": ("ethgen.cli.reference", "reference"),
}


# Nothing here is a plugin of pydantic (its documentation, "Plugins"); a search for some reads every package there is.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

# Memory goes back as a whole when a process ends: what is in it need not be looked through for garbage once more.
atexit.register(gc.freeze)

# Objects that are made between two searches for garbage; Python's own 700 are for programs that go on for longer.
_THRESHOLD = 50_000


class _Commands(click.Group):
    """A group that imports a command's module when the command is named or listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        if cmd_name not in COMMANDS:
            import difflib  # noqa: PLC0415 - only for a mistake

            near = difflib.get_close_matches(cmd_name, COMMANDS, n=1)
            ctx.fail(f"there is no command {cmd_name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
        module, name = COMMANDS[cmd_name]
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)  # noqa: S101 - a mistake in the table above, not of a user
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="ethgen")
def cli() -> None:
    """One typed network spec in; a running, observable Ethereum fleet on Kubernetes out."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; every mistake ends in one clear line and an exit status, never in a traceback."""
    # Ends as an interruption does, so that what was started is stopped and scratch files are removed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # So does a terminal that closes, but for what was told not to care (nohup).
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        signal.signal(signal.SIGHUP, signal.default_int_handler)
    # What is imported does not become garbage, and looking for it takes longer than some commands.
    gc.set_threshold(_THRESHOLD)
    try:
        status: Any = cli.main(args=arguments, prog_name="ethgen", standalone_mode=False)
    except click.exceptions.Abort:
        _fail("interrupted; run the same command again to go on", 130)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except EthgenError as error:
        _fail(str(error), error.exit_status)
    except KeyboardInterrupt:
        _fail("interrupted; run the same command again to go on", 130)
    except OSError as error:
        _fail(_system(error), 2)
    except Exception as error:  # noqa: BLE001 - the last resort that keeps tracebacks from users
        _fail(f"this is a mistake of ethgen itself: {error!r}\n  cure: report it with {_log()}", 70)
    sys.exit(status if isinstance(status, int) else 0)


def _fail(text: str, status: int) -> None:
    click.echo(f"error: {text}", err=True)
    sys.exit(status)


def _system(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    cure = "\n  cure: free some space and run the same command again" if error.errno == errno.ENOSPC else ""
    return f"{where}{error.strerror or error}{cure}"


def _log() -> str:
    import tempfile  # noqa: PLC0415 - only for a mistake of ethgen itself
    import traceback  # noqa: PLC0415 - likewise

    with tempfile.NamedTemporaryFile("w", prefix="ethgen-", suffix=".log", delete=False, encoding="utf-8") as file:
        traceback.print_exc(file=file)
    return file.name
