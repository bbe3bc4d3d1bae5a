"""`GenesisConfig`: the only input of a genesis; the same config gives the same bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from ethgen.errors import GenesisError
from ethgen.genesis import presets
from ethgen.genesis.presets import FORKS, GENESIS_FORKS, PRESETS, Fork, Preset, PresetName

if TYPE_CHECKING:
    from collections.abc import Mapping

Withdrawals = Literal["bls", "execution", "compounding"]

# Address of mainnet's deposit contract, which private networks reuse so that tools know it.
DEPOSIT_CONTRACT = bytes.fromhex("00000000219ab540356cbb839cbe05303d7705fa")
STANDARD_KDF_ROUNDS = 262_144  # EIP-2335, the PBKDF2 test vector's `c`
_NAME = re.compile(r"[a-z0-9-]+")  # configs/mainnet.yaml: CONFIG_NAME must match [a-z0-9\-]
_MAX_UINT64 = 2**64 - 1


class BlobParameters(NamedTuple):
    """A blob-parameter-only fork (EIP-7892): from `epoch` on, blocks hold at most `max_blobs_per_block` blobs."""

    epoch: int
    max_blobs_per_block: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GenesisConfig:
    """Everything that decides a genesis.

    Attributes:
        network: the network's name, `CONFIG_NAME` of the consensus clients.
        chain_id: EIP-155 chain id, also the network id.
        genesis_time: Unix time of slot 0, in seconds, and timestamp of block 0.
        mnemonic: BIP-39 mnemonic of validator keys (EIP-2334) and funded accounts (BIP-44).
        key_sets: number of validators of each key set, in the spec's order.
        validator_count: validators in the state; more than the key sets hold leaves the rest without a signer.
        fork: the fork that is active from slot 0.
        later_forks: epoch of each fork after it, where there is one.
        blob_schedule: blob-parameter-only forks, oldest first; needs fulu.
        preset: compile-time sizes of the consensus clients.
        seconds_per_slot: length of a slot, in seconds.
        slots_per_epoch: 0 for the preset's own; anything else is not conformant, and Prysm alone runs it.
        withdrawals: kind of withdrawal credentials: "bls" (0x00), "execution" (0x01) or "compounding" (0x02).
        withdrawal_address: 20 bytes; empty for the mnemonic's first account.
        balance: deposit of each validator, in Gwei.
        premine: balance by 20-byte address, in wei.
        premine_accounts: how many of the mnemonic's accounts m/44'/60'/0'/0/i are funded.
        premine_account_balance: balance of each of these, in wei.
        gas_limit: gas limit of block 0.
        base_fee: base fee of block 0, in wei.
        extra_data: extra data of block 0, at most 32 bytes.
        deposit_contract: 20-byte address of the deposit contract.
        nodes: number of replicas of each node group, which get node keys.
        kdf_rounds: PBKDF2 rounds of the keystores.
    """

    network: str
    chain_id: int
    genesis_time: int
    mnemonic: str = field(repr=False)
    key_sets: Mapping[str, int]
    validator_count: int
    fork: Fork = "electra"
    later_forks: Mapping[Fork, int] = field(default_factory=dict)
    blob_schedule: tuple[BlobParameters, ...] = ()
    preset: PresetName = "mainnet"
    seconds_per_slot: int = 12
    slots_per_epoch: int = 0
    withdrawals: Withdrawals = "execution"
    withdrawal_address: bytes = b""
    balance: int = presets.MIN_ACTIVATION_BALANCE
    premine: Mapping[bytes, int] = field(default_factory=dict)
    premine_accounts: int = 10
    premine_account_balance: int = 10**24
    gas_limit: int = 60_000_000
    base_fee: int = 10**9
    extra_data: bytes = b""
    deposit_contract: bytes = DEPOSIT_CONTRACT
    nodes: Mapping[str, int] = field(default_factory=dict)
    kdf_rounds: int = STANDARD_KDF_ROUNDS

    def __post_init__(self) -> None:
        """Refuse what no client could run.

        Raises:
            GenesisError: the first value that is out of its range, with the range.
        """
        if not self.slots_per_epoch:
            object.__setattr__(self, "slots_per_epoch", self.sizes.slots_per_epoch)
        for holds, problem in (*_range_checks(self), *_fork_checks(self), *_validator_checks(self)):
            if not holds:
                raise GenesisError(f"genesis of {self.network!r}: {problem}")

    @property
    def sizes(self) -> Preset:
        """The constants of the preset."""
        return PRESETS[self.preset]

    def fork_epoch(self, fork: Fork) -> int | None:
        """Give the epoch from which `fork` is active; None where it is not scheduled."""
        if FORKS.index(fork) <= FORKS.index(self.fork):
            return 0
        return self.later_forks.get(fork)

    def fork_version(self, fork: Fork) -> bytes:
        """Give the 4-byte version of `fork`: 0x10, 0x20, ... and the chain id's last three bytes.

        No public network numbers its forks so, which keeps signed exits and deposits from being valid there.
        """
        return bytes([0x10 * (FORKS.index(fork) + 1)]) + (self.chain_id & 0xFFFFFF).to_bytes(3, "big")

    def epoch_time(self, epoch: int) -> int:
        """Give the Unix time at which `epoch` begins, as execution clients schedule it: 0 stands for genesis."""
        return self.genesis_time + epoch * self.slots_per_epoch * self.seconds_per_slot if epoch else 0


def _range_checks(config: GenesisConfig) -> tuple[tuple[bool, str], ...]:
    return (
        (bool(_NAME.fullmatch(config.network)), "the name may hold a-z, 0-9 and '-' only (CONFIG_NAME)"),
        (0 < config.chain_id <= _MAX_UINT64, f"chain id {config.chain_id} is not between 1 and 2^64-1"),
        (0 < config.genesis_time < 2**40, f"genesis time {config.genesis_time} is not a Unix time in seconds"),
        (config.seconds_per_slot >= 1, f"slots of {config.seconds_per_slot} s are not possible"),
        (config.gas_limit >= 5000, f"a gas limit of {config.gas_limit} is under the 5000 that every block needs"),  # noqa: PLR2004 - Yellow Paper (47)
        (config.base_fee >= 1, "a base fee of 0 could never rise (EIP-1559)"),
        (len(config.extra_data) <= 32, "extra data is at most 32 bytes (Yellow Paper, 4.4.4)"),  # noqa: PLR2004
        (len(config.deposit_contract) == 20, "the deposit contract's address is not 20 bytes"),  # noqa: PLR2004
        (len(config.withdrawal_address) in {0, 20}, "the withdrawal address is not 20 bytes"),
        (all(len(address) == 20 for address in config.premine), "an address of premine is not 20 bytes"),  # noqa: PLR2004
        (config.kdf_rounds >= 1, "keystores need one KDF round at least"),
    )


def _fork_checks(config: GenesisConfig) -> tuple[tuple[bool, str], ...]:
    later = [config.later_forks[fork] for fork in FORKS if fork in config.later_forks]
    after = FORKS[FORKS.index(config.fork) + 1 :]
    fulu = config.fork_epoch("fulu")
    blobs = config.blob_schedule
    return (
        (config.fork in GENESIS_FORKS, f"fork {config.fork} is none of {', '.join(GENESIS_FORKS)}"),
        (tuple(config.later_forks) == after[: len(later)], f"later forks follow {config.fork} in order, none left out"),
        (all(0 < a <= b for a, b in pairwise([1, *later])), "later forks are not in the order of their epochs"),
        (
            fulu is None or config.slots_per_epoch == config.sizes.slots_per_epoch,
            f"fulu needs the preset's {config.sizes.slots_per_epoch} slots per epoch (EIP-7917)",
        ),
        (not blobs or (fulu is not None and fulu <= blobs[0].epoch), "a blob schedule begins with fulu or later"),
        (all(a.epoch < b.epoch for a, b in pairwise(blobs)), "the blob schedule is not in the order of its epochs"),
    )


def _validator_checks(config: GenesisConfig) -> tuple[tuple[bool, str], ...]:
    keys = sum(config.key_sets.values())
    return (
        # specs/phase0/beacon-chain.md, get_beacon_committee: with fewer, some slots have no committee.
        (
            config.validator_count >= config.slots_per_epoch,
            f"{config.validator_count} validators are fewer than the {config.slots_per_epoch} slots of an epoch",
        ),
        (
            keys <= config.validator_count,
            f"the key sets hold {keys} keys, the state only {config.validator_count} validators",
        ),
        (
            config.balance % presets.EFFECTIVE_BALANCE_INCREMENT == 0
            and presets.MIN_ACTIVATION_BALANCE <= config.balance <= presets.MAX_EFFECTIVE_BALANCE_ELECTRA,
            f"a balance of {config.balance} Gwei is not a whole number of ether from 32 to 2048",
        ),
        (
            config.withdrawals != "compounding" or FORKS.index(config.fork) >= FORKS.index("electra"),
            "compounding withdrawal credentials begin with electra (EIP-7251)",
        ),
    )
