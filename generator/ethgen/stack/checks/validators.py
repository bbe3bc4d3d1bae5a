"""What the key sets of one network share, whether they mean to or not: its beacon nodes.

A beacon node has one fee recipient of its own, for proposers whose validator process has told it none (beacon-APIs,
prepareBeaconProposer: what it is told holds for that epoch and two more, and need not outlive a restart).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.spec.checks import Problem
from ethgen.spec.positions import dotted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.spec.network import Network


def warnings(here: tuple[str, ...], network: Network) -> Iterator[Problem]:
    """Yield each key set of the network at `here` whose fees may go to another one's recipient."""
    if not network.nodes or not network.validators:
        return
    first = next(iter(network.validators))
    owner, shared = dotted((*here, "validators", first)), network.validators[first].fee_recipient
    for name, key_set in network.validators.items():
        if key_set.fee_recipient.lower() != shared.lower():
            text = (
                f"differs from that of {owner}, {shared}, which all beacon nodes here fall back to: "
                f"a block of {name} pays that one where a beacon node was not told in time whose it is"
            )
            cure = "use one address, or a network of its own for each"
            yield Problem((*here, "validators", name, "feeRecipient"), f"{text}; {cure}")
