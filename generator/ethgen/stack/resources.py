"""What a client's process asks of its host, by the spec, the profile and the catalogue in this order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.chart import values as chart
from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.spec.checks import Problem
from ethgen.spec.profiles import PROFILES
from ethgen.spec.types import bytes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.clients.facts import Process
    from ethgen.spec import NetworkSpec
    from ethgen.spec.model import Profile
    from ethgen.spec.network import Network
    from ethgen.spec.node import Client, Resources


def resources(profile: Profile, process: Process, chosen: Resources) -> chart.Resources:
    """Return the requests and limits of a process."""
    default = PROFILES[profile]
    requests = {
        "cpu": chosen.cpu or default.cpu or process.cpu,
        "memory": chosen.memory or default.memory or process.memory,
    }
    limits = {"memory": chosen.memory_limit} if chosen.memory_limit else {}
    return chart.Resources.model_validate({"requests": requests, "limits": limits})


def problems_of(spec: NetworkSpec) -> Iterator[Problem]:
    """Yield every memory limit that is below what the process requests, which the API server refuses."""
    for name, network in spec.networks.items():
        for path, process, client in _processes(network):
            limit, here = client.resources.memory_limit, ("networks", name, *path, "resources", "memoryLimit")
            request = resources(spec.profile, process, client.resources).requests["memory"]
            if limit is not None and bytes_of(limit) < bytes_of(request):
                owner = "resources.memory" if client.resources.memory else "the default of resources.memory"
                yield Problem(here, f"{limit} is less than {owner}, {request}; raise it, or request less")


def _processes(network: Network) -> Iterator[tuple[tuple[str, ...], Process, Client]]:
    """Yield where each process stands in a network's section, with what the catalogue and the spec say of it."""
    for name, group in network.nodes.items():
        if group.execution.client in EXECUTION_CLIENTS:
            yield ("nodes", name, "execution"), EXECUTION_CLIENTS[group.execution.client].process, group.execution
        if group.consensus.client in CONSENSUS_CLIENTS:
            yield ("nodes", name, "consensus"), CONSENSUS_CLIENTS[group.consensus.client].process, group.consensus
    for name, key_set in network.validators.items():
        if key_set.client in CONSENSUS_CLIENTS:
            yield ("validators", name), CONSENSUS_CLIENTS[key_set.client].validator.process, key_set
