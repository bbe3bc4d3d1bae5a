"""The type of the facts about a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ethgen.networks.upgrades import Activation


@dataclass(frozen=True, slots=True)
class Chain:
    """An Ethereum network as its clients know it.

    Attributes:
        name: what clients call it; `custom` for a private network.
        chain_id: EIP-155 chain id, also the network id of the execution layer's peer-to-peer protocol.
        seconds_per_slot: length of a slot, in seconds.
        slots_per_epoch: slots of an epoch.
        checkpoint_url: Beacon API to take a first finalized state from; empty for a private network.
        fork: the fork active at the first slot of a private network; empty for a public one.
        preset: compile-time sizes of the consensus specification.
        proof_of_stake_only: whether it has no history before the merge (EIP-3675).
        genesis_time: Unix time of slot 0, in seconds; 0 where it is chosen at deployment.
        upgrades: when a public network took or takes each upgrade, oldest first.
    """

    name: str
    chain_id: int
    seconds_per_slot: int
    slots_per_epoch: int
    checkpoint_url: str = ""
    fork: str = ""
    preset: str = "mainnet"
    proof_of_stake_only: bool = False
    genesis_time: int = 0
    upgrades: tuple[Activation, ...] = ()

    @property
    def private(self) -> bool:
        """Whether the network begins with a genesis of its own."""
        return self.name == "custom"
