"""`ethgen cluster`: an environment's cluster, made, described and removed."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import click

from ethgen.cli.options import environment_option, json_option, load_spec, repository

if TYPE_CHECKING:
    from collections.abc import Callable

    from ethgen.cluster.provider import ClusterConfig

PROVIDERS = ("auto", "bare", "kind", "k3d", "existing")


def provider_option(command: Callable[..., None]) -> Callable[..., None]:
    """Add `--provider`."""
    return click.option("--provider", type=click.Choice(PROVIDERS), help="Instead of the spec's cluster.provider.")(
        command
    )


@click.group()
def cluster() -> None:
    """Make, describe and remove an environment's local cluster."""


@cluster.command()
@environment_option
@provider_option
@json_option
def up(environment: str, provider: str | None, *, as_json: bool) -> None:
    """Make the cluster, mend it, or say at once that it runs."""
    from ethgen.cluster.providers import choose  # noqa: PLC0415 - only for this command

    config = _config(environment, provider)
    made = choose(config).up(config, _show)
    if as_json:
        answer = {"provider": made.provider, "context": made.context, "kubeconfig": str(made.kubeconfig)}
        click.echo(json.dumps(answer | {"addresses": list(made.addresses)}, indent=2))
        return
    where = f" at {', '.join(made.addresses)}" if made.addresses else ""
    click.echo(f"{made.context} ({made.provider}){where}\nexport KUBECONFIG={made.kubeconfig}")


@cluster.command()
@environment_option
@provider_option
@click.option("--keep-data", is_flag=True, help="Keep volumes and images for the next start.")
def down(environment: str, provider: str | None, *, keep_data: bool) -> None:
    """Remove the cluster and every trace of it."""
    from ethgen.cluster.providers import choose  # noqa: PLC0415 - only for this command

    config = _config(environment, provider)
    choose(config).down(config, keep_data=keep_data, progress=_show)
    click.echo(f"{config.name} is gone" + (", its data is kept" if keep_data else ""))


@cluster.command()
@environment_option
@provider_option
@json_option
def status(environment: str, provider: str | None, *, as_json: bool) -> None:
    """Describe the cluster; the exit status is 1 where it does not run."""
    from ethgen.cluster.providers import choose  # noqa: PLC0415 - only for this command

    config = _config(environment, provider)
    found = choose(config).status(config)
    if as_json:
        click.echo(json.dumps(asdict(found), indent=2))
    else:
        click.echo(f"{found.name} ({found.provider}): {found.state}" + (f", {found.detail}" if found.detail else ""))
        if found.kubeconfig:
            click.echo(f"export KUBECONFIG={found.kubeconfig}")
    if found.state != "running":
        click.get_current_context().exit(1)


def _config(environment: str, provider: str | None) -> ClusterConfig:
    from ethgen.operate.deploy.target import cluster_config  # noqa: PLC0415 - the rooms behind take long

    config = cluster_config(load_spec(environment), repository().resolve())
    return replace(config, provider=provider) if provider else config


def _show(step: str, seconds: float) -> None:
    click.echo(f"{seconds:7.2f} s  {step}", err=True)
