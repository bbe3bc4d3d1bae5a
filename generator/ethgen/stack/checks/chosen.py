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
    """Return every client of the network at `here` that the catalogue has."""
    found: list[Chosen] = []
    for name, group in network.nodes.items():
        path = (*here, "nodes", name)
        around: Chosen | None = None
        if execution := EXECUTION_CLIENTS.get(group.execution.client):
            around = _alone((*path, "execution"), execution, execution.process, group.execution)
            found.append(around)
        consensus, inner = CONSENSUS_CLIENTS.get(group.consensus.client), (*path, "consensus")
        if consensus and not consensus.inside:
            found.append(_alone(inner, consensus, consensus.process, group.consensus))
        elif consensus and around and consensus.inside == around.client.name:
            # Beside another one it has no process and no version, which `ethgen.stack.checks.pairs` reports.
            found.append(Chosen(inner, consensus, around.process, group.consensus, around.version, around.path))
    for name, key_set in network.validators.items():
        client = CONSENSUS_CLIENTS.get(key_set.client)
        if client and client.validator:
            found.append(_alone((*here, "validators", name), client, client.validator.process, key_set))
    return found


def _alone(
    path: tuple[str, ...], client: ExecutionClient | ConsensusClient, process: Process, section: Client
) -> Chosen:
    return Chosen(path, client, process, section, section.version or client.version, path)
