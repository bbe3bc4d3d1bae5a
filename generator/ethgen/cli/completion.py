"""`ethgen completion`, and what the shell completes: environments, paths of a spec, clients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ethgen.errors import EthgenError

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that lets a shell complete commands, options, environments, paths and clients.

    \b
    bash: eval "$(ethgen completion bash)"                                     in ~/.bashrc
    zsh:  eval "$(ethgen completion zsh)"                                      in ~/.zshrc, after compinit
    fish: ethgen completion fish > ~/.config/fish/completions/ethgen.fish      once
    """  # noqa: D301 - click reads \b as the mark of a paragraph that keeps its lines
    from click.shell_completion import get_completion_class  # noqa: PLC0415 - only this command needs it

    found = get_completion_class(shell)
    assert found is not None  # noqa: S101 - click knows all shells of `_SHELLS`
    click.echo(found(context.find_root().command, {}, "ethgen", "_ETHGEN_COMPLETE").source())


def environment_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001 - click's own signature
    """Return the environments whose name begins so."""
    from ethgen.cli.options import environments  # noqa: PLC0415 - would be a circle

    try:
        return _beginning(environments(), incomplete)
    except EthgenError:
        return []


def client_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001 - as above
    """Return the clients of the catalogue whose name begins so."""
    from ethgen.clients.consensus import CONSENSUS_CLIENTS  # noqa: PLC0415 - only while completing
    from ethgen.clients.execution import EXECUTION_CLIENTS  # noqa: PLC0415 - likewise

    return _beginning({**EXECUTION_CLIENTS, **CONSENSUS_CLIENTS}, incomplete)


def spec_paths(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001 - as above
    """Return the paths that begin so, one part further: the fields, and the names that the environment has."""
    from ethgen.cli.options import load_spec  # noqa: PLC0415 - would be a circle
    from ethgen.report.completion import paths  # noqa: PLC0415 - only while completing

    try:
        spec = load_spec(context.params.get("environment") or "local")
    except EthgenError:
        spec = None
    return paths(spec, incomplete)


def _beginning(words: Iterable[str], incomplete: str) -> list[str]:
    return sorted(word for word in words if word.startswith(incomplete))
