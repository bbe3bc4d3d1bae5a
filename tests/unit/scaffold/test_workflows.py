"""What the workflows of a fleet do, run as GitHub runs them, with a git repository and a stand-in for `gh`."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

import ethgen.scaffold

WORKFLOWS = Path(ethgen.scaffold.__file__).parent / "files" / ".github" / "workflows"
GH = """\
#!/usr/bin/env bash
printf '%s\\n' "$*" >> "$CALLS"
case "$1 $2" in
  "pr list") printf '%s' "$LISTED" ;;
esac
"""


class Runner:
    """A checkout, and a way to run steps of a workflow in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "checkout"
        self.origin = folder / "origin.git"
        self.files = folder
        self.git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(self.origin))
        self.git(folder, "clone", "--quiet", str(self.origin), str(self.folder))
        program = folder / "bin" / "gh"
        program.parent.mkdir()
        program.write_text(GH)
        program.chmod(0o755)

    def git(self, folder: Path, *arguments: str) -> str:
        """Run git, with nothing of this machine's own settings."""
        author = {
            "GIT_AUTHOR_NAME": "A",
            "GIT_AUTHOR_EMAIL": "a@b.c",
            "GIT_COMMITTER_NAME": "A",
            "GIT_COMMITTER_EMAIL": "a@b.c",
        }
        done = subprocess.run(
            ["git", *arguments],
            cwd=folder,
            env={**_plain(), **author},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def commit(self, name: str, text: str) -> str:
        """Commit a file, and return the commit."""
        (self.folder / name).write_text(text)
        self.git(self.folder, "add", "--all")
        self.git(self.folder, "commit", "--quiet", "--message", name)
        return self.git(self.folder, "rev-parse", "HEAD")

    def run(self, workflow: str, job: str, step: str, **variables: str) -> dict[str, str]:
        """Run the step of that name as GitHub does, and return what it has set."""
        steps: list[dict[str, Any]] = yaml.safe_load((WORKFLOWS / workflow).read_text())["jobs"][job]["steps"]
        (found,) = (one for one in steps if one.get("name") == step)
        assert set(variables) <= {*found["env"], "LISTED"}
        output, summary = self.files / "output", self.files / "summary"
        output.write_text("")
        files = {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary), "CALLS": str(self.files / "calls")}
        environment = {**_plain(), **dict.fromkeys(found["env"], ""), "LISTED": "", **files, **variables}
        environment["PATH"] = f"{self.files / 'bin'}:{environment['PATH']}"
        command = ["bash", "--noprofile", "--norc", "-e", "-c", found["run"]]
        done = subprocess.run(command, cwd=self.folder, env=environment, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return dict(line.split("=", 1) for line in output.read_text().splitlines())

    @property
    def calls(self) -> list[str]:
        """What `gh` was asked."""
        path = self.files / "calls"
        return path.read_text().splitlines() if path.exists() else []


def _plain() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {**kept, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """Return a checkout of a branch of Renovate, with a commit of its own, behind a main that went on."""
    runner = Runner(tmp_path)
    runner.commit("a", "1\n")
    runner.git(runner.folder, "push", "--quiet", "origin", "main")
    runner.git(runner.folder, "switch", "--quiet", "--create", "renovate/geth")
    runner.commit("b", "1\n")
    runner.git(runner.folder, "push", "--quiet", "origin", "renovate/geth")
    runner.git(runner.folder, "branch", "--set-upstream-to=origin/renovate/geth")
    runner.git(runner.folder, "switch", "--quiet", "main")
    runner.commit("c", "1\n")
    runner.git(runner.folder, "push", "--quiet", "origin", "main")
    runner.git(runner.folder, "switch", "--quiet", "renovate/geth")
    return runner


def test_a_run_that_was_asked_for_finds_its_pull_request(runner: Runner) -> None:
    """Of what was rendered into a branch of Renovate, the pull request and where it left main are found."""
    left = runner.git(runner.folder, "rev-parse", "HEAD~1")
    found = runner.run("ci.yaml", "manifests", "Find the pull request", BRANCH="renovate/geth", LISTED="12 main\n")
    assert found == {"number": "12", "base": left}
    (call,) = runner.calls
    assert call.startswith("pr list --head renovate/geth --state open --json number,baseRefName,isCrossRepository ")


def test_a_branch_without_a_pull_request_has_no_difference(runner: Runner) -> None:
    """Where nobody has asked for a merge there is nothing to comment on, and nothing fails."""
    assert runner.run("ci.yaml", "manifests", "Find the pull request", BRANCH="renovate/geth") == {}


def test_the_run_of_a_pull_request_asks_nobody(runner: Runner) -> None:
    """Its number and base are known; it is compared with what it is merged with, as GitHub's merge commit has it."""
    main = runner.git(runner.folder, "rev-parse", "main")
    runner.git(runner.folder, "merge", "--quiet", "--no-edit", "main")
    found = runner.run("ci.yaml", "manifests", "Find the pull request", NUMBER="7", BASE="main")
    assert found == {"number": "7", "base": main}
    assert runner.calls == []


@pytest.mark.parametrize("fork", ["false", "true"])
def test_the_comment_says_what_changes(runner: Runner, fork: str) -> None:
    """It has both parts, cut to what a comment holds, and of a fork it is in the run's summary alone."""
    build = runner.folder / "build"
    build.mkdir()
    (build / "changes.txt").write_text("environment staging\n  hoodi: changed\n")
    (build / "manifests.diff").write_text("+```\n" + "+x\n" * 20_000)
    commits = {"COMMIT": "a" * 40, "BASE": "b" * 40}
    runner.run("ci.yaml", "manifests", "Comment", NUMBER="7", FORK=fork, **commits)
    text = (build / "comment.md").read_text()
    assert text.startswith(f"### What changes in the clusters\n{'a' * 12}, against {'b' * 12}\n")
    assert "~~~~~~~~text\nenvironment staging\n  hoodi: changed\n\n~~~~~~~~\n" in text
    assert "~~~~~~~~diff\n+```\n+x\n" in text
    assert text.endswith("There is more; make diff-manifests BASE=origin/main shows all of it.\n")
    assert len(text) < 65_536
    assert (runner.files / "summary").read_text() == text
    expected = ["pr comment 7 --edit-last --create-if-none --body-file build/comment.md"]
    assert runner.calls == (expected if fork == "false" else [])


def test_a_comment_on_nothing_says_so(runner: Runner) -> None:
    """Where neither values nor objects differ, each part says that."""
    build = runner.folder / "build"
    build.mkdir()
    (build / "manifests.diff").write_text("")
    runner.run("ci.yaml", "manifests", "Comment", NUMBER="7", FORK="false")
    assert (build / "comment.md").read_text().count("Nothing.\n") == 2


def test_what_was_rendered_is_pushed_and_checked(runner: Runner) -> None:
    """The commit goes to the branch, by an author that Renovate knows, and CI is asked to look at it."""
    (runner.folder / "values").write_text("rendered\n")
    runner.run("render.yaml", "render", "Commit", BRANCH="renovate/geth")
    pushed = runner.git(runner.origin, "log", "-1", "--format=%s %ae", "renovate/geth")
    assert pushed == "Render 41898282+github-actions[bot]@users.noreply.github.com"
    assert runner.calls == ["workflow run ci.yaml --ref renovate/geth"]


def test_where_nothing_follows_nothing_is_pushed(runner: Runner) -> None:
    """A change of no spec, such as of an action, is checked by its own run."""
    before = runner.git(runner.origin, "rev-parse", "renovate/geth")
    runner.run("render.yaml", "render", "Commit", BRANCH="renovate/geth")
    assert runner.git(runner.origin, "rev-parse", "renovate/geth") == before
    assert runner.calls == []


def test_nothing_is_said_of_a_commit_that_is_not_rendered() -> None:
    """The job that comments waits for the one that refuses such a commit."""
    jobs = yaml.safe_load((WORKFLOWS / "ci.yaml").read_text())["jobs"]
    assert jobs["manifests"]["needs"] == "check"
    assert {"run": "make check"} in jobs["check"]["steps"]


@pytest.mark.parametrize(
    "path",
    [*sorted(WORKFLOWS.glob("*.yaml")), *sorted((Path(__file__).parents[3] / ".github" / "workflows").glob("*.yaml"))],
    ids=lambda path: f"{path.parents[2].name}-{path.name}",
)
def test_actions_are_pinned_by_commit(path: Path) -> None:
    """Whoever moves a tag of an action runs nothing here; the version stands behind, where Renovate reads it."""
    used = re.findall(r"uses: (.*)", path.read_text())
    assert used
    assert [line for line in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+", line)] == []
