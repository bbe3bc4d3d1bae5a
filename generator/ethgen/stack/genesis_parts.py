"""How many ConfigMaps a private network's genesis takes, known before the genesis is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ethgen.spec.network import Network


def validators_of(network: Network) -> int:
    """Return the number of validators active at genesis."""
    wanted = sum(key_set.keys for key_set in network.validators.values())
    return (network.genesis.validators if network.genesis else None) or wanted


# Kubernetes refuses a ConfigMap over 1 MiB (Kubernetes documentation, "ConfigMaps"); the rest is for its metadata.
PART_BYTES = 960 * 1024

# Compressed bytes of a validator at most: public key (48), withdrawal credentials (32) and its share of the lists of
# balances, participation and inactivity scores, which are all alike; and of everything that does not grow with them.
_VALIDATOR_BYTES = 100
_CONSTANT_BYTES = 256 * 1024

# As many as a pod mounts without growing out of proportion, and as the chart's schema takes.
MAX_PARTS = 16

MAX_VALIDATORS = (MAX_PARTS * PART_BYTES - _CONSTANT_BYTES) // _VALIDATOR_BYTES


def parts_of(network: Network) -> int:
    """Return the number of ConfigMaps that surely hold a network's compressed genesis."""
    size = _CONSTANT_BYTES + _VALIDATOR_BYTES * validators_of(network)
    return -(-size // PART_BYTES)
