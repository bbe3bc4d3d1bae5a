"""`ethgen graph`."""

from __future__ import annotations

from pathlib import Path

import click

from ethgen.cli.options import environment_option, load_spec


@click.command()
@environment_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["svg", "mermaid"]),
    default="svg",
    show_default=True,
    help="A picture, or the text of a Mermaid flowchart.",
)
@click.option("--output", metavar="FILE", help="Write it to this file instead of printing it.")
def graph(environment: str, form: str, output: str | None) -> None:
    """Draw an environment: its networks, node groups, validators, Services, who may call, and the peers."""
    from ethgen.report import fleet, fleet_mermaid, fleet_svg  # noqa: PLC0415 - pydantic takes long to import

    drawn = fleet.fleet_of(load_spec(environment))
    text = fleet_svg.svg(drawn) if form == "svg" else fleet_mermaid.mermaid(drawn)
    if output is None:
        click.echo(text, nl=False)
        return
    from ethgen.render import single  # noqa: PLC0415 - only with --output

    single.update(Path(output), text.encode())
