"""What stands for a base where no engine can pull one; the Python of this test run is taken apart for real."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from ethgen.cluster import image_base
from ethgen.cluster.archive import Entry
from ethgen.cluster.images import ImageRequest, ensure_archive
from ethgen.cluster.process import Command, Result
from ethgen.errors import ImageError

ROOT = Path(__file__).parents[3]
LIMIT = 80_000_000

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="container images are Linux's")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the agent's image, made from this Python in a cache of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ETHGEN_CACHE", str(tmp_path_factory.mktemp("cache")))
        return ensure_archive(ImageRequest("localhost/ethgen/agent:0.1.0", ROOT))


@pytest.fixture(scope="module")
def root(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the image's root file system, unpacked."""
    folder = tmp_path_factory.mktemp("root")
    with tarfile.open(archive) as opened:
        (layer,) = (member for member in opened.getmembers() if member.name.endswith("layer.tar"))
        with tarfile.open(fileobj=opened.extractfile(layer)) as files:
            files.extractall(folder, filter="fully_trusted")  # noqa: S202 - made by this very test
    folder.chmod(0o755)
    return folder


def inside(root: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    """Run a program in the root file system, as nonroot where this process may change its user."""
    as_nonroot, as_itself = ["chroot", "--userspec=65532:65532"], ["unshare", "--map-root-user", "chroot"]
    start = as_nonroot if os.geteuid() == 0 else as_itself
    if shutil.which(start[0]) is None:
        pytest.skip(f"{start[0]} is not on PATH")
    environment = {"PATH": "/usr/local/bin", "PYTHONPATH": "/opt/ethgen"}
    command = [str(shutil.which(start[0])), *start[1:], str(root), *argv]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_python_runs_in_its_new_root(root: Path):
    """The Python of the image finds its library, its extension modules and their libraries."""
    modules = "ctypes, gzip, hashlib, http.server, json, secrets, ssl, sys, tarfile, threading, zlib"
    result = inside(root, "python3", "-c", f"import {modules}; print(sys.prefix)")
    assert (result.stdout, result.stderr) == ("/usr/local\n", "")


def test_python_finds_its_bytecode(root: Path):
    """Modules come with bytecode, which a read-only container could not write."""
    result = inside(root, "python3", "-c", "import json, os; print(os.path.exists(json.__cached__))")
    assert result.stdout == "True\n"


def test_names_are_looked_up(root: Path):
    """The C library's look-up of users and hosts works with the files of the image."""
    result = inside(root, "python3", "-c", "import pwd; print(pwd.getpwuid(65532).pw_name)")
    assert result.stdout == "nonroot\n"


def test_agent_starts(root: Path):
    """The image's entrypoint is there and answers."""
    result = inside(root, "python3", "-m", "ethgen.agent", "--help")
    assert (result.returncode, result.stderr) == (0, "")


def test_image_is_small(archive: Path):
    """The image stays below 80 MB."""
    assert archive.stat().st_size < LIMIT


def test_tests_and_packages_stay_out(root: Path):
    """Neither Python's own tests, its editor and windows nor installed packages are in the image."""
    (library,) = (root / "usr" / "local").glob("lib*/python3.*")
    names = {path.name for path in library.iterdir()}
    assert not names & {"site-packages", "dist-packages", "test", "idlelib", "tkinter", "ensurepip"}


def test_same_python_makes_the_same_image(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Another cache makes the same bytes."""
    monkeypatch.setenv("ETHGEN_CACHE", str(tmp_path))
    again = ensure_archive(ImageRequest("localhost/ethgen/agent:0.1.0", ROOT))
    assert again != archive
    assert again.read_bytes() == archive.read_bytes()


def test_static_base_holds_users_and_a_place_for_files():
    """A static binary's base has the users, /tmp for all, and nothing that runs."""
    entries = {entry.path: entry for entry in image_base.static_base().entries}
    assert entries["tmp"] == Entry.folder("tmp", 0o1777)
    passwd = entries["etc/passwd"].content
    assert isinstance(passwd, bytes)
    assert b"nonroot:x:65532:65532:" in passwd
    assert sorted(entries) == ["etc/group", "etc/nsswitch.conf", "etc/passwd", "home/nonroot", "tmp"]


def test_missing_library_is_named():
    """A library that the loader does not find is named with its user."""

    def runner(command: Command) -> Result:
        return Result(0, "\tlibz.so.1 => not found\n" if "--list" in command.argv else "", "")

    with pytest.raises(
        ImageError, match=r"^a library of \S+ is missing: libz\.so\.1\n  cure: install it, or another Python$"
    ):
        image_base.python_base(runner=runner)


@pytest.mark.parametrize("content", [b"#!/bin/sh\n", b"\x7fELF\x01" + bytes(60)], ids=["script", "32-bit"])
def test_what_is_no_elf_program_is_no_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes):
    """A Python that is no 64-bit ELF program cannot be a base, and is named."""
    program = tmp_path / "python"
    program.write_bytes(content)
    monkeypatch.setattr(image_base, "_interpreter", lambda: program)
    with pytest.raises(ImageError) as caught:
        image_base.python_base()
    assert str(caught.value) == (
        f"{program} is no 64-bit ELF program, so it cannot be the base of an image\n  cure: build the images on Linux"
    )
