"""The writer: only what changed, atomically, and only what it wrote itself."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from ethgen.render import writer
from ethgen.render.writer import Change, RenderError, apply, plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

MANIFEST = "values/local/.generated.json"
FIRST = {"values/local/a.yaml": b"a: 1\n", "values/local/b.yaml": b"b: 1\n"}


def write(root: Path, files: Mapping[str, bytes]) -> list[str]:
    """Plan and apply, and return what was done."""
    changes = plan(root, MANIFEST, files)
    apply(root, changes)
    return [f"{change.action} {change.path}" for change in changes]


def content_of(root: Path) -> dict[str, bytes]:
    """Return every file below a folder, hidden and temporary ones too."""
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


@contextmanager
def without_privileges() -> Iterator[None]:
    """Be a user who may not write everywhere, also where the tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_files_and_their_list_are_written(tmp_path: Path) -> None:
    """A first run creates every file and, last, the list of them with their SHA-256."""
    assert write(tmp_path, FIRST) == [
        "create values/local/a.yaml",
        "create values/local/b.yaml",
        f"create {MANIFEST}",
    ]
    digests = {path: hashlib.sha256(content).hexdigest() for path, content in FIRST.items()}
    assert content_of(tmp_path) == {**FIRST, MANIFEST: (json.dumps(digests, indent=2) + "\n").encode()}


def test_a_second_run_touches_nothing(tmp_path: Path) -> None:
    """What would not change is not written again: its time of change stays."""
    write(tmp_path, FIRST)
    path = tmp_path / "values/local/a.yaml"
    os.utime(path, ns=(1, 1))
    assert write(tmp_path, FIRST) == []
    assert path.stat().st_mtime_ns == 1


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    """One changed file is replaced; its neighbour keeps its time of change."""
    write(tmp_path, FIRST)
    os.utime(tmp_path / "values/local/a.yaml", ns=(1, 1))
    assert write(tmp_path, {**FIRST, "values/local/b.yaml": b"b: 2\n"}) == [
        "change values/local/b.yaml",
        f"change {MANIFEST}",
    ]
    assert (tmp_path / "values/local/a.yaml").stat().st_mtime_ns == 1
    assert (tmp_path / "values/local/b.yaml").read_bytes() == b"b: 2\n"


def test_a_file_is_replaced_and_never_rewritten_in_place(tmp_path: Path) -> None:
    """A reader that has a file open goes on reading the old content: the new one has another inode."""
    write(tmp_path, FIRST)
    with (tmp_path / "values/local/a.yaml").open("rb") as reader:
        write(tmp_path, {**FIRST, "values/local/a.yaml": b"a: 2\n"})
        assert reader.read() == b"a: 1\n"


def test_what_is_not_generated_any_more_is_removed(tmp_path: Path) -> None:
    """A file of an earlier run goes when it is not generated any more; other files of its folder stay."""
    write(tmp_path, FIRST)
    (tmp_path / "values/local/notes.txt").write_text("mine")
    assert write(tmp_path, {"values/local/a.yaml": b"a: 1\n"}) == [
        "delete values/local/b.yaml",
        f"change {MANIFEST}",
    ]
    assert sorted(content_of(tmp_path)) == [MANIFEST, "values/local/a.yaml", "values/local/notes.txt"]


def test_an_environment_that_is_gone_leaves_no_folder(tmp_path: Path) -> None:
    """Without any file to generate, the list and the empty folder go as well."""
    write(tmp_path, FIRST)
    assert write(tmp_path, {})[-1] == f"delete {MANIFEST}"
    assert not (tmp_path / "values/local").exists()


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    """A file that no render wrote stops everything: it stays, and nothing else is written."""
    (tmp_path / "values/local").mkdir(parents=True)
    (tmp_path / "values/local/b.yaml").write_bytes(b"mine: true\n")
    with pytest.raises(RenderError) as caught:
        write(tmp_path, FIRST)
    assert str(caught.value) == (
        "stand in the way and were not generated: values/local/b.yaml\n"
        "  cure: move these files away, and run the same command again"
    )
    assert content_of(tmp_path) == {"values/local/b.yaml": b"mine: true\n"}


def test_a_foreign_file_with_the_right_content_is_adopted(tmp_path: Path) -> None:
    """A file that already holds what would be written is no obstacle, as after a merge without the list."""
    (tmp_path / "values/local").mkdir(parents=True)
    (tmp_path / "values/local/b.yaml").write_bytes(b"b: 1\n")
    assert write(tmp_path, FIRST) == ["create values/local/a.yaml", f"create {MANIFEST}"]


@pytest.mark.parametrize("files", [{**FIRST, "values/local/a.yaml": b"a: 2\n"}, {"values/local/b.yaml": b"b: 1\n"}])
def test_an_edited_file_is_neither_overwritten_nor_removed(files: Mapping[str, bytes], tmp_path: Path) -> None:
    """What somebody wrote into a generated file is not lost: the run is refused and says where the change belongs."""
    write(tmp_path, FIRST)
    (tmp_path / "values/local/a.yaml").write_bytes(b"a: 1\nmine: true\n")
    before = content_of(tmp_path)
    with pytest.raises(RenderError) as caught:
        write(tmp_path, files)
    assert str(caught.value) == (
        "were edited since they were generated: values/local/a.yaml\n"
        "  cure: put what you changed into the spec, remove these files, and run the same command again"
    )
    assert content_of(tmp_path) == before


