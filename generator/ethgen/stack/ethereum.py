"""An Ethereum network: its spec and the client catalogue resolved into the values of the chart.

Values are drawn as plain data, with every default spelled out and the keys in the order of `ethgen.chart.values`, whose
types take longer to import than a network to draw; a test holds what is drawn against them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from ethgen import __version__
from ethgen.chart import standard
from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.clients.facts import ConsensusContext, ExecutionContext, ValidatorContext
from ethgen.networks.chain import chain_of
from ethgen.spec.checks import Problem
from ethgen.stack import genesis_parts, peers
from ethgen.stack.genesis_parts import PART_BYTES
from ethgen.stack.health import health
from ethgen.stack.known import installed_of
from ethgen.stack.monitoring import PROMETHEUS
from ethgen.stack.release import Chart, Release
from ethgen.stack.resources import consensus_sizing, environment, execution_sizing, resources
from ethgen.stack.scheduling import common

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.clients.facts import Arguments, ExecutionClient, Port, Process, Sizing
    from ethgen.networks.facts import Chain
    from ethgen.spec import NetworkSpec
    from ethgen.spec.network import Network
    from ethgen.spec.node import Client, NodeGroup

CHART = Chart("ethereum-infrastructure")

# Used where no fee recipient is known: a beacon node without validators proposes nothing.
_NO_FEE_RECIPIENT = "0x0000000000000000000000000000000000000000"


def release(spec: NetworkSpec, name: str, network: Network) -> Release:
    """Return the release of one network.

    Args:
        spec: the environment it belongs to, free of problems (`ethgen.stack.checks`).
        name: the network's name, its namespace and its release.
        network: the network's section.
    """
    # Where its monitors are drawn, their kind must be known; classes of its volumes and pods come before them.
    needs = installed_of(spec, "cluster-base", *([PROMETHEUS] if spec.metrics.service_monitor else []))
    return Release(name, name, "ethereum", CHART, _values(spec, name, network), needs=needs)


def too_large(release: Release) -> Iterator[Problem]:
    """Yield what Kubernetes would refuse for its size: the files of all replicas of a group stand in one ConfigMap."""
    for name, group in release.values.get("nodes", {}).items():
        size = sum(len(key) + len(text.encode()) for key, text in group.get("files", {}).items())
        if size > PART_BYTES:
            text = f"the peers of {group['replicas']} replicas take {size:,} bytes of a ConfigMap, which holds 1 MiB"
            yield Problem(("networks", release.name, "nodes", name, "replicas"), f"{text}; use fewer replicas")


def agent_image(spec: NetworkSpec) -> str:
    """Return the reference of the agent's image in an environment."""
    return f"{spec.cluster.registry}/ethgen/agent:{__version__}"


def _values(spec: NetworkSpec, name: str, network: Network) -> dict[str, Any]:
    chain, shared = chain_of(network), common(spec)
    return {
        "network": name,
        "chainId": chain.chain_id,
        **({"genesis": {"parts": genesis_parts.parts_of(network)}} if chain.private else {}),
        "agent": {
            "image": agent_image(spec),
            "port": standard.AGENT_PORT,
            "resources": {"requests": standard.AGENT_REQUESTS, "limits": standard.AGENT_LIMITS},
        },
        "imagePullPolicy": standard.IMAGE_PULL_POLICY,
        "imagePullSecrets": shared["imagePullSecrets"],
        "nodes": {group: _group(spec, name, network, group) for group in network.nodes},
        "validators": {key_set: _key_set(spec, network, key_set) for key_set in network.validators},
        "access": {
            "serviceType": network.rpc.service,
            "annotations": network.rpc.annotations,
            "fromCidrs": network.rpc.from_cidrs,
            "fromNamespaces": network.rpc.from_namespaces,
        },
        "metrics": shared["metrics"],
        "p2pFromAnywhere": not chain.private,
        **shared,
        **({"priorityClassName": network.priority_class} if network.priority_class else {}),
    }


def _group(spec: NetworkSpec, name: str, network: Network, group_name: str) -> dict[str, Any]:
    group, chain = network.nodes[group_name], chain_of(network)
    execution, consensus = EXECUTION_CLIENTS[group.execution.client], CONSENSUS_CLIENTS[group.consensus.client]
    return {
        "replicas": group.replicas,
        "execution": _execution(spec, network, group),
        **({} if consensus.inside else {"consensus": _consensus(spec, network, group)}),
        "health": health(group.health, chain, consensus.process.port(consensus.api_port)),
        "files": peers.files(name, network, group_name),
        "nodeKeys": chain.private,
        "storage": group.storage,
        **_storage_class(spec),
        "terminationGracePeriodSeconds": max(execution.process.stop_seconds, consensus.process.stop_seconds),
        "drainSeconds": standard.DRAIN_SECONDS,
    }


def _storage_class(spec: NetworkSpec) -> dict[str, str]:
    chosen = spec.cluster.storage.class_
    return {} if chosen is None else {"storageClass": chosen}


