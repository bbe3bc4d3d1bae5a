"""Mainnet: chain id and genesis time from eth-clients/mainnet, slots from the mainnet preset."""

from ethgen.networks.facts import Chain

CHAIN = Chain(
    name="mainnet",
    chain_id=1,
    seconds_per_slot=12,
    slots_per_epoch=32,
    checkpoint_url="https://beaconstate.info",
    genesis_time=1606824023,
)
