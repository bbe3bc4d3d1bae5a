"""`ethgen render`, `schema` and `validate`: exact outputs and exit statuses."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from ethgen.cli import main

ROOT = Path(__file__).parents[3]
SPEC = """\
profile: staging
networks:
  hoodi:
    chain: hoodi
    nodes: {geth: {execution: {client: geth}, consensus: {client: lighthouse}, storage: 500Gi}}
"""
FILES = ["values/test/helmfile.yaml", "values/test/hoodi.yaml", "values/test/namespaces.yaml"]
MANIFEST = "values/test/.generated.json"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository with one environment, and stand in it."""
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "test.yaml").write_text(SPEC)
    (tmp_path / "environments" / "base.yaml").write_text("profile: staging\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ETHGEN_ENV", raising=False)
    return tmp_path


class Ethgen:
    """Runs the command line in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        """Return the exit status, the output and the errors of a call."""
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        output = self.capsys.readouterr()
        assert isinstance(caught.value.code, int)
        return caught.value.code, output.out, output.err


@pytest.fixture
def ethgen(capsys: pytest.CaptureFixture[str]) -> Ethgen:
    """Return the command line as a function."""
    return Ethgen(capsys)


def test_render_lists_what_it_writes(repository: Path, ethgen: Ethgen) -> None:
    """A first render names every file; a second has nothing to do and says how many are up to date."""
    assert ethgen("render") == (0, "".join(f"created {path}\n" for path in [*FILES, MANIFEST]), "")
    assert all((repository / path).is_file() for path in FILES)
    assert ethgen("render") == (0, "3 files are up to date\n", "")
    assert ethgen("render", "--check") == (0, "3 files are up to date\n", "")


def test_what_editors_leave_is_no_environment(repository: Path, ethgen: Ethgen) -> None:
    """A lock (a link to nowhere) and a copy whose names begin with a dot are neither rendered nor known."""
    (repository / "environments" / ".#test.yaml").symlink_to("somebody@somewhere.1234")
    (repository / "environments" / ".copy.yaml").write_text("networks: [")
    assert ethgen("render")[0] == 0
    assert sorted(path.name for path in (repository / "values").iterdir()) == ["test"]
    status, _, errors = ethgen("render", "--env", ".copy")
    assert (status, errors) == (
        2,
        "error: there is no environment '.copy'\n  cure: name one of environments/: test\n",
    )


def test_render_works_from_any_folder_of_the_repository(
    repository: Path, ethgen: Ethgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The repository is found from below, and its files are written where they belong."""
    ethgen("render")
    (repository / "docs" / "deep").mkdir(parents=True)
    monkeypatch.chdir(repository / "docs" / "deep")
    assert ethgen("render", "--check") == (0, "3 files are up to date\n", "")


def test_check_names_what_is_not_up_to_date_and_writes_nothing(repository: Path, ethgen: Ethgen) -> None:
    """`--check` exits with 1 and leaves everything as it is."""
    ethgen("render")
    (repository / "environments" / "test.yaml").write_text(SPEC.replace("500Gi", "600Gi"))
    status, output, errors = ethgen("render", "--check")
    assert (status, output) == (1, f"drifted        values/test/hoodi.yaml\ndrifted        {MANIFEST}\n")
    assert errors == "2 files are not up to date; run `ethgen render` and commit the result\n"
    assert "storage: 500Gi" in (repository / "values/test/hoodi.yaml").read_text()


def test_diff_prints_what_would_change_and_writes_nothing(repository: Path, ethgen: Ethgen) -> None:
    """`--diff` is a unified diff of the generated files; nothing to print means nothing to do."""
    ethgen("render")
    assert ethgen("render", "--diff") == (0, "", "")
    (repository / "environments" / "test.yaml").write_text(SPEC.replace("500Gi", "600Gi"))
    status, output, _ = ethgen("render", "--diff")
    assert status == 0
    assert "-    storage: 500Gi\n+    storage: 600Gi\n" in output
    assert "storage: 500Gi" in (repository / "values/test/hoodi.yaml").read_text()


def test_an_edited_file_is_refused_and_shown(repository: Path, ethgen: Ethgen) -> None:
    """A generated file that was edited fails `render` with its cure, and `--check` and `--diff` show it."""
    ethgen("render")
    path = repository / "values/test/hoodi.yaml"
    path.write_text(path.read_text() + "mine: true\n")
    status, output, errors = ethgen("render")
    assert (status, output) == (2, "")
    assert errors.startswith("error: were edited since they were generated: values/test/hoodi.yaml\n  cure: ")
    assert ethgen("render", "--check")[0] == 1
    assert "-mine: true\n" in ethgen("render", "--diff")[1]
    assert "mine: true" in path.read_text()


