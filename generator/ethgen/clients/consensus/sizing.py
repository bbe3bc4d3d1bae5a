"""What beacon nodes need, by network, by whether they keep all states, and by the validators attached to them."""

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

# Groups of data columns, each of one column: NUMBER_OF_CUSTODY_GROUPS of configs/mainnet.yaml, and the fewest of a node
# with validators, VALIDATOR_CUSTODY_REQUIREMENT; from there on, one for each 32 ETH of them (consensus-specs,
# specs/fulu/validator.md, "Validator custody").
_GROUPS = 128
_FEWEST_GROUPS = 8

# GiB that all groups take beside the fewest, for the 4,096 epochs that they are kept: ethstaker/eth-docker-docs,
# Resource Usage, April 2026, of a "supernode".
_ALL_GROUPS = 500


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


def custody(keys: int) -> Sizing | None:
    """Return what a beacon node needs beside its own figures for the data columns of validators, from Fulu on.

    The groups of columns grow with the balance, here with 32 ETH for a key: a key with more (EIP-7251) takes more
    groups than are told. Disk does not grow any more once the oldest columns are dropped. What the columns take of CPU
    and memory is left out, for nobody has measured it.

    Args:
        keys: how many validators are attached to the node.

    Returns:
        None where the node's own figures hold it.
    """
    groups = min(keys, _GROUPS)
    if groups <= _FEWEST_GROUPS:
        return None
    disk = -(-_ALL_GROUPS * (groups - _FEWEST_GROUPS) // (_GROUPS - _FEWEST_GROUPS))
    source = (
        f"estimate: {groups} of {_GROUPS} groups for {keys} validators of 32 ETH (consensus-specs, fulu/validator.md), "
        f"where all take {_ALL_GROUPS} GiB (ethstaker/eth-docker-docs, Resource Usage, April 2026)"
    )
    return Sizing(cpu="0", memory="0Mi", disk=disk, growth=0, source=source)


def _sizing(memory: int, disk: int, growth: float, source: str) -> Sizing:
    return Sizing(cpu="2", memory=f"{memory}Gi", disk=disk, growth=round(growth, 1), source=source)
