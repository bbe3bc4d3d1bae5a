"""Consensus genesis: the beacon state of slot 0, straight into the fork that is active from the first slot.

Source: `initialize_beacon_state_from_eth1` and the `upgrade_to_*` functions of ethereum/consensus-specs, with the
values that clients' own tools give where the specification leaves pure later-fork networks open.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from ethgen.genesis import committees, containers
from ethgen.genesis.accounts import genesis_accounts, state_root
from ethgen.genesis.execution import block_hash
from ethgen.genesis.presets import (
    EFFECTIVE_BALANCE_INCREMENT,
    FAR_FUTURE_EPOCH,
    FORKS,
    MAX_EFFECTIVE_BALANCE_ELECTRA,
    MIN_ACTIVATION_BALANCE,
)
from ethgen.genesis.ssz import zero_hash
from ethgen.genesis.trie import EMPTY_ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ethgen.genesis.config import GenesisConfig
    from ethgen.genesis.ssz import Container

_COMPOUNDING_PREFIX = b"\x02"  # EIP-7251, COMPOUNDING_WITHDRAWAL_PREFIX
# Root of the deposit contract before any deposit (`get_deposit_root`): a tree of depth 32, with the count 0 mixed in.
_EMPTY_DEPOSIT_ROOT = sha256(zero_hash(32) + bytes(32)).digest()


class Validator(NamedTuple):
    """A validator of the genesis state: 48-byte public key, 32-byte withdrawal credentials, balance in Gwei."""

    public_key: bytes
    withdrawal_credentials: bytes
    balance: int


def genesis_state(config: GenesisConfig, validators: Sequence[Validator]) -> bytes:
    """Give the SSZ encoding of the genesis state (`genesis.ssz`)."""
    return _container(config).serialize(_state(config, validators))


def genesis_state_root(config: GenesisConfig, validators: Sequence[Validator]) -> bytes:
    """Give the hash tree root of the genesis state."""
    return _container(config).hash_tree_root(_state(config, validators))


def genesis_validators_root(validators: Sequence[Validator]) -> bytes:
    """Give the hash tree root of the validator registry, which signatures of this network are bound to."""
    return containers.VALIDATORS.hash_tree_root([_registered(validator) for validator in validators])


def _container(config: GenesisConfig) -> Container:
    return containers.beacon_state(config.fork, config.preset, config.slots_per_epoch)


def _state(config: GenesisConfig, validators: Sequence[Validator]) -> Mapping[str, Any]:
    payload_header = _payload_header(config)
    block = payload_header["block_hash"]
    registry = [_registered(validator) for validator in validators]
    active = [index for index, validator in enumerate(registry) if validator["activation_epoch"] == 0]
    balances = [registry[index]["effective_balance"] for index in active]
    committee = _sync_committee(
        [registry[active[at]]["pubkey"] for at in committees.sync_committee(balances, block, config.fork, config.sizes)]
    )
    state = dict(_container(config).default())
    state |= {
        "genesis_time": config.genesis_time,
        "genesis_validators_root": containers.VALIDATORS.hash_tree_root(registry),
        "fork": _fork(config),
        "latest_block_header": _block_header(config),
        "eth1_data": {"deposit_root": _EMPTY_DEPOSIT_ROOT, "deposit_count": 0, "block_hash": block},
        "validators": registry,
        "balances": [validator.balance for validator in validators],
        "randao_mixes": [block] * config.sizes.epochs_per_historical_vector,
        "previous_epoch_participation": [0] * len(validators),
        "current_epoch_participation": [0] * len(validators),
        "inactivity_scores": [0] * len(validators),
        "current_sync_committee": committee,
        "next_sync_committee": committee,
        "latest_execution_payload_header": payload_header,
    }
    if "proposer_lookahead" in state:
        lookahead = committees.proposer_lookahead(balances, block, config.sizes)
        state["proposer_lookahead"] = [active[at] for at in lookahead]
    return state


def _registered(validator: Validator) -> dict[str, Any]:
    public_key, credentials, balance = validator
    most = MAX_EFFECTIVE_BALANCE_ELECTRA if credentials[:1] == _COMPOUNDING_PREFIX else MIN_ACTIVATION_BALANCE
    effective = min(balance - balance % EFFECTIVE_BALANCE_INCREMENT, most)
    activation = 0 if effective >= MIN_ACTIVATION_BALANCE else FAR_FUTURE_EPOCH
    return {
        "pubkey": public_key,
        "withdrawal_credentials": credentials,
        "effective_balance": effective,
        "slashed": 0,
        "activation_eligibility_epoch": activation,
        "activation_epoch": activation,
        "exit_epoch": FAR_FUTURE_EPOCH,
        "withdrawable_epoch": FAR_FUTURE_EPOCH,
    }


def _fork(config: GenesisConfig) -> Mapping[str, Any]:
    before = FORKS[FORKS.index(config.fork) - 1]
    return {
        "previous_version": config.fork_version(before),
        "current_version": config.fork_version(config.fork),
        "epoch": 0,
    }


def _block_header(config: GenesisConfig) -> Mapping[str, Any]:
    body = containers.beacon_block_body(config.fork, config.preset)
    return {**containers.BEACON_BLOCK_HEADER.default(), "body_root": body.hash_tree_root(body.default())}


def _payload_header(config: GenesisConfig) -> Mapping[str, Any]:
    root = state_root(genesis_accounts(config))
    empty_withdrawals = containers.withdrawals(config.preset)
    return {
        **containers.execution_payload_header(config.fork).default(),
        "state_root": root,
        "receipts_root": EMPTY_ROOT,
        "gas_limit": config.gas_limit,
        "timestamp": config.genesis_time,
        "extra_data": config.extra_data,
        "base_fee_per_gas": config.base_fee,
        "block_hash": block_hash(config, root),
        "transactions_root": containers.TRANSACTIONS.hash_tree_root(()),
        "withdrawals_root": empty_withdrawals.hash_tree_root(()),
    }


def _sync_committee(public_keys: Sequence[bytes]) -> Mapping[str, Any]:
    from py_arkworks_bls12381 import G1Point  # noqa: PLC0415 - a native library, needed only here

    points = {key: G1Point.from_compressed_bytes(key) for key in set(public_keys)}
    total = G1Point.identity()
    for key in public_keys:
        total += points[key]
    return {"pubkeys": public_keys, "aggregate_pubkey": bytes(total.to_compressed_bytes())}
