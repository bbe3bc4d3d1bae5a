"""Whether volumes hold what the clients of a pod write, by the sizing of the catalogue.

Less than both clients take after a first sync is warned of, for the figures are other people's measurements and leave
nothing for growth. Less than half of it is refused: no measurement is wrong by a factor of two, and such a node would
sync for days and stop.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.spec.checks import Problem
from ethgen.spec.types import bytes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.clients.facts import Sizing
    from ethgen.spec.network import Network
    from ethgen.spec.node import NodeGroup

# Below this share of the measured size a volume is refused.
_REFUSED = Decimal("0.5")


class _Need(NamedTuple):
    """What both clients of a group take after a first sync."""

    gibibytes: int
    text: str


def problems(here: tuple[str, ...], network: Network) -> Iterator[Problem]:
    """Yield every group of the network at `here` whose volume is less than half of what it needs."""
    for name, group in network.nodes.items():
        need = _need(network, group)
        if need and _gibibytes(group.storage) < need.gibibytes * _REFUSED:
            cure = f"use {need.gibibytes}Gi or more, or keep less history"
            yield Problem((*here, "nodes", name, "storage"), f"{group.storage} is not half of {need.text}; {cure}")


def warnings(here: tuple[str, ...], network: Network) -> Iterator[Problem]:
    """Yield every group of the network at `here` whose volume is less than what it needs, but not refused."""
    for name, group in network.nodes.items():
        need = _need(network, group)
        if need and need.gibibytes * _REFUSED <= _gibibytes(group.storage) < need.gibibytes:
            yield Problem((*here, "nodes", name, "storage"), f"{group.storage} is less than {need.text}")


def _gibibytes(quantity: str) -> Decimal:
    return bytes_of(quantity) / 1024**3


def _need(network: Network, group: NodeGroup) -> _Need | None:
    """Return what a group needs, None where one of its figures is not known."""
    execution = EXECUTION_CLIENTS[group.execution.client]
    consensus = CONSENSUS_CLIENTS[group.consensus.client]
    retention = group.execution.retention
    parts = (
        (execution.name, execution.sizing.get((network.chain, retention))),
        (consensus.name, consensus.sizing.get((network.chain, "archive" if retention == "archive" else "full"))),
    )
    known = [(name, sizing) for name, sizing in parts if sizing is not None]
    if len(known) < len(parts):
        return None
    total = sum(sizing.disk for _, sizing in known)
    which = " and ".join(f"{sizing.disk} GiB of {name} ({_source(sizing)})" for name, sizing in known)
    return _Need(total, f"the {total} GiB that {retention} takes on {network.chain} after a first sync: {which}")


def _source(sizing: Sizing) -> str:
    return sizing.source.strip().rstrip(".")
