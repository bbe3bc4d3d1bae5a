"""Names of networks and clients that the catalogue does not have."""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.networks import chain
from ethgen.spec.checks import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from ethgen.spec.network import Network


def problems(here: tuple[str, ...], network: Network) -> list[Problem]:
    """Return every unknown name of the network at `here`."""
    return [*_unknown((*here, "chain"), network.chain, chain.NAMES, "a network"), *_clients(here, network)]


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
        execution, consensus = ((*here, "nodes", name, layer, "client") for layer in ("execution", "consensus"))
        yield from _unknown(execution, group.execution.client, EXECUTION_CLIENTS, "an execution client")
        yield from _unknown(consensus, group.consensus.client, CONSENSUS_CLIENTS, "a consensus client")
    signing = [name for name, client in CONSENSUS_CLIENTS.items() if client.validator is not None]
    for name, key_set in network.validators.items():
        # One that has no validator process is known, and refused with that reason (`ethgen.stack.checks.pairs`).
        if key_set.client not in CONSENSUS_CLIENTS:
            path = (*here, "validators", name, "client")
            yield from _unknown(path, key_set.client, signing, "a validator client")


def _unknown(path: tuple[str, ...], found: str, known: Collection[str], kind: str) -> Iterator[Problem]:
    if found in known:
        return
    names = sorted(known)
    near = difflib.get_close_matches(found, names, n=1)
    suggestion = f'; did you mean "{near[0]}"?' if near else ""
    written = json.dumps(found, ensure_ascii=False)
    yield Problem(path, f"{written} is not {kind}{suggestion} ({', '.join(names)})")
