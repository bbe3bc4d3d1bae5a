"""Whether volumes hold what the clients of a pod write, by the sizing of the catalogue.

Less than both clients take after a first sync is warned of, for the figures are other people's measurements and leave
nothing for growth. Less than half of it is refused: no measurement is wrong by a factor of two, and such a node would
sync for days and stop.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.spec.checks import Problem
from ethgen.spec.types import bytes_of
from ethgen.stack.checks.retention import ORDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.clients.facts import Sizing
    from ethgen.spec.network import Network
    from ethgen.spec.node import NodeGroup, Retention

# Below this share of the measured size a volume is refused.
_REFUSED = Decimal("0.5")


def problems(here: tuple[str, ...], network: Network) -> Iterator[Problem]:
    """Yield every group of the network at `here` whose volume is less than half of what it needs."""
    for name, group in network.nodes.items():
        need = _need(network.chain, group, group.execution.retention)
        if _gibibytes(group) < need * _REFUSED:
            text = f"{group.storage} is not half of {_what(network.chain, group, need)}"
            yield Problem((*here, "nodes", name, "storage"), text)


def warnings(here: tuple[str, ...], network: Network) -> Iterator[Problem]:
    """Yield every group of the network at `here` whose volume is less than what it needs, but not refused."""
    for name, group in network.nodes.items():
        need = _need(network.chain, group, group.execution.retention)
        if need * _REFUSED <= _gibibytes(group) < need:
            text = f"{group.storage} is less than {_what(network.chain, group, need)}"
            yield Problem((*here, "nodes", name, "storage"), text)


def _what(network: str, group: NodeGroup, need: int) -> str:
    """Return what is needed, what would do, and where the figures are from."""
    retention = group.execution.retention
    cure = f"use {need}Gi or more"
    for less in ORDER[ORDER.index(retention) + 1 :]:
        if 0 < (smaller := _need(network, group, less)) <= _gibibytes(group):
            cure += f", or retention {less}, which takes {smaller} GiB"
            break
    sources = "; ".join(
        f"{name} {sizing.disk} GiB, {sizing.source.strip('. ')}"
        for name, sizing in _sizings(network, group, retention).items()
        if sizing
    )
    return f"the {need} GiB that {retention} takes on {network} after a first sync; {cure} ({sources})"


def _gibibytes(group: NodeGroup) -> Decimal:
    return bytes_of(group.storage) / 1024**3


def _need(network: str, group: NodeGroup, retention: Retention) -> int:
    """Return the GiB that a group needs to keep so much, 0 where one of the figures is not known."""
    sizings = list(_sizings(network, group, retention).values())
    disks = [sizing.disk for sizing in sizings if sizing]
    return sum(disks) if len(disks) == len(sizings) else 0


def _sizings(network: str, group: NodeGroup, retention: Retention) -> dict[str, Sizing | None]:
    """Return the sizing of both clients, by their names."""
    execution = EXECUTION_CLIENTS[group.execution.client]
    consensus = CONSENSUS_CLIENTS[group.consensus.client]
    return {
        execution.name: execution.sizing.get((network, retention)),
        consensus.name: consensus.sizing.get((network, "archive" if retention == "archive" else "full")),
    }
