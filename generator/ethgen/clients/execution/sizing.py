"""What an execution client needs on each network, as a table of a few lines."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from ethgen.clients.facts import Sizing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ethgen.spec.ethereum import Retention

_MEASURED = "ethdocker.com, Client Resource Usage"
_ESTIMATE = "estimate"
_TESTNETS = f"{_ESTIMATE}: no measurement is published; a testnet's blocks and state, in the client's ratio on mainnet"


class Use(NamedTuple):
    """GiB after a first sync, and by how many they grow in a week."""

    disk: int
    growth: float
    source: str = ""


class Machine(NamedTuple):
    """Cores and memory to request on a network, as Kubernetes quantities."""

    cpu: str
    memory: str


def sizes(
    machines: Mapping[str, Machine], uses: Mapping[tuple[str, Retention], Use]
) -> Mapping[tuple[str, Retention], Sizing]:
    """Join what a process needs by network with what its data takes by network and retention.

    Args:
        machines: cores and memory by network.
        uses: disk by network and retention; a testnet's is an estimate where it names no source.
    """
    return MappingProxyType(
        {
            (network, retention): Sizing(
                machines[network].cpu,
                machines[network].memory,
                use.disk,
                use.growth,
                use.source or (_MEASURED if network == "mainnet" else _TESTNETS),
            )
            for (network, retention), use in uses.items()
        }
    )


def estimate(reason: str) -> str:
    """Return the source of a figure that nobody has measured."""
    return f"{_ESTIMATE}: {reason}"
