"""From the spec of an environment to the config of a network's genesis."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ethgen.errors import GenesisError
from ethgen.genesis.config import STANDARD_KDF_ROUNDS, GenesisConfig
from ethgen.spec.beginning import MNEMONIC_VARIABLE
from ethgen.stack.genesis_parts import validators_of

if TYPE_CHECKING:
    from ethgen.spec import NetworkSpec
    from ethgen.spec.genesis import Genesis
    from ethgen.spec.network import Network

_WEI_PER_ETHER = 10**18
# A throw-away mnemonic protects nothing, and 64 keys of 262,144 rounds take three seconds.
_LOCAL_KDF_ROUNDS = 1024


def from_spec(spec: NetworkSpec, network: str, genesis_time: int, repository: Path = Path()) -> GenesisConfig:
    """Give the config of a network's genesis.

    Args:
        spec: the environment.
        network: name of one of its networks with `chain: custom`.
        genesis_time: Unix time of slot 0, in seconds.
        repository: folder that `genesis.mnemonicFile` is relative to, for the error where there is no mnemonic.

    Raises:
        GenesisError: the network is not a private one, or has no mnemonic.
    """
    chosen = private_networks(spec).get(network)
    if chosen is None or chosen.genesis is None or chosen.chain_id is None:
        known = ", ".join(private_networks(spec)) or "none"
        raise GenesisError(
            f"{network!r} is not a private network of environment {spec.environment}",
            cure=f"Choose one with --network; private networks here: {known}.",
        )
    genesis = chosen.genesis
    return GenesisConfig(
        network=network,
        chain_id=chosen.chain_id,
        genesis_time=genesis_time,
        mnemonic=_mnemonic(network, genesis, repository),
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


def _mnemonic(name: str, genesis: Genesis, repository: Path) -> str:
    if not genesis.seed:
        raise GenesisError(
            f"the network {name} has no mnemonic",
            cure=f"Write it to {repository / (genesis.mnemonic_file or 'a file')}, "
            f"named in networks.{name}.genesis.mnemonicFile, or set {MNEMONIC_VARIABLE}.",
        )
    return genesis.seed.decode()
