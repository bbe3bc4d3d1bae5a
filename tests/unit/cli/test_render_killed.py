"""`ethgen render`, killed at random moments; ETHGEN_TEST_KILLS says how many times, more than a few by hand."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from ethgen.cli import main

if TYPE_CHECKING:
    from pathlib import Path

KILLS = int(os.environ.get("ETHGEN_TEST_KILLS", "5"))
NETWORKS = 40
# Writes the files of the two specs by turns, without end: so a kill meets files being written, and not Python starting.
RENDERS = """\
from pathlib import Path
from ethgen.render.build import build
from ethgen.render.outcome import listed
from ethgen.render.writer import apply, plan
from ethgen.spec import load
built = [build(load(Path(f"specs/{name}/environments/test.yaml"))) for name in ("small", "large")]
print("ready", flush=True)
while True:
    for files in built:
        apply(Path(), plan(Path(), listed("test"), files))
"""


def spec(storage: str, networks: int) -> str:
    """Return a spec of many networks."""
    client = f"{{execution: {{client: geth}}, consensus: {{client: lighthouse}}, storage: {storage}}}"
    lines = "".join(f"  net-{number}: {{chain: hoodi, nodes: {{geth: {client}}}}}\n" for number in range(networks))
    return f"profile: staging\nnetworks:\n{lines}"


SPECS = {"small": spec("4Ti", NETWORKS // 2), "large": spec("5Ti", NETWORKS)}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository with an environment, and two specs that it changes between; stand in it."""
    for name, text in SPECS.items():
        (tmp_path / "specs" / name / "environments").mkdir(parents=True)
        (tmp_path / "specs" / name / "environments" / "test.yaml").write_text(text)
    (tmp_path / "environments").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ETHGEN_ENV", raising=False)
    return tmp_path


def ethgen(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str]:
    """Run the command line in this process, and return its status and output."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    return caught.value.code, capsys.readouterr().out


def files_of(repository: Path) -> dict[str, bytes]:
    """Return the generated files that are there, without the list of them."""
    return {f"values/test/{path.name}": path.read_bytes() for path in repository.glob("values/test/[!.]*")}


def rendered(repository: Path, name: str, capsys: pytest.CaptureFixture[str]) -> dict[str, bytes]:
    """Render one of the specs to its end, and return the files."""
    (repository / "environments" / "test.yaml").write_text(SPECS[name])
    status, output = ethgen(capsys, "render")
    assert status == 0, output
    return files_of(repository)


def killed(repository: Path, seconds: float) -> None:
    """Render the two specs by turns in a process, and kill it after some time."""
    command = [sys.executable, "-c", RENDERS]
    with subprocess.Popen(command, cwd=repository, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        # The moment of the kill is what is tried here, and no condition to wait for.
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)


def test_a_killed_render_leaves_whole_files_and_is_repaired(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """After a kill each file is old or new, `--check` names those that are not the spec's, and `render` mends them."""
    known = {name: rendered(repository, name, capsys) for name in SPECS}
    chance = random.Random(KILLS)  # noqa: S311 - the same moments on every run
    between = 0
    for turn in range(KILLS):
        killed(repository, chance.uniform(0, 0.1))
        found = files_of(repository)
        for path, content in found.items():
            assert content in {files.get(path) for files in known.values()}, path
        between += found not in known.values()
        name = ("small", "large")[turn % 2]
        (repository / "environments" / "test.yaml").write_text(SPECS[name])
        status, output = ethgen(capsys, "render", "--check", "--output", "json")
        states = json.loads(output)["environments"]["test"]["files"]
        told = {path for path, file in states.items() if file["state"] != "unchanged" and "/." not in path}
        assert told == {path for path in {*found, *known[name]} if found.get(path) != known[name].get(path)}
        assert status == (1 if any(file["state"] != "unchanged" for file in states.values()) else 0)
        assert {file["state"] for file in states.values()} <= {"unchanged", "missing", "drifted", "stale"}
        assert rendered(repository, name, capsys) == known[name]
        assert sorted(path.name for path in repository.glob("values/test/.*")) == [".generated.json"]
        assert ethgen(capsys, "render", "--check")[0] == 0
    # A few kills may all meet a finished tree; of many, a third does not.
    assert between > KILLS // 10 or KILLS < 50