def _execution(spec: NetworkSpec, network: Network, group: NodeGroup) -> dict[str, Any]:
    """Return the container of the execution client, with the consensus client where that runs inside it."""
    chain, client = chain_of(network), EXECUTION_CLIENTS[group.execution.client]
    consensus = CONSENSUS_CLIENTS[group.consensus.client]
    context = ExecutionContext(
        chain,
        group.execution.retention,
        tuple(group.execution.apis),
        version=group.execution.version or client.version,
        consensus=consensus.name,
    )
    sizing = execution_sizing(client, network, group.execution.retention)
    process = client.process
    arguments = (*client.arguments(context), *_retention(client, group, chain))
    if consensus.inside:
        process = replace(process, ports=(*process.ports, *consensus.process.ports))
        own = consensus.arguments(_consensus_context(network, chain, group))
        arguments = (*arguments, *own, *group.consensus.extra_args)
    return _container(
        spec, _Part(client.name, client.version, process, group.execution, sizing), arguments, client.init(context)
    )


def _consensus(spec: NetworkSpec, network: Network, group: NodeGroup) -> dict[str, Any]:
    client, context = CONSENSUS_CLIENTS[group.consensus.client], _consensus_context(network, chain_of(network), group)
    sizing = consensus_sizing(client, network, group.execution.retention)
    part = _Part(client.name, client.version, client.process, group.consensus, sizing)
    return _container(spec, part, client.arguments(context), client.init(context))


def _consensus_context(network: Network, chain: Chain, group: NodeGroup) -> ConsensusContext:
    recipients = [key_set.fee_recipient for key_set in network.validators.values()]
    client = CONSENSUS_CLIENTS[group.consensus.client]
    # What runs inside an execution client is of that one's version.
    section = group.execution if client.inside else group.consensus
    return ConsensusContext(
        chain=chain,
        retention=group.execution.retention,
        checkpoint_url=_literal(network.checkpoint_url or chain.checkpoint_url),
        fee_recipient=recipients[0] if recipients else _NO_FEE_RECIPIENT,
        version=section.version or client.version,
    )


def _literal(text: str) -> str:
    """Return text as it has to stand in an argument, where Kubernetes takes `$(NAME)` for a variable and `$$` for `$`.

    Only `extraArgs` are left to their author, who may want a variable of the pod.
    """
    return text.replace("$", "$$")


def _retention(client: ExecutionClient, group: NodeGroup, chain: Chain) -> Arguments:
    # A private network is small: its clients keep everything, in the way that survives a kill.
    return () if chain.private else client.retention_arguments(chain.name, group.execution.retention)


def _key_set(spec: NetworkSpec, network: Network, name: str) -> dict[str, Any]:
    key_set, chain = network.validators[name], chain_of(network)
    client = CONSENSUS_CLIENTS[key_set.client]
    validator, version = client.validator, key_set.version or client.version
    if validator is None:
        # `ethgen.stack.checks` reports it first.
        raise KeyError(client.name)
    graffiti = _literal(key_set.graffiti)
    context = ValidatorContext(chain, key_set.fee_recipient, graffiti, _beacon_addresses(network), version)
    container = _container(
        spec,
        _Part(client.name, client.version, validator.process, key_set),
        validator.arguments(context),
        validator.init(context),
    )
    return {
        # Two signers of one key get its validator slashed.
        "replicas": 1,
        "container": container,
        "secret": f"keystores-{name}",
        "keys": key_set.keys,
        "keystores": validator.keystores,
        "validatorsDir": validator.validators,
        "storage": key_set.storage,
        **_storage_class(spec),
        "terminationGracePeriodSeconds": validator.process.stop_seconds,
    }


def _beacon_addresses(network: Network) -> dict[str, str]:
    """Return `host:port` of every beacon port, by name.

    A Service has one number for a port, whatever number its pods have for it. The chart takes that of the first group
    by name.
    """
    addresses: dict[str, str] = {}
    for _, group in sorted(network.nodes.items()):
        for port in CONSENSUS_CLIENTS[group.consensus.client].process.ports:
            if port.purpose == "beacon":
                addresses.setdefault(port.name, f"beacon:{port.number}")
    return addresses


class _Part(NamedTuple):
    """A process of the catalogue and what a spec chose for it."""

    client: str
    version: str
    process: Process
    chosen: Client
    sizing: Sizing | None = None


def _container(
    spec: NetworkSpec, part: _Part, arguments: Arguments, init: tuple[Arguments, ...] = ()
) -> dict[str, Any]:
    process, chosen = part.process, part.chosen
    return {
        "client": part.client,
        "image": chosen.image or process.reference(chosen.version or part.version),
        "command": list(process.command),
        "args": [*arguments, *chosen.extra_args],
        "init": [list(step) for step in init],
        "initCommand": list(process.command) if init else [],
        "env": environment(process, chosen.resources, part.sizing),
        "ports": _ports(process.ports),
        "metricsPath": process.metrics_path,
        "resources": resources(spec.profile, process, chosen.resources, part.sizing),
    }


def _ports(ports: tuple[Port, ...]) -> list[dict[str, Any]]:
    return [
        {"name": port.name, "port": port.number, "protocol": port.protocol, "purpose": port.purpose} for port in ports
    ]
