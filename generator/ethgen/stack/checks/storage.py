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
from ethgen.stack.checks.retention import ORDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.spec.network import Network
    from ethgen.spec.node import NodeGroup, Retention

# Below this share of the measured size a volume is refused.
_REFUSED = Decimal("0.5")


class _Need(NamedTuple):
    """What both clients of a group take after a first sync, in GiB, and a text of the single figures with sources."""

    total: int
    parts: str


def problems(here: tuple[str, ...], network: Network) -> Iterator[Problem]:
    """Yield every group of the network at `here` whose volume is less than half of what it needs."""
    for name, group in network.nodes.items():
        need = _need(network.chain, group, group.execution.retention)
        if need and _gibibytes(group) < need.total * _REFUSED:
            text = f"{group.storage} is not half of {_what(network, group, need)}"
            yield Problem((*here, "nodes", name, "storage"), text)


def warnings(here: tuple[str, ...], network: Network) -> Iterator[Problem]:
    """Yield every group of the network at `here` whose volume is less than what it needs, but not refused."""
    for name, group in network.nodes.items():
        need = _need(network.chain, group, group.execution.retention)
        if need and need.total * _REFUSED <= _gibibytes(group) < need.total:
            text = f"{group.storage} is less than {_what(network, group, need)}"
            yield Problem((*here, "nodes", name, "storage"), text)


def _what(network: Network, group: NodeGroup, need: _Need) -> str:
    retention = group.execution.retention
    cure = f"use {need.total}Gi or more"
    for less in ORDER[ORDER.index(retention) + 1 :]:
        smaller = _need(network.chain, group, less)
        if smaller and smaller.total <= _gibibytes(group):
            cure += f", or retention {less}, which takes {smaller.total} GiB"
            break
    measured = f"the {need.total} GiB that {retention} takes on {network.chain} after a first sync"
    return f"{measured}; {cure} ({need.parts})"


def _gibibytes(group: NodeGroup) -> Decimal:
    return bytes_of(group.storage) / 1024**3


def _need(network: str, group: NodeGroup, retention: Retention) -> _Need | None:
    """Return what a group needs to keep so much, None where one of the figures is not known."""
    execution = EXECUTION_CLIENTS[group.execution.client]
    consensus = CONSENSUS_CLIENTS[group.consensus.client]
    found = (
        (execution.name, execution.sizing.get((network, retention))),
        (consensus.name, consensus.sizing.get((network, "archive" if retention == "archive" else "full"))),
    )
    known = [(name, sizing) for name, sizing in found if sizing is not None]
    if len(known) < len(found):
        return None
    parts = "; ".join(f"{name} {sizing.disk} GiB, {sizing.source.strip('. ')}" for name, sizing in known)
    return _Need(sum(sizing.disk for _, sizing in known), parts)
