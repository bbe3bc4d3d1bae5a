"""A checkout that changed line ends: nothing was edited, and rendering puts it right."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ethgen.render.writer import Change, RenderError, apply, plan

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[3]
LIST = "values/local/.generated.json"
FIRST = {"values/local/a.yaml": b"a: 1\nmore: 1\n", "values/local/b.yaml": b"b: 1\n"}
SECOND = {"values/local/a.yaml": b"a: 2\nmore: 1\n"}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a repository whose generated files, and the list of them, have CRLF line ends."""
    apply(tmp_path, plan(tmp_path, LIST, FIRST))
    for path in (*FIRST, LIST):
        (tmp_path / path).write_bytes((tmp_path / path).read_bytes().replace(b"\n", b"\r\n"))
    return tmp_path


def test_changed_line_ends_are_named(checkout: Path) -> None:
    """What differs in its line ends alone is told from what its spec has changed or somebody has edited."""
    changes = plan(checkout, LIST, FIRST)
    assert {change.path: change.state for change in changes} == dict.fromkeys([*FIRST, LIST], "CRLF line ends")
    assert changes[0].diff() == "values/local/a.yaml has CRLF line ends; rendering gives it LF\n"


@pytest.mark.parametrize("files", [FIRST, SECOND, {}], ids=["same", "other", "none"])
def test_changed_line_ends_are_put_right(files: Mapping[str, bytes], checkout: Path) -> None:
    """A render writes over and prunes generated files whatever their line ends."""
    apply(checkout, plan(checkout, LIST, files))
    assert plan(checkout, LIST, files) == []
    assert {path: (checkout / path).read_bytes() for path in FIRST if (checkout / path).exists()} == files


def test_an_edit_with_changed_line_ends_still_is_one(checkout: Path) -> None:
    """What somebody wrote into a file is not lost for its line ends."""
    (checkout / "values/local/a.yaml").write_bytes(b"a: 1\r\nmore: 2\r\n")
    with pytest.raises(RenderError, match=r"were edited since they were generated: values/local/a\.yaml\n"):
        apply(checkout, plan(checkout, LIST, SECOND))


def test_a_foreign_file_that_differs_in_line_ends_alone_is_adopted(checkout: Path) -> None:
    """Without the list, too, a file that holds what would be written, but for line ends, is no obstacle."""
    (checkout / LIST).unlink()
    apply(checkout, plan(checkout, LIST, FIRST))
    assert plan(checkout, LIST, FIRST) == []


def test_a_change_of_lines_with_crlf_is_a_diff() -> None:
    """A file that keeps its CRLF line ends and changes besides is shown with what changes."""
    assert "+a: 2\r\n" in Change("x.yaml", b"a: 1\r\n", b"a: 2\r\n").diff()


def test_git_checks_generated_files_out_with_lf() -> None:
    """Git is told to keep LF and to fold generated files in reviews."""
    answer = subprocess.run(
        ["git", "check-attr", "eol", "linguist-generated", "--", LIST, "docs/reference/spec.md", "docs/chart.md"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert answer.stdout.splitlines() == [
        f"{LIST}: eol: lf",
        f"{LIST}: linguist-generated: set",
        "docs/reference/spec.md: eol: lf",
        "docs/reference/spec.md: linguist-generated: set",
        "docs/chart.md: eol: lf",
        "docs/chart.md: linguist-generated: unspecified",
    ]
