"""The command line as a whole: help, exit statuses, and never a traceback."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from ethgen import __version__
from ethgen.cli import COMMANDS, cli, main, render
from ethgen.errors import ClusterError, DeployError, EthgenError, SpecError

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[3]
ETHGEN = [sys.executable, "-m", "ethgen"]
HEAVY = ("kubernetes", "web3", "rich", "pydantic", "jsonschema", "eth_keys", "cryptography", "ruamel", "yaml", "jinja2")


def run(*arguments: str, stdout: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    """Run ethgen as a process of its own in the repository."""
    return subprocess.run(
        [*ETHGEN, *arguments], cwd=ROOT, check=False, stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=60
    )


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Return a function that makes `ethgen schema` raise something."""

    def fail(error: BaseException) -> None:
        @click.command()
        def broken() -> None:
            raise error

        monkeypatch.setattr(render, "schema", broken)

    return fail


def status_of(*arguments: str) -> int:
    """Run the command line in this process and return its exit status."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert isinstance(caught.value.code, int)
    return caught.value.code


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    """Each command of the table exists and has a help page with a description."""
    result = CliRunner().invoke(cli, [command, "--help"])
    assert result.exit_code == 0, result.output
    assert result.output.startswith(f"Usage: cli {command} ")
    assert re.search(r"\n\n  [A-Z]", result.output)


def test_every_option_explains_itself() -> None:
    """No command has an option without a help text."""

    def walk(command: click.Command, path: str) -> None:
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{path} {parameter.opts[0]}"
        if isinstance(command, click.Group):
            for name in command.list_commands(click.Context(command)):
                walk(command.get_command(click.Context(command), name) or pytest.fail(name), f"{path} {name}")

    walk(cli, "ethgen")


def test_the_help_page_imports_nothing_heavy() -> None:
    """`ethgen --help` lists all commands without loading any of the libraries that take long to import."""
    script = (
        "import sys, ethgen.cli\n"
        "try: ethgen.cli.main(['--help'])\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert result.stdout.splitlines()[-1] == "[]"


def test_the_version_is_the_packages() -> None:
    """`ethgen --version` prints the version of the package."""
    assert run("--version").stdout == f"ethgen, version {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rendr"], "Error: there is no command 'rendr'; did you mean 'render'?"),
        (["nothing-like-it"], "Error: there is no command 'nothing-like-it'"),
        (["render", "--chekc"], "Error: No such option '--chekc'"),
        (["render", "surplus"], "Error: Got unexpected extra argument"),
        (["schema", "--check"], "Error: --check needs --output, the file to check"),
        (["validate", "--all", "--live"], "Error: --live checks one fleet; name its environment with --env"),
    ],
)
def test_a_wrong_call_is_status_2(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong call prints how it is meant, to the standard error, with status 2."""
    assert status_of(*arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (EthgenError("it is so", cure="do this"), 2, "error: it is so\n  cure: do this\n"),
        (SpecError(["one", "two"]), 2, "error: one\ntwo\n"),
        (ClusterError("no cluster"), 2, "error: no cluster\n"),
        (DeployError("not ready"), 1, "error: not ready\n"),
        (KeyboardInterrupt(), 130, "\nerror: interrupted; run the same command again to go on\n"),
        (PermissionError(13, "Permission denied", "/x"), 2, "error: /x: Permission denied\n"),
        (
            OSError(28, "No space left on device", "/x"),
            2,
            "error: /x: No space left on device\n  cure: free some space and run the same command again\n",
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_goes_wrong_is_one_clear_text(
    error: BaseException,
    status: int,
    text: str,
    failing: Callable[[BaseException], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each kind of error has its text and exit status, and none a traceback."""
    failing(error)
    assert (status_of("schema"), capsys.readouterr().err) == (status, text)


def test_a_bug_leaves_its_traceback_in_a_file(
    failing: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistake of the program is said to be one; the traceback is in a file that the text names."""
    failing(ZeroDivisionError("by zero"))
    assert status_of("schema") == 70
    text = capsys.readouterr().err
    found = re.fullmatch(
        r"error: this is a mistake of ethgen itself: ZeroDivisionError\('by zero'\)\n  cure: report it with (\S+)\n",
        text,
    )
    assert found, text
    log = Path(found[1])
    assert "ZeroDivisionError: by zero" in log.read_text()
    log.unlink()


def test_a_reader_that_goes_away_is_no_error() -> None:
    """A closed pipe ends the program without a word."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        result = run("schema", stdout=writer)
    finally:
        os.close(writer)
    assert result.stderr == ""


def test_a_full_device_is_one_clear_line() -> None:
    """Output that cannot be written is told as such, with status 2."""
    with Path("/dev/full").open("w") as full:
        result = run("schema", stdout=full.fileno())
    assert (result.returncode, result.stderr.splitlines()[0]) == (2, "error: No space left on device")


@pytest.mark.parametrize("module", ["ethgen.cli", "click"])
def test_an_interrupt_at_the_start_ends_with_status_130(module: str) -> None:
    """Ctrl-C while the command line is still being imported prints one line, too, and no traceback."""
    script = (
        "import os, signal, sys\n"
        "class Interrupting:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {module!r}:\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupting())\n"
        "from ethgen.__main__ import run\n"
        "run()"
    )
    process = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True, timeout=60)
    assert process.stderr == "error: interrupted; run the same command again to go on\n"
    assert process.returncode == 128 + signal.SIGINT


def test_an_interrupt_that_is_ignored_stays_ignored() -> None:
    """What a shell starts in the background with interruptions ignored goes on ignoring them."""
    script = (
        "import os, signal, sys\n"
        "from ethgen.__main__ import run\n"
        "sys.argv = ['ethgen', '--version']\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "try:\n"
        "    run()\n"
        "finally:\n"
        "    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN"
    )
    process = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True, timeout=60)
    assert (process.returncode, process.stderr) == (0, "")


@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=["Ctrl-C", "a request to end", "a closed terminal"]
)
def test_an_interrupt_ends_with_status_130(tmp_path: Path, number: signal.Signals) -> None:
    """What ends a command in its middle has it clean up and print one line; the status is the shell's for SIGINT."""
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "local.yaml").write_text("profile: local\n")
    script = (
        "import os, pathlib, signal; from ethgen.cli import main\n"
        "read = pathlib.Path.read_text\n"
        "def interrupted(path, **options):\n"
        f"    os.kill(os.getpid(), {int(number)})\n"
        "    return read(path, **options)\n"
        "pathlib.Path.read_text = interrupted\n"
        "main(['validate'])"
    )
    process = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, check=False, capture_output=True, text=True, timeout=60
    )
    assert process.stderr == "\nerror: interrupted; run the same command again to go on\n"
    assert process.returncode == 128 + signal.SIGINT


def test_a_closed_terminal_does_not_end_what_was_told_not_to_care(tmp_path: Path) -> None:
    """With nohup a command goes on when its terminal closes."""
    script = (
        "import signal; from ethgen.cli import main\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "try:\n"
        "    main(['--version'])\n"
        "finally:\n"
        "    signal.raise_signal(signal.SIGHUP)"
    )
    process = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=False, capture_output=True, timeout=60)
    assert process.returncode == 0
