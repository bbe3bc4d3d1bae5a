"""What a genesis config refuses, and what it derives."""

from __future__ import annotations

from typing import Any

import pytest

from ethgen.errors import GenesisError
from ethgen.genesis.config import BlobParameters, GenesisConfig
from ethgen.genesis.presets import FORKS

PROPER: dict[str, Any] = {
    "network": "devnet",
    "chain_id": 3151908,
    "genesis_time": 1_700_000_000,
    "mnemonic": "test test test test test test test test test test test junk",
    "key_sets": {"a": 32, "b": 32},
    "validator_count": 64,
}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"network": "Dev_net"}, "a-z, 0-9 and '-' only"),
        ({"chain_id": 0}, "chain id 0"),
        ({"chain_id": 2**64}, "chain id 18446744073709551616"),
        ({"genesis_time": 0}, "not a Unix time in seconds"),
        ({"genesis_time": 1_700_000_000_000_000}, "not a Unix time in seconds"),
        ({"seconds_per_slot": 0}, "slots of 0 s"),
        ({"gas_limit": 4999}, "gas limit of 4999"),
        ({"base_fee": 0}, "base fee of 0"),
        ({"extra_data": bytes(33)}, "at most 32 bytes"),
        ({"deposit_contract": bytes(19)}, "deposit contract's address"),
        ({"withdrawal_address": bytes(19)}, "withdrawal address"),
        ({"premine": {bytes(19): 1}}, "address of premine"),
        ({"kdf_rounds": 0}, "one KDF round"),
        ({"fork": "bellatrix"}, "fork bellatrix is none of capella, deneb, electra, fulu"),
        ({"fork": "deneb", "later_forks": {"fulu": 2}}, "none left out"),
        ({"fork": "deneb", "later_forks": {"electra": 3, "fulu": 2}}, "order of their epochs"),
        ({"later_forks": {"fulu": 0}}, "order of their epochs"),
        ({"fork": "fulu", "slots_per_epoch": 8}, "fulu needs the preset's 32 slots per epoch"),
        ({"later_forks": {"fulu": 2}, "slots_per_epoch": 8}, "fulu needs the preset's 32 slots per epoch"),
        ({"blob_schedule": (BlobParameters(0, 12),)}, "begins with fulu or later"),
        ({"later_forks": {"fulu": 2}, "blob_schedule": (BlobParameters(1, 12),)}, "begins with fulu or later"),
        ({"fork": "fulu", "blob_schedule": (BlobParameters(3, 12), BlobParameters(3, 15))}, "order of its epochs"),
        ({"validator_count": 31, "key_sets": {"a": 31}}, "31 validators are fewer than the 32 slots"),
        ({"key_sets": {"a": 64, "b": 1}}, "hold 65 keys, the state only 64"),
        ({"balance": 31 * 10**9}, "whole number of ether from 32 to 2048"),
        ({"balance": 32 * 10**9 + 1}, "whole number of ether from 32 to 2048"),
        ({"balance": 2049 * 10**9}, "whole number of ether from 32 to 2048"),
        ({"fork": "deneb", "withdrawals": "compounding"}, "begin with electra"),
    ],
)
def test_what_no_client_could_run_is_refused(change: dict[str, Any], problem: str) -> None:
    """Each value out of its range is refused with the network's name and the range."""
    with pytest.raises(GenesisError, match=problem) as caught:
        GenesisConfig(**{**PROPER, **change})
    assert str(caught.value).startswith("genesis of ")


def test_a_config_does_not_show_its_mnemonic() -> None:
    """The representation of a config, which may reach a log, does not hold the mnemonic."""
    assert "junk" not in repr(GenesisConfig(**PROPER))


def test_fork_versions_are_the_network_s_own() -> None:
    """Fork versions differ between forks and between networks, and are none of a public network's."""
    one, other = (GenesisConfig(**{**PROPER, "chain_id": chain_id}) for chain_id in (3151908, 3151909))
    versions = [config.fork_version(fork) for config in (one, other) for fork in FORKS]
    assert len(set(versions)) == 2 * len(FORKS)
    assert one.fork_version("phase0").hex() == "10301824"
    assert one.fork_version("fulu").hex() == "70301824"


def test_the_preset_decides_the_slots_of_an_epoch_unless_they_are_given() -> None:
    """Mainnet's epochs have 32 slots, minimal's 8, and a config may shorten them."""
    assert GenesisConfig(**PROPER).slots_per_epoch == 32
    assert GenesisConfig(**PROPER, preset="minimal").slots_per_epoch == 8
    assert GenesisConfig(**PROPER, slots_per_epoch=16).slots_per_epoch == 16


def test_forks_up_to_the_first_are_active_at_once_and_later_ones_at_their_time() -> None:
    """Epoch 0 is time 0 for execution clients; a later epoch is genesis time plus its slots."""
    config = GenesisConfig(**PROPER, later_forks={"fulu": 10})
    assert [config.fork_epoch(fork) for fork in ("phase0", "electra", "fulu")] == [0, 0, 10]
    assert config.epoch_time(0) == 0
    assert config.epoch_time(10) == 1_700_000_000 + 10 * 32 * 12
    assert GenesisConfig(**PROPER).fork_epoch("fulu") is None
