"""Files that a node needs before its clients start: the network's genesis, its JWT secret, its own keys and files."""

from __future__ import annotations

import hashlib
import io
import re
import secrets
import tarfile
import zlib
from typing import TYPE_CHECKING

from ethgen.agent.errors import AgentError
from ethgen.agent.files import entries, read, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PART = re.compile(r"part-(\d{3})")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SECRET = re.compile(rb"(?:0x)?[0-9a-fA-F]{64}\s*")
_JWT_BYTES = 32  # execution APIs, "Authentication": HS256 with a secret of 256 bits
_LARGEST_FILE = 4 << 30  # bytes; mainnet's genesis state is 5 MiB, a million validators' 150 MiB


def unpack_genesis(parts: Path, genesis: Path, *, sha256: str = "") -> list[str]:
    """Join the parts of a packed genesis, check them, and unpack them.

    Args:
        parts: folder with `part-000`, `part-001`, …: consecutive pieces of one gzip'd tar of plain files.
        genesis: folder that receives the files.
        sha256: what the joined parts must hash to, 64 hex digits; not checked where empty.

    Returns:
        The names of the files written.

    Raises:
        AgentError: parts are missing, damaged or hold anything but plain files, or the folder cannot be written.
    """
    packed = b"".join(read(path) for path in _consecutive(parts))
    found = hashlib.sha256(packed).hexdigest()
    if sha256 and found != sha256.lower():
        raise AgentError(f"the genesis in {parts} has SHA-256 {found}, not {sha256}: it belongs to another network")
    try:
        names = [_plain_name(member) for _, member in _members(packed)]
        for archive, member in _members(packed):
            _unpack(archive, member, genesis)
    except (EOFError, tarfile.TarError, zlib.error) as error:
        raise AgentError(f"the genesis in {parts} is damaged: {error}") from error
    if not names:
        raise AgentError(f"the genesis in {parts} holds no file")
    return names


def make_jwt(path: Path) -> bool:
    """Make the secret that the two clients of a pod share, unless there is one.

    Returns:
        Whether it was made.

    Raises:
        AgentError: the file cannot be written, or what is there is no secret.
    """
    if path.exists():
        if not _SECRET.fullmatch(read(path)):
            raise AgentError(f"{path} is not a JWT secret of 64 hex digits: remove it")
        return False
    write(path, secrets.token_hex(_JWT_BYTES).encode(), mode=0o600)
    return True


def copy_own_files(files: Path, node: Path, ordinal: int) -> list[str]:
    """Copy the files `<ordinal>.<name>` to `<name>` in the node's folder.

    Returns:
        The names of the files written.

    Raises:
        AgentError: there are files for other replicas and none for this one, or a file cannot be copied.
    """
    found = entries(files)
    own = [entry for entry in found if entry.name.startswith(f"{ordinal}.")]
    if found and not own:
        raise AgentError(
            f"{files} holds files for other replicas and none for replica {ordinal}: render and deploy again"
        )
    names = []
    for entry in own:
        name = entry.name.partition(".")[2]
        if not _PLAIN_NAME.fullmatch(name):
            raise AgentError(f"{entry} does not name a plain file")
        write(node / name, read(entry), mode=0o644)
        names.append(name)
    return names


def copy_node_keys(keys: Path, node: Path, ordinal: int) -> list[str]:
    """Copy the keys `<ordinal>.execution` and `<ordinal>.consensus` to `execution.key` and `consensus.key`.

    Beside each stands the same key as 32 raw bytes, `<layer>.key.raw`, for clients that read no hexadecimal one.

    Returns:
        The names of the files written.

    Raises:
        AgentError: a key is missing, is not 64 hex digits, or cannot be copied.
    """
    names = []
    for layer in ("execution", "consensus"):
        source = keys / f"{ordinal}.{layer}"
        if not source.exists():
            raise AgentError(f"{source} is missing: replica {ordinal} has no node keys, render and deploy again")
        key = read(source)
        if not _SECRET.fullmatch(key):
            raise AgentError(f"{source} is not a node key of 64 hex digits")
        digits = key.strip().decode().lower().removeprefix("0x")
        write(node / f"{layer}.key", digits.encode(), mode=0o600)
        write(node / f"{layer}.key.raw", bytes.fromhex(digits), mode=0o600)
        names += [f"{layer}.key", f"{layer}.key.raw"]
    return names


def _consecutive(folder: Path) -> Iterator[Path]:
    numbered = sorted((int(match[1]), path) for path in entries(folder) if (match := _PART.fullmatch(path.name)))
    if not numbered:
        raise AgentError(f"{folder} holds no part-000: the genesis ConfigMaps are not mounted there")
    for expected, (number, path) in enumerate(numbered):
        if number != expected:
            raise AgentError(f"{folder} lacks part-{expected:03d} of the genesis")
        yield path


def _members(packed: bytes) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r|gz") as archive:
        for member in archive:
            yield archive, member


def _plain_name(member: tarfile.TarInfo) -> str:
    name = member.name.removeprefix("./")
    if not member.isreg() or not _PLAIN_NAME.fullmatch(name):
        raise AgentError(f"the genesis holds {member.name!r}, which is not a plain file")
    if member.size > _LARGEST_FILE:
        raise AgentError(f"the genesis holds {name} of {member.size} bytes, more than {_LARGEST_FILE}")
    return name


def _unpack(archive: tarfile.TarFile, member: tarfile.TarInfo, genesis: Path) -> None:
    content = archive.extractfile(member)
    if content is not None:
        write(genesis / _plain_name(member), content.read(), mode=0o644)
