"""Whether processes may use what they request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.spec.checks import Problem
from ethgen.spec.types import bytes_of
from ethgen.stack.checks.chosen import chosen_of
from ethgen.stack.resources import consensus_sizing, execution_sizing, resources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.clients.facts import Sizing
    from ethgen.spec import NetworkSpec
    from ethgen.spec.network import Network
    from ethgen.stack.checks.chosen import Chosen


def problems_of(spec: NetworkSpec) -> Iterator[Problem]:
    """Yield every memory limit that is below what the process requests, which the API server refuses."""
    for name, network in spec.networks.items():
        for each in chosen_of(("networks", name), network):
            limit = each.section.resources.memory_limit
            if limit is None or each.runs_in != each.path:
                # A client inside another has no process of its own, and `ethgen.stack.checks.pairs` refuses its limit.
                continue
            requested = resources(spec.profile, each.process, each.section.resources, _sizing(each, network))
            request = requested["requests"]["memory"]
            if bytes_of(limit) < bytes_of(request):
                owner = "resources.memory" if each.section.resources.memory else "the default of resources.memory"
                text = f"{limit} is less than {owner}, {request}; raise it, or request less"
                yield Problem((*each.path, "resources", "memoryLimit"), text)


def _sizing(each: Chosen, network: Network) -> Sizing | None:
    """Return what a process needs on its network; a validator client is sized by its own process alone."""
    _, _, kind, name, *layer = each.path
    if kind == "validators":
        return None
    retention = network.nodes[name].execution.retention
    if layer == ["execution"]:
        return execution_sizing(EXECUTION_CLIENTS[each.client.name], network, retention)
    return consensus_sizing(CONSENSUS_CLIENTS[each.client.name], network, retention)
