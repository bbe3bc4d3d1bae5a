"""`ethgen init` and `ethgen chart copy` as people call them."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Outcome

ETHGEN = [sys.executable, "-m", "ethgen"]
CHART = "charts/ethereum-infrastructure"


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Callable[..., Outcome]) -> Path:
    """Return a new fleet, and stand in it."""
    monkeypatch.chdir(tmp_path)
    assert call("init", "--yes", "fleet").status == 0
    monkeypatch.chdir(tmp_path / "fleet")
    return tmp_path / "fleet"


def test_without_a_terminal_nothing_is_asked(tmp_path: Path) -> None:
    """In CI, what no option says has its default; what was written is told, and how to go on."""
    done = subprocess.run(
        [*ETHGEN, "init", "fleet", "--network", "hoodi", "--network", "mainnet", "--gitops", "argocd"],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        check=False,
        capture_output=True,
        text=True,
    )
    files = sum(path.is_file() for path in (tmp_path / "fleet").rglob("*"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"fleet: {files} files, of which you edit:",
        "  environments/base.yaml",
        "  environments/production.yaml",
        "  environments/staging.yaml",
        "next: cd fleet && git init --initial-branch=main && make check; README.md says how to go on",
    ]


def test_a_fresh_clone_is_filled_where_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Callable[..., Outcome]
) -> None:
    """In a folder with .git alone, what is left to do is to check."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    outcome = call("init", ".", "--yes", "--network", "private")
    assert outcome.output.splitlines()[-1] == "next: make check; README.md says how to go on"


def test_what_is_to_be_typed_next_is_one_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Callable[..., Outcome]
) -> None:
    """A folder that a shell would take apart is quoted."""
    monkeypatch.chdir(tmp_path)
    outcome = call("init", "my fleet; or so", "--yes", "--network", "private")
    assert "next: cd 'my fleet; or so' && git init --initial-branch=main && make check;" in outcome.output


def test_a_fleet_that_only_this_machine_can_install_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Callable[..., Outcome]
) -> None:
    """Of a clone's folder no CI has anything; of a wheel it is said where the fleet has its copy."""
    monkeypatch.chdir(tmp_path)
    private = ("--yes", "--network", "private")
    outcome = call("init", "one", *private, "--requirement", "file:///home/me/ethgen")
    assert outcome.errors.startswith(
        "requirements.txt installs ethgen[pinned] @ file:///home/me/ethgen, which no other"
    )
    (tmp_path / "ethgen-9.9.9-py3-none-any.whl").write_bytes(b"wheel")
    outcome = call("init", "two", *private, "--requirement", "ethgen-9.9.9-py3-none-any.whl")
    assert outcome.errors == ""
    assert "installs ./wheels/ethgen-9.9.9-py3-none-any.whl[pinned], a copy of the wheel" in outcome.output
    assert call("init", "three", *private, "--requirement", "git+https://git.example.org/x@v1.0.0").errors == ""


def asked(folder: Path, answers: str, *options: str) -> str:
    """Run `ethgen init fleet` on a terminal, give it the answers, and return what it printed."""
    terminal, other = pty.openpty()
    try:
        os.write(terminal, answers.encode())
        done = subprocess.run(
            [*ETHGEN, "init", "fleet", *options], cwd=folder, stdin=other, check=False, capture_output=True, text=True
        )
    finally:
        os.close(terminal)
        os.close(other)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_on_a_terminal_what_no_option_says_is_asked(tmp_path: Path) -> None:
    """Each question has a default that suits what was said before; what an option says is not asked."""
    printed = asked(tmp_path, "hoodi, mainnet\ngeth-teku\n\n\n", "--repository", "git@github.com:acme/fleet.git")
    assert "Networks: private (on this machine), hoodi, sepolia, mainnet [private, hoodi]: " in printed
    assert "Registry for the agent's image [ghcr.io/acme]: " in printed
    assert "What installs the fleet: flux, argocd, helmfile [flux]: " in printed
    assert "Address" not in printed
    production = (tmp_path / "fleet" / "environments" / "production.yaml").read_text()
    assert "geth-teku:" in production
    assert "registry: ghcr.io/acme\n" in (tmp_path / "fleet" / "environments" / "base.yaml").read_text()


def test_of_a_private_network_only_the_network_is_asked(tmp_path: Path) -> None:
    """A network of one's own machine needs neither clients nor a registry to be chosen."""
    printed = asked(tmp_path, "private\n")
    assert printed.count("]: ") == 1
    assert [path.name for path in (tmp_path / "fleet" / "environments").iterdir()] == ["local.yaml"]


def test_an_answer_that_cannot_be_is_asked_for_again(tmp_path: Path) -> None:
    """A mistake is told at once, and costs none of the answers before it."""
    printed = asked(tmp_path, "hodi\nhoodi\ngeth-lighthose\ngeth-teku\n\n\nfluks\nhelmfile\n")
    assert "Error: no network 'hodi'; did you mean 'hoodi'?" in printed
    assert "Error: no client 'lighthose' in the pair 'geth-lighthose'; did you mean 'lighthouse'?" in printed
    assert "Error: no GitOps tool 'fluks'; did you mean 'flux'?" in printed
    assert "geth-teku:" in (tmp_path / "fleet" / "environments" / "staging.yaml").read_text()


