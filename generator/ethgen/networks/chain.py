"""What is known of an Ethereum network before any client runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.networks import hoodi, mainnet, sepolia
from ethgen.networks.facts import Chain

if TYPE_CHECKING:
    from ethgen.spec.network import Network

PUBLIC = {chain.name: chain for chain in (mainnet.CHAIN, sepolia.CHAIN, hoodi.CHAIN)}
NAMES = (*PUBLIC, "custom")


def chain_of(network: Network) -> Chain:
    """Return the facts of the network that a section of a spec describes.

    Raises:
        KeyError: no such network; `ethgen.stack.checks` reports it first.
    """
    if network.chain != "custom":
        return PUBLIC[network.chain]
    genesis = network.genesis
    if genesis is None or network.chain_id is None:
        raise KeyError(network.chain)
    return Chain(
        name="custom",
        chain_id=network.chain_id,
        seconds_per_slot=genesis.slot_seconds,
        slots_per_epoch=genesis.slots_per_epoch,
        fork=genesis.fork,
        preset=genesis.preset,
        proof_of_stake_only=True,
    )
