"""`ethgen gitops argocd`."""

from __future__ import annotations

from contextlib import closing
from itertools import chain

import click

from ethgen.cli.options import environment_option, load_spec, repository
from ethgen.cli.progress import display
from ethgen.errors import EthgenError


@click.command()
@environment_option
@click.option("--offline", is_flag=True, help="Never try to pull an image; build what can be built.")
def argocd(environment: str, *, offline: bool) -> None:
    """Install the environment with Argo CD, whose parts run on this machine, until Ctrl-C.

    Cluster, images and genesis are made as `ethgen deploy` makes them. Argo CD then installs what is committed, and
    each change of what it says is shown. What it has installed goes on when it ends.
    """
    from ethgen.operate.argocd.session import changes, reconcile, require_gitops  # noqa: PLC0415 - takes long
    from ethgen.operate.deploy.deployment import Deployment, Options  # noqa: PLC0415 - likewise
    from ethgen.operate.deploy.steps import run  # noqa: PLC0415 - likewise

    spec, root = load_spec(environment), repository().resolve()
    require_gitops(spec)
    deployment = Deployment(spec, root, Options(offline=offline, tool="argocd"))
    if not deployment.local:
        raise EthgenError(
            f"{spec.context} is no cluster of this machine",
            cure=f"install Argo CD there, and apply gitops/{environment}/argocd-cm.yaml and argocd.yaml",
        )
    deployment.require_possible()
    preparation = deployment.preparation()
    with display([step.name for step in preparation]) as listener:
        run(preparation, listener)
    logs = root / ".ethgen" / environment / "argocd"
    with closing(reconcile(spec, deployment.kubectl, logs, lambda text: click.echo(text, err=True))) as states:
        # Until then an interruption is one like any other.
        first = next(states)
        try:
            changes(chain([first], states), click.echo)
        except KeyboardInterrupt:
            click.echo("Argo CD ends; what it has installed goes on", err=True)
