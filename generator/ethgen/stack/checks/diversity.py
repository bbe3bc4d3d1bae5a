"""How many of a public network's validators depend on one client.

With a bug in a client that more than two thirds of all validators run, its wrong chain is finalised: two thirds of the
stake is what finality needs (consensus-specs, phase0/beacon-chain.md, weigh_justification_and_finalization). They
cannot go back to the right chain without being slashed. An operator whose validators all run such a client shares that.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ethgen.spec.checks import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.spec.network import Network

_WHY = (
    "more than 2/3: with a bug in it, they finalise a wrong chain together, and cannot leave it without being slashed"
)


def warnings(here: tuple[str, ...], network: Network) -> Iterator[Problem]:
    """Yield each layer of the public network at `here` on which one client holds too many of its validators."""
    keys = sum(key_set.keys for key_set in network.validators.values())
    if network.chain == "custom" or keys == 0:
        return
    signers: Counter[str] = Counter()
    for key_set in network.validators.values():
        signers[key_set.client] += key_set.keys
    yield from _warning((*here, "validators"), signers, "signs for", "validators", "another client")
    # Validators talk to whichever beacon node is ready, so each pod stands for its share of all of them.
    beacons: Counter[str] = Counter()
    executions: Counter[str] = Counter()
    for group in network.nodes.values():
        beacons[group.consensus.client] += group.replicas
        executions[group.execution.client] += group.replicas
    for clients, layer in ((beacons, "consensus"), (executions, "execution")):
        kind = f"{layer} clients that the validators follow"
        yield from _warning((*here, "nodes"), clients, "is", kind, f"another {layer} client")


def _warning(path: tuple[str, ...], clients: Counter[str], does: str, kind: str, other: str) -> Iterator[Problem]:
    total = clients.total()
    for name, count in clients.most_common(1):
        if count * 3 > total * 2:
            yield Problem(path, f"{name} {does} {count:,} of {total:,} {kind}, {_WHY}; give some to {other}")
