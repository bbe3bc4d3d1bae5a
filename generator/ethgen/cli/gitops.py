"""`ethgen gitops`: trying Flux and Argo CD on this machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from ethgen.cli.argocd import argocd
from ethgen.cli.options import environment_option, json_option, load_spec, repository
from ethgen.errors import EthgenError

if TYPE_CHECKING:
    from ethgen.spec import NetworkSpec


@click.group()
def gitops() -> None:
    """Serve the repository to a cluster on this machine, install with Argo CD there, and show what Flux says."""


gitops.add_command(argocd)


@gitops.command()
@environment_option
def serve(environment: str) -> None:
    """Serve the branch that Flux installs, to the environment's own cluster on this machine, until Ctrl-C.

    What is served is what is committed. Nothing can be pushed, and nobody but the cluster is answered.
    """
    from ethgen.operate.git import Git  # noqa: PLC0415 - only for this command
    from ethgen.operate.git_server import GitServer  # noqa: PLC0415 - likewise
    from ethgen.operate.served import served_of  # noqa: PLC0415 - likewise

    spec, root = load_spec(environment), repository().resolve()
    git = Git(root)
    served = served_of(spec, git.directory(), root)
    commit = git.commit(served.branch)
    server = GitServer(served, lambda line: click.echo(line, err=True))
    try:
        click.echo(f"{served.branch} at {commit[:12]} is served as http://{served.address}:{served.port}{served.path}")
        _warn(spec, git.differing(commit), served.branch)
        server.serve_forever()
    except KeyboardInterrupt:
        click.echo("ended", err=True)
    finally:
        server.server_close()


@gitops.command()
@environment_option
@json_option
def status(environment: str, *, as_json: bool) -> None:
    """Show what Flux says: the commit it has read, and how far each release is with it.

    The exit status is 1 where something has failed.
    """
    from ethgen.operate.flux import state as flux  # noqa: PLC0415 - only for this command
    from ethgen.operate.flux.entry import require_gitops  # noqa: PLC0415 - likewise
    from ethgen.operate.kube import connected  # noqa: PLC0415 - likewise
    from ethgen.operate.plan import kubectl_of  # noqa: PLC0415 - likewise
    from ethgen.report.table import aligned  # noqa: PLC0415 - likewise

    spec = load_spec(environment)
    namespace = require_gitops(spec).flux.namespace
    with connected(kubectl_of(spec, repository())) as api:
        found = flux.flux_state(api, environment, namespace)
    if found is None:
        raise EthgenError(
            f"Flux does not install {environment} in the cluster {spec.context}",
            cure=f"tell it to: `ethgen deploy --env {environment} --with flux`",
        )
    if as_json:
        click.echo(json.dumps(flux.as_json(found), indent=2))
    else:
        for line in aligned(flux.rows(found)):
            click.echo(line)
    click.get_current_context().exit(0 if found.well else 1)


def _warn(spec: NetworkSpec, files: list[str], branch: str) -> None:
    from ethgen.operate.git import listed  # noqa: PLC0415 - only for this command

    if files:
        click.echo(f"warning: not in {branch} yet, so {spec.environment} does not have it: {listed(files)}", err=True)
