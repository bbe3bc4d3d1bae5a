"""The consensus genesis: config.yaml and genesis.ssz."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import TYPE_CHECKING

import pytest
import yaml

from ethgen.genesis.config import BlobParameters, GenesisConfig
from ethgen.genesis.consensus import consensus_config
from ethgen.genesis.keys import genesis_validator, validator_keys
from ethgen.genesis.state import Validator, genesis_state, genesis_state_root, genesis_validators_root

if TYPE_CHECKING:
    from ethgen.genesis.presets import Fork

CONFIG = GenesisConfig(
    network="devnet",
    chain_id=3151908,
    genesis_time=1_700_000_000,
    mnemonic="test test test test test test test test test test test junk",
    key_sets={"a": 32, "b": 32},
    validator_count=64,
    seconds_per_slot=2,
    slots_per_epoch=8,
)


@pytest.fixture(scope="module")
def validators() -> list[Validator]:
    """Give the validators of the config."""
    return [genesis_validator(CONFIG, key) for key in validator_keys(CONFIG.mnemonic, 64)]


@pytest.mark.parametrize(
    ("fork", "digest"),
    [
        ("capella", "d6ee01192a9dac39cebd7a57844ddc076147390c7ab1abb66fc0e2934d42f761"),
        ("deneb", "d4480f61658af39fda3a707a0e3e0372fb622f1df3b4a362bfd1e55ba2c349f6"),
        ("electra", "2374948ebaf4818c7837845122868b26b56e42b37dc54fa25bbfffb7b2807fa3"),
        ("fulu", "6991a0d9257c55cabfcbba06400c92d0a8c8ca32e41004e13eeca89f28482aa8"),
    ],
)
def test_states_are_those_that_were_compared_with_prysmctl(
    fork: Fork, digest: str, validators: list[Validator]
) -> None:
    """The states are pinned to the bytes that prysmctl 7.0.0 made too (fulu: but for the lookahead it leaves out)."""
    config = dataclasses.replace(CONFIG, fork=fork, slots_per_epoch=32)
    assert hashlib.sha256(genesis_state(config, validators)).hexdigest() == digest


def test_the_state_root_is_the_one_prysm_reported(validators: list[Validator]) -> None:
    """The root is pinned to what a Prysm 7.0.0 beacon node called the root of this state; tests/oracle asks again."""
    assert (
        genesis_state_root(CONFIG, validators).hex()
        == "923c96620cd41ee7407691d7011b24525e71dd8247c8f826183a996aa384082d"
    )


def test_the_minimal_preset_gives_a_small_state(validators: list[Validator]) -> None:
    """The minimal preset's vectors are as short as its specification says."""
    config = dataclasses.replace(CONFIG, preset="minimal", fork="fulu")
    state = genesis_state(config, validators)
    fixed = 3 * 64 * 32 + 64 * 8 + 2 * (32 + 1) * 48  # roots and mixes, slashings, sync committees
    assert fixed < len(state) < fixed + 64 * (121 + 8 + 8 + 2) + 2000
    assert state[:8] == (1_700_000_000).to_bytes(8, "little")


def test_the_registry_root_is_in_the_state(validators: list[Validator]) -> None:
    """Bytes 8 to 40 of a state are its genesis validators root."""
    assert genesis_state(CONFIG, validators)[8:40] == genesis_validators_root(validators)


def test_withdrawal_credentials_follow_the_rule() -> None:
    """Each kind has its prefix; "execution" and "compounding" name the address, "bls" hides the withdrawal key."""
    key = next(validator_keys(CONFIG.mnemonic, 1))
    own = bytes.fromhex("f39fd6e51aad88f6f4ce6ab8827279cfffb92266")
    other = dataclasses.replace(CONFIG, withdrawals="compounding", withdrawal_address=b"\xaa" * 20)
    bls = dataclasses.replace(CONFIG, withdrawals="bls")
    assert genesis_validator(CONFIG, key).withdrawal_credentials == b"\x01" + bytes(11) + own
    assert genesis_validator(other, key).withdrawal_credentials == b"\x02" + bytes(11) + b"\xaa" * 20
    assert genesis_validator(bls, key).withdrawal_credentials[:1] == b"\0"
    assert genesis_validator(bls, key).withdrawal_credentials[1:].strip(b"\0")


def test_only_compounding_validators_weigh_more_than_32_ether(validators: list[Validator]) -> None:
    """A balance over 32 ether counts in full with compounding credentials alone (EIP-7251)."""
    rich = [validators[0]._replace(balance=40 * 10**9), *validators[1:]]
    compounding = [rich[0]._replace(withdrawal_credentials=b"\x02" + bytes(31)), *validators[1:]]
    at = first_effective_balance(genesis_state(CONFIG, rich), rich[0])
    assert int.from_bytes(genesis_state(CONFIG, rich)[at : at + 8], "little") == 32 * 10**9
    assert int.from_bytes(genesis_state(CONFIG, compounding)[at : at + 8], "little") == 40 * 10**9


def first_effective_balance(state: bytes, validator: Validator) -> int:
    """Find the first validator's effective balance: behind its credentials in the registry."""
    return state.index(validator.public_key + validator.withdrawal_credentials) + 80


def test_the_config_says_what_clients_need() -> None:
    """config.yaml parses, and holds forks, times, chain and the shortened epochs."""
    section = yaml.safe_load(consensus_config(CONFIG))
    assert section["CONFIG_NAME"] == "devnet"
    assert section["MIN_GENESIS_TIME"] + section["GENESIS_DELAY"] == 1_700_000_000
    assert (section["SECONDS_PER_SLOT"], section["SLOT_DURATION_MS"], section["SLOTS_PER_EPOCH"]) == (2, 2000, 8)
    assert (section["ELECTRA_FORK_EPOCH"], section["FULU_FORK_EPOCH"]) == (0, 2**64 - 1)
    assert section["DEPOSIT_CHAIN_ID"] == section["DEPOSIT_NETWORK_ID"] == 3151908
    assert section["MIN_EPOCHS_FOR_BLOCK_REQUESTS"] == 33024
    assert section["BLOB_SCHEDULE"] == []


def test_conformant_configs_do_not_repeat_the_preset() -> None:
    """SLOTS_PER_EPOCH is a constant of the preset, and stands in config.yaml only where it was changed."""
    assert "SLOTS_PER_EPOCH:" not in consensus_config(dataclasses.replace(CONFIG, slots_per_epoch=32))


def test_the_blob_schedule_reaches_the_config() -> None:
    """Blob-parameter-only forks are listed as the specification's configs list them."""
    config = dataclasses.replace(CONFIG, fork="fulu", slots_per_epoch=32, blob_schedule=(BlobParameters(3, 15),))
    assert yaml.safe_load(consensus_config(config))["BLOB_SCHEDULE"] == [{"EPOCH": 3, "MAX_BLOBS_PER_BLOCK": 15}]
