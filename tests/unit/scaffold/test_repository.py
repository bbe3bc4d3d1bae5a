"""Making a fleet's repository, and bringing it up to date."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ethgen import __version__
from ethgen.render import manifest, outcome
from ethgen.render.writer import RenderError
from ethgen.scaffold import charts, repository
from ethgen.scaffold.actions import without_pins
from ethgen.scaffold.answers import checked
from ethgen.scaffold.repository import RECORD, ScaffoldError, apply, create, plan_upgrade

CHART = Path("charts/ethereum-infrastructure")


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """Return a new repository."""
    folder = tmp_path / "fleet"
    create(folder, checked({}, "fleet"))
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_repository_has_all_that_a_fleet_needs(fleet: Path) -> None:
    """Specs, what is generated from them, charts, checks, CI, Renovate and pages are there."""
    files = set(tree(fleet))
    assert {
        *("CODEOWNERS", "Makefile", "README.md", "helmfile.yaml.gotmpl", "renovate.json", "requirements.txt"),
        *(".gitattributes", ".gitignore", ".pre-commit-config.yaml", ".yamllint.yaml", ".github/workflows/ci.yaml"),
        *("environments/base.yaml", "environments/local.yaml", "environments/staging.yaml"),
        *("schemas/network-spec.json", "values/local/helmfile.yaml", "values/staging/hoodi.yaml"),
        *(f"{CHART}/Chart.yaml", "charts/.generated.json", "gitops/staging/flux.yaml"),
    } <= files


def test_two_repositories_of_the_same_answers_are_the_same(fleet: Path, tmp_path: Path) -> None:
    """Nothing in a repository depends on where or when it was made."""
    create(tmp_path / "elsewhere" / "deep" / "other", checked({}, "fleet"))
    assert tree(tmp_path / "elsewhere" / "deep" / "other") == tree(fleet)


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    """Nothing is written beside what is somebody's own."""
    for name in "abcd":
        (tmp_path / name).write_text(name)
    with pytest.raises(ScaffoldError) as caught:
        create(tmp_path, checked({}, "fleet"))
    assert str(caught.value) == (
        f"{tmp_path}: is not empty: it has a, b, c and others\n"
        "  cure: name a folder that is empty or does not exist, and move there what you want to keep"
    )
    assert sorted(tree(tmp_path)) == ["a", "b", "c", "d"]


def test_a_file_is_refused(tmp_path: Path) -> None:
    """A repository does not take the place of a file."""
    (tmp_path / "fleet").write_text("mine")
    with pytest.raises(ScaffoldError, match="is a file\n"):
        create(tmp_path / "fleet", checked({}, "fleet"))


def test_a_fresh_clone_is_filled(tmp_path: Path) -> None:
    """A folder with nothing but .git, or with what a killed run left, counts as empty; .git stays."""
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (tmp_path / ".ethgen-init-killed" / "repository").mkdir(parents=True)
    create(tmp_path, checked({}, "fleet"))
    assert (tmp_path / ".git" / "HEAD").is_file()
    assert (tmp_path / RECORD).is_file()
    assert list(tmp_path.glob(".ethgen-init-*")) == []


@pytest.mark.parametrize("there", [True, False])
def test_what_is_interrupted_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, there: bool) -> None:
    """A run that ends while it renders leaves the disk as it was."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(outcome, "write", interrupted)
    folder = tmp_path / "fleet"
    if there:
        folder.mkdir()
    with pytest.raises(KeyboardInterrupt):
        create(folder, checked({}, "fleet"))
    assert [path.name for path in tmp_path.rglob("*")] == (["fleet"] if there else [])


def test_what_is_interrupted_while_it_moves_in_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a repository that moves into a folder which exists, nothing stays unless all of it does."""
    rename = Path.rename

    def full(self: Path, target: Path) -> Path:
        if target == tmp_path / "gitops":
            raise OSError(28, "No space left on device", str(target))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(ScaffoldError) as caught:
        create(tmp_path, checked({}, "fleet"))
    assert str(caught.value).startswith(f"{tmp_path}/gitops: cannot be written: No space left on device\n")
    assert list(tmp_path.iterdir()) == []


