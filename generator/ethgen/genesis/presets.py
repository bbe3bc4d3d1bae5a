"""Constants of the consensus specifications that decide the shape of a genesis state.

Source: `presets/{mainnet,minimal}/*.yaml` and `specs/*/beacon-chain.md` of ethereum/consensus-specs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Fork = Literal["phase0", "altair", "bellatrix", "capella", "deneb", "electra", "fulu"]
PresetName = Literal["mainnet", "minimal"]

FORKS: tuple[Fork, ...] = get_args(Fork)
GENESIS_FORKS: tuple[Fork, ...] = ("capella", "deneb", "electra", "fulu")

FAR_FUTURE_EPOCH = 2**64 - 1
GWEI_PER_ETHER = 10**9
EFFECTIVE_BALANCE_INCREMENT = GWEI_PER_ETHER
MIN_ACTIVATION_BALANCE = 32 * GWEI_PER_ETHER
MAX_EFFECTIVE_BALANCE_ELECTRA = 2048 * GWEI_PER_ETHER
MIN_SEED_LOOKAHEAD = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """The constants that differ between presets and reach the genesis; times are in epochs or slots, as named."""

    slots_per_epoch: int
    slots_per_historical_root: int
    epochs_per_historical_vector: int
    epochs_per_slashings_vector: int
    epochs_per_eth1_voting_period: int
    sync_committee_size: int
    shuffle_round_count: int
    pending_partial_withdrawals_limit: int
    pending_consolidations_limit: int


PRESETS: dict[PresetName, Preset] = {
    "mainnet": Preset(
        slots_per_epoch=32,
        slots_per_historical_root=8192,
        epochs_per_historical_vector=65536,
        epochs_per_slashings_vector=8192,
        epochs_per_eth1_voting_period=64,
        sync_committee_size=512,
        shuffle_round_count=90,
        pending_partial_withdrawals_limit=2**27,
        pending_consolidations_limit=2**18,
    ),
    "minimal": Preset(
        slots_per_epoch=8,
        slots_per_historical_root=64,
        epochs_per_historical_vector=64,
        epochs_per_slashings_vector=64,
        epochs_per_eth1_voting_period=4,
        sync_committee_size=32,
        shuffle_round_count=10,
        pending_partial_withdrawals_limit=64,
        pending_consolidations_limit=64,
    ),
}
