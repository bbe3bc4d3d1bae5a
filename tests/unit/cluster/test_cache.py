"""The cache folder, its locks and its unfinished work."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from ethgen.cluster import cache
from ethgen.errors import EthgenError

if TYPE_CHECKING:
    from pathlib import Path


def test_own_cache_folder_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """$ETHGEN_CACHE is the cache, whatever else is set."""
    monkeypatch.setenv("XDG_CACHE_HOME", "/elsewhere")
    monkeypatch.setenv("ETHGEN_CACHE", str(tmp_path / "own"))
    assert cache.cache_root() == tmp_path / "own"


def test_cache_follows_xdg_and_then_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Without $ETHGEN_CACHE the cache lies in $XDG_CACHE_HOME, else in ~/.cache."""
    monkeypatch.delenv("ETHGEN_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache.cache_root() == tmp_path / "xdg" / "ethgen"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache.cache_root() == tmp_path / ".cache" / "ethgen"


def test_looking_up_the_cache_makes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Asking where the cache is leaves no trace."""
    monkeypatch.setenv("ETHGEN_CACHE", str(tmp_path / "own"))
    cache.cache_root()
    assert not (tmp_path / "own").exists()


def test_lock_keeps_a_second_run_out_and_tells_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Who finds the lock taken is told, waits, and goes on once it is free."""
    monkeypatch.setenv("ETHGEN_CACHE", str(tmp_path))
    told, entered = threading.Event(), threading.Event()
    messages: list[str] = []

    def say(message: str) -> None:
        messages.append(message)
        told.set()

    def second() -> None:
        with cache.locked("helm", say):
            entered.set()

    thread = threading.Thread(target=second)
    with cache.locked("helm"):
        thread.start()
        assert told.wait(10)
        assert not entered.is_set()
    thread.join(10)
    assert entered.is_set()
    assert messages == ["waiting for another run that is making helm"]


def test_lock_dies_with_its_holder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A run that was killed while it held a lock blocks nobody."""
    monkeypatch.setenv("ETHGEN_CACHE", str(tmp_path))
    program = (
        "from ethgen.cluster.cache import locked; import os, signal\n"
        "with locked('helm'): os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode < 0
    messages: list[str] = []
    with cache.locked("helm", messages.append):
        assert not messages


def test_scratch_folder_goes_with_its_content(tmp_path: Path):
    """What is unfinished is removed, also when the work fails."""
    parent = tmp_path / "bin"

    def fail() -> None:
        with cache.scratch_folder(parent) as scratch:
            (scratch / "half").write_text("x", encoding="utf-8")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(parent.iterdir()) == []


def test_scratch_folder_removes_what_killed_runs_left(tmp_path: Path):
    """The unfinished work of a process that is gone is removed, that of a running one is not."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    stale, busy = tmp_path / f".partial-{gone.pid}-a", tmp_path / f".partial-{os.getppid()}-b"
    stale.mkdir()
    busy.mkdir()
    with cache.scratch_folder(tmp_path):
        assert not stale.exists()
        assert busy.exists()


def test_full_disk_is_one_clear_line(tmp_path: Path):
    """A full disk names the folder and how to get room."""
    with pytest.raises(EthgenError) as caught, cache.disk_errors(tmp_path):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert str(caught.value) == (
        f"the disk is full: {tmp_path}\n"
        f"  cure: free space under {tmp_path}, or set ETHGEN_CACHE to a larger disk, then run the command again"
    )


def test_missing_right_is_one_clear_line(tmp_path: Path):
    """A folder that may not be written to is named."""
    with pytest.raises(EthgenError) as caught, cache.disk_errors(tmp_path):
        raise PermissionError(errno.EACCES, "Permission denied", "/cache/bin")
    assert str(caught.value) == (
        "cannot write to /cache/bin: Permission denied\n  cure: set ETHGEN_CACHE to a folder you may write to"
    )


def test_other_errors_of_the_system_pass(tmp_path: Path):
    """An error that says nothing about the disk is not made into one about the disk."""
    with pytest.raises(FileNotFoundError), cache.disk_errors(tmp_path):
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", "x")
