"""What the accounts of block 0 hold: precompiles, system contracts, the deposit contract and funded addresses."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from importlib import resources
from typing import TYPE_CHECKING

from ethgen.errors import GenesisError
from ethgen.genesis.presets import FORKS, Fork
from ethgen.genesis.ssz import zero_hash
from ethgen.genesis.trie import EMPTY_ROOT, secure_root
from ethgen.genesis.wallet import account_address
from ethgen.networks import rlp
from ethgen.spec.keccak import keccak256

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ethgen.genesis.config import GenesisConfig

# Addresses that are precompiles (EIP-7910 lists those of today) or may become one: one wei keeps clients from deleting
# them as empty (EIP-161) when they are first called, which has cost a fork before.
_PRECOMPILES = [number.to_bytes(20, "big") for number in (*range(1, 0x100), 0x100)]
_DEPOSIT_TREE_DEPTH = 32  # specs/phase0/deposit-contract.md, DEPOSIT_CONTRACT_TREE_DEPTH
_ZERO_HASHES_SLOT = 0x21  # storage slot of `zero_hashes[0]`; that one is zero and therefore not stored
_EXCESS_INHIBITOR = 2**256 - 1  # EIP-7002, EIP-7251: slot 0 until the first block of the fork


@dataclass(frozen=True, slots=True)
class Account:
    """An account of block 0; storage maps slots to values, both 32 bytes."""

    balance: int = 0
    nonce: int = 0
    code: bytes = b""
    storage: Mapping[bytes, bytes] = field(default_factory=dict)

    def encode(self) -> bytes:
        """Give the account as the state trie holds it (Yellow Paper, section 4.1)."""
        storage = {slot: rlp.encode(value.lstrip(b"\0")) for slot, value in self.storage.items()}
        storage_root = secure_root(storage) if storage else EMPTY_ROOT
        return rlp.encode([self.nonce, self.balance, storage_root, keccak256(self.code)])


def genesis_accounts(config: GenesisConfig) -> dict[bytes, Account]:
    """Give the accounts of block 0 by 20-byte address, in order of address.

    Raises:
        GenesisError: a premined address is one that the protocol owns.
    """
    accounts = {address: Account(balance=1) for address in _PRECOMPILES} | _contracts(config)
    for address, balance in _premine(config).items():
        if address in accounts:
            raise GenesisError(
                f"genesis of {config.network!r}: 0x{address.hex()} is a precompile or system contract",
                cure="Remove it from genesis.premine.",
            )
        accounts[address] = Account(balance=balance)
    return dict(sorted(accounts.items()))


def state_root(accounts: Mapping[bytes, Account]) -> bytes:
    """Give the root of the state trie."""
    return secure_root({address: account.encode() for address, account in accounts.items()})


def _premine(config: GenesisConfig) -> dict[bytes, int]:
    own = {
        account_address(config.mnemonic, index): config.premine_account_balance
        for index in range(config.premine_accounts)
    }
    return own | dict(config.premine)


def _contracts(config: GenesisConfig) -> dict[bytes, Account]:
    known = json.loads(resources.files("ethgen.genesis").joinpath("contracts.json").read_text())
    accounts = {
        bytes.fromhex(contract["address"]): Account(
            nonce=1, code=bytes.fromhex(contract["code"]), storage=_storage(name)
        )
        for name, contract in known.items()
        if name != "deposit" and _scheduled(config, contract.get("fork", FORKS[0]))
    }
    accounts[config.deposit_contract] = Account(
        nonce=1, code=bytes.fromhex(known["deposit"]["code"]), storage=_storage("deposit")
    )
    return accounts


def _scheduled(config: GenesisConfig, fork: Fork) -> bool:
    return config.fork_epoch(fork) is not None


def _storage(contract: str) -> dict[bytes, bytes]:
    if contract == "deposit":
        return {
            (_ZERO_HASHES_SLOT + height).to_bytes(32, "big"): zero_hash(height)
            for height in range(1, _DEPOSIT_TREE_DEPTH)
        }
    if contract in {"withdrawal_requests", "consolidation_requests"}:
        return {bytes(32): _EXCESS_INHIBITOR.to_bytes(32, "big")}
    return {}
