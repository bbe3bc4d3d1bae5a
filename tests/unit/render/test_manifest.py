"""The list of generated files: what it may name, and what is to be done where it is broken."""

from __future__ import annotations

import json
import shutil
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from ethgen.render.writer import RenderError, apply, plan

if TYPE_CHECKING:
    from pathlib import Path

LIST = "values/local/.generated.json"
FIRST = {"values/local/a.yaml": b"a: 1\n", "values/local/b.yaml": b"b: 1\n"}
SECOND = {"values/local/a.yaml": b"a: 2\n"}
DEEP = "[" * 100_000


@pytest.mark.parametrize("text", ["not JSON", "[]", '{"a": 1}', "\x00", DEEP], ids=lambda text: text[:8])
def test_a_broken_list_is_refused(text: str, tmp_path: Path) -> None:
    """A list of generated files that is none is refused with its cure, for nothing could be told from it."""
    (tmp_path / "values/local").mkdir(parents=True)
    (tmp_path / LIST).write_text(text)
    with pytest.raises(RenderError) as caught:
        plan(tmp_path, LIST, FIRST)
    assert caught.value.exit_status == 2
    assert str(caught.value) == (
        f"{tmp_path / LIST}: is not a list of generated files below values/local/ and gitops/local/\n"
        f"  cure: restore it from git, or remove {tmp_path}/values/local and {tmp_path}/gitops/local whole, "
        "and run `ethgen render`"
    )


@pytest.mark.parametrize(
    "name",
    [
        "../victim.txt",
        "victim.txt",
        "values/victim.txt",
        "values/local/../../../victim.txt",
        "values/local/../../victim.txt",
        "values/local/./a.yaml",
        "values/local//a.yaml",
        "values/local/",
        "values/local",
        "values/localhost/a.yaml",
        "gitops/victim.txt",
        "gitops/localhost/a.yaml",
        "gitops/local/../../victim.txt",
        "charts/local/a.yaml",
        "values/local/a\0.yaml",
        LIST,
        "",
    ],
)
@pytest.mark.parametrize("files", [FIRST, {}], ids=["rendered", "gone"])
def test_a_list_names_nothing_outside_its_folder(name: str, files: dict[str, bytes], tmp_path: Path) -> None:
    """A list that names a file elsewhere, with the right digest even, is refused, and the file stays."""
    root = tmp_path / "repository"
    (root / "values/local").mkdir(parents=True)
    victims = [folder / "victim.txt" for folder in (tmp_path, root, root / "values")]
    for victim in victims:
        victim.write_bytes(b"precious")
    (root / LIST).write_text(json.dumps({name: sha256(b"precious").hexdigest()}))
    with pytest.raises(RenderError, match="is not a list of generated files below values/local/"):
        apply(root, plan(root, LIST, files))
    assert [victim.read_bytes() for victim in victims] == [b"precious"] * 3


def test_a_list_names_no_absolute_path(tmp_path: Path) -> None:
    """A list that names a file by its path from the root of the file system is refused, and the file stays."""
    (tmp_path / "values/local").mkdir(parents=True)
    victim = tmp_path / "values/local/victim.txt"
    victim.write_bytes(b"precious")
    (tmp_path / LIST).write_text(json.dumps({str(victim): sha256(b"precious").hexdigest()}))
    with pytest.raises(RenderError, match="is not a list of generated files below values/local/"):
        apply(tmp_path, plan(tmp_path, LIST, FIRST))
    assert victim.read_bytes() == b"precious"


def test_both_cures_of_a_broken_list_work(tmp_path: Path) -> None:
    """With the list of before, or without the folder, a run writes what it shall and keeps nothing stale."""
    apply(tmp_path, plan(tmp_path, LIST, FIRST))
    good = (tmp_path / LIST).read_bytes()
    for cure in (lambda: (tmp_path / LIST).write_bytes(good), lambda: shutil.rmtree(tmp_path / "values/local")):
        (tmp_path / LIST).write_text("<<<<<<< ours")
        with pytest.raises(RenderError, match="is not a list of generated files"):
            plan(tmp_path, LIST, SECOND)
        cure()
        apply(tmp_path, plan(tmp_path, LIST, SECOND))
        files = {str(path.relative_to(tmp_path)): path.read_bytes() for path in (tmp_path / "values/local").iterdir()}
        assert {path: content for path, content in files.items() if path != LIST} == SECOND
        assert plan(tmp_path, LIST, SECOND) == []
        apply(tmp_path, plan(tmp_path, LIST, FIRST))
