"""`ethgen doctor`."""

from __future__ import annotations

import json

import click

from ethgen.cli.options import environment_option, json_option, load_spec, repository


@click.command()
@environment_option
@json_option
@click.pass_context
def doctor(context: click.Context, environment: str, *, as_json: bool) -> None:
    """Say what this machine has of what an environment needs, what is missing, and how to get it.

    Changes nothing. Exits with status 1 when something the environment needs is missing.
    """
    from ethgen.cluster.doctor import effective_provider, examine  # noqa: PLC0415 - only for this command

    provider = load_spec(environment).cluster.provider
    checks = examine(provider, repository=repository())
    missing = [check for check in checks if check.state == "missing"]
    if as_json:
        click.echo(json.dumps([check.as_dict() for check in checks], indent=2))
    else:
        click.echo(f"{environment}: cluster provider {provider}, here {effective_provider(provider)}")
        for check in checks:
            click.echo(f"{check.state:12} {check.name:22} {check.found}")
            if check.state != "ok" and check.cure:
                click.echo(f"{'':12} {'':22} for {check.needed_for}: {check.cure}")
        click.echo(f"{len(missing)} missing" if missing else "nothing is missing")
    context.exit(1 if missing else 0)
