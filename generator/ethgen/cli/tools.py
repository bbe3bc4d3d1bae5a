"""`ethgen tools`."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from ethgen.cli.options import json_option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@click.group()
def tools() -> None:
    """Show and install helm, helmfile, helm-diff, kubectl and their like."""


@tools.command("list")
@json_option
def list_tools(*, as_json: bool) -> None:
    """Show each tool: the version wanted, where it is, and what was passed over."""
    from ethgen.cluster.tools import TOOLS, locate  # noqa: PLC0415 - only for this command

    found = [locate(tool) for tool in TOOLS]
    if as_json:
        rows = [
            {
                "name": one.tool.name,
                "wanted": one.tool.wanted,
                "pinned": one.tool.version,
                "source": one.source,
                "version": one.version,
                "path": str(one.path or ""),
                "passedOver": one.passed_over,
                "purpose": one.tool.purpose,
            }
            for one in found
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    for one in found:
        where = f"{one.version:9} {one.source:6} {one.path}" if one.path else "missing: ethgen tools install"
        click.echo(f"{one.tool.name:12} {one.tool.wanted:15} {where}")
        if one.passed_over:
            click.echo(f"{'':12} passed over: {one.passed_over}")


@tools.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all", "every", is_flag=True, help="Also those that only tests and air-gapped machines need.")
def install(names: tuple[str, ...], *, every: bool) -> None:
    """Build the tools that are neither on PATH nor in the cache; without names, those that a deployment needs."""
    from ethgen.cluster.tools import DEPLOYMENT_TOOLS, TOOLS, tool_named, tool_path  # noqa: PLC0415 - only for this command

    chosen = tuple(tool.name for tool in TOOLS) if every else names or DEPLOYMENT_TOOLS
    for name in chosen:
        tool_named(name)
    for name in chosen:
        started = time.monotonic()
        with shown_progress() as progress:
            path = tool_path(name, progress)
        click.echo(f"{name:12} {time.monotonic() - started:6.1f} s  {path}")


@tools.command()
@click.argument("name")
def path(name: str) -> None:
    """Print where a tool is; one that is neither on PATH nor in the cache is built first."""
    from ethgen.cluster.tools import tool_path  # noqa: PLC0415 - only for this command

    with shown_progress() as progress:
        found = tool_path(name, progress)
    click.echo(found)


@tools.command("env")
@click.option("--kubeconfig", type=click.Path(dir_okay=False), help="Point the tools at the clusters of this file.")
def show_environment(kubeconfig: str | None) -> None:
    """Print the environment in which ethgen runs the tools: eval "$(ethgen tools env)"."""
    import os  # noqa: PLC0415 - only for this command
    from pathlib import Path  # noqa: PLC0415 - likewise

    from ethgen.cluster.tools import tool_environment  # noqa: PLC0415 - likewise

    with shown_progress() as progress:
        environment = tool_environment(kubeconfig=Path(kubeconfig) if kubeconfig else None, progress=progress)
    for name, value in environment.items():
        if os.environ.get(name) != value:
            click.echo(f"export {name}={shlex.quote(value)}")


@contextmanager
def shown_progress() -> Iterator[Callable[[str], None]]:
    """Show progress on standard error: on a terminal in one line that is wiped in the end, else the steps alone."""
    terminal = sys.stderr.isatty()
    started: set[str] = set()

    def show(message: str) -> None:
        if terminal:
            width = shutil.get_terminal_size().columns - 1
            click.echo(f"\r\x1b[K{message[:width]}", err=True, nl=False)
            return
        step, counted, _ = message.partition(": ")
        if not counted or step not in started:
            click.echo(message if not counted else step, err=True)
        started.add(step)

    try:
        yield show
    finally:
        if terminal:
            click.echo("\r\x1b[K", err=True, nl=False)
