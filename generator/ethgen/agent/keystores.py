"""The keystores of a key set, laid out the way a validator client reads them.

A Secret's volume holds them as links in hidden folders, readable to a group, and clients that import a whole folder or
ask for strict permissions trip over that: they get copies of their own. What an earlier run left is removed, so that no
key signs but those of the Secret.
"""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any, NamedTuple

from ethgen.agent.errors import AgentError
from ethgen.agent.files import entries, read, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

PASSWORD = "password"  # noqa: S105 - the name of a file
# Several times what a keystore with the longest description takes (EIP-2335, "Test Cases": 900 bytes).
_MOST_BYTES = 8192

_PUBLIC_KEY = re.compile(r"(?:0x)?([0-9a-fA-F]{96})")  # EIP-2335: the BLS12-381 public key of 48 bytes
_FOLDER_OF_A_KEY = re.compile(r"0x[0-9a-fA-F]{96}")
_VERSION = 4  # EIP-2335, "JSON schema"

# What other users may do with keys and with the folders they are in: nothing.
_FILE = 0o600
_FOLDER = 0o700


class Places(NamedTuple):
    """The folders that receive keystores.

    Attributes:
        keystores: a folder that is the agent's own, in memory: what else is in it goes.
        validators: the folder that a client reads its validators from, and keeps its slashing protection in. Nothing is
            removed from it but the folders of single keys.
    """

    keystores: Path
    validators: Path


class Keystore(NamedTuple):
    """A keystore of the Secret: the name of its file, its public key as 0x and 96 hex digits, and its bytes."""

    name: str
    key: str
    content: bytes


class KeySet(NamedTuple):
    """What a Secret holds: keystores, and the password that unlocks all of them."""

    keystores: list[Keystore]
    password: bytes


def lay_out(secret: Path, places: Places, layout: str, *, keys: int | None = None) -> int:
    """Copy the keystores of a Secret to where a client reads them, and remove all others.

    Args:
        secret: folder with the keystores `keystore-<index>.json` (EIP-2335) and the file `password` that unlocks them.
        places: folders that receive them.
        layout: one of `LAYOUTS`.
        keys: how many keystores there must be; any number where absent.

    Returns:
        The number of keystores.

    Raises:
        AgentError: the Secret does not hold the key set that was asked for, whereupon nothing is touched; or a file
            cannot be written or removed.
    """
    key_set = _read(secret)
    if keys is not None and len(key_set.keystores) != keys:
        raise AgentError(
            f"{secret} holds {len(key_set.keystores)} keystores, and the key set has {keys}: "
            "mend the Secret, or keys in the spec"
        )
    if not places.keystores.is_dir():
        raise AgentError(f"{places.keystores} is no folder: mount a volume there")
    files = dict(LAYOUTS[layout](key_set, places))
    empty(places.keystores)
    _remove_other_keys(places.validators, files)
    for path, content in files.items():
        _make_folders(path.parent, places)
        write(path, content, mode=_FILE)
    return len(key_set.keystores)


def claim_for(claim: Path, client: str) -> None:
    """Note on a claim whose slashing protection it has, and refuse another client: it would not know what was signed.

    Args:
        claim: folder that outlives the pods of a key set.
        client: name of the client that is about to sign.

    Raises:
        AgentError: the claim is another client's, or cannot be read or written.
    """
    path = claim / "client"
    if not path.exists():
        write(path, client.encode() + b"\n", mode=_FILE)
        return
    owner = read(path).decode(errors="replace").strip()
    if owner != client:
        raise AgentError(
            f"{claim} has what {owner} signed with these keys, and {client} would start without it and may be slashed: "
            f"take it over (EIP-3076, `ethgen help validators`), then remove {path}"
        )


def empty(folder: Path) -> None:
    """Remove everything in a folder, as what a client made of the keys of an earlier run.

    Raises:
        AgentError: the folder cannot be read, or something in it cannot be removed.
    """
    try:
        for path in folder.iterdir():
            _remove(path)
    except OSError as error:
        raise AgentError(f"{folder} cannot be emptied: {error.strerror}") from error


def _read(secret: Path) -> KeySet:
    found = {path.name: read(path) for path in entries(secret)}
    if PASSWORD not in found:
        raise AgentError(f"{secret} holds no file {PASSWORD}: the Secret of the key set is not whole")
    # A line's end is no part of a password (EIP-2335, "Password requirements": control codes are stripped).
    password = found[PASSWORD].rstrip(b"\r\n")
    if not password:
        raise AgentError(f"{secret / PASSWORD} is empty: the Secret of the key set is not whole")
    keystores = [_keystore(name, content) for name, content in found.items() if name.endswith(".json")]
    if not keystores:
        raise AgentError(f"{secret} holds no keystore: the Secret of the key set is not whole")
    owners: dict[str, str] = {}
    for keystore in keystores:
        other = owners.setdefault(keystore.key, keystore.name)
        if other != keystore.name:
            raise AgentError(f"{other} and {keystore.name} are of one public key, {keystore.key}: remove one of them")
    return KeySet(keystores, password)


