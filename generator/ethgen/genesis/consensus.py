"""`config.yaml`: the runtime configuration that every consensus client of a network is started with.

Source: `configs/{mainnet,minimal}.yaml` of ethereum/consensus-specs. Values that are the same there are the same here;
what older clients still ask for is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.genesis.presets import FAR_FUTURE_EPOCH, FORKS, PresetName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ethgen.genesis.config import GenesisConfig

_TIME: dict[PresetName, dict[str, int]] = {
    "mainnet": {"SHARD_COMMITTEE_PERIOD": 256, "ETH1_FOLLOW_DISTANCE": 2048},
    "minimal": {"SHARD_COMMITTEE_PERIOD": 64, "ETH1_FOLLOW_DISTANCE": 16},
}
_CHURN: dict[PresetName, dict[str, int]] = {
    "mainnet": {
        "MIN_PER_EPOCH_CHURN_LIMIT": 4,
        "CHURN_LIMIT_QUOTIENT": 65536,
        "MAX_PER_EPOCH_ACTIVATION_CHURN_LIMIT": 8,
        "MIN_PER_EPOCH_CHURN_LIMIT_ELECTRA": 128_000_000_000,
        "MAX_PER_EPOCH_ACTIVATION_EXIT_CHURN_LIMIT": 256_000_000_000,
    },
    "minimal": {
        "MIN_PER_EPOCH_CHURN_LIMIT": 2,
        "CHURN_LIMIT_QUOTIENT": 32,
        "MAX_PER_EPOCH_ACTIVATION_CHURN_LIMIT": 4,
        "MIN_PER_EPOCH_CHURN_LIMIT_ELECTRA": 64_000_000_000,
        "MAX_PER_EPOCH_ACTIVATION_EXIT_CHURN_LIMIT": 128_000_000_000,
    },
}
_FORK_CHOICE = {
    "PROPOSER_SCORE_BOOST": 40,
    "REORG_HEAD_WEIGHT_THRESHOLD": 20,
    "REORG_PARENT_WEIGHT_THRESHOLD": 160,
    "REORG_MAX_EPOCHS_SINCE_FINALIZATION": 2,
}
_NETWORKING: dict[str, int | str] = {
    "MAX_PAYLOAD_SIZE": 10_485_760,
    "MAX_REQUEST_BLOCKS": 1024,
    "EPOCHS_PER_SUBNET_SUBSCRIPTION": 256,
    "TTFB_TIMEOUT": 5,
    "RESP_TIMEOUT": 10,
    "ATTESTATION_PROPAGATION_SLOT_RANGE": 32,
    "MAXIMUM_GOSSIP_CLOCK_DISPARITY": 500,
    "MESSAGE_DOMAIN_INVALID_SNAPPY": "0x00000000",
    "MESSAGE_DOMAIN_VALID_SNAPPY": "0x01000000",
    "SUBNETS_PER_NODE": 2,
    "ATTESTATION_SUBNET_COUNT": 64,
    "ATTESTATION_SUBNET_EXTRA_BITS": 0,
    "ATTESTATION_SUBNET_PREFIX_BITS": 6,
    "MAX_REQUEST_BLOCKS_DENEB": 128,
    "MIN_EPOCHS_FOR_BLOB_SIDECARS_REQUESTS": 4096,
    "BLOB_SIDECAR_SUBNET_COUNT": 6,
    "MAX_BLOBS_PER_BLOCK": 6,
    "MAX_REQUEST_BLOB_SIDECARS": 768,
    "BLOB_SIDECAR_SUBNET_COUNT_ELECTRA": 9,
    "MAX_BLOBS_PER_BLOCK_ELECTRA": 9,
    "MAX_REQUEST_BLOB_SIDECARS_ELECTRA": 1152,
    "NUMBER_OF_COLUMNS": 128,
    "NUMBER_OF_CUSTODY_GROUPS": 128,
    "DATA_COLUMN_SIDECAR_SUBNET_COUNT": 128,
    "MAX_REQUEST_DATA_COLUMN_SIDECARS": 16_384,
    "SAMPLES_PER_SLOT": 8,
    "CUSTODY_REQUIREMENT": 4,
    "VALIDATOR_CUSTODY_REQUIREMENT": 8,
    "BALANCE_PER_ADDITIONAL_CUSTODY_GROUP": 32_000_000_000,
    "MIN_EPOCHS_FOR_DATA_COLUMN_SIDECARS_REQUESTS": 4096,
}
_MIN_VALIDATOR_WITHDRAWABILITY_DELAY = 256


def consensus_config(config: GenesisConfig) -> str:
    """Give the text of `config.yaml`."""
    sections = (
        {"PRESET_BASE": f"'{config.preset}'", "CONFIG_NAME": f"'{config.network}'"},
        _transition(),
        _genesis(config),
        _forks(config),
        _time(config),
        {"INACTIVITY_SCORE_BIAS": 4, "INACTIVITY_SCORE_RECOVERY_RATE": 16, "EJECTION_BALANCE": 16_000_000_000},
        _CHURN[config.preset],
        _FORK_CHOICE,
        _deposit_contract(config),
        _NETWORKING,
        _minimum_history(config),
    )
    lines = ["".join(f"{key}: {value}\n" for key, value in section.items()) for section in sections]
    return "\n".join([*lines, _blob_schedule(config)])


def _transition() -> Mapping[str, int | str]:
    return {
        "TERMINAL_TOTAL_DIFFICULTY": 0,
        "TERMINAL_BLOCK_HASH": f"0x{bytes(32).hex()}",
        "TERMINAL_BLOCK_HASH_ACTIVATION_EPOCH": FAR_FUTURE_EPOCH,
    }


def _genesis(config: GenesisConfig) -> Mapping[str, int | str]:
    return {
        "MIN_GENESIS_ACTIVE_VALIDATOR_COUNT": config.validator_count,
        "MIN_GENESIS_TIME": config.genesis_time,
        "GENESIS_DELAY": 0,
        "GENESIS_FORK_VERSION": f"0x{config.fork_version('phase0').hex()}",
    }


def _forks(config: GenesisConfig) -> Mapping[str, int | str]:
    section: dict[str, int | str] = {}
    for fork in FORKS[1:]:
        epoch = config.fork_epoch(fork)
        section[f"{fork.upper()}_FORK_VERSION"] = f"0x{config.fork_version(fork).hex()}"
        section[f"{fork.upper()}_FORK_EPOCH"] = FAR_FUTURE_EPOCH if epoch is None else epoch
    return section


def _time(config: GenesisConfig) -> Mapping[str, int | str]:
    section: dict[str, int | str] = {
        "SECONDS_PER_SLOT": config.seconds_per_slot,
        "SLOT_DURATION_MS": config.seconds_per_slot * 1000,
        "SECONDS_PER_ETH1_BLOCK": 14,
        "MIN_VALIDATOR_WITHDRAWABILITY_DELAY": _MIN_VALIDATOR_WITHDRAWABILITY_DELAY,
        **_TIME[config.preset],
    }
    if config.slots_per_epoch != config.sizes.slots_per_epoch:
        section["SLOTS_PER_EPOCH"] = config.slots_per_epoch
    return section


def _deposit_contract(config: GenesisConfig) -> Mapping[str, int | str]:
    return {
        "DEPOSIT_CHAIN_ID": config.chain_id,
        "DEPOSIT_NETWORK_ID": config.chain_id,
        "DEPOSIT_CONTRACT_ADDRESS": f"0x{config.deposit_contract.hex()}",
    }


def _minimum_history(config: GenesisConfig) -> Mapping[str, int]:
    quotient = _CHURN[config.preset]["CHURN_LIMIT_QUOTIENT"]
    return {"MIN_EPOCHS_FOR_BLOCK_REQUESTS": _MIN_VALIDATOR_WITHDRAWABILITY_DELAY + quotient // 2}


def _blob_schedule(config: GenesisConfig) -> str:
    if not config.blob_schedule:
        return "BLOB_SCHEDULE: []\n"
    entries = "".join(
        f"  - EPOCH: {entry.epoch}\n    MAX_BLOBS_PER_BLOCK: {entry.max_blobs_per_block}\n"
        for entry in config.blob_schedule
    )
    return f"BLOB_SCHEDULE:\n{entries}"
