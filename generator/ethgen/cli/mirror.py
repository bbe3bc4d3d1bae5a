"""`ethgen mirror`."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ethgen.cli.charts import charts_supply
from ethgen.cli.options import environment_option, environments, json_option, load_spec, repository
from ethgen.cli.tools import shown_progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ethgen.cluster.cache import Progress
    from ethgen.cluster.charts.mirror import MirroredImage
    from ethgen.cluster.charts.rendering import Rendered
    from ethgen.stack.release import Release


@click.command()
@environment_option
@click.option("--all", "every", is_flag=True, help="What every environment needs.")
@click.option(
    "--to", "folder", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder of the mirror."
)
@click.option("--images", "with_images", is_flag=True, help="Also bring the images themselves, as archives.")
@click.option(
    "--strict", is_flag=True, help="With --images: exit with status 1 if one can neither be pulled nor built."
)
@json_option
@click.pass_context
def mirror(  # noqa: PLR0913 - one parameter for each option
    context: click.Context,
    environment: str,
    *,
    every: bool,
    folder: Path,
    with_images: bool,
    strict: bool,
    as_json: bool,
) -> None:
    """Collect what a site without a network needs: charts with their index, and the list of all images.

    FOLDER/charts holds the packaged charts for ETHGEN_CHARTS, FOLDER/images.txt one image that is to be copied a line,
    FOLDER/images.yaml the releases that run each, and FOLDER/images, with --images, their archives. Images that are
    made here, such as the agent's, are listed in images.yaml alone, and have their archives in FOLDER/own.
    """
    from ethgen.cluster.charts.mirror import images_of, write_lists  # noqa: PLC0415 - only for this command

    if strict and not with_images:
        raise click.UsageError("--strict belongs to --images")
    names = environments() if every else [environment]
    with shown_progress() as progress:
        charts, drawn = _collect(names, folder / "charts", progress)
        images = images_of(drawn)
        if with_images:
            images = _archives(images, folder, progress)
        write_lists(images, folder)
    missing = [each for each in images if each.missing]
    _show(charts, images, folder, as_json=as_json)
    for each in missing:
        click.echo(f"{'error' if strict else 'NOT MIRRORED'}: {each.reference}: {each.missing}", err=True)
    context.exit(int(strict and bool(missing)))


def _collect(names: Sequence[str], folder: Path, progress: Progress) -> tuple[list[Path], dict[str, Rendered]]:
    """Copy the charts of other repositories, and draw every release of the environments with the copies."""
    from ethgen.cluster.charts.mirror import copy_charts  # noqa: PLC0415 - only for this command
    from ethgen.cluster.charts.rendering import Helm, render_all  # noqa: PLC0415 - likewise
    from ethgen.cluster.charts.supply import obtain  # noqa: PLC0415 - likewise
    from ethgen.cluster.tools import tool_environment  # noqa: PLC0415 - likewise
    from ethgen.operate.deploy.charts import require_charts  # noqa: PLC0415 - likewise
    from ethgen.stack import releases  # noqa: PLC0415 - likewise

    supply, root = charts_supply(), repository().resolve()
    wanted: dict[str, list[Release]] = {}
    for name in names:
        spec = load_spec(name)
        # What a mirror is made of is not the mirror.
        wanted[name] = [
            release._replace(chart=release.chart.upstream) for release in releases(spec) if release.installed
        ]
        require_charts(spec, wanted[name], supply)
    charts = dict.fromkeys(release.chart for each in wanted.values() for release in each if not release.chart.own)
    copies = dict(
        zip(charts, copy_charts([obtain(each, supply, progress) for each in charts], folder, supply), strict=True)
    )
    helm = Helm(tool_environment(("helm",), progress=progress))
    drawn: dict[str, Rendered] = {}
    for name, chosen in wanted.items():
        progress(f"drawing {name}")
        places = {
            f"{name}/{release.name}": (release, copies.get(release.chart) or root / release.chart.folder)
            for release in chosen
        }
        drawn |= render_all(places, helm)
    return list(copies.values()), drawn


def _archives(images: Sequence[MirroredImage], folder: Path, progress: Progress) -> list[MirroredImage]:
    """Pull or build every image, and keep its archive in the mirror."""
    from ethgen.cluster.charts.mirror import archive_path, keep_archive  # noqa: PLC0415 - only with --images
    from ethgen.cluster.image_supply import supply  # noqa: PLC0415 - likewise

    found = []
    for each in images:
        path = archive_path(each.reference)
        (outcome,) = supply([each.reference], partial(keep_archive, folder / path), progress=progress)
        left_out = outcome.how == "left out"
        found.append(replace(each, archive="" if left_out else path, missing=outcome.detail))
    return found


def _show(charts: Sequence[Path], images: Sequence[MirroredImage], folder: Path, *, as_json: bool) -> None:
    if as_json:
        rows = [
            {
                "reference": each.reference,
                "releases": list(each.releases),
                "own": each.own,
                "archive": each.archive,
                "missing": each.missing,
            }
            for each in images
        ]
        click.echo(json.dumps({"charts": [path.name for path in charts], "images": rows}, indent=2))
        return
    copied = [each for each in images if not each.own]
    archives = sum(bool(each.archive) for each in copied)
    click.echo(f"{len(charts)} charts in {folder / 'charts'}, {len(copied)} images in {folder / 'images.txt'}")
    if archives:
        click.echo(f"{archives} archives in {folder / 'images'}")
    for each in images:
        if each.own:
            where = f"its archive is {folder / each.archive}" if each.archive else "see `ethgen images build`"
            click.echo(f"made here, and not to be copied: {each.reference}; {where}")
    click.echo(f"use them: export ETHGEN_CHARTS={(folder / 'charts').resolve()}")