def test_options_are_judged_before_anything_is_asked(tmp_path: Path) -> None:
    """Whoever has mistyped an option answers nothing in vain."""
    terminal, other = pty.openpty()
    command = [*ETHGEN, "init", "fleet", "--gitops", "fluks"]
    done = subprocess.run(command, cwd=tmp_path, stdin=other, check=False, capture_output=True, text=True, timeout=60)
    os.close(terminal)
    os.close(other)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: no GitOps tool 'fluks'; did you mean 'flux'?")


def test_yes_asks_nothing_on_a_terminal(tmp_path: Path) -> None:
    """`--yes` takes every default."""
    assert "]: " not in asked(tmp_path, "", "--yes")


def test_a_wrong_answer_is_status_2_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Callable[..., Outcome]
) -> None:
    """A mistake in an option ends with its words."""
    monkeypatch.chdir(tmp_path)
    outcome = call("init", "--yes", "fleet", "--network", "hodi")
    assert (outcome.status, outcome.errors.splitlines()[0]) == (
        2,
        "error: no network 'hodi'; did you mean 'hoodi'?; known: private, hoodi, mainnet, sepolia",
    )
    assert list(tmp_path.iterdir()) == []


def test_a_second_run_says_what_would_change(made: Path, call: Callable[..., Outcome]) -> None:
    """Of a fleet that is up to date nothing; then each file, with --check as status 1, and nothing is written."""
    assert call("init", ".").output == "up to date\n"
    (made / CHART / "Chart.yaml").unlink()
    (made / "README.md").write_text("mine\n")
    outcome = call("init", ".", "--check")
    assert (outcome.status, outcome.output) == (1, f"missing  {CHART}/Chart.yaml\n")
    assert outcome.errors == (
        "README.md is yours by now; `ethgen init --diff` shows what ethgen would write\n"
        "not up to date; run `ethgen init --upgrade` and commit the result\n"
    )
    shown = call("init", ".", "--diff").output
    assert f"+++ b/{CHART}/Chart.yaml\n" in shown
    assert "--- a/README.md\n" in shown
    assert not (made / CHART / "Chart.yaml").exists()
    assert call("init", ".", "--upgrade").output == f"created  {CHART}/Chart.yaml\n"
    assert call("init", ".", "--check").status == 0
    assert (made / "README.md").read_text() == "mine\n"


def test_what_is_to_be_left_is_left(made: Path, call: Callable[..., Outcome]) -> None:
    """With --leave an upgrade writes the rest, says what it has left, and the next one without it writes that."""
    record = json.loads((made / ".ethgen.json").read_text())
    for path in ("Makefile", ".github/workflows/ci.yaml"):
        (made / path).write_text("old: 1\n")
        record["files"][path] = hashlib.sha256(b"old: 1\n").hexdigest()
    (made / ".ethgen.json").write_text(json.dumps(record))
    outcome = call("init", ".", "--upgrade", "--leave", ".github/workflows/")
    assert outcome.output == "changed  Makefile\nchanged  .ethgen.json\n"
    assert outcome.errors == ".github/workflows/ci.yaml is left as it is; `ethgen init --upgrade` writes it\n"
    assert call("init", ".", "--check").status == 1
    assert call("init", ".", "--upgrade").output == "changed  .github/workflows/ci.yaml\nchanged  .ethgen.json\n"


def test_answers_are_not_taken_twice(made: Path, call: Callable[..., Outcome]) -> None:
    """A fleet that was made is changed by editing it."""
    outcome = call("init", ".", "--network", "mainnet")
    assert outcome.status == 2
    assert "Error: . has been made; edit its files in place of giving --network" in outcome.errors
    assert not (made / "environments" / "production.yaml").exists()


@pytest.mark.parametrize("option", ["--check", "--diff", "--upgrade", "--leave=Makefile"])
def test_what_init_has_not_made_is_not_upgraded(tmp_path: Path, call: Callable[..., Outcome], option: str) -> None:
    """What is for a fleet is refused elsewhere, and makes none."""
    outcome = call("init", str(tmp_path / "fleet"), option)
    assert outcome.status == 2
    assert f"are for what `ethgen init` has made; {tmp_path}/fleet is not" in outcome.errors
    assert list(tmp_path.iterdir()) == []


def test_a_copied_chart_is_checked_and_refreshed(made: Path, call: Callable[..., Outcome]) -> None:
    """`ethgen chart copy` says what differs, shows it, and writes it; an edited chart is refused."""
    assert call("chart", "copy").output == "the charts are those of this ethgen\n"
    (made / CHART / "Chart.yaml").unlink()
    outcome = call("chart", "copy", "--check")
    assert (outcome.status, outcome.output) == (1, f"missing  {CHART}/Chart.yaml\n")
    assert "+name: ethereum-infrastructure\n" in call("chart", "copy", "--diff").output
    assert call("chart", "copy").output == f"created  {CHART}/Chart.yaml\n"
    (made / CHART / "values.yaml").write_text("mine: true\n")
    outcome = call("chart", "copy")
    assert (outcome.status, outcome.errors.splitlines()[0]) == (
        2,
        f"error: were edited since they were generated: {CHART}/values.yaml",
    )


def test_a_broken_list_of_copies_is_told(made: Path, call: Callable[..., Outcome]) -> None:
    """What a merge has left of the list is refused with the way out, and nothing is removed by what it says."""
    (made / "charts" / ".generated.json").write_text('{"environments/base.yaml": ""}')
    outcome = call("chart", "copy")
    assert outcome.status == 2
    assert outcome.errors == (
        "error: charts/.generated.json: is not a list of generated files below charts/\n"
        "  cure: restore it from git, or remove charts whole, and run the same command again\n"
    )
    assert (made / "environments" / "base.yaml").is_file()
