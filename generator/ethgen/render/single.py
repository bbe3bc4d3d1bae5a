"""Writing one file that people own, such as a spec or a picture: whole or not at all, and with nothing else changed."""

from __future__ import annotations

import fcntl
import os
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ethgen.render.writer import TEMPORARY, RenderError, locked

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Wait until no other run holds a folder, and hold it; for reading a file, deciding, and writing it.

    Raises:
        RenderError: there is no such folder.
    """
    if not folder.is_dir():
        raise RenderError(f"{folder}: is no folder", cure="make it, or name a file in another one")
    with locked(folder, fcntl.LOCK_EX):
        yield


def update(file: Path, new: bytes, *, check: bool = False) -> bool:
    """Give a file another content where it has not that one, and return whether it had another.

    Args:
        file: as `write`.
        new: what it shall hold.
        check: whether to leave it as it is.

    Raises:
        RenderError: as `alone` and `write`.
    """
    if check:
        return _content(file) != new
    with alone(file.parent):
        old = _content(file)
        if old != new:
            write(file, old, new)
    return old != new


def write(file: Path, old: bytes | None, new: bytes) -> None:
    """Give a file another content. A link stays one, and what it leads to keeps its mode and its owner.

    Args:
        file: the file, or a link to it; a device such as /dev/stdout gets the content as it is.
        old: what it holds, None where there is no such file.
        new: what it shall hold.

    Raises:
        RenderError: it is read-only or a folder, it holds something else by now, or the file system refuses. It is as
            it was then.
    """
    try:
        status = _status(file)
        if status is not None and not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
            file.write_bytes(new)
            return
        target = Path(os.path.realpath(file))
        _refuse(file, target, status)
        if (target.read_bytes() if status is not None else None) != old:
            raise RenderError(
                f"{file}: was changed by another program at the same time", cure="run the same command again"
            )
        _replace(target, status, new)
    except OSError as error:
        raise RenderError(
            f"{file}: cannot be written: {error.strerror}",
            cure="free the disk or the path, and run the same command again",
        ) from None


def _content(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None


def _status(file: Path) -> os.stat_result | None:
    try:
        return file.stat()
    except FileNotFoundError:
        return None


def _refuse(file: Path, target: Path, status: os.stat_result | None) -> None:
    if status is None:
        return
    if stat.S_ISDIR(status.st_mode):
        raise RenderError(f"{file}: is a folder", cure="name a file")
    # Of somebody who may do everything, the kernel refuses nothing.
    if not status.st_mode & 0o222 or not os.access(target, os.W_OK):
        raise RenderError(f"{file}: is read-only", cure=f"make it writable, as with: chmod u+w {file}")


def _replace(target: Path, status: os.stat_result | None, new: bytes) -> None:
    staged = target.with_name(f".{target.name}{TEMPORARY}")
    staged.unlink(missing_ok=True)
    handle = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            if status is not None:
                if os.geteuid() == 0:
                    os.fchown(handle, status.st_uid, status.st_gid)
                os.fchmod(handle, stat.S_IMODE(status.st_mode))
            file.write(new)
        staged.replace(target)
    finally:
        staged.unlink(missing_ok=True)