def test_a_full_disk_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk is full at the second file, the first is not replaced either, and nothing temporary stays."""
    write(tmp_path, FIRST)
    before, real, opened = content_of(tmp_path), os.fdopen, []

    def fdopen(handle: int, mode: str, buffering: int) -> object:
        opened.append(handle)
        if len(opened) == 2:
            # The kernel's own device that is always full.
            os.close(handle)
            handle = os.open("/dev/full", os.O_WRONLY)
        return real(handle, mode, buffering)

    monkeypatch.setattr(writer.os, "fdopen", fdopen)
    with pytest.raises(RenderError) as caught:
        write(tmp_path, dict.fromkeys(FIRST, b"other\n"))
    assert str(caught.value) == (
        f"{tmp_path}/values/local/b.yaml: cannot be written: No space left on device\n"
        "  cure: free the disk or the path, and run the same command again"
    )
    assert content_of(tmp_path) == before


def test_a_read_only_folder_is_one_clear_error(tmp_path: Path) -> None:
    """A folder that may not be written gives one line, and what it holds stays."""
    write(tmp_path, FIRST)
    before = content_of(tmp_path)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    (tmp_path / "values/local").chmod(0o555)
    with without_privileges(), pytest.raises(RenderError) as caught:
        write(tmp_path, dict.fromkeys(FIRST, b"other\n"))
    (tmp_path / "values/local").chmod(0o755)
    assert str(caught.value).splitlines()[0].endswith("cannot be written: Permission denied")
    assert content_of(tmp_path) == before


def test_a_file_in_place_of_a_folder_is_one_clear_error(tmp_path: Path) -> None:
    """A file where a folder is needed gives one line."""
    (tmp_path / "values").write_text("not a folder")
    with pytest.raises(RenderError) as caught:
        write(tmp_path, FIRST)
    assert os.strerror(errno.ENOTDIR) in str(caught.value)
    assert content_of(tmp_path) == {"values": b"not a folder"}


def test_a_folder_in_place_of_a_file_is_one_clear_error(tmp_path: Path) -> None:
    """A folder where a file is to be written gives one line."""
    (tmp_path / "values/local/a.yaml").mkdir(parents=True)
    with pytest.raises(RenderError, match=r"a\.yaml: cannot be read: Is a directory"):
        write(tmp_path, FIRST)


@pytest.mark.parametrize("link", ["values", "values/local", "values/local/more"])
@pytest.mark.parametrize("files", [{"values/local/more/a.yaml": b"a: 2\n"}, {}], ids=["rendered", "gone"])
def test_a_link_out_of_the_repository_is_refused(files: Mapping[str, bytes], link: str, tmp_path: Path) -> None:
    """A folder that a link leads out of the repository is neither written nor pruned, for it is somebody else's."""
    root, elsewhere = tmp_path / "repository", tmp_path / "elsewhere"
    root.mkdir()
    write(root, {"values/local/more/a.yaml": b"a: 1\n"})
    (root / link).rename(elsewhere)
    (root / link).symlink_to(elsewhere)
    before = content_of(elsewhere)
    with pytest.raises(RenderError) as caught:
        write(root, files)
    folder = link if len(link) > len("values") else "values/local"
    assert str(caught.value).startswith(f"{root}/{folder}: leads out of the repository, to {elsewhere}")
    assert str(caught.value).endswith("\n  cure: replace the link by a folder, and run the same command again")
    assert content_of(elsewhere) == before


def test_a_link_to_nowhere_outside_is_refused(tmp_path: Path) -> None:
    """A link to a folder that is still to be made elsewhere is refused before anything is made there."""
    (tmp_path / "repository/values").mkdir(parents=True)
    (tmp_path / "repository/values/local").symlink_to("../../elsewhere")
    with pytest.raises(RenderError, match="values/local: leads out of the repository"):
        write(tmp_path / "repository", FIRST)
    assert not (tmp_path / "elsewhere").exists()


def test_links_inside_and_above_the_repository_are_followed(tmp_path: Path) -> None:
    """A repository that is reached through a link is one, and so is a folder of it that stands elsewhere in it."""
    (tmp_path / "repository/values").mkdir(parents=True)
    (tmp_path / "repository/other").mkdir()
    (tmp_path / "repository/values/local").symlink_to("../other")
    (tmp_path / "link").symlink_to("repository")
    write(tmp_path / "link", FIRST)
    assert (tmp_path / "repository/other/a.yaml").read_bytes() == b"a: 1\n"


def test_a_change_prints_a_unified_diff() -> None:
    """New and removed files are compared with /dev/null, as git does."""
    assert Change("x.yaml", b"a: 1\n", b"a: 2\n").diff() == ("--- a/x.yaml\n+++ b/x.yaml\n@@ -1 +1 @@\n-a: 1\n+a: 2\n")
    assert Change("x.yaml", None, b"a: 2\n").diff() == "--- /dev/null\n+++ b/x.yaml\n@@ -0,0 +1 @@\n+a: 2\n"
    assert Change("x.yaml", b"a: 1\n", None).diff() == "--- a/x.yaml\n+++ /dev/null\n@@ -1 +0,0 @@\n-a: 1\n"


def test_a_difference_has_the_lines_that_patch_knows() -> None:
    """Only a line feed ends a line, and a last one without it is followed by the words of diff."""
    assert Change("x", b"a\xe2\x80\xa8b\n", b"a\xe2\x80\xa8b\nc").diff() == (
        "--- a/x\n+++ b/x\n@@ -1 +1,2 @@\n a\u2028b\n+c\n\\ No newline at end of file\n"
    )
