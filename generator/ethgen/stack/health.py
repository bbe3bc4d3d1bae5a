"""When the agent of a group calls its pair of clients ready."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ethgen.chart import standard
from ethgen.networks.chain import NAMES, chain_of
from ethgen.spec.checks import Problem
from ethgen.spec.types import seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.networks.facts import Chain
    from ethgen.spec import NetworkSpec
    from ethgen.spec.node import Health

# The oldest head that still is the chain's: three slots, or, where slots are short, the time a few missed ones take.
_YOUNG_SLOTS = 3
_YOUNG_SECONDS = 16


def health(chosen: Health, chain: Chain, api_port: int) -> dict[str, Any]:
    """Return what the agent asks of a pair, `Health` in `ethgen.chart.values`.

    Args:
        chosen: what the spec says.
        chain: the network.
        api_port: port of the consensus client's Beacon API.
    """
    return {
        "chainId": chain.chain_id,
        "secondsPerSlot": chain.seconds_per_slot,
        "maxHeadAgeSlots": _head_age_slots(chosen, chain),
        "maxSyncDistanceSlots": chosen.max_sync_distance,
        "executionUrl": standard.EXECUTION_URL,
        "consensusUrl": f"http://127.0.0.1:{api_port}",
    }


def problems_of(spec: NetworkSpec) -> Iterator[Problem]:
    """Yield every group whose head could never be young enough, or not to the second."""
    for name, network in spec.networks.items():
        if network.chain not in NAMES or (network.chain == "custom" and network.genesis is None):
            continue
        slot = chain_of(network).seconds_per_slot
        for group, chosen in network.nodes.items():
            age = chosen.health.max_head_age
            if age is not None and seconds(age) % slot:
                here = ("networks", name, "nodes", group, "health", "maxHeadAge")
                yield Problem(here, f"{age} are no whole slots; a slot of networks.{name} has {slot}s")


def _head_age_slots(chosen: Health, chain: Chain) -> int:
    if chosen.max_head_age is not None:
        return seconds(chosen.max_head_age) // chain.seconds_per_slot
    return max(_YOUNG_SLOTS, _YOUNG_SECONDS // chain.seconds_per_slot)
