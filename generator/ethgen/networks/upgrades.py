"""Network upgrades and their names on both layers (ethereum/execution-specs, ethereum/consensus-specs)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Upgrade:
    """An upgrade of both layers at once.

    Attributes:
        name: what people call it.
        execution: the fork of the execution layer.
        consensus: the fork of the consensus layer.
    """

    name: str
    execution: str
    consensus: str


@dataclass(frozen=True, slots=True)
class Activation:
    """When a network takes an upgrade.

    Attributes:
        upgrade: its name in `UPGRADES`.
        epoch: epoch of the consensus layer's fork.
        timestamp: Unix time of that epoch's first slot, in seconds: the execution layer's fork.
    """

    upgrade: str
    epoch: int
    timestamp: int


# Oldest first.
UPGRADES = {
    upgrade.name: upgrade
    for upgrade in (
        Upgrade("dencun", "cancun", "deneb"),
        Upgrade("pectra", "prague", "electra"),
        Upgrade("fusaka", "osaka", "fulu"),
        Upgrade("glamsterdam", "amsterdam", "gloas"),
    )
}