def test_an_environment_that_is_gone_is_pruned(repository: Path, ethgen: Ethgen) -> None:
    """Rendering everything removes what an environment without spec had; rendering one of the others does not."""
    ethgen("render")
    (repository / "environments" / "test.yaml").rename(repository / "environments" / "other.yaml")
    assert "deleted" not in ethgen("render", "--env", "other")[1]
    assert ethgen("render")[1] == "".join(f"deleted {path}\n" for path in [*FILES, MANIFEST])
    assert sorted(path.name for path in (repository / "values").iterdir()) == ["other"]


def test_nothing_is_written_when_any_environment_is_wrong(repository: Path, ethgen: Ethgen) -> None:
    """A mistake in one environment keeps all others from being written, too."""
    (repository / "environments" / "wrong.yaml").write_text("profile: lokal\n")
    status, output, errors = ethgen("render")
    assert (status, output) == (2, "")
    assert errors == (
        "error: environments/wrong.yaml:1:10: profile: "
        "expected 'local', 'staging' or 'production', found 'lokal'; did you mean 'local'?\n"
    )
    assert not (repository / "values").exists()


def test_an_unknown_environment_names_the_known_ones(repository: Path, ethgen: Ethgen) -> None:
    """A name that is none, a path, and base.yaml are refused alike."""
    assert repository
    cure = "  cure: name one of environments/: test\n"
    assert ethgen("render", "--env", "tset") == (
        2,
        "",
        f"error: there is no environment 'tset'; did you mean 'test'?\n{cure}",
    )
    assert ethgen("validate", "--env", "../x") == (2, "", f"error: there is no environment '../x'\n{cure}")
    assert ethgen("validate", "--env", "base") == (2, "", f"error: there is no environment 'base'\n{cure}")


