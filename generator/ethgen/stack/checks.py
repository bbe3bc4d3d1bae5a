"""What a spec may ask of the clients and networks that the catalogue knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.networks import chain
from ethgen.spec.checks import Problem
from ethgen.spec.mistakes import nearest
from ethgen.stack.genesis_parts import MAX_PARTS, MAX_VALIDATORS, parts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ethgen.spec import NetworkSpec
    from ethgen.spec.network import Network

# Slots of an epoch in the mainnet preset (consensus-specs, presets/mainnet/phase0.yaml).
_PRESET_SLOTS_PER_EPOCH = {"mainnet": 32, "minimal": 8}


def problems_of(spec: NetworkSpec) -> list[Problem]:
    """Return everything in a spec that no client or network here can do."""
    return [problem for name, network in spec.networks.items() for problem in _network(("networks", name), network)]


def _network(here: tuple[str, ...], network: Network) -> list[Problem]:
    unknown = [
        *_unknown((*here, "chain"), network.chain, chain.NAMES, "network"),
        *_unknown_clients(here, network),
    ]
    return unknown or [
        *_chain_id(here, network),
        *_retentions(here, network),
        *_genesis(here, network),
        *_validators(here, network),
    ]


def _unknown_clients(here: tuple[str, ...], network: Network) -> Iterator[Problem]:
    for name, group in network.nodes.items():
        path = (*here, "nodes", name)
        yield from _unknown(
            (*path, "execution", "client"), group.execution.client, EXECUTION_CLIENTS, "execution client"
        )
        yield from _unknown(
            (*path, "consensus", "client"), group.consensus.client, CONSENSUS_CLIENTS, "consensus client"
        )
    for name, key_set in network.validators.items():
        yield from _unknown(
            (*here, "validators", name, "client"), key_set.client, CONSENSUS_CLIENTS, "consensus client"
        )


def _unknown(path: tuple[str, ...], found: str, known: Iterable[str], kind: str) -> Iterator[Problem]:
    names = sorted(known)
    if found not in names:
        yield Problem(
            path, f"{found!r} is no {kind} of the catalogue{nearest(found, names)} (known: {', '.join(names)})"
        )


def _chain_id(here: tuple[str, ...], network: Network) -> Iterator[Problem]:
    for public in chain.PUBLIC.values():
        if network.chain_id == public.chain_id:
            # A transaction signed for one could be replayed on the other (EIP-155).
            yield Problem((*here, "chainId"), f"chain id {network.chain_id} is that of {public.name}; choose another")


def _retentions(here: tuple[str, ...], network: Network) -> Iterator[Problem]:
    # geth, for one, refuses to start when it is told to leave out what a network does not have.
    proof_of_stake_only = network.chain == "custom" or chain.PUBLIC[network.chain].proof_of_stake_only
    for name, group in network.nodes.items():
        client = EXECUTION_CLIENTS[group.execution.client]
        path = (*here, "nodes", name, "execution", "retention")
        if group.execution.retention not in client.retentions:
            known = ", ".join(client.retentions)
            yield Problem(path, f"{client.name} cannot keep {group.execution.retention!r} (it can: {known})")
        elif group.execution.retention == "post-merge" and proof_of_stake_only:
            yield Problem(path, f"{network.chain} has no history before the merge to leave out; use full")
        elif group.execution.retention == "minimal" and network.chain == "custom":
            yield Problem(path, "a private network has no history that a client knows to leave out; use full")


def _genesis(here: tuple[str, ...], network: Network) -> Iterator[Problem]:
    genesis = network.genesis
    if genesis is None:
        return
    path = (*here, "genesis")
    if parts_of(network) > MAX_PARTS:
        yield Problem(
            (*path, "validators"), f"more than {MAX_VALIDATORS:,} validators do not fit in {MAX_PARTS} ConfigMaps"
        )
    nodes = {
        f"nodes.{name}.consensus": CONSENSUS_CLIENTS[group.consensus.client] for name, group in network.nodes.items()
    }
    signers = {f"validators.{name}": CONSENSUS_CLIENTS[key_set.client] for name, key_set in network.validators.items()}
    for owner, client in nodes.items():
        if genesis.fork not in client.genesis_forks:
            yield Problem((*path, "fork"), f"{owner}: {client.name} cannot begin a network on {genesis.fork}")
    short = genesis.slots_per_epoch != _PRESET_SLOTS_PER_EPOCH[genesis.preset]
    for owner, client in {**nodes, **signers}.items():
        if genesis.preset == "minimal":
            yield Problem((*path, "preset"), f"{owner}: the images of {client.name} are built with the mainnet preset")
        if short and genesis.fork not in client.short_epochs:
            can = f"only on {', '.join(client.short_epochs)}" if client.short_epochs else "on no fork"
            yield Problem(
                (*path, "slotsPerEpoch"),
                f"{owner}: {client.name} runs epochs of {genesis.slots_per_epoch} slots {can}; use 32 slots",
            )


def _validators(here: tuple[str, ...], network: Network) -> Iterator[Problem]:
    served = {
        port.name
        for group in network.nodes.values()
        for port in CONSENSUS_CLIENTS[group.consensus.client].process.ports
        if port.purpose == "beacon"
    }
    for name, key_set in network.validators.items():
        wanted = CONSENSUS_CLIENTS[key_set.client].validator.beacon_port
        if wanted not in served:
            groups = ", ".join(f"nodes.{group}" for group in network.nodes)
            yield Problem(
                (*here, "validators", name, "client"),
                f"a validator of {key_set.client} needs {wanted} of a beacon node; {groups or 'no node'} has none",
            )
