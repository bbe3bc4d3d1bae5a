"""What the clients of a private network can begin on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.networks import chain
from ethgen.spec.checks import Problem
from ethgen.stack.genesis_parts import MAX_PARTS, MAX_VALIDATORS, parts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.spec.network import Network

# Slots of an epoch in the mainnet preset (consensus-specs, presets/mainnet/phase0.yaml).
_PRESET_SLOTS_PER_EPOCH = {"mainnet": 32, "minimal": 8}


def problems(here: tuple[str, ...], network: Network) -> Iterator[Problem]:
    """Yield everything in the private network at `here` that its clients cannot do."""
    yield from _chain_id(here, network)
    yield from _genesis(here, network)


def _chain_id(here: tuple[str, ...], network: Network) -> Iterator[Problem]:
    for public in chain.PUBLIC.values():
        if network.chain_id == public.chain_id:
            # A transaction signed for one could be replayed on the other (EIP-155).
            yield Problem((*here, "chainId"), f"chain id {network.chain_id} is that of {public.name}; choose another")


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