def _keystore(name: str, content: bytes) -> Keystore:
    if len(content) > _MOST_BYTES:
        raise AgentError(f"{name} is no keystore: it takes {len(content):,} bytes, more than {_MOST_BYTES:,}")
    try:
        found = json.loads(content)
    except (RecursionError, ValueError) as error:
        raise AgentError(f"{name} is no keystore: it is not JSON (EIP-2335)") from error
    if not isinstance(found, dict) or not isinstance(found.get("crypto"), dict):
        raise AgentError(f"{name} is no keystore: it has no encrypted key (EIP-2335); remove it from the Secret")
    if found.get("version") != _VERSION:
        raise AgentError(f"{name} is no keystore of version {_VERSION} (EIP-2335)")
    return Keystore(name, _public_key(name, found), content)


def _public_key(name: str, keystore: dict[str, Any]) -> str:
    value = keystore.get("pubkey")
    match = _PUBLIC_KEY.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise AgentError(f"{name} is no keystore: its public key is not 96 hex digits (EIP-2335)")
    return f"0x{match[1].lower()}"


def _together(key_set: KeySet, places: Places) -> Iterator[tuple[Path, bytes]]:
    """Yield the keystores, and one password for all."""
    for keystore in key_set.keystores:
        yield places.keystores / keystore.name, keystore.content
    yield places.keystores / PASSWORD, key_set.password


def _paired(key_set: KeySet, places: Places) -> Iterator[tuple[Path, bytes]]:
    """Yield beside each keystore its password, with the ending .txt."""
    for keystore in key_set.keystores:
        yield places.keystores / keystore.name, keystore.content
        yield places.keystores / f"{keystore.name.removesuffix('.json')}.txt", key_set.password


def _by_key(key_set: KeySet, places: Places) -> Iterator[tuple[Path, bytes]]:
    """Yield the keystores in folders named like their public keys, and passwords in files named so."""
    for keystore in key_set.keystores:
        yield places.validators / keystore.key / "keystore.json", keystore.content
        yield places.keystores / "secrets" / keystore.key, key_set.password


def _definitions(key_set: KeySet, places: Places) -> Iterator[tuple[Path, bytes]]:
    """Yield the keystores and their password, and the file that says where they are.

    Lighthouse Book, "Validator Management", the fields that a definition must have. YAML takes JSON as it is.
    """
    yield from _together(key_set, places)
    definitions = [
        {
            "enabled": True,
            "voting_public_key": keystore.key,
            "type": "local_keystore",
            "voting_keystore_path": str(places.keystores / keystore.name),
            "voting_keystore_password_path": str(places.keystores / PASSWORD),
        }
        for keystore in key_set.keystores
    ]
    yield places.validators / "validator_definitions.yml", json.dumps(definitions, indent=2).encode() + b"\n"


LAYOUTS: Mapping[str, Callable[[KeySet, Places], Iterator[tuple[Path, bytes]]]] = {
    "together": _together,
    "paired": _paired,
    "by-key": _by_key,
    "definitions": _definitions,
}


def _remove_other_keys(validators: Path, files: Iterable[Path]) -> None:
    """Remove the folders of keys that get no file: a client signs with whatever keystore it finds there."""
    wanted = {path.parent for path in files}
    if not validators.is_dir():
        return
    try:
        for path in validators.iterdir():
            if _FOLDER_OF_A_KEY.fullmatch(path.name) and path not in wanted:
                _remove(path)
    except OSError as error:
        raise AgentError(f"keys of an earlier run in {validators} cannot be removed: {error.strerror}") from error


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _make_folders(folder: Path, places: Places) -> None:
    """Make a folder and those above it up to a place; a volume's own folder stays as it is mounted."""
    if folder == places.keystores:
        return
    if folder != places.validators:
        _make_folders(folder.parent, places)
    try:
        folder.mkdir(mode=_FOLDER, parents=folder == places.validators, exist_ok=True)
        # Kubernetes opens what is on a volume to the pod's group when it mounts it again.
        folder.chmod(_FOLDER)
    except OSError as error:
        raise AgentError(f"{folder} cannot be made: {error.strerror}") from error
