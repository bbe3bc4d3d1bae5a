"""Every process that a network's section asks for, beside what the catalogue knows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ethgen.clients.facts import ConsensusClient, ExecutionClient, Process
    from ethgen.spec.network import Network
    from ethgen.spec.node import Client


class Chosen(NamedTuple):
    """One client of one section.

    Attributes:
        path: path of its section in the spec.
        client: what the catalogue knows of it.
        process: what the catalogue knows of its process.
        section: what the spec says.
        version: the version that runs: the spec's, else the catalogue's.
        runs_in: path of the section that its process and version belong to: its own, or that of a client around it.
    """

    path: tuple[str, ...]
    client: ExecutionClient | ConsensusClient
    process: Process
    section: Client
    version: str
    runs_in: tuple[str, ...]

    def container(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the process's container in the values of the chart that its network is drawn to."""
        kind, name, *layer = self.runs_in[2:]
        found: Mapping[str, Any] = values[kind][name][layer[0] if layer else "container"]
        return found


def chosen_of(here: tuple[str, ...], network: Network) -> list[Chosen]:
    """Return every client of the network at `here`, all of which the catalogue has."""
    found: list[Chosen] = []
    for name, group in network.nodes.items():
        path = (*here, "nodes", name)
        execution, consensus = EXECUTION_CLIENTS[group.execution.client], CONSENSUS_CLIENTS[group.consensus.client]
        around = _alone((*path, "execution"), execution, execution.process, group.execution)
        found.append(around)
        if consensus.inside and consensus.inside != execution.name:
            # `ethgen.stack.checks.pairs` reports it: it has no process and no version.
            continue
        if consensus.inside:
            inner = (*path, "consensus")
            found.append(Chosen(inner, consensus, around.process, group.consensus, around.version, around.path))
        else:
            found.append(_alone((*path, "consensus"), consensus, consensus.process, group.consensus))
    for name, key_set in network.validators.items():
        client = CONSENSUS_CLIENTS[key_set.client]
        if client.validator is not None:
            found.append(_alone((*here, "validators", name), client, client.validator.process, key_set))
    return found


def _alone(
    path: tuple[str, ...], client: ExecutionClient | ConsensusClient, process: Process, section: Client
) -> Chosen:
    return Chosen(path, client, process, section, section.version or client.version, path)
