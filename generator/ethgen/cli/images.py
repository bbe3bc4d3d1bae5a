"""`ethgen images`."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import click

from ethgen.cli.options import environment_option, json_option, load_spec, repository
from ethgen.cli.tools import shown_progress

if TYPE_CHECKING:
    from ethgen.cluster.image_supply import Outcome
    from ethgen.spec import NetworkSpec


@click.group()
def images() -> None:
    """Show, build and load the container images of an environment."""


@images.command("list")
@environment_option
@json_option
def list_images(environment: str, *, as_json: bool) -> None:
    """Show each image an environment needs, and whether it can be built here."""
    from ethgen.cluster.image_reference import parse_reference  # noqa: PLC0415 - only for this command
    from ethgen.cluster.images import recipe_for, versions  # noqa: PLC0415 - likewise
    from ethgen.package_data import package_data  # noqa: PLC0415 - likewise

    rows = []
    for reference in _references(load_spec(environment)):
        recipe = recipe_for(reference)
        known = versions(recipe, package_data()) if recipe else ()
        buildable = parse_reference(reference).tag in known
        folder = f"docker/{recipe.folder}" if recipe else ""
        rows.append({"reference": reference, "builtFrom": folder, "buildable": buildable, "versions": list(known)})
        if not as_json:
            pinned = f"{folder} builds only {', '.join(known)}" if recipe else "can only be pulled"
            click.echo(f"{reference:60} {f'built from {folder}' if buildable else pinned}")
    if as_json:
        click.echo(json.dumps(rows, indent=2))


@images.command()
@click.argument("references", nargs=-1, metavar="[REFERENCE]...")
@environment_option
@json_option
def build(references: tuple[str, ...], environment: str, *, as_json: bool) -> None:
    """Build images as docker-archives in the cache; without references, all of the environment that can be built."""
    from ethgen.cluster.engine import engine_answers  # noqa: PLC0415 - only for this command
    from ethgen.cluster.images import ImageRequest, ensure_archive, recipe_for  # noqa: PLC0415 - likewise

    chosen = references or tuple(name for name in _references(load_spec(environment)) if recipe_for(name))
    engine = engine_answers()
    rows = []
    for reference in chosen:
        started = time.monotonic()
        with shown_progress() as progress:
            archive = ensure_archive(ImageRequest(reference, engine=engine), progress)
        seconds, size = time.monotonic() - started, archive.stat().st_size
        rows.append({"reference": reference, "archive": str(archive), "bytes": size, "seconds": round(seconds, 1)})
        if not as_json:
            click.echo(f"{reference:60} {seconds:6.1f} s {size / 1e6:6.1f} MB  {archive}")
    if as_json:
        click.echo(json.dumps(rows, indent=2))


@images.command()
@click.argument("references", nargs=-1, metavar="[REFERENCE]...")
@environment_option
@click.option("--offline", is_flag=True, help="Never try to pull; build what can be built.")
@click.option("--strict", is_flag=True, help="Fail if an image can neither be pulled nor built.")
@json_option
def load(references: tuple[str, ...], environment: str, *, offline: bool, strict: bool, as_json: bool) -> None:
    """Bring images into the environment's cluster; without references, all that the environment needs."""
    from ethgen.cluster.image_supply import SupplyOptions, supply  # noqa: PLC0415 - only for this command
    from ethgen.operate.deploy.target import Target  # noqa: PLC0415 - likewise

    spec = load_spec(environment)
    target = Target(spec, repository().resolve())
    options = SupplyOptions(nodes_pull=not target.local, offline=offline, strict=strict)
    with shown_progress() as progress:
        outcomes = supply(
            references or _references(spec),
            lambda archive: target.provider.load_image(target.config, archive),
            options,
            progress,
        )
    _show(outcomes, as_json=as_json)


def _references(spec: NetworkSpec) -> tuple[str, ...]:
    from ethgen.stack import releases  # noqa: PLC0415 - pydantic takes a tenth of a second to import
    from ethgen.stack.images import images_of  # noqa: PLC0415 - likewise

    return tuple(images_of(releases(spec)))


def _show(outcomes: list[Outcome], *, as_json: bool) -> None:
    if as_json:
        rows = [
            {
                "reference": one.reference,
                "how": one.how,
                "source": one.source,
                "detail": one.detail,
                "seconds": round(one.seconds, 1),
            }
            for one in outcomes
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    for one in outcomes:
        click.echo(f"{one.reference:60} {one.how:8} {one.source:7} {one.seconds:6.1f} s  {one.detail}".rstrip())
