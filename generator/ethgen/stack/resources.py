"""What a client's process asks of its host, by the spec, the profile and the catalogue in this order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.consensus.sizing import custody
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.spec.profiles import PROFILES
from ethgen.spec.types import bytes_of

if TYPE_CHECKING:
    from ethgen.clients.facts import ConsensusClient, ExecutionClient, Process, Sizing
    from ethgen.spec.ethereum import Retention
    from ethgen.spec.model import Profile
    from ethgen.spec.network import Network
    from ethgen.spec.node import NodeGroup, Resources


def resources(
    profile: Profile, process: Process, chosen: Resources, sizing: Sizing | None = None
) -> dict[str, dict[str, str]]:
    """Return the requests and limits of a process, `Resources` in `ethgen.chart.values`.

    Args:
        profile: the environment's profile.
        process: what the catalogue knows of the process.
        chosen: what the spec says.
        sizing: what the process needs on its network, where that is known.
    """
    default, known = PROFILES[profile], sizing or process
    requests = {
        "cpu": chosen.cpu or default.cpu or known.cpu,
        "memory": chosen.memory or default.memory or known.memory,
    }
    limits = {"memory": chosen.memory_limit} if chosen.memory_limit else {}
    return {"requests": requests, "limits": limits}


def environment(process: Process, chosen: Resources, sizing: Sizing | None = None) -> dict[str, str]:
    """Return the environment variables of a process, the bound of its heap among them where it is one of Java.

    The heap is a share of the memory that the spec gives, else of what the process is known to need, and in no case of
    more than the limit. A profile's own default is no measure: it is what a host sets aside, and not what may be used.

    Args:
        process: what the catalogue knows of the process.
        chosen: what the spec says.
        sizing: what the process needs on its network, where that is known.
    """
    heap = process.heap
    if heap is None:
        return dict(process.env)
    memory = bytes_of(chosen.memory or (sizing or process).memory)
    if chosen.memory_limit:
        memory = min(memory, bytes_of(chosen.memory_limit))
    mebibytes = int(memory * heap.percent / 100) // 1024**2
    most = heap.most * 1024
    return {**process.env, heap.variable: f"-Xmx{min(mebibytes, most) if most else mebibytes}m"}


def execution_sizing(client: ExecutionClient, network: Network, retention: Retention) -> Sizing | None:
    """Return what an execution client needs on a network, None where that is not known."""
    return client.sizing.get((network.chain, retention))


def consensus_sizing(client: ConsensusClient, network: Network, retention: Retention) -> Sizing | None:
    """Return what a beacon node needs beside an execution client of a retention, None where that is not known."""
    return client.sizing.get((network.chain, "archive" if retention == "archive" else "full"))


def sizings(network: Network, group: NodeGroup, retention: Retention) -> dict[str, Sizing | None]:
    """Return what a pod of a group needs to keep so much, by the names of its clients, None for what is not known.

    `data columns` stands for those of the network's validators. Each of them may call each beacon node, for all are
    behind one Service.
    """
    execution, consensus = EXECUTION_CLIENTS[group.execution.client], CONSENSUS_CLIENTS[group.consensus.client]
    columns = custody(sum(key_set.keys for key_set in network.validators.values()))
    return {
        execution.name: execution_sizing(execution, network, retention),
        consensus.name: consensus_sizing(consensus, network, retention),
        **({"data columns": columns} if columns else {}),
    }
