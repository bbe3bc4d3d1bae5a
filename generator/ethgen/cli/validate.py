"""`ethgen validate`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from ethgen.cli.options import environment_option, environments, json_option, load_spec, repository

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.command()
@environment_option
@click.option("--all", "every", is_flag=True, help="Check every environment.")
@click.option("--live", is_flag=True, help="Also check the running fleet.")
@json_option
@click.pass_context
def validate(context: click.Context, environment: str, *, every: bool, live: bool, as_json: bool) -> None:
    """Check a spec, and with --live the fleet that runs from it."""
    if every and live:
        raise click.UsageError("--live checks one fleet; name its environment with --env instead of --all")
    counts = _check(environments() if every else [environment])
    if live:
        from ethgen.cli.live import validate_live  # noqa: PLC0415 - only with --live

        context.exit(0 if validate_live(load_spec(environment), repository(), as_json=as_json) else 1)
    if as_json:
        click.echo(json.dumps({name: {"valid": True, "files": count} for name, count in counts.items()}, indent=2))
        return
    for name, count in counts.items():
        click.echo(f"{name}: the spec is valid and gives {count} files")


def _check(names: Sequence[str]) -> dict[str, int]:
    """Return the number of files that each environment gives.

    Raises:
        SpecError: every mistake in any of them.
    """
    from ethgen.errors import SpecError  # noqa: PLC0415 - with the rest of what this command needs
    from ethgen.render.build import build  # noqa: PLC0415 - pydantic takes a tenth of a second to import

    counts: dict[str, int] = {}
    problems: list[str] = []
    for name in names:
        try:
            counts[name] = len(build(load_spec(name)))
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    return counts
