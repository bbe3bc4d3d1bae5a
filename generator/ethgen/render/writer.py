"""The one place that writes generated files: only what changed, atomically, and only what it wrote itself.

New content is written whole under a temporary name beside its target and then renamed, so a file is always old or new.
A run that is killed leaves temporary files and a list that knows both contents (`ethgen.render.manifest`); the next one
plans from there, removes what was left, and brings everything to what the spec gives.
"""

# Of thousands of files, pathlib takes longer than the file system.
# ruff: noqa: PTH103, PTH105, PTH106, PTH108, PTH118, PTH120, PTH123, PTH208

from __future__ import annotations

import fcntl
import io
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Literal, NamedTuple

from ethgen.errors import EthgenError
from ethgen.render import manifest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

Action = Literal["create", "change", "delete"]
State = Literal["unchanged", "missing", "drifted", "CRLF line ends", "stale", "edited by hand", "not generated"]

# Stands behind the name of the list while its content for the time between is staged, beside its last one.
_BETWEEN = ".between"

# Ends the names of temporary files; what has it and stands beside generated files was left by a killed run.
TEMPORARY = ".ethgen-new"

# Follows a last line without a line break (GNU diffutils manual, "Incomplete Lines").
_NO_END = "\\ No newline at end of file"

_WERE = {
    "not generated": "stand in the way and were not generated",
    "edited by hand": "were edited since they were generated",
}
_CURES = {
    "not generated": "move these files away, and run the same command again",
    "edited by hand": "put what you changed into the spec, remove these files, and run the same command again",
}


class RenderError(EthgenError):
    """Generated files cannot be written, or are not what the spec gives."""


class Change(NamedTuple):
    """What has to happen to one file.

    Attributes:
        path: the file, from the root.
        old: its content, None where there is no file.
        new: what it shall be, None where there shall be no file.
        conflict: why its old content must not be lost; None where it may.
        between: what it holds while other files change, where it is the list of them.
    """

    path: str
    old: bytes | None
    new: bytes | None
    conflict: Literal["edited by hand", "not generated"] | None = None
    between: bytes | None = None

    @property
    def action(self) -> Action:
        """What happens to the file."""
        if self.old is None:
            return "create"
        return "delete" if self.new is None else "change"

    @property
    def done(self) -> str:
        """What has happened to the file once the change is made."""
        return f"{self.action.removesuffix('e')}ed"

    @property
    def state(self) -> State:
        """How the file was found."""
        if self.conflict:
            return self.conflict
        if self.old is None:
            return "missing"
        if self.new is None:
            return "stale"
        return "CRLF line ends" if _is_crlf_of(self.old, self.new) else "drifted"

    def diff(self) -> str:
        """Return a unified diff, or a line that says that only line ends differ, which a diff would not show."""
        if self.state == "CRLF line ends":
            return f"{self.path} has CRLF line ends; rendering gives it LF\n"
        import difflib  # noqa: PLC0415 - only where something is to be shown

        old, new = (_lines(content) for content in (self.old, self.new))
        before, after = (f"a/{self.path}", f"b/{self.path}")
        if self.old is None:
            before = "/dev/null"
        if self.new is None:
            after = "/dev/null"
        lines = difflib.unified_diff(old, new, before, after)
        return "".join(line if line.endswith("\n") else f"{line}\n{_NO_END}\n" for line in lines)


def plan(root: Path, listed: str, files: Mapping[str, bytes]) -> list[Change]:
    """Return what has to change below `root` for `files` to be there, and what was written before to be gone.

    Args:
        root: the repository.
        listed: path of the file, from `root`, that lists what was written before with its SHA-256.
        files: every file that shall be there, by path from `root`.

    Raises:
        RenderError: a file cannot be read, or a link leads its folder out of the repository.
    """
    top = _top(root)
    _refuse_elsewhere(root, {os.path.dirname(path) for path in (listed, *files)})
    with locked(root, fcntl.LOCK_SH):
        old_list = _read(top + listed)
        before = _known(old_list, listed, top)
        paths = sorted({*files, *before})
        _refuse_elsewhere(root, {os.path.dirname(path) for path in before})
        changes = [
            Change(path, old, new, _conflict(old, new, before.get(path)))
            for path in paths
            if (old := _read(top + path)) != (new := files.get(path))
        ]
        left = [Change(path, _read(top + path), None) for path in _left_over(top, {*paths, listed})]
    new_list = manifest.after(files) if files else None
    if old_list != new_list:
        between = manifest.between(before, files) if files else None
        changes.append(Change(listed, old_list, new_list, between=between))
    return [*left, *changes]


def apply(root: Path, changes: Sequence[Change]) -> None:
    """Make the changes: all new content under temporary names first, then renamed; in the order given.

    Raises:
        RenderError: a file to be overwritten or removed holds what no render wrote, another run has changed the files
            since the plan was made, or the file system refuses, for example because it is full. No file has changed
            then.
    """
    for reason in ("not generated", "edited by hand"):
        if paths := [change.path for change in changes if change.conflict == reason]:
            raise RenderError(f"{_WERE[reason]}: {', '.join(paths)}", cure=_CURES[reason])
    if not changes:
        return
    top = _top(root)
    try:
        root.mkdir(parents=True, exist_ok=True)
        with locked(root, fcntl.LOCK_EX):
            _refuse_outdated(top, changes)
            _make(top, changes)
    except OSError as error:
        raise RenderError(
            f"{error.filename or root}: cannot be written: {error.strerror}",
            cure="free the disk or the path, and run the same command again",
        ) from None


