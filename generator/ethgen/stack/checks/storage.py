"""Whether volumes hold what the clients of a pod write, by the sizing of the catalogue.

That is the data of both, and the data columns that validators make their beacon nodes keep. Less than all of it after a
first sync is warned of, for the figures are other people's measurements and leave nothing for growth. Less than half of
it is refused: no measurement is wrong by a factor of two, and such a node would sync for days and stop.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ethgen.spec.checks import Problem
from ethgen.spec.types import bytes_of
from ethgen.stack.checks.retention import ORDER
from ethgen.stack.resources import sizings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.spec.ethereum import Retention
    from ethgen.spec.network import Network
    from ethgen.spec.node import NodeGroup

# Below this share of the measured size a volume is refused.
_REFUSED = Decimal("0.5")


def problems(here: tuple[str, ...], network: Network) -> Iterator[Problem]:
    """Yield every group of the network at `here` whose volume is less than half of what it needs."""
    for name, group in network.nodes.items():
        need = _need(network, group, group.execution.retention)
        if _gibibytes(group) < need * _REFUSED:
            text = f"{group.storage} is not half of {_what(network, group, need)}"
            yield Problem((*here, "nodes", name, "storage"), text)


def warnings(here: tuple[str, ...], network: Network) -> Iterator[Problem]:
    """Yield every group of the network at `here` whose volume is less than what it needs, but not refused."""
    for name, group in network.nodes.items():
        need = _need(network, group, group.execution.retention)
        if need * _REFUSED <= _gibibytes(group) < need:
            text = f"{group.storage} is less than {_what(network, group, need)}"
            yield Problem((*here, "nodes", name, "storage"), text)


def _what(network: Network, group: NodeGroup, need: int) -> str:
    """Return what is needed, what would do, and where the figures are from."""
    retention = group.execution.retention
    cure = f"use {need}Gi or more"
    for less in ORDER[ORDER.index(retention) + 1 :]:
        if 0 < (smaller := _need(network, group, less)) <= _gibibytes(group):
            cure += f", or retention {less}, which takes {smaller} GiB"
            break
    sources = "; ".join(
        f"{name} {sizing.disk} GiB, {sizing.source.strip('. ')}"
        for name, sizing in sizings(network, group, retention).items()
        if sizing
    )
    return f"the {need} GiB that {retention} takes on {network.chain} after a first sync; {cure} ({sources})"


def _gibibytes(group: NodeGroup) -> Decimal:
    return bytes_of(group.storage) / 1024**3


def _need(network: Network, group: NodeGroup, retention: Retention) -> int:
    """Return the GiB that a group needs to keep so much, 0 where one of the figures is not known."""
    needs = list(sizings(network, group, retention).values())
    disks = [sizing.disk for sizing in needs if sizing]
    return sum(disks) if len(disks) == len(needs) else 0
