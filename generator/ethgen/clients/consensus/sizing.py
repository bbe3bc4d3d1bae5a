"""What beacon nodes need, by network and by whether they keep all states."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

from ethgen.clients.facts import Sizing

if TYPE_CHECKING:
    from collections.abc import Mapping

Keeps = Literal["archive", "full"]

# Weeks of blocks that a node has after a checkpoint sync: MIN_EPOCHS_FOR_BLOCK_REQUESTS (33,024 epochs of 384 s) of
# consensus-specs, specs/phase0/p2p-interface.md. Were the database nothing but these blocks, it would grow by its 21st
# part in a week; so the growth is an upper bound.
_WEEKS = 21

# Weeks from mainnet's genesis (December 2020) to the measurement of an archive.
_ARCHIVE_WEEKS = 255


class Archive(NamedTuple):
    """The database of a node that keeps all states of mainnet.

    Attributes:
        disk: GiB.
        source: where the figure is from.
    """

    disk: int
    source: str


def sizes(
    client: str, *, disk: int, memory: int, source: str = "", archive: Archive | None = None
) -> Mapping[tuple[str, Keeps], Sizing]:
    """Return the sizing of a beacon node from a measurement on mainnet.

    Memory is that of the whole process under the load of a machine that runs nothing else beside the execution client,
    and so a request that it never outgrows in a healthy network.

    Args:
        client: the client and the version that was measured.
        disk: GiB of its database on mainnet after a checkpoint sync, with as few blobs as a node may keep.
        memory: GiB of memory on mainnet.
        source: where the figures are from; empty for ethstaker/eth-docker-docs.
        archive: its database with all states of mainnet, where somebody measured it.
    """
    where = source or "ethstaker/eth-docker-docs, Resource Usage, April 2026"
    mainnet = f"{where}: {client} on mainnet"
    result: dict[tuple[str, Keeps], Sizing] = {
        ("mainnet", "full"): _sizing(memory, disk, disk / _WEEKS, mainnet),
        ("hoodi", "full"): _sizing(
            memory, disk, disk / _WEEKS, f"estimate: as mainnet, for hoodi has as many validators ({mainnet})"
        ),
        ("sepolia", "full"): _sizing(
            memory // 2,
            disk // 2,
            disk / 2 / _WEEKS,
            f"estimate: half of mainnet, for sepolia's states are small ({mainnet})",
        ),
    }
    if archive:
        growth = archive.disk / _ARCHIVE_WEEKS
        result["mainnet", "archive"] = _sizing(memory, archive.disk, growth, f"{archive.source}; memory from {mainnet}")
    return MappingProxyType(result)


def _sizing(memory: int, disk: int, growth: float, source: str) -> Sizing:
    return Sizing(cpu="2", memory=f"{memory}Gi", disk=disk, growth=round(growth, 1), source=source)
