"""The keystores of a key set, laid out the way a validator client reads them.

A Secret's volume holds them as links in hidden folders, readable to a group, and clients that import a whole folder or
ask for strict permissions trip over that: they get copies of their own.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from ethgen.agent.errors import AgentError
from ethgen.agent.files import entries, read, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

PASSWORD = "password"  # noqa: S105 - the name of a file
_PUBLIC_KEY = re.compile(r"(?:0x)?([0-9a-fA-F]{96})")  # EIP-2335: the BLS12-381 public key of 48 bytes

# What other users may do with keys and with the folders they are in: nothing.
_FILE = 0o600
_FOLDER = 0o700


def lay_out(secret: Path, keystores: Path, layout: str) -> list[str]:
    """Copy the keystores of a Secret to a folder, in the layout that a client reads.

    Args:
        secret: folder with the keystores `keystore-<index>.json` (EIP-2335) and the file `password` that unlocks them.
        keystores: folder that receives them.
        layout: one of `LAYOUTS`.

    Returns:
        The names of the files written, within the folder.

    Raises:
        AgentError: a keystore or the password is missing or is none, or a file cannot be written.
    """
    found = {path.name: read(path) for path in entries(secret)}
    if PASSWORD not in found:
        raise AgentError(f"{secret} holds no file {PASSWORD}: the Secret of the key set is not whole")
    if not any(name.endswith(".json") for name in found):
        raise AgentError(f"{secret} holds no keystore: the Secret of the key set is not whole")
    written = []
    for name, content in LAYOUTS[layout](found):
        path = keystores / name
        for folder in reversed(path.relative_to(keystores).parents[:-1]):
            (keystores / folder).mkdir(mode=_FOLDER, exist_ok=True)
        write(path, content, mode=_FILE)
        written.append(name)
    return written


def _together(found: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield the files as they are: one password for all."""
    yield from found.items()


def _paired(found: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield beside each keystore its password, with the ending .txt."""
    for name, content in _keystores(found):
        yield name, content
        yield f"{name.removesuffix('.json')}.txt", _password(found)


def _by_key(found: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield the keystores in folders named like their public keys, and passwords in files named so."""
    for name, content in _keystores(found):
        key = _public_key(name, content)
        yield f"validators/{key}/keystore.json", content
        yield f"secrets/{key}", _password(found)


LAYOUTS: Mapping[str, Callable[[Mapping[str, bytes]], Iterator[tuple[str, bytes]]]] = {
    "together": _together,
    "paired": _paired,
    "by-key": _by_key,
}


def _keystores(found: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    return ((name, content) for name, content in found.items() if name.endswith(".json"))


def _password(found: Mapping[str, bytes]) -> bytes:
    # A line's end is no part of a password (EIP-2335, "Password requirements": control codes are stripped).
    return found[PASSWORD].rstrip(b"\r\n")


def _public_key(name: str, content: bytes) -> str:
    try:
        value = json.loads(content)["pubkey"]
    except (KeyError, TypeError, ValueError) as error:
        raise AgentError(f"{name} is no keystore: it has no public key (EIP-2335)") from error
    match = _PUBLIC_KEY.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise AgentError(f"{name} is no keystore: its public key is not 96 hex digits (EIP-2335)")
    return f"0x{match[1].lower()}"
