"""What a version of a client is good for: the arguments that are generated, and the upgrades of a network."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from ethgen.clients.version import order
from ethgen.networks.upgrades import UPGRADES

if TYPE_CHECKING:
    from ethgen.clients.facts import ConsensusClient, ExecutionClient

_PLACES = {name: place for place, name in enumerate(UPGRADES)}


def is_too_old(client: ExecutionClient | ConsensusClient, version: str) -> bool:
    """Return whether a version is older than those the generated arguments are for; a spec with it is refused."""
    return order(version) < order(client.oldest)


def database_objection(client: ExecutionClient | ConsensusClient, old: str, new: str) -> str:
    """Return why a version cannot go on with the database of another; empty where nothing is known against it."""
    return next(filter(None, (change.objection(old, new) for change in client.databases)), "")


@lru_cache(maxsize=1024)
def supports(client: ExecutionClient | ConsensusClient, version: str, upgrade: str) -> bool:
    """Return whether a version supports a network upgrade.

    A catalogue names no release for upgrades older than the oldest it names: each of its versions has these.
    """
    first = client.upgrades.get(upgrade)
    if first is None:
        return _PLACES[upgrade] < min((_PLACES[name] for name in client.upgrades), default=0)
    return order(version) >= order(first)