def test_a_folder_without_repository_is_told(tmp_path: Path, ethgen: Ethgen, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside a repository, the error says what was looked for."""
    monkeypatch.chdir(tmp_path)
    assert ethgen("render") == (
        2,
        "",
        "error: no folder environments/ here or above\n  cure: change to the repository and run the command again\n",
    )


def test_validate_says_what_a_spec_gives(repository: Path, ethgen: Ethgen, monkeypatch: pytest.MonkeyPatch) -> None:
    """A valid spec is one line, or JSON; the environment may come from ETHGEN_ENV."""
    assert repository
    expected = "test: the spec is valid and gives 3 files\n"
    assert ethgen("validate", "--env", "test") == (0, expected, "")
    assert ethgen("validate", "--all") == (0, expected, "")
    monkeypatch.setenv("ETHGEN_ENV", "test")
    assert json.loads(ethgen("validate", "--json")[1]) == {"test": {"valid": True, "files": 3, "warnings": []}}


def test_validate_tells_the_mistakes_of_all_environments(repository: Path, ethgen: Ethgen) -> None:
    """`--all` collects every mistake of every environment before it fails."""
    for name in ("one", "two"):
        (repository / "environments" / f"{name}.yaml").write_text("profil: local\n")
    status, output, errors = ethgen("validate", "--all")
    assert (status, output) == (2, "")
    assert [line.split(" ", 1)[0] for line in errors.removeprefix("error: ").splitlines()] == [
        "environments/one.yaml:1:1:",
        "environments/one.yaml:1:1:",
        "environments/two.yaml:1:1:",
        "environments/two.yaml:1:1:",
    ]


def test_schema_is_printed_written_and_checked(repository: Path, ethgen: Ethgen) -> None:
    """The schema goes to the standard output or a file; `--check` compares and never writes."""
    status, printed, _ = ethgen("schema")
    assert status == 0
    assert json.loads(printed)["properties"]["networks"]
    assert ethgen("schema", "--output", "schema.json", "--check")[0] == 1
    assert not (repository / "schema.json").exists()
    assert ethgen("schema", "--output", "schema.json") == (0, "", "")
    assert (repository / "schema.json").read_text() == printed
    assert ethgen("schema", "--output", "schema.json", "--check") == (0, "", "")
    Path("link.json").symlink_to("schema.json")
    Path("schema.json").write_text("{}")
    assert ethgen("schema", "--output", "link.json") == (0, "", "")
    assert (Path("link.json").is_symlink(), Path("schema.json").read_text()) == (True, printed)
    status, _, errors = ethgen("schema", "--output", "none/schema.json")
    assert (status, errors) == (2, "error: none: is no folder\n  cure: make it, or name a file in another one\n")


def test_a_file_that_grows_too_large_leaves_the_old_one(repository: Path, ethgen: Ethgen) -> None:
    """When the system refuses to write on, one line says so, and every file is as it was."""
    ethgen("render")
    before = {path: (repository / path).read_bytes() for path in [*FILES, MANIFEST]}
    (repository / "environments" / "test.yaml").write_text(SPEC.replace("500Gi", "600Gi"))
    script = (
        "import resource, sys; from ethgen.cli import main\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "main(['render'])"
    )
    process = subprocess.run(
        [sys.executable, "-c", script], cwd=repository, check=False, capture_output=True, text=True, timeout=60
    )
    assert (process.returncode, process.stdout) == (2, "")
    assert process.stderr == (
        "error: values/test/hoodi.yaml: cannot be written: File too large\n"
        "  cure: free the disk or the path, and run the same command again\n"
    )
    assert {path: (repository / path).read_bytes() for path in before} == before
    assert {path.name for path in (repository / "values" / "test").iterdir()} == {Path(path).name for path in before}


def test_several_environments_or_all_can_be_named(
    repository: Path, ethgen: Ethgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--env` can be repeated; `--all` is every environment whatever ETHGEN_ENV says, and contradicts `--env`."""
    for name in ("one", "two"):
        (repository / "environments" / f"{name}.yaml").write_text(SPEC)
    assert ethgen("render", "--env", "one", "--env", "two", "--env", "one")[0] == 0
    assert sorted(path.name for path in (repository / "values").iterdir()) == ["one", "two"]
    monkeypatch.setenv("ETHGEN_ENV", "one")
    assert ethgen("render") == (0, "3 files are up to date\n", "")
    assert "created values/test/hoodi.yaml\n" in ethgen("render", "--all")[1]
    status, _, errors = ethgen("render", "--all", "--env", "one")
    assert (status, "--all and --env exclude one another" in errors) == (2, True)


def test_json_tells_the_state_and_digest_of_every_file(repository: Path, ethgen: Ethgen) -> None:
    """Programs read what happened to each file, or how it was found, with the SHA-256 that its spec gives."""
    first = json.loads(ethgen("render", "--output", "json")[1])
    assert first["upToDate"] is True
    files = first["environments"]["test"]["files"]
    assert {path: file["state"] for path, file in files.items()} == dict.fromkeys([*FILES, MANIFEST], "created")
    for path, file in files.items():
        assert hashlib.sha256((repository / path).read_bytes()).hexdigest() == file["sha256"]
    (repository / "values/test/hoodi.yaml").write_text("mine: true\n")
    (repository / "values/test/namespaces.yaml").unlink()
    status, output, _ = ethgen("render", "--check", "--output", "json")
    found = json.loads(output)
    assert (status, found["upToDate"]) == (1, False)
    assert {path: file["state"] for path, file in found["environments"]["test"]["files"].items()} == {
        MANIFEST: "unchanged",
        "values/test/helmfile.yaml": "unchanged",
        "values/test/hoodi.yaml": "edited by hand",
        "values/test/namespaces.yaml": "missing",
    }


def test_check_names_every_kind_of_difference(repository: Path, ethgen: Ethgen) -> None:
    """A missing, a drifted, a stale, a foreign and an edited file are each told for what they are."""
    text = SPEC + SPEC[SPEC.index("  hoodi:") :].replace("hoodi:", "old:", 1)
    (repository / "environments" / "test.yaml").write_text(text)
    ethgen("render")
    text = SPEC.replace("replicas: 1", "") + SPEC[SPEC.index("  hoodi:") :].replace("hoodi:", "new:", 1)
    (repository / "environments" / "test.yaml").write_text(text)
    (repository / "values/test/hoodi.yaml").write_text("mine: true\n")
    (repository / "values/test/new.yaml").write_text("mine: true\n")
    (repository / "values/test/namespaces.yaml").unlink()
    assert ethgen("render", "--check")[1].splitlines() == [
        "drifted        values/test/helmfile.yaml",
        "edited by hand values/test/hoodi.yaml",
        "missing        values/test/namespaces.yaml",
        "not generated  values/test/new.yaml",
        "stale          values/test/old.yaml",
        f"drifted        {MANIFEST}",
    ]


def test_warnings_of_a_spec_are_told_and_rendered(repository: Path, ethgen: Ethgen) -> None:
    """What is risky goes to the standard error and into the JSON, and is rendered all the same."""
    (repository / "environments" / "test.yaml").write_text(SPEC.replace("500Gi", "200Gi"))
    status, _, errors = ethgen("render")
    assert status == 0
    warnings = errors.splitlines()
    assert warnings
    assert all(line.startswith("warning: environments/test.yaml:") for line in warnings)
    told = json.loads(ethgen("render", "--output", "json")[1])["environments"]["test"]["warnings"]
    assert [f"warning: {warning}" for warning in told] == warnings
