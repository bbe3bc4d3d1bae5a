"""Where built and downloaded things live: one folder per user, shared by every environment."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ethgen.errors import EthgenError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Progress = Callable[[str], None]


def cache_root() -> Path:
    """Return the cache folder: `$ETHGEN_CACHE`, else `$XDG_CACHE_HOME/ethgen`, else `~/.cache/ethgen`.

    The folder is not made here: a command that only looks leaves no trace.
    """
    if own := os.environ.get("ETHGEN_CACHE"):
        return Path(own).expanduser().resolve()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser().resolve() / "ethgen"


def silent(_message: str) -> None:
    """Take a progress message and show nothing."""


@contextmanager
def locked(name: str, progress: Progress = silent) -> Iterator[None]:
    """Hold the machine-wide lock called `name`, so that two runs never make the same thing twice.

    The kernel drops the lock with the process that holds it: a killed run blocks nobody.
    """
    path = cache_root() / "locks" / name
    with disk_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(f"waiting for another run that is making {name}")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def scratch_folder(parent: Path) -> Iterator[Path]:
    """Make a folder in `parent` for what is not finished yet, and remove it with all that is left in it.

    What runs that were killed left behind is removed first: the name holds the process ID of its maker.

    Raises:
        EthgenError: the disk is full or the folder cannot be written to.
    """
    with disk_errors(parent):
        parent.mkdir(parents=True, exist_ok=True)
        for stale in parent.glob(".partial-*"):
            if not _runs(stale.name.split("-")[1]):
                shutil.rmtree(stale, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=f".partial-{os.getpid()}-", dir=parent))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _runs(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Turn a full disk, a read-only file system and missing rights under `folder` into one clear line.

    Raises:
        EthgenError: for those three; every other error passes unchanged.
    """
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise EthgenError(f"the disk is full: {folder}", cure=full_disk_cure(folder)) from error
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
            raise EthgenError(
                f"cannot write to {error.filename or folder}: {error.strerror}",
                cure="set ETHGEN_CACHE to a folder you may write to",
            ) from error
        raise


def full_disk_cure(folder: Path) -> str:
    """Say how to get room, whichever of the disks concerned is the full one."""
    return f"free space under {folder}, or set ETHGEN_CACHE to a larger disk, then run the command again"
