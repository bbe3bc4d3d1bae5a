"""`ethgen status`."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import click

from ethgen.cli.options import environment_option, json_option, load_spec, repository

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ethgen.operate.flux.state import FluxState
    from ethgen.operate.kube import Api
    from ethgen.operate.status import NetworkStatus
    from ethgen.spec import NetworkSpec

_WATCH_SECONDS = 2.0


@click.command()
@environment_option
@json_option
@click.option("--watch", is_flag=True, help="Show it again every two seconds until interrupted.")
@click.pass_context
def status(context: click.Context, environment: str, *, as_json: bool, watch: bool) -> None:
    """Show the fleet: pods, heads, finality, peers, what each node's agent says, and Flux where it installs the fleet.

    The exit status is 1 where a pod is missing or not ready, or Flux cannot install something.
    """
    from ethgen.operate.kube import connected  # noqa: PLC0415 - with the rest of what this command needs
    from ethgen.operate.plan import kubectl_of, plans_of  # noqa: PLC0415 - pydantic takes a tenth of a second to import
    from ethgen.operate.status import fleet_status  # noqa: PLC0415 - likewise

    if as_json and watch:
        raise click.UsageError("--json prints one document; leave --watch out")
    spec = load_spec(environment)
    plans = plans_of(spec)
    with connected(kubectl_of(spec, repository())) as api:
        networks, flux = fleet_status(api, plans), _flux(api, spec)
        while watch:
            click.clear()
            _print(networks, flux)
            time.sleep(_WATCH_SECONDS)
            networks, flux = fleet_status(api, plans), _flux(api, spec)
    if as_json:
        from ethgen.operate.status import as_json as document  # noqa: PLC0415 - likewise

        click.echo(json.dumps([document(network) for network in networks], indent=2))
    else:
        _print(networks, flux)
    context.exit(0 if all(network.healthy for network in networks) and (flux is None or flux.well) else 1)


def _flux(api: Api, spec: NetworkSpec) -> FluxState | None:
    """Return what Flux says of an environment that has a repository; None where Flux does not install it."""
    if spec.gitops is None:
        return None
    from ethgen.operate.flux.state import flux_state  # noqa: PLC0415 - only for such an environment

    return flux_state(api, spec.environment, spec.gitops.flux.namespace)


def _print(networks: Sequence[NetworkStatus], flux: FluxState | None) -> None:
    from ethgen.operate.status import headline, table  # noqa: PLC0415 - likewise
    from ethgen.report.table import aligned  # noqa: PLC0415 - likewise

    for network in networks:
        click.secho(headline(network), bold=True, fg="green" if network.healthy else "red")
        for line in aligned(table(network)):
            click.echo(f"  {line}")
    if flux is not None:
        from ethgen.operate.flux.state import rows  # noqa: PLC0415 - likewise

        click.secho(f"Flux, {'well' if flux.well else 'not well'}", bold=True, fg="green" if flux.well else "red")
        for line in aligned(rows(flux)):
            click.echo(f"  {line}")
