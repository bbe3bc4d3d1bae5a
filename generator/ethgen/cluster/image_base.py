"""What stands for an image's base where there is no container engine to pull one.

`static` is a root file system for one static binary. `python` is the Python that runs ethgen: its program, its standard
library and every shared object they need, found as the dynamic loader finds them.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import struct
import sys
import sysconfig
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from ethgen.cluster.archive import NONROOT, Entry, ImageConfig
from ethgen.cluster.cache import cache_root, locked, scratch_folder, silent
from ethgen.cluster.dockerfile import Image
from ethgen.cluster.process import Command, run
from ethgen.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.cluster.cache import Progress
    from ethgen.cluster.process import Runner

_SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_STDLIB_LEFT_OUT = {
    "__pycache__": "made anew, so that it depends on nothing but the sources",
    "dist-packages": "installed packages",
    "ensurepip": "pip's wheel",
    "idlelib": "an editor",
    "lib2to3": "a converter",
    "pydoc_data": "texts of help()",
    "site-packages": "installed packages",
    "test": "Python's own tests",
    "tests": "Python's own tests",
    "tkinter": "windows",
    "turtle.py": "windows",
    "turtledemo": "windows",
}
"""Names in the standard library that no pod needs, and why."""

_EXTENSIONS_LEFT_OUT = re.compile(r"_test|_xx|xx|_tkinter|_curses|_dbm|_gdbm|readline|ossaudiodev|nis\.")
"""Extension modules that serve tests, terminals and windows: they would bring libraries of their own."""

_LOADED_AT_RUN_TIME = ("libgcc_s.so.1", "libnss_dns.so.2", "libnss_files.so.2")
"""Objects that glibc opens by name: for ending threads, and before 2.34 for looking up hosts and users."""


def static_base() -> Image:
    """Return a root file system for a static binary: the users, /tmp, and how names are looked up.

    It holds no certificate authorities: a client that must reach servers over TLS needs its official image.
    """
    return Image(tuple(_common_entries()), ImageConfig(environment={"PATH": _SEARCH_PATH}))


def python_base(progress: Progress = silent, runner: Runner = run) -> Image:
    """Return a root file system with the Python that runs this code, compiled once per Python into the cache.

    Raises:
        ImageError: this Python cannot be taken apart: it is not dynamically linked ELF, or a library is missing.
    """
    entries = [*_common_entries(), *_interpreter_entries(runner), *_library_entries(progress, runner)]
    environment = {"PATH": _SEARCH_PATH, "LANG": "C.UTF-8"}
    unique = {entry.path: entry for entry in entries}
    return Image(tuple(unique.values()), ImageConfig(environment=environment))


def python_identity(runner: Runner = run) -> str:
    """Return a digest that changes with this Python and the libraries it loads; costs milliseconds."""
    files = {_interpreter(), *_needed(_interpreter(), runner)}
    ssl = importlib.util.find_spec("_ssl")
    if ssl and ssl.origin and Path(ssl.origin).is_file():
        files |= {Path(ssl.origin), *_needed(Path(ssl.origin), runner)}
    facts = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in sorted(files)]
    return hashlib.sha256(repr((sys.version, facts)).encode()).hexdigest()


def _common_entries() -> Iterator[Entry]:
    passwd = f"root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:{NONROOT}:{NONROOT}:nonroot:/home/nonroot:/sbin/nologin\n"
    yield Entry("etc/passwd", passwd.encode())
    yield Entry("etc/group", f"root:x:0:\nnonroot:x:{NONROOT}:\n".encode())
    yield Entry("etc/nsswitch.conf", b"hosts: files dns\n")
    yield Entry.folder("home/nonroot")
    yield Entry.folder("tmp", 0o1777)


def _interpreter() -> Path:
    return Path(os.path.realpath(getattr(sys, "_base_executable", "") or sys.executable))


def _interpreter_entries(runner: Runner) -> Iterator[Entry]:
    interpreter = _interpreter()
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    yield Entry.program(f"usr/local/bin/{name}", interpreter)
    yield Entry.symlink("usr/local/bin/python3", name)
    loader = _loader(interpreter)
    yield Entry.program(str(loader).strip("/"), loader.resolve())
    programs = [interpreter, *_extensions()]
    libraries = {path for program in programs for path in _needed(program, runner)}
    folder = _libc_folder(libraries)
    libraries |= {folder / name for name in _LOADED_AT_RUN_TIME if (folder / name).is_file()}
    for library in sorted(libraries):
        # all of them go where libc lies, which the loader searches whatever path a program was linked with
        yield Entry.program(str(folder / library.name).strip("/"), library.resolve())


def _libc_folder(libraries: set[Path]) -> Path:
    for library in sorted(libraries):
        if library.name.startswith(("libc.so", "libc.musl")):
            return library.parent
    raise ImageError(
        f"{_interpreter()} loads no C library, so it cannot be the base of an image",
        cure="run ethgen with a dynamically linked Python",
    )


def _loader(program: Path) -> Path:
    """Return the dynamic loader an ELF program names (its PT_INTERP segment; System V ABI, program header)."""
    with program.open("rb") as file:
        header = file.read(64)
        if header[:4] != b"\x7fELF" or header[4] != 2:  # noqa: PLR2004 - ELFCLASS64
            raise ImageError(
                f"{program} is no 64-bit ELF program, so it cannot be the base of an image",
                cure="build the images on Linux",
            )
        offset, size, count = struct.unpack_from("<Q", header, 32)[0], *struct.unpack_from("<HH", header, 54)
        file.seek(offset)
        table = file.read(size * count)
        for start in range(0, size * count, size):
            (kind,) = struct.unpack_from("<I", table, start)
            if kind == 3:  # noqa: PLR2004 - PT_INTERP
                at, _, _, length = struct.unpack_from("<QQQQ", table, start + 8)
                file.seek(at)
                return Path(file.read(length).rstrip(b"\0").decode())
    raise ImageError(
        f"{program} is statically linked, so it cannot be the base of an image",
        cure="run ethgen with a dynamically linked Python",
    )


def _needed(program: Path, runner: Runner) -> set[Path]:
    """Return the shared objects a program or library is loaded with, as the loader itself lists them."""
    loader = _loader(_interpreter())
    result = runner(Command([str(loader), "--list", str(program)]))
    missing = re.search(r"(\S+) => not found", result.output)
    if missing or not result.ok:
        what = missing[1] if missing else result.errors.strip()
        raise ImageError(f"a library of {program} is missing: {what}", cure="install it, or another Python")
    return {Path(path) for path in re.findall(r"=> (/\S+)", result.output)}


def _standard_library() -> Path:
    return Path(sysconfig.get_path("stdlib", vars={"installed_base": sys.base_prefix}))


def _extensions() -> list[Path]:
    folder = Path(sysconfig.get_path("platstdlib", vars={"platbase": sys.base_exec_prefix})) / "lib-dynload"
    found = sorted(folder.glob("*.so")) if folder.is_dir() else []
    return [path for path in found if not _EXTENSIONS_LEFT_OUT.match(path.name)]


def _library_entries(progress: Progress, runner: Runner) -> Iterator[Entry]:
    relative = PurePosixPath("usr/local") / _standard_library().relative_to(sys.base_prefix).as_posix()
    compiled = _compiled_library(progress, runner)
    for path in sorted(compiled.rglob("*")):
        if path.is_file():
            yield Entry(str(relative / path.relative_to(compiled).as_posix()), path)
    yield Entry.folder(str(relative / "lib-dynload"))
    for extension in _extensions():
        yield Entry.program(str(relative / "lib-dynload" / extension.name), extension)


def _compiled_library(progress: Progress, runner: Runner) -> Path:
    """Return a copy of the standard library with bytecode beside it, which pods cannot write for themselves."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"
    target = cache_root() / "python" / f"{version}-{python_identity(runner)[:12]}"
    if target.is_dir():
        return target
    with locked("python", progress), scratch_folder(target.parent) as scratch:
        if target.is_dir():
            return target
        progress(f"copying and compiling the standard library of Python {version}")
        _copy_library(_standard_library(), scratch / "lib")
        # hash-based bytecode carries no time stamps; a fixed hash seed fixes the order of sets in it
        options = ["-q", "--invalidation-mode", "unchecked-hash", "-s", str(scratch / "lib"), "-p", "/"]
        argv = [str(_interpreter()), "-m", "compileall", *options, str(scratch / "lib")]
        result = runner(Command(argv, {"PYTHONHASHSEED": "0", "PATH": _SEARCH_PATH}))
        if not result.ok:
            raise ImageError(
                f"Python's standard library does not compile: {(result.output or result.errors).strip()}",
                cure="install Python again",
            )
        (scratch / "lib").replace(target)
    return target


def _copy_library(source: Path, target: Path) -> None:
    # not copytree: it goes on after a full disk and reports each file
    for folder, folders, files in os.walk(source):
        folders[:] = sorted(name for name in folders if not _left_out(name))
        into = target / Path(folder).relative_to(source)
        into.mkdir(parents=True, exist_ok=True)
        for name in files:
            if not _left_out(name) and (Path(folder) / name).exists():
                shutil.copyfile(Path(folder) / name, into / name)


def _left_out(name: str) -> bool:
    return name in _STDLIB_LEFT_OUT or name == "lib-dynload" or name.startswith("config-")
