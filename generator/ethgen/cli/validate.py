"""`ethgen validate`."""

from __future__ import annotations

import click

from ethgen.cli.options import environment_option, environments, json_option, load_spec


@click.command()
@environment_option
@click.option("--all", "every", is_flag=True, help="Check every environment.")
@click.option("--live", is_flag=True, help="Also check the running fleet.")
@json_option
@click.pass_context
def validate(context: click.Context, environment: str, *, every: bool, live: bool, as_json: bool) -> None:
    """Check a spec, and with --live the fleet that runs from it."""
    from ethgen.errors import SpecError  # noqa: PLC0415 - with the rest of what this command needs
    from ethgen.render.build import build  # noqa: PLC0415 - pydantic takes a tenth of a second to import

    problems: list[str] = []
    names = environments() if every else [environment]
    for name in names:
        try:
            files = build(load_spec(name))
        except SpecError as error:
            problems += error.problems
            continue
        if not as_json:
            click.echo(f"{name}: the spec is valid and gives {len(files)} files")
    if problems:
        raise SpecError(problems)
    if live:
        from ethgen.operate.validate import validate_live  # noqa: PLC0415 - only with --live

        context.exit(0 if validate_live(load_spec(environment), as_json=as_json) else 1)
