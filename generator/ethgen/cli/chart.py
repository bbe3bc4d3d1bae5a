"""`ethgen chart`: the files of this repository's charts that are made from the types of their values."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ethgen.errors import EthgenError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ethgen.chart.own import OwnChart


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
        help="Folder of one chart; all charts of the repository if absent.",
    )
    return check(folder(click.pass_context(command)))


@chart.command()
@_options
def schema(context: click.Context, folder: Path | None, *, check: bool) -> None:
    """Write values.schema.json, which Helm holds all values against."""
    from ethgen.chart.schema import schema_text  # noqa: PLC0415 - pydantic takes a tenth of a second to import

    _make(context, folder, "values.schema.json", lambda own, _: schema_text(own), check=check)


@chart.command()
@_options
def values(context: click.Context, folder: Path | None, *, check: bool) -> None:
    """Write values.yaml, the default values."""
    from ethgen.chart.defaults import values_text  # noqa: PLC0415 - as above

    _make(context, folder, "values.yaml", lambda own, _: values_text(own), check=check)


@chart.command()
@_options
def readme(context: click.Context, folder: Path | None, *, check: bool) -> None:
    """Write README.md, with a table of all values."""
    from ethgen.chart.readme import readme_text  # noqa: PLC0415 - as above

    _make(context, folder, "README.md", lambda _, about: readme_text(about), check=check)


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


def _make(
    context: click.Context,
    folder: Path | None,
    name: str,
    text: Callable[[OwnChart, Mapping[str, Any]], str],
    *,
    check: bool,
) -> None:
    """Bring a file of one chart up to date, or of all; with `check`, end with status 1 where one is not."""
    import yaml  # noqa: PLC0415 - as above

    from ethgen.chart.own import chart_named  # noqa: PLC0415 - as above

    fresh = True
    for found in _charts(folder):
        about = yaml.safe_load((found / "Chart.yaml").read_text(encoding="utf-8"))
        content = text(chart_named(about["name"]), about)
        fresh = _bring_up_to_date(context, found / name, content, check=check) and fresh
    if not fresh:
        context.exit(1)


def _charts(folder: Path | None) -> list[Path]:
    from ethgen.chart.own import OWN  # noqa: PLC0415 - as above
    from ethgen.cli.options import repository  # noqa: PLC0415 - only where it is asked for

    found = [folder] if folder else [repository() / "charts" / own.name for own in OWN]
    for each in found:
        if not (each / "Chart.yaml").is_file():
            raise EthgenError(
                f"{each}: is no chart, for it has no Chart.yaml", cure="name the chart's folder with --chart"
            )
    return found


def _bring_up_to_date(context: click.Context, path: Path, text: str, *, check: bool) -> bool:
    """Write a file that differs; return False where it does and may not be written."""
    from ethgen.render import single  # noqa: PLC0415 - as above

    if not single.update(path, text.encode(), check=check):
        click.echo(f"{path} is up to date")
    elif check:
        click.echo(f"{path} is not up to date; run `ethgen chart {context.info_name}` and commit the result", err=True)
        return False
    else:
        click.echo(f"{path} written")
    return True
