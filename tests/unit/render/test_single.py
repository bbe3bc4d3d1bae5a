"""Writing one file that people own: what stays of it, and what is refused."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

import pytest

from ethgen.render import single
from ethgen.render.writer import RenderError

if TYPE_CHECKING:
    from pathlib import Path


def mode_of(file: Path) -> int:
    """Return a file's permissions."""
    return stat.S_IMODE(file.stat().st_mode)


def test_a_link_stays_and_what_it_leads_to_is_written(tmp_path: Path) -> None:
    """A link, also one over another link, leads to the same file afterwards."""
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "a").write_bytes(b"1\n")
    (tmp_path / "b").symlink_to("below/a")
    (tmp_path / "c").symlink_to("b")
    single.write(tmp_path / "c", b"1\n", b"2\n")
    assert [str((tmp_path / name).readlink()) for name in ("b", "c")] == ["below/a", "b"]
    assert (tmp_path / "below" / "a").read_bytes() == b"2\n"
    assert [file.name for file in (tmp_path / "below").iterdir()] == ["a"]


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o660, 0o755])
def test_the_mode_stays(tmp_path: Path, mode: int) -> None:
    """What only its owner may read can be read by nobody else afterwards."""
    file = tmp_path / "a"
    file.write_bytes(b"1\n")
    file.chmod(mode)
    single.write(file, b"1\n", b"2\n")
    assert (file.read_bytes(), mode_of(file)) == (b"2\n", mode)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_the_owner_stays(tmp_path: Path) -> None:
    """Who may do everything does not take a file away from its owner."""
    file = tmp_path / "a"
    file.write_bytes(b"1\n")
    os.chown(file, 65534, 65534)
    single.write(file, b"1\n", b"2\n")
    assert (file.stat().st_uid, file.stat().st_gid) == (65534, 65534)


def test_a_new_file_has_the_usual_mode(tmp_path: Path) -> None:
    """A file that was not there is made as any other program makes one."""
    (tmp_path / "other").touch()
    single.write(tmp_path / "a", None, b"1\n")
    assert (tmp_path / "a").read_bytes() == b"1\n"
    assert mode_of(tmp_path / "a") == mode_of(tmp_path / "other")


def test_a_read_only_file_is_refused(tmp_path: Path) -> None:
    """Nobody's write permission is a decision, which also root is held to."""
    file = tmp_path / "a"
    file.write_bytes(b"1\n")
    file.chmod(0o444)
    with pytest.raises(RenderError) as caught:
        single.write(file, b"1\n", b"2\n")
    assert str(caught.value) == f"{file}: is read-only\n  cure: make it writable, as with: chmod u+w {file}"
    assert (file.read_bytes(), mode_of(file)) == (b"1\n", 0o444)


@pytest.mark.parametrize("old", [b"0\n", None])
def test_what_somebody_else_wrote_is_not_lost(tmp_path: Path, old: bytes | None) -> None:
    """A file that holds something else than it did, or is there by now, is refused."""
    file = tmp_path / "a"
    file.write_bytes(b"1\n")
    with pytest.raises(RenderError, match="was changed by another program at the same time"):
        single.write(file, old, b"2\n")
    assert file.read_bytes() == b"1\n"


def test_no_temporary_name_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder, a link to itself and a full disk are told by the name that was given, and nothing is left behind."""
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(RenderError, match="loop: cannot be written: Too many levels of symbolic links"):
        single.write(tmp_path / "loop", None, b"1\n")
    with pytest.raises(RenderError) as caught:
        single.write(tmp_path, None, b"1\n")
    assert str(caught.value) == f"{tmp_path}: is a folder\n  cure: name a file"
    (tmp_path / "a").write_bytes(b"1\n")

    def full(_: object, __: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "elsewhere")

    monkeypatch.setattr(os, "fchmod", full)
    with pytest.raises(RenderError) as caught:
        single.write(tmp_path / "a", b"1\n", b"2\n")
    assert caught.value.message == f"{tmp_path / 'a'}: cannot be written: No space left on device"
    assert (tmp_path / "a").read_bytes() == b"1\n"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a", "loop"]


def test_what_a_killed_run_left_is_no_hindrance(tmp_path: Path) -> None:
    """A temporary file of a run that is gone is taken away."""
    (tmp_path / ".a.ethgen-new").write_bytes(b"half")
    single.write(tmp_path / "a", None, b"1\n")
    assert [file.name for file in tmp_path.iterdir()] == ["a"]


def test_a_device_stays_one(tmp_path: Path) -> None:
    """What is no file, such as /dev/null, gets the content and is not replaced."""
    (tmp_path / "null").symlink_to(os.devnull)
    single.write(tmp_path / "null", None, b"1\n")
    assert (tmp_path / "null").is_char_device()


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """Only a folder that is there can be held."""
    with pytest.raises(RenderError, match="none: is no folder"), single.alone(tmp_path / "none"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_only_another_content_is_written(tmp_path: Path) -> None:
    """A file is written where it holds something else, also through a link, and not touched where it does not."""
    (tmp_path / "a").write_bytes(b"1\n")
    (tmp_path / "link").symlink_to("a")
    assert single.update(tmp_path / "link", b"2\n") is True
    assert (tmp_path / "link").is_symlink()
    before = (tmp_path / "a").stat().st_mtime_ns
    assert single.update(tmp_path / "link", b"2\n") is False
    assert ((tmp_path / "a").read_bytes(), (tmp_path / "a").stat().st_mtime_ns) == (b"2\n", before)


def test_a_check_writes_nothing(tmp_path: Path) -> None:
    """A file that is missing or other is told, and stays so; its folder need not be there."""
    (tmp_path / "a").write_bytes(b"1\n")
    assert single.update(tmp_path / "a", b"2\n", check=True) is True
    assert single.update(tmp_path / "a", b"1\n", check=True) is False
    assert single.update(tmp_path / "none" / "a", b"1\n", check=True) is True
    assert [file.name for file in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"1\n"
