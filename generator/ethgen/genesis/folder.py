"""A genesis on disk: written as a whole or not at all, and read back."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ethgen.errors import GenesisError
from ethgen.genesis.build import build_genesis

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ethgen.genesis.build import Progress
    from ethgen.genesis.config import GenesisConfig

_ROOT_BYTES = 32
_TIME_BYTES = 8


@dataclass(frozen=True, slots=True)
class GenesisIdentity:
    """What tells one genesis of a network from another.

    Attributes:
        genesis_time: Unix time of slot 0, in seconds.
        genesis_validators_root: 0x and 64 hex digits.
        block_hash: hash of execution block 0, 0x and 64 hex digits.
    """

    genesis_time: int
    genesis_validators_root: str
    block_hash: str


def write_genesis(
    config: GenesisConfig, folder: Path, *, private: bool = True, progress: Progress = lambda *_: None
) -> GenesisIdentity:
    """Make a genesis and put it in place of what `folder` held.

    Everything is written beside the folder first, readable by the owner alone where it is secret.

    Args:
        config: what decides the genesis.
        folder: receives `metadata/` and `private/`.
        private: whether `private/`, the keys of nodes and validators, is written too.
        progress: as for `build_genesis`.

    Raises:
        GenesisError: the genesis cannot be made, or the folder holds something else than a genesis.
        OSError: the disk is full or the folder cannot be written; it is as it was then.
    """
    foreign = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    if set(foreign) - {"metadata", "private"}:
        raise GenesisError(
            f"{folder} holds {', '.join(foreign)}, so it is no folder of an earlier genesis",
            cure="Choose another folder with --out, or remove it.",
        )
    genesis = build_genesis(config, private=private, progress=progress)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
        _write(genesis.files, Path(scratch) / "new")
        if folder.exists():
            folder.rename(Path(scratch) / "old")
        (Path(scratch) / "new").rename(folder)
    return identity(folder)


def identity(folder: Path) -> GenesisIdentity:
    """Read what identifies the genesis in `folder`.

    Raises:
        GenesisError: there is no genesis, or it is not whole.
    """
    metadata = folder / "metadata"
    try:
        with (metadata / "genesis.ssz").open("rb") as file:
            head = file.read(_TIME_BYTES + _ROOT_BYTES)
        block_hash = (metadata / "deposit_contract_block_hash.txt").read_text()
    except FileNotFoundError as error:
        raise GenesisError(
            f"{error.filename} does not exist", cure="Make the genesis with `ethgen genesis`."
        ) from error
    if len(head) != _TIME_BYTES + _ROOT_BYTES:
        raise GenesisError(f"{metadata / 'genesis.ssz'} is cut short", cure="Make the genesis again.")
    return GenesisIdentity(int.from_bytes(head[:_TIME_BYTES], "little"), f"0x{head[_TIME_BYTES:].hex()}", block_hash)


def _secret(path: str) -> bool:
    return path.startswith("private/")


def _write(files: Mapping[str, bytes], folder: Path) -> None:
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(mode=0o700 if _secret(path) else 0o755, parents=True, exist_ok=True)
        mode = 0o600 if _secret(path) else 0o644
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
    if (folder / "private").exists():
        (folder / "private").chmod(0o700)
