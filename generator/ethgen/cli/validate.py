"""`ethgen validate`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ethgen.cli.options import environment_option, environments, json_option, load_spec, repository, valid_specs
from ethgen.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ethgen.spec import NetworkSpec


class _Checked(NamedTuple):
    """What checking one environment found."""

    valid: bool
    files: int = 0
    warnings: Sequence[str] = ()
    problems: Sequence[str] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as programs read it: what a wrong spec would give is not known."""
        if not self.valid:
            return {"valid": False, "problems": list(self.problems)}
        return {"valid": True, "files": self.files, "warnings": list(self.warnings)}


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

    The keys of `releases.<name>.values` are held to the charts that are here already, in ETHGEN_CHARTS or in the cache;
    `ethgen charts pull` brings them.

    Mistakes are refused with status 2. Warnings, of what is risky or soon will not do, go to the standard error; with
    --strict they give status 1. JSON says of each environment whether it is valid, with its warnings or its mistakes.
    """
    if every and live:
        raise click.UsageError("--live checks one fleet; name its environment with --env instead of --all")
    valid = {spec.environment: spec for spec in valid_specs()}
    found = {name: _check(name, valid) for name in (environments() if every else [environment])}
    for each in found.values():
        for warning in each.warnings:
            click.echo(f"warning: {warning}", err=True)
    # What two environments have from one file is told once.
    if problems := list(dict.fromkeys(problem for each in found.values() for problem in each.problems)):
        if as_json:
            _show(found, as_json=True)
        raise SpecError(problems)
    refused = strict and any(each.warnings for each in found.values())
    if live:
        from ethgen.cli.live import validate_live  # noqa: PLC0415 - only with --live

        passed = validate_live(load_spec(environment), repository(), as_json=as_json)
        context.exit(0 if passed and not refused else 1)
    _show(found, as_json=as_json)
    context.exit(1 if refused else 0)


def _show(found: dict[str, _Checked], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({name: each.as_json() for name, each in found.items()}, indent=2))
        return
    for name, each in found.items():
        click.echo(f"{name}: the spec is valid and gives {each.files} files")


def _check(name: str, valid: Mapping[str, NetworkSpec]) -> _Checked:
    """Return what an environment gives, or every mistake in it, for which one that is not valid is read again."""
    from ethgen.render.build import build  # noqa: PLC0415 - pydantic takes a tenth of a second to import
    from ethgen.spec.contexts import shared_contexts  # noqa: PLC0415 - likewise
    from ethgen.stack import warnings  # noqa: PLC0415 - likewise

    try:
        spec = valid.get(name) or load_spec(name)
        files = build(spec)
    except SpecError as error:
        return _Checked(valid=False, problems=error.problems)
    if wrong := [*shared_contexts(spec, valid.values()), *_wrong_keys(spec)]:
        return _Checked(valid=False, problems=wrong)
    return _Checked(valid=True, files=len(files), warnings=warnings(spec))


def _wrong_keys(spec: NetworkSpec) -> list[str]:
    """Return the keys that charts of other repositories do not know, of those charts that are here already."""
    from ethgen.stack import releases  # noqa: PLC0415 - pydantic takes a tenth of a second to import

    others = [release for release in releases(spec) if not release.chart.own]
    if not others:
        return []
    from ethgen.cluster.charts.check import keys_at_hand  # noqa: PLC0415 - only where there are such releases
    from ethgen.cluster.charts.supply import Supply, charts_folder  # noqa: PLC0415 - likewise

    return keys_at_hand(spec, others, Supply(charts_folder()))
