"""`ethgen deploy` and `ethgen destroy`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import click

from ethgen.cli.options import environment_option, load_spec, repository, require_own_context
from ethgen.cli.progress import display
from ethgen.errors import EthgenError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ethgen.operate.deploy.deployment import Deployment
    from ethgen.operate.deploy.steps import Step
    from ethgen.spec import NetworkSpec


@click.command()
@environment_option
@click.option("--layer", metavar="NAME", help="Install the releases of this layer only.")
@click.option(
    "--with",
    "tool",
    type=click.Choice(["helmfile", "flux"]),
    default="helmfile",
    show_default=True,
    help="What installs the releases; Flux installs what is committed to the repository of the spec's gitops.",
)
@click.option("--new-genesis", is_flag=True, help="Remove the private networks with all their data, and begin anew.")
@click.option("--offline", is_flag=True, help="Never try to pull an image; build what can be built.")
@click.option("--strict", is_flag=True, help="Fail if an image can neither be pulled nor built.")
@click.option("--skip-checks", is_flag=True, help="Do not check the running fleet at the end.")
@click.option("--yes", is_flag=True, help="Do not ask before a cluster is changed that ethgen did not make.")
def deploy(  # noqa: PLR0913 - one parameter for each option
    environment: str,
    layer: str | None,
    tool: Literal["helmfile", "flux"],
    *,
    new_genesis: bool,
    offline: bool,
    strict: bool,
    skip_checks: bool,
    yes: bool,
) -> None:
    """Bring an environment up: tools, cluster, images, genesis, values, releases, and then check it.

    Running it again changes only what differs, and goes on where an interrupted run stopped.
    """
    from ethgen.operate.deploy.deployment import Deployment, Options  # noqa: PLC0415 - the rooms behind take long

    spec, root = load_spec(environment), repository()
    require_own_context(spec)
    _ask(spec, f"change the cluster {spec.context!r} to what {environment} says", yes=yes)
    deployment = Deployment(spec, root.resolve(), Options(layer, strict, offline, new_genesis, tool))
    deployment.require_possible()
    _run(deployment.steps())
    for name, reason in deployment.left_out.items():
        click.secho(f"LEFT OUT: release {name}: {reason}", fg="red", bold=True, err=True)
    if not skip_checks:
        _check(deployment)


@click.command()
@environment_option
@click.option(
    "--keep-data",
    is_flag=True,
    help="Keep the volumes: of a local cluster with its images for the next start, else in namespaces.",
)
@click.option("--yes", is_flag=True, help="Do not ask before a cluster is changed that ethgen did not make.")
def destroy(environment: str, *, keep_data: bool, yes: bool) -> None:
    """Remove an environment: a local cluster with all it holds, or what was installed in one that was there before.

    There the releases are uninstalled, networks first and what others need last, by Flux or Argo CD where they have
    installed them; then the namespaces of networks are removed with their volumes. Other namespaces stay, with what
    charts leave in them, and so do definitions of kinds that charts keep. Releases that are switched off are not
    touched, nor is the snapshot controller, with which every VolumeSnapshot of the cluster would go.
    """
    from ethgen.operate.deploy.destruction import Destruction  # noqa: PLC0415 - the rooms behind take long

    spec, root = load_spec(environment), repository()
    require_own_context(spec)
    destruction = Destruction(spec, root.resolve(), keep_data=keep_data)
    _ask(spec, destruction.what, yes=yes)
    _run(destruction.steps())


def _ask(spec: NetworkSpec, what: str, *, yes: bool) -> None:
    """Ask before anything is changed that is not of this machine alone, as a cluster that was there before.

    Raises:
        EthgenError: the answer is no, or nobody is there to give one.
    """
    if yes or (spec.profile == "local" and spec.cluster.provider != "existing"):
        return
    try:
        agreed = click.confirm(f"About to {what}. Go on?", err=True)
    except click.Abort:
        agreed = False
        click.echo(err=True)
    if not agreed:
        raise EthgenError("not confirmed; nothing was changed", cure="answer y, or pass --yes where nobody can")


def _run(steps: Sequence[Step]) -> None:
    from ethgen.operate.deploy.steps import run  # noqa: PLC0415 - the rooms behind take long

    with display([step.name for step in steps]) as listener:
        run(steps, listener)


def _check(deployment: Deployment) -> None:
    from ethgen.cli.live import validate_live  # noqa: PLC0415 - only with the checks
    from ethgen.operate.endpoints import page  # noqa: PLC0415 - likewise

    private = [plan.name for plan in deployment.private_networks()]
    good = not private or validate_live(deployment.spec, deployment.root, only=private)
    click.echo(page(deployment.spec, deployment.root))
    if len(private) < len(deployment.spec.networks):
        click.echo("public networks sync for hours; check them later with `ethgen validate --live`")
    if not good:
        click.get_current_context().exit(1)
