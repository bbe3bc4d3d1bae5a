"""`ethgen completion`: the scripts, and what they complete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from click.shell_completion import ShellComplete

from ethgen.cli import cli

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def complete(*arguments: str, incomplete: str = "") -> list[str]:
    """Return what the shell would offer after these arguments."""
    found = ShellComplete(cli, {}, "ethgen", "_ETHGEN_COMPLETE").get_completions(list(arguments), incomplete)
    return [item.value for item in found]


@pytest.mark.parametrize(
    ("shell", "sign"), [("bash", "complete -o nosort -F"), ("zsh", "#compdef ethgen"), ("fish", "complete --no-files")]
)
def test_each_shell_has_its_script(call: Callable[..., Any], shell: str, sign: str) -> None:
    """The script is the shell's own, and calls ethgen for the words."""
    status, output, errors = call("completion", shell)
    assert (status, errors) == (0, "")
    assert sign in output
    assert f"_ETHGEN_COMPLETE={shell}_complete" in output


def test_another_shell_is_refused(call: Callable[..., Any]) -> None:
    """A shell that has no script is status 2, and the known ones are named."""
    outcome = call("completion", "tcsh")
    assert outcome.status == 2
    assert "'bash', 'zsh', 'fish'" in outcome.errors


def test_commands_environments_and_clients_are_completed(fleet: Path) -> None:
    """Names come from the command table, from environments/ and from the catalogue."""
    assert fleet
    assert complete(incomplete="expl") == ["explain"]
    assert complete("capacity", "--env") == ["one", "two"]
    assert complete("diff", "one", incomplete="t") == ["two"]
    assert "geth" in complete("clients", incomplete="g")
    assert "lighthouse" in complete("clients")


def test_paths_are_completed_one_part_further(fleet: Path) -> None:
    """A path of a spec is completed with the names of the environment that --env names."""
    assert fleet
    assert complete("explain", "--env", "one", incomplete="networks.") == ["networks.hoodi"]
    assert complete("set", "--env", "two", incomplete="networks.devnet.nodes.geth-prysm.st") == [
        "networks.devnet.nodes.geth-prysm.storage"
    ]
    assert "cluster" in complete("explain", incomplete="cl")


def test_nothing_is_offered_where_there_is_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside a repository completion is silent: an error would land in the middle of a line."""
    monkeypatch.chdir(tmp_path)
    assert complete("capacity", "--env") == []
    assert "cluster" in complete("explain")
