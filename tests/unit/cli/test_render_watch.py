"""`ethgen render --watch`, as a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BASE = "profile: staging\n"
SPEC = """\
extends: base.yaml
networks:
  hoodi:
    chain: hoodi
    nodes: {geth: {execution: {client: geth}, consensus: {client: lighthouse}, storage: 4Ti}}
"""


class Watching:
    """A process that watches, and its reports."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def report(self) -> dict[str, Any]:
        """Return the next report; wait for it."""
        assert self.process.stdout is not None
        found = json.loads(self.process.stdout.readline())
        assert isinstance(found, dict)
        return found

    def changed(self) -> tuple[str, dict[str, str]]:
        """Return the environment of the next report and the files that changed."""
        report = self.report()
        states = {path: file["state"] for path, file in report["files"].items() if file["state"] != "unchanged"}
        return report["environment"], states


@contextmanager
def watching(repository: Path, *arguments: str) -> Iterator[Watching]:
    """Watch the environments of a repository."""
    command = [sys.executable, "-m", "ethgen", "render", "--watch", "--output", "json", *arguments]
    environment = {name: value for name, value in os.environ.items() if name != "ETHGEN_ENV"}
    with subprocess.Popen(
        command, cwd=repository, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            yield Watching(process)
        finally:
            process.kill()


def save(file: Path, text: str) -> None:
    """Save as many editors do: a new file takes the place of the old one, so that no half of it is ever seen."""
    draft = file.parents[1] / "draft"
    draft.write_text(text)
    draft.replace(file)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository with two environments that extend one file."""
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "base.yaml").write_text(BASE)
    for name in ("one", "two"):
        (tmp_path / "environments" / f"{name}.yaml").write_text(SPEC)
    return tmp_path


@pytest.mark.timeout(120)
def test_each_save_renders_what_it_concerns(repository: Path) -> None:
    """A save renders its environment and changes the files it concerns; one of a file below, all that extend it."""
    with watching(repository) as watch:
        assert [watch.changed()[0], watch.changed()[0]] == ["one", "two"]
        times = (repository / "values/one/namespaces.yaml").stat().st_mtime_ns
        save(repository / "environments/one.yaml", SPEC.replace("4Ti", "5Ti"))
        assert watch.changed() == (
            "one",
            {"values/one/.generated.json": "changed", "values/one/hoodi.yaml": "changed"},
        )
        assert (repository / "values/one/namespaces.yaml").stat().st_mtime_ns == times
        save(repository / "environments/base.yaml", f"{BASE}cluster: {{registry: other.example.org}}\n")
        assert sorted(watch.changed()[0] for _ in range(2)) == ["one", "two"]
        assert "other.example.org" in (repository / "values/two/hoodi.yaml").read_text()


@pytest.mark.timeout(120)
def test_a_broken_spec_is_told_and_watched_on(repository: Path) -> None:
    """A mistake is reported and changes nothing; once it is mended, the environment is rendered again."""
    with watching(repository, "--env", "one") as watch:
        assert watch.changed()[0] == "one"
        before = (repository / "values/one/hoodi.yaml").read_bytes()
        save(repository / "environments/one.yaml", SPEC.replace("client: geth", "client: gethh"))
        assert "did you mean" in watch.report()["error"]
        assert (repository / "values/one/hoodi.yaml").read_bytes() == before
        save(repository / "environments/one.yaml", SPEC.replace("4Ti", "6Ti"))
        assert watch.changed()[1]["values/one/hoodi.yaml"] == "changed"


@pytest.mark.timeout(120)
def test_a_cured_folder_is_noticed(repository: Path) -> None:
    """An edited file stops its environment; once it is removed, as the cure says, the environment is rendered again."""
    with watching(repository) as watch:
        assert [watch.changed()[0], watch.changed()[0]] == ["one", "two"]
        (repository / "values/one/hoodi.yaml").write_text("mine: true\n")
        save(repository / "environments/one.yaml", SPEC.replace("4Ti", "5Ti"))
        assert "were edited since they were generated" in watch.report()["error"]
        (repository / "values/one/hoodi.yaml").unlink()
        states = {"values/one/.generated.json": "changed", "values/one/hoodi.yaml": "created"}
        assert watch.changed() == ("one", states)
        # No further report is under way: the next one is of the next save.
        save(repository / "environments/two.yaml", SPEC.replace("4Ti", "6Ti"))
        assert watch.changed()[0] == "two"


@pytest.mark.timeout(120)
def test_a_removed_folder_and_a_replaced_link_are_noticed(repository: Path) -> None:
    """A broken list and a link out of the repository are cured by removing them, without any save."""
    (repository / "values").mkdir()
    elsewhere = repository.parent / f"{repository.name}-elsewhere"
    elsewhere.mkdir()
    (repository / "values/one").symlink_to(elsewhere)
    (repository / "values/two").mkdir()
    (repository / "values/two/.generated.json").write_text("broken")
    with watching(repository) as watch:
        assert "leads out of the repository" in watch.report()["error"]
        assert "is not a list of generated files" in watch.report()["error"]
        (repository / "values/one").unlink()
        assert watch.changed()[1]["values/one/hoodi.yaml"] == "created"
        # At one stroke, or the watch might write into a folder that is half removed.
        (repository / "values/two").rename(elsewhere / "two")
        assert watch.changed()[1]["values/two/hoodi.yaml"] == "created"
    assert [path.name for path in elsewhere.rglob("*")] == ["two", ".generated.json"]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_an_interruption_ends_it_quietly(repository: Path, number: signal.Signals) -> None:
    """Ctrl-C and a request to end give status 0, and no word."""
    with watching(repository) as watch:
        watch.report()
        watch.report()
        watch.process.send_signal(number)
        output, errors = watch.process.communicate()
        assert (watch.process.returncode, output) == (0, "")
        assert "Traceback" not in errors
        assert "error" not in errors


def test_a_watch_that_checks_is_refused(repository: Path) -> None:
    """`--watch` writes, so `--check` and `--diff` contradict it."""
    command = [sys.executable, "-m", "ethgen", "render", "--watch", "--check"]
    process = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert process.returncode == 2
    assert "--watch writes what it renders; leave out --check and --diff" in process.stderr
