"""Network upgrades and their names on both layers (ethereum/execution-specs, ethereum/consensus-specs)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

# The day that the networks' schedules and the clients' releases were last read: 2026-11-21, 00:00 UTC, as Unix time.
# What is due by then is active wherever a spec is rendered; what is due later is announced. A date and not the clock,
# so that a spec which was accepted once is accepted for as long as the catalogue is the same.
CATALOGUE_TIME = 1795219200


class Upgrade(NamedTuple):
    """An upgrade of both layers at once.

    Attributes:
        name: what people call it.
        execution: the fork of the execution layer.
        consensus: the fork of the consensus layer.
    """

    name: str
    execution: str
    consensus: str


class Activation(NamedTuple):
    """When a network takes an upgrade.

    Attributes:
        upgrade: its name in `UPGRADES`.
        epoch: epoch of the consensus layer's fork.
        timestamp: Unix time of that epoch's first slot, in seconds: the execution layer's fork.
    """

    upgrade: str
    epoch: int
    timestamp: int

    @property
    def active(self) -> bool:
        """Whether the network has taken it by the catalogue's day."""
        return self.timestamp <= CATALOGUE_TIME

    @property
    def day(self) -> str:
        """The day of it in UTC, as `2025-12-03`."""
        return datetime.fromtimestamp(self.timestamp, UTC).date().isoformat()


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
