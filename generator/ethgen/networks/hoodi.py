"""Hoodi: chain id and genesis time from eth-clients/hoodi, slots from the mainnet preset.

Upgrades: epochs of deneb and electra from eth-clients/hoodi (metadata/config.yaml), timestamps from go-ethereum
1.17.10 (params/chainspecs/hoodi.json, where an upgrade of the genesis is at 0), the epoch of fulu from its timestamp.
Glamsterdam has no date here (EIP-7773).
"""

from ethgen.networks.facts import Chain
from ethgen.networks.upgrades import Activation

CHAIN = Chain(
    name="hoodi",
    chain_id=560048,
    seconds_per_slot=12,
    slots_per_epoch=32,
    checkpoint_url="https://checkpoint-sync.hoodi.ethpandaops.io",
    proof_of_stake_only=True,
    genesis_time=1742213400,
    upgrades=(
        Activation("dencun", epoch=0, timestamp=1742213400),
        Activation("pectra", epoch=2048, timestamp=1742999832),
        Activation("fusaka", epoch=50688, timestamp=1761677592),
    ),
)
