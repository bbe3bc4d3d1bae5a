"""`ethgen clients`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from ethgen.cli.completion import client_names
from ethgen.cli.options import json_option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.clients.facts import Change
    from ethgen.networks.facts import Chain
    from ethgen.report.catalogue import Client, Support


@click.command()
@click.argument("name", required=False, shell_complete=client_names)
@click.option("--version", metavar="VERSION", help="Say what this version supports, in place of the catalogue's own.")
@click.option(
    "--network", metavar="NAME", default="mainnet", show_default=True, help="Show arguments for this network."
)
@json_option
def clients(name: str | None, *, version: str | None, network: str, as_json: bool) -> None:
    """List the clients of the catalogue, or describe one with NAME.

    The list says which version is used where a spec names none, the oldest one that is taken, what history a client can
    keep, and which network upgrades it supports. The description adds ports, arguments, flags and databases that
    changed with releases, and what a node needs.
    """
    from ethgen.report import catalogue  # noqa: PLC0415 - pydantic takes a tenth of a second to import

    if name is None:
        if version is not None:
            raise click.UsageError("--version needs the NAME of a client")
        rows = [catalogue.row_of(client) for client in catalogue.clients()]
        click.echo(json.dumps([asdict(row) for row in rows], indent=2) if as_json else "\n".join(_list()))
        return
    client, chain = catalogue.client_called(name), catalogue.chain_called(network)
    chosen = client.version if version is None else catalogue.checked_version(client, version)
    if as_json:
        click.echo(json.dumps(_data(client, chain, chosen), indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(_page(client, chain, chosen)))


def _list() -> list[str]:
    from ethgen.report import catalogue  # noqa: PLC0415 - loaded by the command
    from ethgen.report.table import aligned  # noqa: PLC0415 - likewise

    header = ("NAME", "LAYER", "VERSION", "OLDEST", "PRIVATE", "UPGRADES", "RETENTION", "IMAGE")
    rows = [_row(client) for client in catalogue.clients()]
    return aligned([header, *rows])


def _row(client: Client) -> tuple[str, ...]:
    from ethgen.report import catalogue  # noqa: PLC0415 - loaded by the command

    row = catalogue.row_of(client)
    found = catalogue.upgrades_of(client, client.version)
    return (
        row.name,
        row.layer,
        row.version,
        row.oldest,
        "no" if row.private else "yes",
        ", ".join(support.upgrade for support in found if support.supported),
        ", ".join(row.retentions),
        row.image,
    )


def _page(client: Client, chain: Chain, version: str) -> Iterator[str]:
    from ethgen.clients.support import is_too_old  # noqa: PLC0415 - loaded by the command
    from ethgen.report import catalogue  # noqa: PLC0415 - loaded by the command
    from ethgen.report.table import aligned  # noqa: PLC0415 - likewise

    row = catalogue.row_of(client)
    yield f"{client.name} {version}, {row.layer} client"
    if is_too_old(client, version):
        yield f"  older than {client.oldest}, the first that the generated arguments are for: a spec with it is refused"
    yield f"  catalogue        {client.version}; {client.oldest} or later"
    yield f"  image            {client.process.reference(version)}"
    yield f"  retention        {', '.join(row.retentions)}"
    yield f"  private network  {f'no: {row.private}' if row.private else 'yes'}"
    yield ""
    yield "upgrades"
    yield from _indented(aligned([_upgrade(found, client.oldest) for found in catalogue.upgrades_of(client, version)]))
    for title, process in catalogue.processes_of(client):
        yield ""
        yield f"ports of the {title}"
        yield from _indented(
            aligned([(port.name, f"{port.number}/{port.protocol}", port.purpose) for port in process.ports])
        )
        if process.changes:
            yield ""
            yield f"flags of the {title} that came or went"
            yield from _indented(aligned([_change(change, version) for change in process.changes]))
    if databases := catalogue.database_rows(client):
        yield ""
        yield "databases that it does not go on with"
        yield from _indented(aligned(databases))
    for title, arguments in catalogue.arguments_of(client, chain, version).items():
        yield ""
        yield f"arguments on {chain.name}: {title}"
        yield from (f"  {argument}" for argument in arguments or ("none",))
    if sizes := catalogue.sizing_rows(client):
        yield ""
        yield "what it needs"
        yield from _indented(aligned([_SIZING, *sizes], right=(2, 3, 4, 5)))


def _indented(lines: list[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)


def _upgrade(found: Support, oldest: str) -> tuple[str, str, str]:
    from ethgen.clients.version import order  # noqa: PLC0415 - loaded by the command

    if found.supported:
        told = f"supported since {found.since}" if found.since else "supported"
    else:
        # The first that supports it may itself be too old for a spec.
        told = (
            f"not supported; use {max(found.since, oldest, key=order)} or later"
            if found.since
            else "not supported by any known release"
        )
    days = ", ".join(f"{network} {day}" for network, day in found.activations.items())
    return found.upgrade, told, days


def _change(change: Change, version: str) -> tuple[str, str, str]:
    told = ", ".join(
        part
        for part in (
            f"since {change.since}" if change.since else "",
            f"until {change.until}" if change.until else "",
            change.instead,
        )
        if part
    )
    return change.flag, "taken" if change.taken_by(version) else "not taken", told


_SIZING = ("NETWORK", "RETENTION", "CPU", "MEMORY", "DISK", "PER WEEK", "SOURCE")


def _data(client: Client, chain: Chain, version: str) -> dict[str, Any]:
    from ethgen.clients.support import is_too_old  # noqa: PLC0415 - loaded by the command
    from ethgen.report import catalogue  # noqa: PLC0415 - loaded by the command

    return {
        **asdict(catalogue.row_of(client)),
        "asked": version,
        "image": client.process.reference(version),
        "refused": is_too_old(client, version),
        "upgrades": [asdict(found) for found in catalogue.upgrades_of(client, version)],
        "processes": {
            title: {
                "ports": [port._asdict() for port in process.ports],
                "changes": [{**change._asdict(), "taken": change.taken_by(version)} for change in process.changes],
                "metrics": process.metrics._asdict(),
            }
            for title, process in catalogue.processes_of(client)
        },
        "databases": [change._asdict() for change in client.databases],
        "network": chain.name,
        "arguments": catalogue.arguments_of(client, chain, version),
        "sizing": [
            {"network": network, "retention": kept, **sizing._asdict()}
            for network, kept, sizing in catalogue.sizes_of(client)
        ],
    }
