"""What a picture of a fleet shows: networks, their nodes and validators, who may call, and who the peers are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.networks.chain import chain_of
from ethgen.stack import releases

if TYPE_CHECKING:
    from ethgen.spec import NetworkSpec
    from ethgen.spec.network import KeySet, Network, Rpc
    from ethgen.spec.node import NodeGroup


@dataclass(frozen=True)
class Nodes:
    """A node group; `lines` say what its pods are, from the clients to the volume."""

    name: str
    pods: int
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Validators:
    """A key set and the process that signs with it."""

    name: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class FleetNetwork:
    """A network, which is a namespace.

    Attributes:
        name: of the network and its namespace.
        chain: what it is, in a few words.
        nodes: its node groups.
        validators: its key sets.
        service: type of the Service `rpc`.
        callers: who may call JSON-RPC; empty where nobody outside the namespace may.
        peers: whom its nodes are connected to, in two lines.
    """

    name: str
    chain: str
    nodes: tuple[Nodes, ...]
    validators: tuple[Validators, ...]
    service: str
    callers: tuple[str, ...]
    peers: tuple[str, str]


@dataclass(frozen=True)
class Fleet:
    """An environment."""

    name: str
    facts: str
    networks: tuple[FleetNetwork, ...]


def fleet_of(spec: NetworkSpec) -> Fleet:
    """Return what a picture of an environment shows.

    Raises:
        SpecError: the spec cannot be rendered.
    """
    installed = [release.name for release in releases(spec) if release.installed]
    networks = {name: network for name, network in spec.networks.items() if name in installed}
    pods = sum(group.replicas for network in networks.values() for group in network.nodes.values())
    signers = sum(len(network.validators) for network in networks.values())
    facts = [f"profile {spec.profile}", f"context {spec.context}", _count(len(networks), "network")]
    facts += [_count(pods, "node"), *([_count(signers, "validator process", "validator processes")] if signers else [])]
    if spec.cluster.zones:
        facts.append(f"zones {', '.join(spec.cluster.zones)}")
    drawn = tuple(_network(name, network) for name, network in networks.items())
    return Fleet(spec.environment, " · ".join(facts), drawn)


def _network(name: str, network: Network) -> FleetNetwork:
    chain = chain_of(network)
    private = f"private, chain id {chain.chain_id}, {chain.seconds_per_slot} s slots"
    return FleetNetwork(
        name=name,
        chain=private if chain.private else f"{chain.name}, chain id {chain.chain_id}",
        nodes=tuple(_nodes(group_name, group) for group_name, group in network.nodes.items()),
        validators=tuple(_validators(key_set, chosen) for key_set, chosen in network.validators.items()),
        service=network.rpc.service,
        callers=_callers(network.rpc),
        peers=("each other", "no peers outside") if chain.private else (f"{chain.name} peers", "on the internet"),
    )


def _nodes(name: str, group: NodeGroup) -> Nodes:
    execution, consensus = EXECUTION_CLIENTS[group.execution.client], CONSENSUS_CLIENTS[group.consensus.client]
    version = group.execution.version or execution.version
    beacon = f"{consensus.name} {group.consensus.version or consensus.version}"
    lines = (
        f"execution: {execution.name} {version}, {group.execution.retention}",
        f"consensus: {consensus.name}, inside {consensus.inside}" if consensus.inside else f"consensus: {beacon}",
        f"volume: {group.storage} each" if group.replicas > 1 else f"volume: {group.storage}",
    )
    return Nodes(name, group.replicas, lines)


def _validators(name: str, key_set: KeySet) -> Validators:
    client = CONSENSUS_CLIENTS[key_set.client]
    return Validators(name, (f"{client.name} {key_set.version or client.version}", _count(key_set.keys, "key")))


def _callers(rpc: Rpc) -> tuple[str, ...]:
    everybody = [cidr for cidr in rpc.from_cidrs if cidr.endswith("/0")]
    ranges = (f"any address ({cidr})" if cidr in everybody else f"addresses {cidr}" for cidr in rpc.from_cidrs)
    return (*ranges, *(f"namespace {namespace}" for namespace in rpc.from_namespaces))


def _count(number: int, noun: str, plural: str = "") -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {plural or f'{noun}s'}"
