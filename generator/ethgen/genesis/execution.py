"""Execution genesis: `genesis.json` in the form that geth defined, and the header of the block it makes.

besu, erigon, ethrex and reth read the same form; nethermind needs a chainspec.json, which is not written.
"""

from __future__ import annotations

from hashlib import sha256
from math import log
from typing import TYPE_CHECKING

from ethgen.genesis.accounts import Account, genesis_accounts, state_root
from ethgen.genesis.trie import EMPTY_ROOT
from ethgen.networks import rlp
from ethgen.spec.keccak import keccak256

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ethgen.genesis.config import GenesisConfig
    from ethgen.genesis.presets import Fork

_FORK_NAMES: dict[Fork, str] = {"capella": "shanghai", "deneb": "cancun", "electra": "prague", "fulu": "osaka"}
_BLOCK_FORKS = (
    "homestead",
    "eip150",
    "eip155",
    "eip158",
    "byzantium",
    "constantinople",
    "petersburg",
    "istanbul",
    "muirGlacier",
    "berlin",
    "london",
    "arrowGlacier",
    "grayGlacier",
    "mergeNetsplit",
)
# EIP-4844 with EIP-7840's names, and EIP-7691; osaka keeps prague's until a blob-parameter-only fork.
_BLOBS = {
    "cancun": {"target": 3, "max": 6, "baseFeeUpdateFraction": 3338477},
    "prague": {"target": 6, "max": 9, "baseFeeUpdateFraction": 5007716},
    "osaka": {"target": 6, "max": 9, "baseFeeUpdateFraction": 5007716},
}
_GAS_PER_BLOB = 131_072  # EIP-4844
_DIFFICULTY = 1  # proof of work's least, with a terminal total difficulty of 0: the genesis block is the terminal block
_EMPTY_UNCLES = keccak256(rlp.encode([]))
_EMPTY_REQUESTS = sha256().digest()  # EIP-7685


def execution_genesis(config: GenesisConfig) -> dict[str, object]:
    """Give the content of `genesis.json`.

    Raises:
        GenesisError: a premined address is one that the protocol owns.
    """
    return {
        "config": _chain_config(config),
        "nonce": "0x0",
        "timestamp": hex(config.genesis_time),
        "extraData": _hex(config.extra_data),
        "gasLimit": hex(config.gas_limit),
        "difficulty": hex(_DIFFICULTY),
        "mixHash": _hex(bytes(32)),
        "coinbase": _hex(bytes(20)),
        "baseFeePerGas": hex(config.base_fee),
        "alloc": {_hex(address): _account(account) for address, account in genesis_accounts(config).items()},
    }


def execution_block_hash(config: GenesisConfig) -> bytes:
    """Give the hash of block 0, as the execution client will compute it from `genesis.json`."""
    return block_hash(config, state_root(genesis_accounts(config)))


def block_hash(config: GenesisConfig, root: bytes) -> bytes:
    """Give the hash of block 0 from the root of its state (EIP-1559, 4895, 4844, 4788 and 7685 in this order)."""
    header: list[rlp.Item] = [
        bytes(32),
        _EMPTY_UNCLES,
        bytes(20),
        root,
        EMPTY_ROOT,
        EMPTY_ROOT,
        bytes(256),
        _DIFFICULTY,
        0,
        config.gas_limit,
        0,
        config.genesis_time,
        config.extra_data,
        bytes(32),
        bytes(8),
        config.base_fee,
        EMPTY_ROOT,
    ]
    if config.fork_epoch("deneb") == 0:
        header += [0, 0, bytes(32)]
    if config.fork_epoch("electra") == 0:
        header.append(_EMPTY_REQUESTS)
    return keccak256(rlp.encode(header))


def _chain_config(config: GenesisConfig) -> dict[str, object]:
    times = {
        f"{name}Time": config.epoch_time(epoch)
        for fork, name in _FORK_NAMES.items()
        if (epoch := config.fork_epoch(fork)) is not None
    }
    blobs: dict[str, Mapping[str, int]] = {
        name: _BLOBS[name]
        for fork, name in _FORK_NAMES.items()
        if name in _BLOBS and config.fork_epoch(fork) is not None
    }
    for number, (epoch, most) in enumerate(config.blob_schedule, start=1):
        times[f"bpo{number}Time"] = config.epoch_time(epoch)
        blobs[f"bpo{number}"] = _blob_parameters(most)
    return {
        "chainId": config.chain_id,
        **{f"{fork}Block": 0 for fork in _BLOCK_FORKS},
        "terminalTotalDifficulty": 0,
        "terminalTotalDifficultyPassed": True,
        **times,
        "depositContractAddress": _hex(config.deposit_contract),
        "blobSchedule": blobs,
    }


def _blob_parameters(most: int) -> dict[str, int]:
    """Give target and fee responsiveness for a blob limit: two thirds, and an eighth per block at most (EIP-7892)."""
    return {
        "target": most * 2 // 3,
        "max": most,
        "baseFeeUpdateFraction": round(most * _GAS_PER_BLOB / (2 * log(1.125))),
    }


def _account(account: Account) -> dict[str, object]:
    content: dict[str, object] = {"balance": hex(account.balance)}
    if account.nonce:
        content["nonce"] = hex(account.nonce)
    if account.code:
        content["code"] = _hex(account.code)
    if account.storage:
        content["storage"] = {_hex(slot): _hex(value) for slot, value in account.storage.items()}
    return content


def _hex(data: bytes) -> str:
    return f"0x{data.hex()}"
