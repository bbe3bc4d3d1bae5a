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
    from collections.abc import Mapping
    from pathlib import Path

Action = Literal["create", "change", "delete"]


class RenderError(EthgenError):
    """Generated files cannot be written, or are not what the spec gives."""


@dataclass(frozen=True)
class Change:
    """What has to happen to one file; `old` and `new` are its contents, None where there is no file."""

    path: str
    old: bytes | None
    new: bytes | None

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
        RenderError: a file stands in the way that was not written by an earlier run, or a file to remove was edited.
    """
    before = _read_manifest(root / manifest)
    everything = {**files, manifest: _manifest(files)}
    changes: list[Change] = []
    foreign: list[str] = []
    for path, new in everything.items():
        old = _read(root / path)
        if old == new:
            continue
        if old is not None and path != manifest and path not in before:
            foreign.append(path)
        changes.append(Change(path, old, new))
    for path in sorted(set(before) - set(files)):
        old = _read(root / path)
        if old is None:
            continue
        if hashlib.sha256(old).hexdigest() != before[path]:
            foreign.append(path)
        changes.append(Change(path, old, None))
    if foreign:
        raise RenderError(
            f"not written by an earlier render, or edited since: {', '.join(foreign)}",
            cure="move these files away, or remove them, and render again",
        )
    return changes


def apply(root: Path, changes: list[Change]) -> None:
    """Make the changes: new content under a temporary name first, then renamed; the manifest last.

    Raises:
        RenderError: the file system refuses, for example because it is full.
    """
    try:
        for change in changes:
            target = root / change.path
            if change.new is None:
                target.unlink(missing_ok=True)
            else:
                _replace(target, change.new)
    except OSError as error:
        raise RenderError(
            f"{error.filename}: cannot be written: {error.strerror}", cure="free the path or the disk, and render again"
        ) from None


def _replace(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        # mkstemp makes files private; generated files are to be read like any other of the repository.
        os.chmod(name, 0o644)  # noqa: PTH101 - the mode git checks files out with
        os.replace(name, target)  # noqa: PTH105 - the path is a plain name here
    except BaseException:
        os.unlink(name)  # noqa: PTH108 - likewise
        raise


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
