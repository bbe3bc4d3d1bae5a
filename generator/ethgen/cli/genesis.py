"""`ethgen genesis`."""

from __future__ import annotations

import json
import re
import sys
import time
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ethgen.cli.options import environment_option, json_option, load_spec, repository
from ethgen.errors import GenesisError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import TaskID

    from ethgen.genesis.folder import GenesisIdentity

_FROM_NOW = re.compile(r"now(?:\+(\d{1,9}))?")


@click.command()
@environment_option
@click.option("--network", metavar="NAME", help="Private network; may be left out where there is only one.")
@click.option(
    "--genesis-time", metavar="TIME", help="Unix time of slot 0, or now+SECONDS; the spec's delaySeconds from now."
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Write the public files only, and to this folder instead of .ethgen/ENV/NETWORK.",
)
@json_option
def genesis(
    environment: str, network: str | None, genesis_time: str | None, out: Path | None, *, as_json: bool
) -> None:
    """Make the genesis of a private network: files for every node, and the keys of nodes and validators.

    The same spec and genesis time give the same bytes. Keys are secret and only ever written to .ethgen/, which git
    ignores.
    """
    from ethgen.genesis.folder import write_genesis  # noqa: PLC0415 - pydantic and cryptography take 0.2 s to import
    from ethgen.genesis.from_spec import from_spec, private_networks  # noqa: PLC0415 - likewise

    spec, root = load_spec(environment), repository()
    name = network or _only(list(private_networks(spec)), environment)
    section = spec.networks[name].genesis if name in spec.networks else None
    moment = _moment(genesis_time, section.delay_seconds if section else 0)
    config = from_spec(spec, name, moment, root)
    folder = out or root / ".ethgen" / environment / name
    with _progress(quiet=as_json or not sys.stderr.isatty()) as progress:
        identity = write_genesis(config, folder, private=out is None, progress=progress)
    _report(identity, folder, as_json=as_json)


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """Draw a bar on standard error for each kind of thing that is made."""
    from rich.console import Console  # noqa: PLC0415 - likewise
    from rich.progress import Progress  # noqa: PLC0415 - a twentieth of a second to import

    with Progress(console=Console(stderr=True), disable=quiet, transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def update(kind: str, done: int, total: int) -> None:
            if kind not in tasks:
                tasks[kind] = bars.add_task(kind, total=total)
            bars.update(tasks[kind], completed=done)

        yield update


def _only(names: list[str], environment: str) -> str:
    if len(names) == 1:
        return names[0]
    if not names:
        raise GenesisError(
            f"environment {environment} has no private network", cure="Add one with `chain: custom` to its spec."
        )
    raise GenesisError(
        f"environment {environment} has several private networks: {', '.join(names)}", cure="Choose one with --network."
    )


def _moment(text: str | None, delay: int) -> int:
    if text is None:
        return int(time.time()) + delay
    if from_now := _FROM_NOW.fullmatch(text):
        return int(time.time()) + int(from_now[1] or 0)
    if text.isdecimal():
        return int(text)
    raise GenesisError(
        f"--genesis-time {text!r} is no time", cure="Give Unix time in seconds, or now+SECONDS such as now+30."
    )


def _report(identity: GenesisIdentity, folder: Path, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"folder": str(folder), **asdict(identity)}))
        return
    click.echo(f"wrote {folder}")
    click.echo(f"genesis time             {identity.genesis_time}")
    click.echo(f"genesis validators root  {identity.genesis_validators_root}")
    click.echo(f"execution block 0        {identity.block_hash}")
