"""Which clients go together: in one pod, in a private network, and validators with beacon nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.spec.checks import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.spec.network import Network


def problems(here: tuple[str, ...], network: Network, *, every_node: bool = True) -> Iterator[Problem]:
    """Yield every client of the network at `here` that cannot be where it is.

    Args:
        here: path of the network's section.
        network: the network, of clients that the catalogue has.
        every_node: whether all its node groups are such, so that a validator without a beacon node surely has none.
    """
    if network.chain == "custom":
        yield from _not_private(here, network)
    yield from _outside(here, network)
    yield from _without_validator(here, network)
    # A private network whose groups have no replica is told as such; one without groups cannot be drawn.
    idle = network.nodes and not any(group.replicas for group in network.nodes.values())
    if every_node and not (network.chain == "custom" and idle):
        yield from _without_beacon_node(here, network)


def _not_private(here: tuple[str, ...], network: Network) -> Iterator[Problem]:
    for name, group in network.nodes.items():
        client = EXECUTION_CLIENTS[group.execution.client]
        if client.no_private:
            path = (*here, "nodes", name, "execution", "client")
            yield Problem(path, f"{client.name} cannot be part of a private network: {client.no_private}")


def _outside(here: tuple[str, ...], network: Network) -> Iterator[Problem]:
    """Yield each consensus client that runs inside an execution client, but not beside that or not as that does."""
    for name, group in network.nodes.items():
        client, path = CONSENSUS_CLIENTS[group.consensus.client], (*here, "nodes", name)
        if not client.inside:
            continue
        if group.execution.client != client.inside:
            text = f"{client.name} runs inside {client.inside}, and the execution client is {group.execution.client}"
            yield Problem((*path, "consensus", "client"), f"{text}; use {client.inside}, or another consensus client")
        own = group.consensus
        given = {"version": own.version, "image": own.image, "resources": own.resources.model_fields_set}
        for field, value in given.items():
            if value:
                text = f"{client.name} runs inside {client.inside}; set nodes.{name}.execution.{field} in its place"
                yield Problem((*path, "consensus", field), text)


def _without_validator(here: tuple[str, ...], network: Network) -> Iterator[Problem]:
    for name, key_set in network.validators.items():
        if CONSENSUS_CLIENTS[key_set.client].validator is None:
            others = ", ".join(sorted(client.name for client in CONSENSUS_CLIENTS.values() if client.validator))
            text = f"{key_set.client} has no validator process of its own ({others} have one)"
            yield Problem((*here, "validators", name, "client"), text)


def _without_beacon_node(here: tuple[str, ...], network: Network) -> Iterator[Problem]:
    for name, key_set in network.validators.items():
        validator = CONSENSUS_CLIENTS[key_set.client].validator
        if validator is None:
            continue
        replicas = _replicas_with(validator.beacon_port, network)
        if sum(replicas.values()):
            continue
        groups = ", ".join(f"nodes.{group}" for group in replicas or network.nodes) or "no node"
        lack = f"no replica of {groups} runs" if replicas else f"{groups} has none"
        text = f"a validator of {key_set.client} needs {validator.beacon_port} of a beacon node; {lack}"
        yield Problem((*here, "validators", name, "client"), text)


def _replicas_with(beacon_port: str, network: Network) -> dict[str, int]:
    """Return the number of replicas of each group whose beacon nodes have a port."""
    return {
        name: group.replicas
        for name, group in network.nodes.items()
        for port in CONSENSUS_CLIENTS[group.consensus.client].process.ports
        if port.purpose == "beacon" and port.name == beacon_port
    }
