"""The execution genesis: genesis.json and the hash of its block."""

from __future__ import annotations

import dataclasses
import json

import pytest

from ethgen.errors import GenesisError
from ethgen.genesis.config import BlobParameters, GenesisConfig
from ethgen.genesis.execution import execution_block_hash, execution_genesis

CONFIG = GenesisConfig(
    network="devnet",
    chain_id=3151908,
    genesis_time=1_700_000_000,
    mnemonic="test test test test test test test test test test test junk",
    key_sets={"a": 64},
    validator_count=64,
)


def chain_config(config: GenesisConfig) -> dict[str, object]:
    """Give the section `config` as a client reads it."""
    section: dict[str, object] = json.loads(json.dumps(execution_genesis(config)))["config"]
    return section


def alloc(config: GenesisConfig) -> dict[str, dict[str, object]]:
    """Give the accounts as a client reads them."""
    accounts: dict[str, dict[str, object]] = json.loads(json.dumps(execution_genesis(config)))["alloc"]
    return accounts


def test_the_block_hash_is_the_one_geth_computed() -> None:
    """The hash is pinned to what geth 1.17.8 made of this genesis.json; tests/oracle asks geth again."""
    assert execution_block_hash(CONFIG).hex() == "23b3dcac76864434e368b38a0b7dc60d290522bd38338edce565ff584b7353f1"


def test_forks_are_active_at_once_or_at_their_time() -> None:
    """Forks up to the first have time 0, later ones the time of their epoch, others none."""
    later = dataclasses.replace(CONFIG, fork="deneb", later_forks={"electra": 4})
    section = chain_config(later)
    assert [section.get(f"{fork}Time") for fork in ("shanghai", "cancun", "prague", "osaka")] == [
        0,
        0,
        1_700_000_000 + 4 * 32 * 12,
        None,
    ]


def test_blob_parameters_follow_the_schedule() -> None:
    """Each fork has its blob limits; those of blob-parameter-only forks are mainnet's for mainnet's maxima."""
    config = dataclasses.replace(CONFIG, fork="fulu", blob_schedule=(BlobParameters(0, 15), BlobParameters(2, 21)))
    section = chain_config(config)
    assert section["bpo1Time"] == 0
    assert section["bpo2Time"] == 1_700_000_000 + 2 * 32 * 12
    assert section["blobSchedule"] == {
        "cancun": {"target": 3, "max": 6, "baseFeeUpdateFraction": 3338477},
        "prague": {"target": 6, "max": 9, "baseFeeUpdateFraction": 5007716},
        "osaka": {"target": 6, "max": 9, "baseFeeUpdateFraction": 5007716},
        "bpo1": {"target": 10, "max": 15, "baseFeeUpdateFraction": 8346193},
        "bpo2": {"target": 14, "max": 21, "baseFeeUpdateFraction": 11684671},
    }


def test_system_contracts_stand_where_their_fork_is_scheduled() -> None:
    """A network that never reaches electra has no request queues; one that reaches it later has them from the start."""
    queue = "0x00000961ef480eb55e80d19ad83579a64c007002"
    assert queue in alloc(CONFIG)
    assert queue in alloc(dataclasses.replace(CONFIG, fork="deneb", later_forks={"electra": 4}))
    assert queue not in alloc(dataclasses.replace(CONFIG, fork="deneb"))
    assert alloc(CONFIG)[queue]["storage"] == {f"0x{'00' * 32}": f"0x{'ff' * 32}"}


def test_the_deposit_contract_stands_where_the_config_says() -> None:
    """The contract has its code and the 31 zero hashes that its constructor would have stored."""
    contract = alloc(dataclasses.replace(CONFIG, deposit_contract=b"\x42" * 20))[f"0x{'42' * 20}"]
    storage = contract["storage"]
    assert isinstance(storage, dict)
    assert len(storage) == 31
    assert storage[f"0x{0x22:064x}"] == "0xf5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b"
    assert storage[f"0x{0x3F:064x}"] == "0xb5fe28e79f1b850f8658246ce9b6a1e7b49fc06db7143e8fe0b4f2b0c5523a5c"


def test_accounts_are_funded_as_the_config_says() -> None:
    """The mnemonic's accounts and named addresses hold their balances, and a named one overrides the mnemonic's."""
    first, second = "f39fd6e51aad88f6f4ce6ab8827279cfffb92266", "70997970c51812dc3a010c7d01b50e0d17dc79c8"
    config = dataclasses.replace(
        CONFIG,
        premine_accounts=2,
        premine_account_balance=5,
        premine={b"\xaa" * 20: 7, bytes.fromhex(second): 9},
    )
    accounts = alloc(config)
    balances = [accounts[f"0x{address}"]["balance"] for address in (first, second, "aa" * 20)]
    assert balances == ["0x5", "0x9", "0x7"]


def test_an_address_of_the_protocol_cannot_be_funded() -> None:
    """Money on a precompile or system contract would be lost, and is refused by name."""
    config = dataclasses.replace(CONFIG, premine={(1).to_bytes(20, "big"): 7})
    with pytest.raises(GenesisError, match=f"0x{1:040x} is a precompile or system contract"):
        execution_block_hash(config)
