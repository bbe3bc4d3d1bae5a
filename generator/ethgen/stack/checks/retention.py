"""How much history a client can keep on a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.networks import chain
from ethgen.spec.checks import Problem
from ethgen.spec.ethereum import Retention

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ethgen.clients.facts import ExecutionClient
    from ethgen.spec.network import Network

# What is kept, from everything to the least: the order in which the spec's own type names the modes.
ORDER: tuple[Retention, ...] = get_args(Retention)

# A private network begins after the merge and is young: there is nothing yet to leave out.
_PRIVATE: tuple[Retention, ...] = ("archive", "full")


def problems(here: tuple[str, ...], network: Network) -> Iterator[Problem]:
    """Yield every retention of the network at `here` that its client, or the network itself, does not have."""
    for name, group in network.nodes.items():
        client, wanted = EXECUTION_CLIENTS[group.execution.client], group.execution.retention
        path = (*here, "nodes", name, "execution", "retention")
        sensible = _sensible(network)
        if wanted not in sensible:
            # geth, for one, refuses to start when it is told to leave out what a network does not have.
            what = "history before the merge" if wanted == "post-merge" else "history that a client knows"
            which = "a private network" if network.chain == "custom" else network.chain
            yield Problem(path, f"{which} has no {what} to leave out; use full")
        elif not _has(client, network.chain, wanted):
            can = [mode for mode in ORDER if mode in sensible and _has(client, network.chain, mode)]
            why = client.unavailable.get((network.chain, wanted))
            place = f" on {network.chain}, for {why}" if why else f"; nearest is {nearest(wanted, can)!r}"
            yield Problem(path, f"{client.name} cannot keep {wanted!r}{place} (it can: {', '.join(can)})")


def nearest(wanted: Retention, can: Sequence[Retention]) -> Retention:
    """Return the mode of `can` that keeps most nearly as much as `wanted`, of two as near the one that keeps more."""
    place = ORDER.index(wanted)
    return min(can, key=lambda mode: (abs(ORDER.index(mode) - place), ORDER.index(mode)))


def _has(client: ExecutionClient, network: str, mode: Retention) -> bool:
    return mode in client.retentions and (network, mode) not in client.unavailable


def _sensible(network: Network) -> tuple[Retention, ...]:
    if network.chain == "custom":
        return _PRIVATE
    if chain.PUBLIC[network.chain].proof_of_stake_only:
        return tuple(mode for mode in ORDER if mode != "post-merge")
    return ORDER