def test_a_fleet_that_cannot_run_is_not_written(tmp_path: Path) -> None:
    """What the catalogue refuses is told by its place in the spec that would have been written."""
    answers = checked({"networks": ("sepolia",), "clients": ("geth-grandine",)}, "fleet")
    with pytest.raises(ScaffoldError) as caught:
        create(tmp_path / "fleet", answers)
    first, second, *_ = str(caught.value).splitlines()
    assert first == "such a fleet cannot run:"
    assert second.startswith(
        "environments/staging.yaml:20:20: networks.sepolia.nodes.geth-grandine.consensus.version: "
    )
    assert list(tmp_path.iterdir()) == []


def test_a_new_repository_is_up_to_date(fleet: Path) -> None:
    """What was just written is what would be written."""
    planned = plan_upgrade(fleet)
    assert (planned.changes, planned.kept) == ([], [])


def older(fleet: Path, path: str, content: str) -> None:
    """Make a file what an older ethgen wrote."""
    import hashlib  # noqa: PLC0415 - of this one function

    (fleet / path).write_text(content)
    record = json.loads((fleet / RECORD).read_text())
    record["files"][path] = hashlib.sha256(content.encode()).hexdigest()
    (fleet / RECORD).write_text(json.dumps(record))


def test_what_an_older_ethgen_wrote_is_brought_up_to_date(fleet: Path) -> None:
    """A file that nobody has edited gets what this ethgen writes, and one that came since is added."""
    new = tree(fleet)
    older(fleet, "Makefile", "old:\n")
    record = json.loads((fleet / RECORD).read_text())
    del record["files"]["renovate.json"]
    (fleet / RECORD).write_text(json.dumps(record))
    (fleet / "renovate.json").unlink()
    planned = plan_upgrade(fleet)
    assert {change.path: change.state for change in planned.changes} == {
        "Makefile": "drifted",
        "renovate.json": "missing",
        RECORD: "drifted",
    }
    apply(fleet, planned)
    assert tree(fleet) == new
    assert plan_upgrade(fleet).changes == []


def test_what_people_edited_or_removed_stays(fleet: Path) -> None:
    """A page of one's own and a removed CODEOWNERS are left alone, and told."""
    (fleet / "README.md").write_text("mine\n")
    (fleet / "CODEOWNERS").unlink()
    planned = plan_upgrade(fleet)
    assert planned.changes == []
    assert [change.path for change in planned.kept] == ["CODEOWNERS", "README.md"]


def test_what_is_left_is_written_another_time(fleet: Path) -> None:
    """Files that may not be written now stay as they are, and as the record has them, so that nobody's edit is seen."""
    new = tree(fleet)
    older(fleet, ".github/workflows/ci.yaml", "old: 1\n")
    older(fleet, "Makefile", "old:\n")
    planned = plan_upgrade(fleet, leave=(".github/workflows",))
    assert [change.path for change in planned.changes] == ["Makefile", RECORD]
    assert [change.path for change in planned.left] == [".github/workflows/ci.yaml"]
    apply(fleet, planned)
    assert (fleet / ".github/workflows/ci.yaml").read_text() == "old: 1\n"
    planned = plan_upgrade(fleet)
    assert [change.path for change in planned.changes] == [".github/workflows/ci.yaml", RECORD]
    apply(fleet, planned)
    assert tree(fleet) == new


def test_actions_move_on_and_workflows_do(fleet: Path) -> None:
    """Commits of actions that Renovate has raised are no edit, and stay while a workflow is brought up to date."""
    path = fleet / ".github/workflows/ci.yaml"
    new = path.read_text()
    raised = re.sub(r"(actions/checkout)@\w+  # \S+", f"\\1@{'a' * 40} # v99.0.0", new)
    assert raised.count("v99.0.0") == 2
    path.write_text(raised)
    planned = plan_upgrade(fleet)
    assert (planned.changes, planned.kept) == ([], [])
    first = new.replace("timeout-minutes: 15", "timeout-minutes: 99")
    older(fleet, ".github/workflows/ci.yaml", without_pins(first.encode()).decode())
    path.write_text(raised.replace("timeout-minutes: 15", "timeout-minutes: 99"))
    apply(fleet, plan_upgrade(fleet))
    assert path.read_text() == raised
    path.write_text(f"{raised}# mine\n")
    assert [change.path for change in plan_upgrade(fleet).kept] == [".github/workflows/ci.yaml"]


