"""Which versions of a spec move to which, and what the releases between them change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.clients.facts import ConsensusClient
from ethgen.clients.version import order
from ethgen.errors import EthgenError
from ethgen.report.catalogue import checked_chart_version, checked_version, client_called
from ethgen.report.databases import objection
from ethgen.spec.near import nearest
from ethgen.stack.catalogue import KNOWN
from ethgen.stack.checks.chosen import chosen_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ethgen.clients.facts import Process
    from ethgen.report.catalogue import Client
    from ethgen.spec import NetworkSpec
    from ethgen.spec.positions import Path, Position
    from ethgen.stack.checks.chosen import Chosen

Policy = Literal["patch", "minor", "major"]

POLICIES: tuple[Policy, ...] = get_args(Policy)


@dataclass(frozen=True)
class Wanted:
    """What is to move, and how far.

    Attributes:
        clients: names of clients; empty for all.
        releases: names of releases of other charts; empty for all, or for none where clients are named.
        to: the version; empty for the newest that the catalogue knows.
        policy: the part of a version that may change at most: `patch` the last of three, `major` every one.
    """

    clients: tuple[str, ...] = ()
    releases: tuple[str, ...] = ()
    to: str = ""
    policy: Policy = "minor"


@dataclass(frozen=True)
class Move:
    """One version in a spec that moves.

    Attributes:
        path: the field of the spec.
        place: where it is written.
        subject: the client's name, or that of the release.
        old: the version that the spec has.
        new: the version that it gets.
        changes: what the releases between them change, a line for each.
        objection: why the new version cannot go on with the old one's database; empty where it can.
    """

    path: Path
    place: Position
    subject: str
    old: str
    new: str
    changes: tuple[str, ...] = ()
    objection: str = ""


@dataclass(frozen=True)
class Stay:
    """One version that stays as it is, and why; without a reason it is the catalogue's, for the spec names none."""

    path: Path
    subject: str
    version: str
    reason: str = ""


def require_known(wanted: Wanted) -> None:
    """Refuse names that the catalogue does not have, and a version that is none.

    Raises:
        EthgenError: there is no such client or release, or the version is not written as a spec has to write it.
    """
    for name in wanted.releases:
        if name not in KNOWN:
            raise EthgenError(
                f"there is no release {name!r} in the catalogue{nearest(name, list(KNOWN))}",
                cure=f"known: {', '.join(KNOWN)}",
            )
        if wanted.to:
            checked_chart_version(KNOWN[name].release, wanted.to)
    for name in wanted.clients:
        client = client_called(name)
        if wanted.to:
            checked_version(client, wanted.to)


def moves_of(spec: NetworkSpec, wanted: Wanted) -> list[Move | Stay]:
    """Return what becomes of every version that a spec may have, in the order of its networks and releases."""
    found: list[Move | Stay] = []
    told: set[Path] = set()
    everything = not (wanted.clients or wanted.releases)
    for name, network in spec.networks.items():
        for chosen in chosen_of(("networks", name), network):
            if (everything or chosen.client.name in wanted.clients) and chosen.runs_in not in told:
                # A client inside another one has its version, and is told of once.
                told.add(chosen.runs_in)
                found.append(_client(spec, chosen, wanted))
    asked = (name for name in spec.releases if name in KNOWN and (everything or name in wanted.releases))
    # A chart of this repository has the version that is here.
    return found + [_release(spec, name, wanted) for name in asked if not KNOWN[name].release.chart.own]


def _client(spec: NetworkSpec, chosen: Chosen, wanted: Wanted) -> Move | Stay:
    path, client = (*chosen.runs_in, "version"), _around(chosen.client)
    place = spec.positions.values.get(path)
    if chosen.section.image is not None:
        return Stay(path, client.name, chosen.version, f"its image is the spec's own: {chosen.section.image}")
    if place is None:
        return Stay(path, client.name, chosen.version)
    new = wanted.to or client.version
    if reason := _stays(chosen.version, new, wanted):
        return Stay(path, client.name, chosen.version, reason)
    layer = "consensus" if path[-2] == "consensus" else "execution"
    against = objection(layer, (client.name, chosen.version), (client.name, new)) if path[2] == "nodes" else ""
    changes = tuple(changes_between(client, chosen.process, chosen.version, new))
    return Move(path, place, client.name, chosen.version, new, changes, against)


def _around(client: Client) -> Client:
    """Return the client in whose process a client runs, which is the one that has versions and a database."""
    inside = client.inside if isinstance(client, ConsensusClient) else ""
    return EXECUTION_CLIENTS[inside] if inside else client


def _release(spec: NetworkSpec, name: str, wanted: Wanted) -> Move | Stay:
    path, pinned = ("releases", name, "version"), KNOWN[name].release.chart.version
    place, version = spec.positions.values.get(path), spec.releases[name].version
    if place is None or version is None:
        return Stay(path, name, pinned)
    new = wanted.to or pinned
    if reason := _stays(version.removeprefix("v"), new.removeprefix("v"), wanted):
        return Stay(path, name, version, reason)
    return Move(path, place, name, version, new)


def _stays(old: str, new: str, wanted: Wanted) -> str:
    """Return why a version does not move; empty where it does."""
    if order(new) == order(old) or (order(new) < order(old) and not wanted.to):
        return "is the newest that the catalogue knows" if not wanted.to else f"is {new} already"
    if wanted.to:
        return ""
    parts = POLICIES[::-1].index(wanted.policy)
    before, after = order(old)[:parts], order(new)[:parts]
    if before != after:
        return f"{new} is known, and beyond the policy {wanted.policy!r}"
    return ""


def changes_between(client: Client, process: Process, old: str, new: str) -> Iterator[str]:
    """Yield what the releases between two versions change: flags, upgrades of networks, the database."""
    low, high = sorted((old, new), key=order)
    up = order(old) < order(new)

    def between(version: str) -> bool:
        return bool(version) and order(low) < order(version) <= order(high)

    for change in process.changes:
        came, went = between(change.since), between(change.until)
        if came != went:
            taken = came == up
            instead = f"; use {change.instead}" if change.instead.startswith("--") and not taken else ""
            since = change.since if came else change.until
            yield f"{change.flag} is {'taken' if taken else 'not taken any more'} ({since}){instead}"
    for upgrade, first in client.upgrades.items():
        if between(first):
            yield f"{upgrade} is {'supported' if up else 'not supported any more'} ({first})"
    for database in client.databases:
        if between(database.since) and up and (text := database.downgrade):
            yield f"there is no way back to {old}: {text} ({database.source})"


def refused(moves: Sequence[Move]) -> list[str]:
    """Return why some moves cannot be made, each with its place."""
    return [f"{move.place}: {'.'.join(map(str, move.path))}: {move.objection}" for move in moves if move.objection]
