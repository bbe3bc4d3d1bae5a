"""A whole genesis as files in memory: what every node needs (metadata), and what stays secret (private)."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

from ethgen.genesis.consensus import consensus_config
from ethgen.genesis.execution import execution_block_hash, execution_genesis
from ethgen.genesis.keys import genesis_validator, validator_keys
from ethgen.genesis.keystore import key_set_password, keystore
from ethgen.genesis.state import genesis_state, genesis_validators_root
from ethgen.networks.node_keys import derive_node_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ethgen.genesis.config import GenesisConfig
    from ethgen.genesis.keys import ValidatorKey
    from ethgen.networks.node_keys import Layer

    Progress = Callable[[str, int, int], None]

_NOT_THE_CHAIN = frozenset({"genesis_time", "nodes", "kdf_rounds", "mnemonic"})
_LAYERS: tuple[Layer, ...] = ("execution", "consensus")


@dataclass(frozen=True, slots=True)
class Genesis:
    """A genesis: file contents by path below the network's folder, and what identifies it.

    Attributes:
        files: every file; paths begin with `metadata/` or `private/`.
        genesis_time: Unix time of slot 0, in seconds.
        genesis_validators_root: 32 bytes that signatures of this network are bound to.
        block_hash: hash of execution block 0.
    """

    files: Mapping[str, bytes]
    genesis_time: int
    genesis_validators_root: bytes
    block_hash: bytes


def build_genesis(config: GenesisConfig, *, private: bool = True, progress: Progress = lambda *_: None) -> Genesis:
    """Make every file of a genesis; the same config gives the same bytes.

    Args:
        config: what decides the genesis.
        private: whether keystores and node keys are made too.
        progress: called with what is being made ("keys", then "keystores"), how many there are, and how many shall be.

    Raises:
        GenesisError: the mnemonic or a premined address cannot be used.
    """
    block_hash = execution_block_hash(config)
    keys = []
    for number, key in enumerate(validator_keys(config.mnemonic, config.validator_count), start=1):
        keys.append(key)
        progress("keys", number, config.validator_count)
    validators = [genesis_validator(config, key) for key in keys]
    root = genesis_validators_root(validators)
    files = {
        "metadata/genesis.json": _json(execution_genesis(config)),
        "metadata/genesis.ssz": genesis_state(config, validators),
        "metadata/config.yaml": consensus_config(config).encode(),
        "metadata/genesis_validators_root.txt": f"0x{root.hex()}".encode(),
        "metadata/deposit_contract.txt": f"0x{config.deposit_contract.hex()}".encode(),
        "metadata/deposit_contract_block.txt": b"0",
        "metadata/deposit_contract_block_hash.txt": f"0x{block_hash.hex()}".encode(),
        "metadata/validator_names.yaml": _validator_names(config).encode(),
    }
    if private:
        files |= _keystores(config, keys, progress)
        files |= _node_keys(config)
    return Genesis(files, config.genesis_time, root, block_hash)


def fingerprint(config: GenesisConfig) -> str:
    """Give what two configs share that make the same chain, whenever it begins: 64 hex digits that tell no secret.

    Genesis time, number of nodes and rounds of the keystores are left out. How keys are split over key sets counts: a
    key that moves from one running signer to another would sign twice.
    """
    content = {field.name: getattr(config, field.name) for field in fields(config) if field.name not in _NOT_THE_CHAIN}
    content |= {
        "key_sets": list(config.key_sets.items()),
        "later_forks": sorted(config.later_forks.items()),
        "premine": sorted(config.premine.items()),
        "first_public_key": next(validator_keys(config.mnemonic, 1)).public_key,
    }
    return sha256(repr(sorted(content.items())).encode()).hexdigest()


def _json(content: Mapping[str, object]) -> bytes:
    return (json.dumps(content, indent=2) + "\n").encode()


def _validator_names(config: GenesisConfig) -> str:
    """Say whose each range of validators is, in the form that explorers read."""
    return "".join(f"{keys.start}-{keys.stop - 1}: {name}\n" for name, keys in key_ranges(config).items() if keys)


def key_ranges(config: GenesisConfig) -> dict[str, range]:
    """Give the validator indices of each key set: consecutive, in the spec's order."""
    ranges, start = {}, 0
    for name, count in config.key_sets.items():
        ranges[name] = range(start, start + count)
        start += count
    return ranges


def _keystores(config: GenesisConfig, keys: Sequence[ValidatorKey], progress: Progress) -> dict[str, bytes]:
    files, total = {}, sum(config.key_sets.values())
    # PBKDF2 lets go of the interpreter lock, so threads use every core.
    pool = ThreadPoolExecutor(max_workers=os.cpu_count())
    try:
        for name, indices in key_ranges(config).items():
            password = key_set_password(config.mnemonic, name)
            files[f"private/keystores/{name}/password"] = password.encode()
            make = partial(keystore, mnemonic=config.mnemonic, password=password, rounds=config.kdf_rounds)
            texts = pool.map(make, [keys[index] for index in indices])
            for index, text in zip(indices, texts, strict=True):
                files[f"private/keystores/{name}/keystore-{index}.json"] = text.encode()
                progress("keystores", index + 1, total)
    finally:
        # An interrupted run does not first make the keystores that are left.
        pool.shutdown(cancel_futures=True)
    return files


def _node_keys(config: GenesisConfig) -> Iterator[tuple[str, bytes]]:
    for group, replicas in config.nodes.items():
        for ordinal in range(replicas):
            for layer in _LAYERS:
                key = derive_node_key(config.mnemonic.encode(), config.network, group, ordinal, layer)
                yield f"private/node-keys/{group}/{ordinal}.{layer}", key.hex.encode()
