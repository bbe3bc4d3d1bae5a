"""SSZ containers of a beacon state, by fork and preset.

Source: `specs/<fork>/beacon-chain.md` of ethereum/consensus-specs; limits are those of both presets unless `Preset` has
them. Lists that are empty in every genesis have `ROOT` for their element where the true one varies in size: the
encoding and the root of an empty list depend on its limit alone.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from ethgen.genesis.presets import FORKS, MIN_SEED_LOOKAHEAD, PRESETS, Fork, Preset, PresetName
from ethgen.genesis.ssz import ByteList, Bytes, Container, List, Type, Uint, Vector

Fields = dict[str, Type[Any]]

UINT8, UINT64, UINT256 = Uint(8), Uint(64), Uint(256)
ROOT, ADDRESS, PUBLIC_KEY, SIGNATURE, VERSION = Bytes(32), Bytes(20), Bytes(48), Bytes(96), Bytes(4)
LOGS_BLOOM = Bytes(256)
EXTRA_DATA = ByteList(32)
VALIDATOR_REGISTRY_LIMIT = 2**40
HISTORICAL_ROOTS_LIMIT = 2**24

FORK = Container({"previous_version": VERSION, "current_version": VERSION, "epoch": UINT64})
CHECKPOINT = Container({"epoch": UINT64, "root": ROOT})
ETH1_DATA = Container({"deposit_root": ROOT, "deposit_count": UINT64, "block_hash": ROOT})
BEACON_BLOCK_HEADER = Container(
    {"slot": UINT64, "proposer_index": UINT64, "parent_root": ROOT, "state_root": ROOT, "body_root": ROOT}
)
VALIDATOR = Container(
    {
        "pubkey": PUBLIC_KEY,
        "withdrawal_credentials": ROOT,
        "effective_balance": UINT64,
        "slashed": UINT8,
        "activation_eligibility_epoch": UINT64,
        "activation_epoch": UINT64,
        "exit_epoch": UINT64,
        "withdrawable_epoch": UINT64,
    }
)
VALIDATORS = List(VALIDATOR, VALIDATOR_REGISTRY_LIMIT)
HISTORICAL_SUMMARY = Container({"block_summary_root": ROOT, "state_summary_root": ROOT})
PENDING_DEPOSIT = Container(
    {
        "pubkey": PUBLIC_KEY,
        "withdrawal_credentials": ROOT,
        "amount": UINT64,
        "signature": SIGNATURE,
        "slot": UINT64,
    }
)
PENDING_PARTIAL_WITHDRAWAL = Container({"validator_index": UINT64, "amount": UINT64, "withdrawable_epoch": UINT64})
PENDING_CONSOLIDATION = Container({"source_index": UINT64, "target_index": UINT64})


@cache
def beacon_state(fork: Fork, preset: PresetName, slots_per_epoch: int) -> Container:
    """Give the container `BeaconState` of a fork."""
    sizes = PRESETS[preset]
    fields = _capella_state(fork, sizes, slots_per_epoch)
    if _reaches(fork, "electra"):
        fields |= _electra_state(sizes)
    if _reaches(fork, "fulu"):
        fields["proposer_lookahead"] = Vector(UINT64, (MIN_SEED_LOOKAHEAD + 1) * sizes.slots_per_epoch)
    return Container(fields)


@cache
def beacon_block_body(fork: Fork, preset: PresetName) -> Container:
    """Give the container `BeaconBlockBody` of a fork, fit for the empty body of a genesis block."""
    electra = _reaches(fork, "electra")
    fields: Fields = {
        "randao_reveal": SIGNATURE,
        "eth1_data": ETH1_DATA,
        "graffiti": ROOT,
        "proposer_slashings": List(ROOT, 16),
        "attester_slashings": List(ROOT, 1 if electra else 2),
        "attestations": List(ROOT, 8 if electra else 128),
        "deposits": List(ROOT, 16),
        "voluntary_exits": List(ROOT, 16),
        "sync_aggregate": Container(
            {"bits": Bytes(PRESETS[preset].sync_committee_size // 8), "signature": SIGNATURE},
        ),
        "execution_payload": Container(_payload(fork, preset)),
        "bls_to_execution_changes": List(ROOT, 16),
    }
    if _reaches(fork, "deneb"):
        fields["blob_kzg_commitments"] = List(ROOT, 4096)
    if electra:
        fields["execution_requests"] = Container(
            {"deposits": List(ROOT, 8192), "withdrawals": List(ROOT, 16), "consolidations": List(ROOT, 2)}
        )
    return Container(fields)


@cache
def execution_payload_header(fork: Fork) -> Container:
    """Give the container `ExecutionPayloadHeader` of a fork."""
    fields = _payload_start()
    fields |= {"transactions_root": ROOT, "withdrawals_root": ROOT}
    return Container(fields | _blob_gas(fork))


TRANSACTIONS = List(ROOT, 2**20)


def withdrawals(preset: PresetName) -> List[bytes]:
    """Give the list `withdrawals` of a payload, for its empty value."""
    return List(ROOT, 16 if preset == "mainnet" else 4)


def _payload(fork: Fork, preset: PresetName) -> Fields:
    return _payload_start() | {"transactions": TRANSACTIONS, "withdrawals": withdrawals(preset)} | _blob_gas(fork)


def _payload_start() -> Fields:
    return {
        "parent_hash": ROOT,
        "fee_recipient": ADDRESS,
        "state_root": ROOT,
        "receipts_root": ROOT,
        "logs_bloom": LOGS_BLOOM,
        "prev_randao": ROOT,
        "block_number": UINT64,
        "gas_limit": UINT64,
        "gas_used": UINT64,
        "timestamp": UINT64,
        "extra_data": EXTRA_DATA,
        "base_fee_per_gas": UINT256,
        "block_hash": ROOT,
    }


def _blob_gas(fork: Fork) -> Fields:
    return {"blob_gas_used": UINT64, "excess_blob_gas": UINT64} if _reaches(fork, "deneb") else {}


def _capella_state(fork: Fork, sizes: Preset, slots_per_epoch: int) -> Fields:
    committee = Container({"pubkeys": Vector(PUBLIC_KEY, sizes.sync_committee_size), "aggregate_pubkey": PUBLIC_KEY})
    roots = Vector(ROOT, sizes.slots_per_historical_root)
    votes = sizes.epochs_per_eth1_voting_period * slots_per_epoch
    participation = List(UINT8, VALIDATOR_REGISTRY_LIMIT)
    return {
        "genesis_time": UINT64,
        "genesis_validators_root": ROOT,
        "slot": UINT64,
        "fork": FORK,
        "latest_block_header": BEACON_BLOCK_HEADER,
        "block_roots": roots,
        "state_roots": roots,
        "historical_roots": List(ROOT, HISTORICAL_ROOTS_LIMIT),
        "eth1_data": ETH1_DATA,
        "eth1_data_votes": List(ETH1_DATA, votes),
        "eth1_deposit_index": UINT64,
        "validators": VALIDATORS,
        "balances": List(UINT64, VALIDATOR_REGISTRY_LIMIT),
        "randao_mixes": Vector(ROOT, sizes.epochs_per_historical_vector),
        "slashings": Vector(UINT64, sizes.epochs_per_slashings_vector),
        "previous_epoch_participation": participation,
        "current_epoch_participation": participation,
        "justification_bits": Bytes(1),
        "previous_justified_checkpoint": CHECKPOINT,
        "current_justified_checkpoint": CHECKPOINT,
        "finalized_checkpoint": CHECKPOINT,
        "inactivity_scores": List(UINT64, VALIDATOR_REGISTRY_LIMIT),
        "current_sync_committee": committee,
        "next_sync_committee": committee,
        "latest_execution_payload_header": execution_payload_header(fork),
        "next_withdrawal_index": UINT64,
        "next_withdrawal_validator_index": UINT64,
        "historical_summaries": List(HISTORICAL_SUMMARY, HISTORICAL_ROOTS_LIMIT),
    }


def _electra_state(sizes: Preset) -> Fields:
    return {
        "deposit_requests_start_index": UINT64,
        "deposit_balance_to_consume": UINT64,
        "exit_balance_to_consume": UINT64,
        "earliest_exit_epoch": UINT64,
        "consolidation_balance_to_consume": UINT64,
        "earliest_consolidation_epoch": UINT64,
        "pending_deposits": List(PENDING_DEPOSIT, 2**27),
        "pending_partial_withdrawals": List(PENDING_PARTIAL_WITHDRAWAL, sizes.pending_partial_withdrawals_limit),
        "pending_consolidations": List(PENDING_CONSOLIDATION, sizes.pending_consolidations_limit),
    }


def _reaches(fork: Fork, other: Fork) -> bool:
    return FORKS.index(fork) >= FORKS.index(other)
