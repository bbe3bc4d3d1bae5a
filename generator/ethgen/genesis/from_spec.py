"""From the spec of an environment to the config of a network's genesis."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ethgen.errors import GenesisError
from ethgen.genesis.config import STANDARD_KDF_ROUNDS, GenesisConfig
from ethgen.stack.genesis_parts import MAX_PARTS, parts_of, validators_of

if TYPE_CHECKING:
    from ethgen.spec import NetworkSpec
    from ethgen.spec.network import Network

MNEMONIC_VARIABLE = "ETHGEN_MNEMONIC"
_WEI_PER_ETHER = 10**18
# A throw-away mnemonic protects nothing, and 64 keys of 262,144 rounds take three seconds.
_LOCAL_KDF_ROUNDS = 1024
# Kubernetes refuses a Secret over 1 MiB (Kubernetes documentation, "Secrets"); a keystore is 900 bytes.
_KEYS_PER_SECRET = 1000


def from_spec(spec: NetworkSpec, network: str, genesis_time: int, repository: Path = Path()) -> GenesisConfig:
    """Give the config of a network's genesis.

    Args:
        spec: the environment.
        network: name of one of its networks with `chain: custom`.
        genesis_time: Unix time of slot 0, in seconds.
        repository: folder that `genesis.mnemonicFile` is relative to.

    Raises:
        GenesisError: the network is not a private one, has no mnemonic, or is larger than Kubernetes can carry.
    """
    chosen = private_networks(spec).get(network)
    if chosen is None or chosen.genesis is None or chosen.chain_id is None:
        known = ", ".join(private_networks(spec)) or "none"
        raise GenesisError(
            f"{network!r} is not a private network of environment {spec.environment}",
            cure=f"Choose one with --network; private networks here: {known}.",
        )
    genesis = chosen.genesis
    _check_size(network, chosen)
    return GenesisConfig(
        network=network,
        chain_id=chosen.chain_id,
        genesis_time=genesis_time,
        mnemonic=_mnemonic(spec, network, chosen, repository),
        key_sets={name: key_set.keys for name, key_set in chosen.validators.items()},
        validator_count=validators_of(chosen),
        fork=genesis.fork,
        preset=genesis.preset,
        seconds_per_slot=genesis.slot_seconds,
        slots_per_epoch=genesis.slots_per_epoch if "slots_per_epoch" in genesis.model_fields_set else 0,
        premine={bytes.fromhex(address[2:]): ether * _WEI_PER_ETHER for address, ether in genesis.premine.items()},
        premine_accounts=genesis.premine_accounts,
        gas_limit=genesis.gas_limit,
        nodes={name: group.replicas for name, group in chosen.nodes.items()},
        kdf_rounds=_LOCAL_KDF_ROUNDS if spec.profile == "local" else STANDARD_KDF_ROUNDS,
    )


def private_networks(spec: NetworkSpec) -> dict[str, Network]:
    """Give the networks of a spec that begin with a genesis of their own."""
    return {name: network for name, network in spec.networks.items() if network.chain == "custom"}


def _mnemonic(spec: NetworkSpec, name: str, network: Network, repository: Path) -> str:
    genesis = network.genesis
    if genesis is not None and genesis.mnemonic is not None and spec.profile == "local":
        return genesis.mnemonic
    if os.environ.get(MNEMONIC_VARIABLE):
        return os.environ[MNEMONIC_VARIABLE].strip()
    if genesis is not None and genesis.mnemonic_file is not None:
        path = repository / genesis.mnemonic_file
        try:
            return path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise GenesisError(f"the mnemonic of {name} cannot be read from {path}: {error}") from error
    raise GenesisError(
        f"the network {name} has no mnemonic",
        cure=f"Name its file in networks.{name}.genesis.mnemonicFile, or set {MNEMONIC_VARIABLE}.",
    )


def _check_size(name: str, network: Network) -> None:
    parts = parts_of(network)
    if parts > MAX_PARTS:
        raise GenesisError(
            f"the genesis of {name} has {validators_of(network)} validators and takes {parts} ConfigMaps of 1 MiB, "
            f"more than {MAX_PARTS}",
            cure="Have fewer validators at genesis and let the rest deposit later.",
        )
    for key_set, chosen in network.validators.items():
        if chosen.keys > _KEYS_PER_SECRET:
            raise GenesisError(
                f"networks.{name}.validators.{key_set} has {chosen.keys} keys, "
                f"more than the {_KEYS_PER_SECRET} whose keystores fit one Secret",
                cure="Split it into several key sets.",
            )
