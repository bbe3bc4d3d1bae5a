"""The catalogue as a page of documentation: docs/reference/clients.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.networks.chain import PUBLIC
from ethgen.networks.upgrades import UPGRADES
from ethgen.report.catalogue import Client, clients, database_rows, processes_of, row_of, sizing_rows
from ethgen.report.table import markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.clients.facts import Change


def page() -> str:
    """Return the page in Markdown."""
    head = (
        "# Clients\n\n"
        "Made by `ethgen reference` from the catalogue in `generator/ethgen/clients`; do not edit. "
        "`ethgen clients NAME` adds the arguments on a network, and `--version` says what another version supports.\n\n"
        "`version` is used where a spec names none; versions before `oldest` are refused, for the generated arguments "
        "are not for them.\n\n"
    )
    return f"{head}{_overview()}\n{_upgrades()}\n" + "\n".join(_client(client) for client in clients())


def _overview() -> str:
    rows = [
        (
            f"[{row.name}](#{row.name})",
            row.layer,
            row.version,
            row.oldest,
            "no" if row.private else "yes",
            ", ".join(row.retentions),
            f"`{row.image}`",
        )
        for row in map(row_of, clients())
    ]
    return markdown(("client", "layer", "version", "oldest", "private networks", "retention", "image"), rows)


def _upgrades() -> str:
    """Return when each network takes each upgrade, and the first version of each client that supports it."""
    days = {
        (chain.name, activation.upgrade): activation.day for chain in PUBLIC.values() for activation in chain.upgrades
    }
    networks = [(name, *(days.get((name, upgrade), "") for upgrade in UPGRADES)) for name in PUBLIC]
    firsts = [(client.name, *(client.upgrades.get(upgrade, "") for upgrade in UPGRADES)) for client in clients()]
    return (
        "## Network upgrades\nThe day on which each network takes an upgrade, as far as it is announced:\n\n"
        f"{markdown(('network', *UPGRADES), networks)}\n"
        "The first version that supports it; those before the first one named here, every version of the catalogue "
        f"supports:\n\n{markdown(('client', *UPGRADES), firsts)}"
    )


def _client(client: Client) -> str:
    return "\n".join(_sections(client))


def _sections(client: Client) -> Iterator[str]:
    row = row_of(client)
    yield f"## {client.name}"
    if row.private:
        yield f"No nodes in private networks: {row.private}.\n"
    ports = [
        (title, f"`{port.name}`", f"{port.number}/{port.protocol}", port.purpose)
        for title, process in processes_of(client)
        for port in process.ports
    ]
    yield markdown(("process", "port", "number", "for"), ports)
    changes = [_change(title, change) for title, process in processes_of(client) for change in process.changes]
    if changes:
        yield "Flags that came or went with releases:\n"
        yield markdown(("process", "flag", "since", "until", "instead"), changes)
    if databases := database_rows(client):
        yield "Databases that it does not go on with, so that such a move is refused:\n"
        yield markdown(("move", "why", "source"), databases)
    if sizes := sizing_rows(client):
        yield "What it needs; the disk after a first sync, and what it grows by in a week:\n"
        yield markdown(("network", "retention", "CPU", "memory", "disk", "per week", "source"), sizes)


def _change(title: str, change: Change) -> tuple[str, ...]:
    return title, f"`{change.flag}`", change.since, change.until, change.instead
