"""A genesis as Kubernetes carries it: one compressed archive, cut into parts that each fit a ConfigMap.

A ConfigMap holds 1 MiB at most. A genesis state of 64 validators is 2.7 MB as it is and 30 kB compressed; each further
validator adds less than 100 compressed bytes, so 10,000 validators take two parts. How many parts there are is reckoned
from the number of validators when the chart's values are rendered, and the archive is cut into exactly that many.
"""

from __future__ import annotations

import gzip
import io
import tarfile
from typing import TYPE_CHECKING

from ethgen.errors import GenesisError
from ethgen.stack.genesis_parts import MAX_PARTS, PART_BYTES

if TYPE_CHECKING:
    from pathlib import Path

# Lighthouse reads a folder only with the block of the deposit contract in it (`common/eth2_network_config/src/lib.rs`).
MEMBERS = ("genesis.json", "genesis.ssz", "config.yaml", "deposit_contract_block.txt")


def genesis_archive(folder: Path) -> bytes:
    """Pack the files that every node needs into a gzip'd tar without times, owners or folders.

    Args:
        folder: what `write_genesis` wrote.

    Raises:
        GenesisError: a file is missing.
    """
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in MEMBERS:
            data = _read(folder / "metadata" / name)
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return gzip.compress(content.getvalue(), compresslevel=9, mtime=0)


def split(archive: bytes, parts: int) -> list[bytes]:
    """Cut an archive into consecutive parts of about equal size.

    Raises:
        GenesisError: a part would be over what a ConfigMap holds.
    """
    size = -(-len(archive) // parts)
    if size > PART_BYTES or parts > MAX_PARTS:
        needed = -(-len(archive) // PART_BYTES)
        raise GenesisError(
            f"the compressed genesis of {len(archive)} bytes needs {needed} ConfigMaps of {PART_BYTES} bytes, "
            f"and there are {min(parts, MAX_PARTS)}",
            cure=f"Have fewer validators or premined accounts; {MAX_PARTS} ConfigMaps are the most a network may have.",
        )
    return [archive[start : start + size] for start in range(0, len(archive), size)]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise GenesisError(f"{path} does not exist", cure="Make the genesis with `ethgen genesis`.") from error
