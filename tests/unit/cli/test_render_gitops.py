"""`ethgen render` with a section `gitops`: files below gitops/<env>/ are owned as those below values/<env>/ are."""

from __future__ import annotations

from pathlib import Path

import pytest

from ethgen.cli import main

SPEC = """\
profile: staging
networks:
  hoodi:
    chain: hoodi
    nodes: {geth: {execution: {client: geth}, consensus: {client: lighthouse}, storage: 500Gi}}
"""
GITOPS = "gitops: {repository: https://git.example.org/fleet}\n"


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the spec of an environment, and stand in its repository."""
    (tmp_path / "environments").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ETHGEN_ENV", raising=False)
    return tmp_path / "environments" / "test.yaml"


def render(*arguments: str) -> int:
    """Render all environments, and return the exit status."""
    with pytest.raises(SystemExit) as caught:
        main(["render", *arguments])
    assert isinstance(caught.value.code, int)
    return caught.value.code


def printed() -> set[str]:
    """Return the first files and folders below gitops/test/."""
    return {path.name for path in Path("gitops/test").glob("*")}


def test_each_tool_has_its_files(spec: Path) -> None:
    """Without the section there is nothing; with it there are files for each tool that is chosen."""
    spec.write_text(SPEC)
    assert render() == 0
    assert not Path("gitops").exists()
    spec.write_text(SPEC + GITOPS)
    assert render() == 0
    assert printed() == {"flux.yaml", "flux", "argocd.yaml", "argocd-cm.yaml", "argocd"}
    spec.write_text(SPEC + GITOPS.replace("}", ", tools: [flux]}"))
    assert render() == 0
    assert printed() == {"flux.yaml", "flux"}


@pytest.mark.parametrize("gone", [SPEC, None], ids=["section", "environment"])
def test_what_nothing_is_printed_for_is_pruned(gone: str | None, spec: Path) -> None:
    """Without its section, and without the environment itself, no file or folder is left."""
    spec.write_text(SPEC + GITOPS)
    assert render() == 0
    other = Path("gitops/notes.txt")
    other.write_text("mine")
    if gone:
        spec.write_text(gone)
    else:
        spec.rename("environments/other.yaml")
    assert render("--check") == 1
    assert render() == 0
    assert not Path("gitops/test").exists()
    assert other.read_text() == "mine"
    assert render("--check") == 0


def test_an_edited_object_is_refused_and_not_overwritten(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What somebody has put into a generated object by hand is told, and stays."""
    spec.write_text(SPEC + GITOPS)
    assert render() == 0
    path = Path("gitops/test/flux/releases/hoodi.yaml")
    edited = path.read_text().replace("interval: 5m", "interval: 1m")
    path.write_text(edited)
    assert render("--check") == 1
    assert render() == 2
    assert "gitops/test/flux/releases/hoodi.yaml" in capsys.readouterr().err
    assert path.read_text() == edited
