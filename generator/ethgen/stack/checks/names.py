"""Names of networks and clients that the catalogue does not have."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.networks import chain
from ethgen.spec.checks import Problem
from ethgen.spec.near import nearest_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from ethgen.spec.network import Network


def problems(here: tuple[str, ...], network: Network) -> list[Problem]:
    """Return every unknown name of the network at `here`."""
    clients = list(_clients(here, network))
    if network.chain in chain.NAMES:
        return clients
    return [_unknown((*here, "chain"), network.chain, chain.NAMES, "a network"), *clients]


def known(network: Network) -> Network:
    """Return a network without the groups and key sets whose clients the catalogue does not have."""
    nodes = {
        name: group
        for name, group in network.nodes.items()
        if group.execution.client in EXECUTION_CLIENTS and group.consensus.client in CONSENSUS_CLIENTS
    }
    validators = {name: key_set for name, key_set in network.validators.items() if key_set.client in CONSENSUS_CLIENTS}
    if len(nodes) + len(validators) == len(network.nodes) + len(network.validators):
        return network
    return network.model_copy(update={"nodes": nodes, "validators": validators})


def _clients(here: tuple[str, ...], network: Network) -> Iterator[Problem]:
    for name, group in network.nodes.items():
        if group.execution.client not in EXECUTION_CLIENTS:
            path = (*here, "nodes", name, "execution", "client")
            yield _unknown(path, group.execution.client, EXECUTION_CLIENTS, "an execution client")
        if group.consensus.client not in CONSENSUS_CLIENTS:
            path = (*here, "nodes", name, "consensus", "client")
            yield _unknown(path, group.consensus.client, CONSENSUS_CLIENTS, "a consensus client")
    for name, key_set in network.validators.items():
        # One that has no validator process is known, and refused with that reason (`ethgen.stack.checks.pairs`).
        if key_set.client not in CONSENSUS_CLIENTS:
            path = (*here, "validators", name, "client")
            signing = [known for known, client in CONSENSUS_CLIENTS.items() if client.validator is not None]
            yield _unknown(path, key_set.client, signing, "a validator client")


def _unknown(path: tuple[str, ...], found: str, known: Collection[str], kind: str) -> Problem:
    names = sorted(known)
    near = nearest_of(found, names)
    suggestion = f'; did you mean "{near}"?' if near else ""
    written = json.dumps(found, ensure_ascii=False)
    return Problem(path, f"{written} is not {kind}{suggestion} ({', '.join(names)})")
