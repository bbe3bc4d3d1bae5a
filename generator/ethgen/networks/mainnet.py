"""Mainnet: chain id and genesis time from eth-clients/mainnet, slots from the mainnet preset.

Upgrades: epochs of deneb and electra from eth-clients/mainnet (metadata/config.yaml), timestamps from go-ethereum
1.17.10 (params/chainspecs/mainnet.json), the epoch of fulu from its timestamp. Glamsterdam has no date here (EIP-7773).
"""

from ethgen.networks.facts import Chain
from ethgen.networks.upgrades import Activation

CHAIN = Chain(
    name="mainnet",
    chain_id=1,
    seconds_per_slot=12,
    slots_per_epoch=32,
    checkpoint_url="https://beaconstate.info",
    genesis_time=1606824023,
    upgrades=(
        Activation("dencun", epoch=269568, timestamp=1710338135),
        Activation("pectra", epoch=364032, timestamp=1746612311),
        Activation("fusaka", epoch=411392, timestamp=1764798551),
    ),
)
