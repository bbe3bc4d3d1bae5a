"""Files as a pod's init containers read and write them: whole, with their mode, or with one clear line why not."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ethgen.agent.errors import AgentError

if TYPE_CHECKING:
    from pathlib import Path


def entries(folder: Path) -> list[Path]:
    """List a mounted folder in order of names; those with a leading dot are how Kubernetes swaps its content.

    Raises:
        AgentError: the folder cannot be read.
    """
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise AgentError(f"{folder} cannot be read: {error.strerror}") from error


def read(path: Path) -> bytes:
    """Return what is in a file.

    Raises:
        AgentError: the file cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise AgentError(f"{path} cannot be read: {error.strerror}") from error


def write(path: Path, content: bytes, *, mode: int) -> None:
    """Put a file in place as a whole, with the folders that it needs.

    Args:
        path: the file.
        content: what it holds.
        mode: its permissions.

    Raises:
        AgentError: the file cannot be written.
    """
    temporary = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise AgentError(f"{path} cannot be written: {error.strerror}") from error