def test_what_ethgen_writes_no_more_is_removed(fleet: Path) -> None:
    """A file of an older ethgen goes, with its folder; one that somebody has edited is theirs from then on."""
    new = tree(fleet)
    for path in (".ci/old.yaml", "edited.yaml"):
        (fleet / path).parent.mkdir(exist_ok=True)
        older(fleet, path, "old: 1\n")
    (fleet / "edited.yaml").write_text("mine: 1\n")
    planned = plan_upgrade(fleet)
    assert {change.path: change.action for change in planned.changes} == {".ci/old.yaml": "delete", RECORD: "change"}
    assert planned.kept == []
    apply(fleet, planned)
    assert not (fleet / ".ci").exists()
    assert tree(fleet) == new | {"edited.yaml": b"mine: 1\n"}
    assert plan_upgrade(fleet).changes == []


def test_an_edit_is_not_forgotten(fleet: Path) -> None:
    """What somebody has edited stays theirs through upgrades of the files beside it."""
    (fleet / "README.md").write_text("mine\n")
    older(fleet, "Makefile", "old:\n")
    apply(fleet, plan_upgrade(fleet))
    planned = plan_upgrade(fleet)
    assert planned.changes == []
    assert [change.path for change in planned.kept] == ["README.md"]


def test_requirements_are_moved_on_by_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No upgrade writes requirements.txt; one that asks for another ethgen than the one that runs is told of."""
    for name, asked in (("index", f"ethgen[pinned]=={__version__}"), ("git", "git+https://git.example.org/x@v0.1.0")):
        create(tmp_path / name, checked({"requirement": asked}, name))
    monkeypatch.setattr(repository, "__version__", "99.0.0")
    for name in ("index", "git"):
        assert [change.path for change in plan_upgrade(tmp_path / name).changes] == [RECORD]
    assert repository.other_version(tmp_path / "index") == __version__
    assert repository.other_version(tmp_path / "git") == ""
    text = (tmp_path / "index" / "requirements.txt").read_text()
    (tmp_path / "index" / "requirements.txt").write_text(text.replace(f"=={__version__}", "==99.0.0"))
    assert repository.other_version(tmp_path / "index") == ""
    assert plan_upgrade(tmp_path / "index").kept == []


def test_a_wheel_is_copied_and_its_path_is_told_to_nobody(tmp_path: Path) -> None:
    """A fleet has the wheel it was made by; where that was before stands in none of its files."""
    wheel = tmp_path / "downloads" / "ethgen-0.1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    wheel.write_bytes(b"wheel")
    create(tmp_path / "fleet", checked({"requirement": str(wheel)}, "fleet"))
    files = tree(tmp_path / "fleet")
    assert files[f"wheels/{wheel.name}"] == b"wheel"
    assert files["requirements.txt"].splitlines()[0] == f"./wheels/{wheel.name}[pinned]".encode()
    assert [path for path, content in files.items() if b"downloads" in content] == []
    assert plan_upgrade(tmp_path / "fleet").changes == []


@pytest.mark.parametrize(
    ("networks", "local", "first"),
    [
        (("private", "hoodi"), "local", "staging"),
        (("mainnet", "sepolia"), "staging", "staging"),
        (("mainnet",), "production", "production"),
        (("private", "mainnet"), "local", "production"),
    ],
)
def test_pages_and_make_name_the_same_environment(
    networks: tuple[str, ...], local: str, first: str, tmp_path: Path
) -> None:
    """Examples of the README are of an environment that there is, and of the one that make takes."""
    create(tmp_path / "fleet", checked({"networks": networks, "gitops": "helmfile"}, "fleet"))
    assert f"\nENV ?= {local}\n" in (tmp_path / "fleet" / "Makefile").read_text()
    page = (tmp_path / "fleet" / "README.md").read_text()
    assert set(re.findall(r"ENV=(\w+)", page)) == {"local", first} & {local, first}
    assert (tmp_path / "fleet" / "environments" / f"{first}.yaml").is_file()


@pytest.mark.parametrize("tool", ["flux", "argocd"])
def test_every_command_of_the_page_names_its_cluster(tool: str, tmp_path: Path) -> None:
    """What the README has people type goes to the environment's own cluster, whatever context is current."""
    answers = checked({"gitops": tool, "repository": "git@git.example.org:fleet", "networks": ("hoodi",)}, "fleet")
    create(tmp_path / "fleet", answers)
    page = (tmp_path / "fleet" / "README.md").read_text()
    typed = re.findall(r"^(?:kubectl|flux) .*|`(?:kubectl|flux) .*?`", page, re.MULTILINE)
    assert len(typed) >= 2
    assert [line for line in typed if "--context staging " not in line] == []
    named = re.findall(r"--filename (\S+)", page)
    assert named == [
        f"gitops/staging/{name}.yaml" for name in {"flux": ["flux"], "argocd": ["argocd-cm", "argocd"]}[tool]
    ]
    assert [path for path in named if not (tmp_path / "fleet" / path).is_file()] == []


