"""Sepolia: chain id and genesis time from eth-clients/sepolia, slots from the mainnet preset."""

from ethgen.networks.facts import Chain

CHAIN = Chain(
    name="sepolia",
    chain_id=11155111,
    seconds_per_slot=12,
    slots_per_epoch=32,
    checkpoint_url="https://checkpoint-sync.sepolia.ethpandaops.io",
    genesis_time=1655733600,
)