def _refuse_elsewhere(root: Path, folders: Collection[str]) -> None:
    inside = os.path.realpath(root)
    for folder in sorted(folders):
        real = os.path.realpath(os.path.join(inside, folder))
        if os.path.commonpath([inside, real]) != inside:
            raise RenderError(
                f"{_top(root)}{folder}: leads out of the repository, to {real}",
                cure="replace the link by a folder, and run the same command again",
            )


def _refuse_outdated(top: str, changes: Sequence[Change]) -> None:
    for change in changes:
        if change.between is not None and _read(top + change.path) != change.old:
            raise RenderError(
                f"{top}{change.path}: was written by another run at the same time",
                cure="run the same command again",
            )


def _make(top: str, changes: Sequence[Change]) -> None:
    staged: set[str] = set()
    try:
        for change in changes:
            target = top + change.path
            if change.between is not None:
                _stage(f"{target}{_BETWEEN}", change.between, staged)
            if change.new is not None:
                _stage(target, change.new, staged)
        for change in changes:
            if change.between is not None:
                _rename(f"{top}{change.path}{_BETWEEN}", top + change.path, staged)
        for change in changes:
            if change.new is None and top + change.path not in staged:
                _remove(top, change.path)
            elif change.new is not None:
                _rename(top + change.path, top + change.path, staged)
    finally:
        for name in staged:
            os.unlink(name)


def _stage(target: str, content: bytes, staged: set[str]) -> None:
    """Write content beside its target, under a name that is noted in `staged` as soon as it is there."""
    name = _temporary(target)
    try:
        handle = _open(name)
        staged.add(name)
        with os.fdopen(handle, "wb", buffering=0) as file:
            written = 0
            while written < len(content):
                written += file.write(content[written:])
    except OSError as error:
        raise OSError(error.errno, error.strerror, target) from None


def _rename(staged_for: str, target: str, staged: set[str]) -> None:
    name = _temporary(staged_for)
    os.replace(name, target)
    staged.discard(name)


def _remove(top: str, path: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(top + path)
    folder = os.path.dirname(path)
    while folder and not os.listdir(top + folder):
        os.rmdir(top + folder)
        folder = os.path.dirname(folder)


def _open(name: str) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        return os.open(name, flags, 0o666)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(name), exist_ok=True)
    except FileExistsError:
        # Only one run at a time comes here, so it was left by one that is gone.
        os.unlink(name)
    return os.open(name, flags, 0o666)


def _temporary(target: str) -> str:
    folder, separator, name = target.rpartition(os.sep)
    return f"{folder}{separator}.{name}{TEMPORARY}"


def _left_over(top: str, paths: Collection[str]) -> Iterator[str]:
    """Yield the temporary files, from `top`, in the folders of files."""
    for folder in sorted({os.path.dirname(path) for path in paths}):
        try:
            names = os.listdir(top + folder or ".")
        except (FileNotFoundError, NotADirectoryError):
            continue
        yield from sorted(os.path.join(folder, name) for name in names if name[0] == "." and name.endswith(TEMPORARY))


@contextmanager
def locked(root: Path, kind: int) -> Iterator[None]:
    """Hold the folder `root`: shared (LOCK_SH) with others that read, or alone (LOCK_EX)."""
    handle = os.open(root, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, kind)
        yield
    finally:
        os.close(handle)


def _conflict(
    old: bytes | None, new: bytes | None, digests: Collection[str] | None
) -> Literal["edited by hand", "not generated"] | None:
    """Return why a file's content is not what an earlier run wrote; None where it is, or where there is no file."""
    if old is None or (digests is not None and manifest.digest(old) in digests) or _is_crlf_of(old, new):
        return None
    # A checkout may have changed the line ends, in which nobody has put anything that could be lost.
    if digests is not None and manifest.digest(_with_lf(old)) in digests:
        return None
    return "not generated" if digests is None else "edited by hand"


def _is_crlf_of(old: bytes, new: bytes | None) -> bool:
    return old != new and _with_lf(old) == new


def _with_lf(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n")


def _top(root: Path) -> str:
    """Return what stands before paths from `root`; nothing where that is the folder one stands in."""
    return "" if str(root) == "." else f"{root}{os.sep}"


def _known(content: bytes | None, path: str, top: str) -> manifest.Digests:
    try:
        return manifest.read(content, path, top)
    except EthgenError as error:
        raise RenderError(error.message, cure=error.cure) from None


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RenderError(f"{path}: cannot be read: {error.strerror}") from None


def _lines(content: bytes | None) -> list[str]:
    # `str.splitlines` also splits at characters that end no line to `diff` and `patch`, such as U+2028.
    return [] if content is None else list(io.StringIO(content.decode(errors="replace"), newline="\n"))
