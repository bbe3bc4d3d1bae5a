"""The one place that writes generated files: only what changed, atomically, and only what it wrote itself."""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ethgen.errors import EthgenError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

Action = Literal["create", "change", "delete"]

_WERE = {"not generated": "stand in the way and were not generated", "edited": "were edited since they were generated"}
_CURES = {
    "not generated": "move these files away, and run the same command again",
    "edited": "put what you changed into the spec, remove these files, and run the same command again",
}


class RenderError(EthgenError):
    """Generated files cannot be written, or are not what the spec gives."""


@dataclass(frozen=True)
class Change:
    """What has to happen to one file.

    Attributes:
        path: the file, from the root.
        old: its content, None where there is no file.
        new: what it shall be, None where there shall be no file.
        conflict: why its old content must not be lost; empty where it may.
    """

    path: str
    old: bytes | None
    new: bytes | None
    conflict: str = ""

    @property
    def action(self) -> Action:
        """What happens to the file."""
        if self.old is None:
            return "create"
        return "delete" if self.new is None else "change"

    def diff(self) -> str:
        """Return a unified diff."""
        old, new = (_lines(content) for content in (self.old, self.new))
        before, after = (f"a/{self.path}", f"b/{self.path}")
        if self.old is None:
            before = "/dev/null"
        if self.new is None:
            after = "/dev/null"
        return "".join(difflib.unified_diff(old, new, before, after))


def plan(root: Path, manifest: str, files: Mapping[str, bytes]) -> list[Change]:
    """Return what has to change below `root` for `files` to be there, and what was written before to be gone.

    Args:
        root: the repository.
        manifest: path of the file, from `root`, that lists what was written before with its SHA-256.
        files: every file that shall be there, by path from `root`.

    Raises:
        RenderError: a file cannot be read.
    """
    before = _read_manifest(root / manifest)
    wanted = {path: files.get(path) for path in sorted({*files, *before})}
    changes = [
        Change(path, old, new, _conflict(old, before.get(path)))
        for path, new in wanted.items()
        if (old := _read(root / path)) != new
    ]
    old, new = _read(root / manifest), _manifest(files) if files else None
    return changes if old == new else [*changes, Change(manifest, old, new)]


def apply(root: Path, changes: Sequence[Change]) -> None:
    """Make the changes: all new content under temporary names first, then renamed; in the order given.

    Raises:
        RenderError: a file to be overwritten or removed holds what no render wrote, or the file system refuses, for
            example because it is full. No file has changed then.
    """
    for reason in ("not generated", "edited"):
        if paths := [change.path for change in changes if change.conflict == reason]:
            raise RenderError(f"{_WERE[reason]}: {', '.join(paths)}", cure=_CURES[reason])
    staged: dict[Path, str] = {}
    try:
        for change in changes:
            if change.new is not None:
                staged[root / change.path] = _stage(root / change.path, change.new)
        for change in changes:
            target = root / change.path
            if change.new is None:
                target.unlink(missing_ok=True)
                _remove_if_empty(target.parent)
            else:
                os.replace(staged[target], target)  # noqa: PTH105 - the temporary name is a plain string
                del staged[target]
    except OSError as error:
        raise RenderError(
            f"{error.filename or root}: cannot be written: {error.strerror}",
            cure="free the disk or the path, and run the same command again",
        ) from None
    finally:
        for name in staged.values():
            os.unlink(name)  # noqa: PTH108 - likewise


def _remove_if_empty(folder: Path) -> None:
    if not any(folder.iterdir()):
        folder.rmdir()


def _conflict(old: bytes | None, digest: str | None) -> str:
    """Return why a file's content is not what an earlier run wrote; empty where it is, or where there is no file."""
    if old is None or (digest is not None and hashlib.sha256(old).hexdigest() == digest):
        return ""
    return "not generated" if digest is None else "edited"


def _stage(target: Path, content: bytes) -> str:
    """Write content beside its target and return the temporary name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        # mkstemp makes files private; generated files are to be read like any other of the repository.
        os.chmod(name, 0o644)  # noqa: PTH101 - the mode git checks files out with
    except OSError as error:
        os.unlink(name)  # noqa: PTH108 - the path is a plain name here
        raise OSError(error.errno, error.strerror, str(target)) from None
    except BaseException:
        os.unlink(name)  # noqa: PTH108 - likewise
        raise
    return name


def _manifest(files: Mapping[str, bytes]) -> bytes:
    digests = {path: hashlib.sha256(content).hexdigest() for path, content in sorted(files.items())}
    return (json.dumps(digests, indent=2) + "\n").encode()


def _read_manifest(path: Path) -> dict[str, str]:
    content = _read(path)
    if content is None:
        return {}
    try:
        digests = json.loads(content)
    except ValueError:
        digests = None
    if not isinstance(digests, dict) or not all(isinstance(digest, str) for digest in digests.values()):
        raise RenderError(f"{path}: is not a list of generated files", cure="restore it from git, or remove it")
    return digests


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RenderError(f"{path}: cannot be read: {error.strerror}") from None


def _lines(content: bytes | None) -> list[str]:
    return [] if content is None else content.decode(errors="replace").splitlines(keepends=True)
