"""`ethgen chart`: the files of charts/ethereum-infrastructure that are made from the types of its values."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ethgen.errors import EthgenError

if TYPE_CHECKING:
    from collections.abc import Callable

_CHART = "charts/ethereum-infrastructure"


@click.group()
def chart() -> None:
    """Make the chart's schema, default values and README from the types of its values; copy it into a fleet."""


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    check = click.option(
        "--check", is_flag=True, help="Write nothing; exit with status 1 if the file is not up to date."
    )
    folder = click.option(
        "--chart",
        "folder",
        type=click.Path(path_type=Path),
        help=f"The chart's folder; {_CHART} of the repository if absent.",
    )
    return check(folder(click.pass_context(command)))


@chart.command()
@_options
def schema(context: click.Context, folder: Path | None, *, check: bool) -> None:
    """Write values.schema.json, which Helm holds all values against."""
    from ethgen.chart.schema import schema_text  # noqa: PLC0415 - pydantic takes a tenth of a second to import

    _bring_up_to_date(context, _chart(folder) / "values.schema.json", schema_text(), check=check)


@chart.command()
@_options
def values(context: click.Context, folder: Path | None, *, check: bool) -> None:
    """Write values.yaml, the default values."""
    from ethgen.chart.defaults import values_text  # noqa: PLC0415 - as above

    _bring_up_to_date(context, _chart(folder) / "values.yaml", values_text(), check=check)


@chart.command()
@_options
def readme(context: click.Context, folder: Path | None, *, check: bool) -> None:
    """Write README.md, with a table of all values."""
    import yaml  # noqa: PLC0415 - as above

    from ethgen.chart.readme import readme_text  # noqa: PLC0415 - as above

    found = _chart(folder)
    about = yaml.safe_load((found / "Chart.yaml").read_text(encoding="utf-8"))
    _bring_up_to_date(context, found / "README.md", readme_text(about), check=check)


@chart.command()
@click.option("--check", is_flag=True, help="Write nothing; exit with status 1 if a chart is not that of this ethgen.")
@click.option("--diff", "show_diff", is_flag=True, help="Show what would change, and write nothing.")
@click.pass_context
def copy(context: click.Context, *, check: bool, show_diff: bool) -> None:
    """Bring the charts in a fleet's charts/ to those that this ethgen comes with.

    A chart that was edited is refused: what it lacks belongs into the spec, as releases.<name>.values, or into ethgen.
    """
    from ethgen.cli.options import repository  # noqa: PLC0415 - as above
    from ethgen.render import writer  # noqa: PLC0415 - as above
    from ethgen.scaffold import charts  # noqa: PLC0415 - as above

    root = repository()
    changes = charts.plan(root)
    if show_diff:
        click.echo("".join(change.diff() for change in changes), nl=False)
    elif check:
        for change in changes:
            click.echo(f"{change.state}  {change.path}")
    else:
        writer.apply(root, changes)
        for change in changes:
            click.echo(f"{change.done}  {change.path}")
    if not changes:
        click.echo("the charts are those of this ethgen")
    elif check:
        click.echo("charts are not those of this ethgen; run `ethgen chart copy` and commit the result", err=True)
        context.exit(1)


def _chart(folder: Path | None) -> Path:
    from ethgen.cli.options import repository  # noqa: PLC0415 - only where it is asked for

    found = folder or repository() / _CHART
    if not (found / "Chart.yaml").is_file():
        raise EthgenError(
            f"{found}: is no chart, for it has no Chart.yaml", cure="name the chart's folder with --chart"
        )
    return found


def _bring_up_to_date(context: click.Context, path: Path, text: str, *, check: bool) -> None:
    from ethgen.render import single  # noqa: PLC0415 - as above

    if not single.update(path, text.encode(), check=check):
        click.echo(f"{path} is up to date")
    elif check:
        click.echo(f"{path} is not up to date; run `ethgen chart {context.info_name}` and commit the result", err=True)
        context.exit(1)
    else:
        click.echo(f"{path} written")
