"""`ethgen validate`: warnings, and what they do to the exit status."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ethgen.cli import main

if TYPE_CHECKING:
    from pathlib import Path

SPEC = """\
profile: staging
networks:
  hoodi:
    chain: hoodi
    nodes: {geth: {execution: {client: geth}, consensus: {client: lighthouse}, storage: 4Ti}}
"""
VALIDATORS = """\
    validators:
      all: {client: lighthouse, keys: 3, feeRecipient: "0x000000000000000000000000000000000000dEaD"}
"""
WHY = "more than 2/3: with a bug in it, they finalise a wrong chain together, and cannot leave it without being slashed"
FOLLOWED = "clients that the validators follow"
NODES = "environments/risky.yaml:5:12: networks.hoodi.nodes"
SETS = "environments/risky.yaml:7:7: networks.hoodi.validators"
WARNINGS = [
    f"{NODES}: geth is 1 of 1 execution {FOLLOWED}, {WHY}; give some to another execution client",
    f"{NODES}: lighthouse is 1 of 1 consensus {FOLLOWED}, {WHY}; give some to another consensus client",
    f"{SETS}: lighthouse signs for 3 of 3 validators, {WHY}; give some to another client",
]


@pytest.fixture(autouse=True)
def _repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a repository with an environment that has warnings, and one that has none."""
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "fine.yaml").write_text(SPEC)
    (tmp_path / "environments" / "risky.yaml").write_text(SPEC + VALIDATORS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ETHGEN_ENV", raising=False)


def ethgen(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Return the exit status, the output and the errors of a call."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    output = capsys.readouterr()
    assert isinstance(caught.value.code, int)
    return caught.value.code, output.out, output.err


def test_warnings_are_told_and_do_no_harm(capsys: pytest.CaptureFixture[str]) -> None:
    """Each warning is a line of the standard error at its place; the spec is valid all the same."""
    output = "risky: the spec is valid and gives 3 files\n"
    errors = "".join(f"warning: {line}\n" for line in WARNINGS)
    assert ethgen(capsys, "validate", "--env", "risky") == (0, output, errors)


def test_strict_takes_warnings_for_findings(capsys: pytest.CaptureFixture[str]) -> None:
    """With --strict a warning gives status 1, with --all that of any environment; without one it is 0."""
    assert ethgen(capsys, "validate", "--env", "risky", "--strict")[0] == 1
    assert ethgen(capsys, "validate", "--all", "--strict")[0] == 1
    assert ethgen(capsys, "validate", "--env", "fine", "--strict")[0] == 0


def test_programs_read_warnings_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """The JSON of each environment lists its warnings; the status is that of the text."""
    status, output, _ = ethgen(capsys, "validate", "--all", "--strict", "--output", "json")
    assert status == 1
    assert json.loads(output) == {
        "fine": {"valid": True, "files": 3, "warnings": []},
        "risky": {"valid": True, "files": 3, "warnings": WARNINGS},
    }


def test_programs_read_mistakes_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The JSON of a wrong spec lists its mistakes as people see them, and the status is 2; the others are checked."""
    (tmp_path / "environments" / "wrong.yaml").write_text(f"profil: local\n{SPEC}".replace("staging", "none"))
    problems = [
        "environments/wrong.yaml:1:1: profil: unknown key; did you mean 'profile'?",
        "environments/wrong.yaml:2:10: profile: expected 'local', 'staging' or 'production', found 'none'",
    ]
    wrong = {"valid": False, "problems": problems}
    errors = "error: " + "\n".join(problems) + "\n"
    status, output, told = ethgen(capsys, "validate", "--env", "wrong", "--json")
    assert (status, json.loads(output), told) == (2, {"wrong": wrong}, errors)
    status, output, _ = ethgen(capsys, "validate", "--all", "--json")
    assert status == 2
    assert json.loads(output) == {
        "fine": {"valid": True, "files": 3, "warnings": []},
        "risky": {"valid": True, "files": 3, "warnings": WARNINGS},
        "wrong": wrong,
    }
    assert ethgen(capsys, "validate", "--env", "wrong") == (2, "", errors)


def test_a_wrong_spec_is_not_looked_for_on_a_cluster(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --live a spec with mistakes ends before the cluster is asked, in the same JSON."""
    (tmp_path / "environments" / "wrong.yaml").write_text(f"profil: local\n{SPEC}")
    status, output, _ = ethgen(capsys, "validate", "--env", "wrong", "--live", "--json")
    assert (status, json.loads(output)["wrong"]["valid"]) == (2, False)


def test_a_context_that_is_another_environments(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two environments in one cluster are told at both, or at the one that is asked for, before anything is done."""
    cluster = "cluster: {context: shared}\n"
    for name in ("fine", "risky"):
        (tmp_path / "environments" / f"{name}.yaml").write_text(SPEC + cluster)
    lines = [
        f'environments/{one}.yaml:6:20: cluster.context: the environments fine and risky have one context, "shared" '
        f"(environments/{other}.yaml:6:20); give each a cluster of its own, or put both into one environment\n"
        for one, other in (("fine", "risky"), ("risky", "fine"))
    ]
    (tmp_path / "environments" / "broken.yaml").write_text("profile: [\n")
    for command in (("validate",), ("render",), ("deploy",), ("destroy", "--yes")):
        assert ethgen(capsys, *command, "--env", "fine") == (2, "", f"error: {lines[0]}")
    (tmp_path / "environments" / "broken.yaml").unlink()
    for command in (("validate", "--all"), ("render",), ("render", "--check", "--all")):
        assert ethgen(capsys, *command) == (2, "", f"error: {''.join(lines)}")
    assert not (tmp_path / "values").exists()


def test_a_context_that_two_environments_have_from_one_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is told once, and names both."""
    (tmp_path / "environments" / "base.yaml").write_text("cluster: {context: shared}\n")
    for name in ("fine", "risky"):
        (tmp_path / "environments" / f"{name}.yaml").write_text("extends: base.yaml\n" + SPEC)
    line = (
        'environments/base.yaml:1:20: cluster.context: the environments fine and risky have one context, "shared"; '
        "give each a cluster of its own, or put both into one environment\n"
    )
    for command in (("validate", "--all"), ("render",)):
        assert ethgen(capsys, *command) == (2, "", f"error: {line}")
