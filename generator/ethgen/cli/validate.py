"""`ethgen validate`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import click

from ethgen.cli.options import environment_option, environments, json_option, load_spec, repository

if TYPE_CHECKING:
    from collections.abc import Sequence


class _Valid(NamedTuple):
    """What a valid spec gives."""

    files: int
    warnings: list[str]


@click.command()
@environment_option
@click.option("--all", "every", is_flag=True, help="Check every environment.")
@click.option("--live", is_flag=True, help="Also check the running fleet.")
@click.option("--strict", is_flag=True, help="Exit with status 1 if there is any warning.")
@json_option
@click.pass_context
def validate(  # noqa: PLR0913 - one parameter for each option
    context: click.Context, environment: str, *, every: bool, live: bool, strict: bool, as_json: bool
) -> None:
    """Check a spec, and with --live the fleet that runs from it.

    Mistakes are refused with status 2. Warnings, of what is risky or soon will not do, go to the standard error; with
    --strict they give status 1.
    """
    if every and live:
        raise click.UsageError("--live checks one fleet; name its environment with --env instead of --all")
    found = _check(environments() if every else [environment])
    for each in found.values():
        for warning in each.warnings:
            click.echo(f"warning: {warning}", err=True)
    refused = strict and any(each.warnings for each in found.values())
    if live:
        from ethgen.cli.live import validate_live  # noqa: PLC0415 - only with --live

        passed = validate_live(load_spec(environment), repository(), as_json=as_json)
        context.exit(0 if passed and not refused else 1)
    _show(found, as_json=as_json)
    context.exit(1 if refused else 0)


def _show(found: dict[str, _Valid], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({name: {"valid": True, **each._asdict()} for name, each in found.items()}, indent=2))
        return
    for name, each in found.items():
        click.echo(f"{name}: the spec is valid and gives {each.files} files")


def _check(names: Sequence[str]) -> dict[str, _Valid]:
    """Return what each environment gives.

    Raises:
        SpecError: every mistake in any of them.
    """
    from ethgen.errors import SpecError  # noqa: PLC0415 - with the rest of what this command needs
    from ethgen.render.build import build  # noqa: PLC0415 - pydantic takes a tenth of a second to import
    from ethgen.stack import warnings  # noqa: PLC0415 - likewise

    found: dict[str, _Valid] = {}
    problems: list[str] = []
    for name in names:
        try:
            spec = load_spec(name)
            found[name] = _Valid(len(build(spec)), warnings(spec))
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    return found