@pytest.mark.parametrize(
    ("tool", "field"), [("flux", "gitops.flux.secret"), ("argocd", "argocd repo add"), ("helmfile", "")]
)
def test_the_page_says_how_a_cluster_reaches_what_is_not_public(tool: str, field: str, tmp_path: Path) -> None:
    """Repositories and images are private at most hosts at first: the page names what lets a cluster in."""
    create(tmp_path / "fleet", checked({"gitops": tool, "repository": "https://git.example.org/fleet"}, "fleet"))
    page = (tmp_path / "fleet" / "README.md").read_text()
    assert "cluster.imagePullSecrets" in page
    assert field in page


def test_specs_are_never_touched(fleet: Path) -> None:
    """What people edit is nobody else's to bring up to date."""
    (fleet / "environments" / "staging.yaml").unlink()
    (fleet / "environments" / "base.yaml").write_text("profile: staging\n")
    planned = plan_upgrade(fleet)
    assert (planned.changes, planned.kept) == ([], [])


def test_an_older_copy_of_a_chart_is_replaced(fleet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that the chart of this ethgen has otherwise are changed, those it has no more are removed."""
    old = charts.charts()
    new = {path: content for path, content in old.items() if not path.endswith("NOTES.txt")}
    new[f"{CHART}/Chart.yaml"] = old[f"{CHART}/Chart.yaml"] + b"# newer\n"
    monkeypatch.setattr(charts, "charts", lambda: new)
    planned = plan_upgrade(fleet)
    assert {change.path: change.action for change in planned.changes} == {
        f"{CHART}/Chart.yaml": "change",
        f"{CHART}/templates/NOTES.txt": "delete",
        charts.LIST: "change",
    }
    apply(fleet, planned)
    assert charts.plan(fleet) == []


def test_an_edited_chart_is_refused_and_nothing_is_written(fleet: Path) -> None:
    """A change in a copied chart is not lost, and the cure says where it stands in the way of the rest."""
    older(fleet, "Makefile", "old:\n")
    (fleet / CHART / "values.yaml").write_text("mine: true\n")
    before = tree(fleet)
    with pytest.raises(RenderError, match=r"were edited since they were generated: charts/ethereum-infrastructure/val"):
        apply(fleet, plan_upgrade(fleet))
    assert tree(fleet) == before


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": "1", "answers": {"networks": 1}, "files": {}}'])
def test_a_broken_record_is_told(fleet: Path, text: str) -> None:
    """A record that a merge has broken is no traceback."""
    (fleet / RECORD).write_text(text)
    with pytest.raises(ScaffoldError) as caught:
        plan_upgrade(fleet)
    assert str(caught.value) == f"{fleet}/{RECORD}: is not what `ethgen init` wrote\n  cure: restore it from git"


@pytest.mark.parametrize("path", ["../theirs", "a/../../theirs", "{outside}/theirs", ".git/theirs", "", "the\0irs"])
def test_a_record_reaches_nothing_outside_of_its_repository(fleet: Path, path: str) -> None:
    """What a record names is removed where ethgen writes it no more, so that it may name a fleet's own files only."""
    theirs = fleet.parent / "theirs"
    theirs.write_text("theirs\n")
    record = json.loads((fleet / RECORD).read_text())
    record["files"][path.format(outside=fleet.parent)] = manifest.digest(theirs.read_bytes())
    (fleet / RECORD).write_text(json.dumps(record))
    with pytest.raises(ScaffoldError, match="is not what `ethgen init` wrote"):
        plan_upgrade(fleet)


def test_the_charts_of_ethgen_itself_are_no_copies() -> None:
    """In ethgen's own repository nothing is copied over what it is copied from."""
    with pytest.raises(Exception, match="are the charts of ethgen itself, not a copy"):
        charts.plan(Path(__file__).parents[3])
