"""Sepolia: chain id and genesis time from eth-clients/sepolia, slots from the mainnet preset.

Upgrades: epochs of deneb and electra from eth-clients/sepolia (metadata/config.yaml), that of gloas from ethereum/pm
(pull request 2205) and EIP-7773; timestamps from go-ethereum 1.17.10 (params/chainspecs/sepolia.json), the epoch of
fulu from its timestamp.
"""

from ethgen.networks.facts import Chain
from ethgen.networks.upgrades import Activation

CHAIN = Chain(
    name="sepolia",
    chain_id=11155111,
    seconds_per_slot=12,
    slots_per_epoch=32,
    checkpoint_url="https://checkpoint-sync.sepolia.ethpandaops.io",
    genesis_time=1655733600,
    upgrades=(
        Activation("dencun", epoch=132608, timestamp=1706655072),
        Activation("pectra", epoch=222464, timestamp=1741159776),
        Activation("fusaka", epoch=272640, timestamp=1760427360),
        Activation("glamsterdam", epoch=353024, timestamp=1791294816),
    ),
)
