"""The repository as git has it: which commit a branch is at, and what it does not hold yet."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ethgen.cluster.process import NOT_FOUND, Command, run
from ethgen.errors import EthgenError, ToolError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ethgen.cluster.process import Result, Runner

# Files that a message names before it only counts them.
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Git:
    """git in one folder.

    Attributes:
        folder: the work tree, or a folder in it.
        runner: runs the program.
    """

    folder: Path
    runner: Runner = run

    def directory(self) -> str:
        """Return the path of the repository itself; that of the work tree's own part where there are several.

        Raises:
            ToolError: there is no git.
            EthgenError: the folder is in no repository, or git refuses it.
        """
        return self._asked("rev-parse", "--absolute-git-dir").strip()

    def commit(self, branch: str) -> str:
        """Return the commit that a local branch is at, as 40 or 64 hexadecimal digits.

        Raises:
            EthgenError: there is no such branch, or no commit in it yet.
        """
        result = self._run("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}^{{commit}}")
        if not result.ok:
            # Where it refuses the folder itself, that is the reason.
            self.directory()
            raise EthgenError(
                f"{self.folder} has no branch {branch} with a commit",
                cure=f"commit to {branch}, or name another branch as gitops.branch in the spec",
            )
        return result.output.strip()

    def differing(self, commit: str, *paths: str) -> list[str]:
        """Return the files under `paths` that are not as a commit has them, new ones included.

        Raises:
            EthgenError: git fails.
        """
        changed = self._asked("diff", "--name-only", "--no-renames", "--relative", "-z", commit, "--", *paths)
        new = self._asked("ls-files", "--others", "--exclude-standard", "-z", "--", *paths)
        return sorted({*changed.split("\0"), *new.split("\0")} - {""})

    def _asked(self, *arguments: str) -> str:
        result = self._run(*arguments)
        if not result.ok:
            words = result.errors.strip().splitlines() or [f"exit status {result.status}"]
            raise EthgenError(f"git {arguments[0]}: {words[0].removeprefix('fatal: ')}", cure=_cure(words[0]))
        return result.output

    def _run(self, *arguments: str) -> Result:
        result = self.runner(Command(["git", *arguments], git_environment(), self.folder))
        if result.status == NOT_FOUND:
            raise ToolError("there is no git", cure="install it: apt-get install git")
        return result


def listed(files: Sequence[str]) -> str:
    """Return files as a message names them: the first ones, and how many more there are."""
    more = f" and {len(files) - _NAMED} more" if len(files) > _NAMED else ""
    return ", ".join(files[:_NAMED]) + more


def git_environment() -> dict[str, str]:
    """Return this process's environment without what would lead git to another repository or set it differently."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}


def _cure(words: str) -> str:
    if "not a git repository" in words:
        return "make it one: git init --initial-branch=main && git add --all && git commit"
    if "dubious ownership" in words:
        return "run as the owner of the folder, or trust it: git config --global --add safe.directory FOLDER"
    return ""
