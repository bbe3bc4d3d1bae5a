"""Hoodi: chain id and genesis time from eth-clients/hoodi, slots from the mainnet preset."""

from ethgen.networks.facts import Chain

CHAIN = Chain(
    name="hoodi",
    chain_id=560048,
    seconds_per_slot=12,
    slots_per_epoch=32,
    checkpoint_url="https://checkpoint-sync.hoodi.ethpandaops.io",
    proof_of_stake_only=True,
    genesis_time=1742213400,
)
