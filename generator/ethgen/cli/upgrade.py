"""`ethgen upgrade`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ethgen.cli.completion import client_names
from ethgen.cli.options import environment_option, environment_path, environments, load_spec, repository
from ethgen.errors import EthgenError, SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ethgen.report.upgrade import Move, Stay
    from ethgen.spec import NetworkSpec


@click.command()
@environment_option
@click.option("--all", "every", is_flag=True, help="Move the versions of every environment.")
@click.option(
    "--client", "clients", metavar="NAME", multiple=True, shell_complete=client_names, help="Only this client."
)
@click.option("--release", "releases", metavar="NAME", multiple=True, help="Only the chart of this release.")
@click.option("--to", "to", metavar="VERSION", default="", help="This version, in place of the newest that is known.")
@click.option(
    "--policy",
    type=click.Choice(["patch", "minor", "major"]),
    default="minor",
    show_default=True,
    help="The part of a version that may change at most, without --to.",
)
@click.option("--dry-run", is_flag=True, help="Write nothing; exit with status 1 if there is something to move.")
@click.pass_context
def upgrade(  # noqa: PLR0913 - one parameter for each option
    context: click.Context,
    environment: str,
    *,
    every: bool,
    clients: tuple[str, ...],
    releases: tuple[str, ...],
    to: str,
    policy: str,
    dry_run: bool,
) -> None:
    """Move versions of clients and charts in a spec, and say what the releases between them change.

    Versions are moved where a spec names them; where it names none, the catalogue decides, and they move with ethgen.
    The newest version is the catalogue's own; nothing is looked up elsewhere. Comments and all else of the files stay.
    Only those lines are written, so `ethgen render` comes after.

    A version that cannot go on with the database of the one before it is refused, and so is a spec that would not be
    valid with the new versions; no file is changed then.
    """
    if to and len(clients) + len(releases) != 1:
        raise click.UsageError("--to needs one --client or one --release that it is the version of")
    from ethgen.report.upgrade import POLICIES, Move, Wanted, moves_of, refused, require_known  # noqa: PLC0415 - pydantic

    wanted = Wanted(clients, releases, to, next(each for each in POLICIES if each == policy))
    require_known(wanted)
    names = environments() if every else [environment]
    specs = {name: load_spec(name) for name in names}
    found = {name: moves_of(spec, wanted) for name, spec in specs.items()}
    moves = {name: [each for each in each_found if isinstance(each, Move)] for name, each_found in found.items()}
    if problems := list(dict.fromkeys(line for each in moves.values() for line in refused(each))):
        raise SpecError(problems)
    if (clients or releases) and not any(found.values()):
        asked = ", ".join((*clients, *releases))
        raise EthgenError(f"no environment of {', '.join(names)} has {asked}", cure="see `ethgen clients`")
    drafts = _drafts([move for each in moves.values() for move in each])
    changed = _affected(drafts)
    after = {name: _checked(name, drafts) for name in changed}
    for name in names:
        click.echo("\n".join(_text(name, found[name])))
    for name, spec in after.items():
        before = specs.get(name) or load_spec(name)
        click.echo("\n".join(_rendered(name, before, spec)))
        for line in _not_built(name, before, spec):
            click.echo(line, err=True)
    if not dry_run:
        _write(drafts)
    if changed:
        verb = "would change" if dry_run else "changed"
        files = ", ".join(_shown(file) for file in drafts)
        click.echo(f"{verb} {files}; then: " + "; ".join(f"ethgen render --env {name}" for name in changed))
    context.exit(1 if dry_run and changed else 0)


def _drafts(moves: Sequence[Move]) -> dict[Path, tuple[str, str]]:
    """Return the text of each file that changes, before and after, by its resolved path."""
    from ethgen.spec import editing  # noqa: PLC0415 - pydantic takes a tenth of a second to import

    drafts: dict[Path, tuple[str, str]] = {}
    # Two environments that extend one file have their versions there.
    for move in {(move.place.file, move.path): move for move in moves}.values():
        file = Path(os.path.realpath(move.place.file))
        old, new = drafts.get(file) or (_text_of(file),) * 2
        drafts[file] = (old, editing.put(Path(move.place.file), new, move.path, move.new))
    return drafts


def _text_of(file: Path) -> str:
    # With its line breaks as they are, which `Path.read_text` would make all alike.
    return file.read_bytes().decode()


def _affected(drafts: Mapping[Path, object]) -> list[str]:
    """Return the environments whose spec has a value of one of the files."""

    def files(name: str) -> set[Path]:
        places = load_spec(name).positions.values.values()
        return {Path(os.path.realpath(file)) for file in {place.file for place in places}}

    return [name for name in environments() if drafts and files(name) & set(drafts)]


def _checked(name: str, drafts: Mapping[Path, tuple[str, str]]) -> NetworkSpec:
    """Return an environment with the new texts.

    Raises:
        SpecError: it would not be valid.
    """
    from ethgen.spec import load  # noqa: PLC0415 - pydantic takes a tenth of a second to import
    from ethgen.stack import problems_of  # noqa: PLC0415 - likewise

    path = environment_path(name)
    texts = {file: new for file, (_, new) in drafts.items()}
    return load(path, draft=texts.get(Path(os.path.realpath(path))), others=texts, further=problems_of)


def _text(name: str, found: Sequence[Move | Stay]) -> Iterator[str]:
    from ethgen.report.upgrade import Move  # noqa: PLC0415 - loaded by the command

    yield f"{name}:" if found else f"{name}: has nothing of it"
    for each in found:
        path = ".".join(map(str, each.path))
        if isinstance(each, Move):
            yield f"  {path}: {each.subject} {each.old} -> {each.new}"
            yield from (f"    {line}" for line in each.changes)
        elif each.reason:
            yield f"  {path}: {each.subject} {each.version} stays: {each.reason}"
    follow = dict.fromkeys(
        f"{each.subject} {each.version}" for each in found if not (isinstance(each, Move) or each.reason)
    )
    if follow:
        yield f"  without a version of their own, and so the catalogue's, which moves with ethgen: {', '.join(follow)}"


def _rendered(name: str, before: NetworkSpec, after: NetworkSpec) -> Iterator[str]:
    """Yield what changes in the values of an environment's releases."""
    from ethgen.cli.since import value_lines  # noqa: PLC0415 - only where something moves
    from ethgen.report.changed_values import changed_values  # noqa: PLC0415 - likewise
    from ethgen.stack import releases  # noqa: PLC0415 - likewise

    old = {release.name: release for release in releases(before)}
    for release in releases(after):
        was = old[release.name]
        versions = f" {was.chart.version} -> {release.chart.version}" if was.chart != release.chart else ""
        if values := changed_values(was.values, release.values):
            yield f"values/{name}/{release.name}.yaml:"
            yield from value_lines(values)
        if versions:
            yield f"values/{name}/helmfile.yaml: chart {release.chart.name}{versions}"


def _not_built(name: str, before: NetworkSpec, after: NetworkSpec) -> Iterator[str]:
    """Yield which images of a local environment can be pulled only, from now on, where those before could be built."""
    if after.profile != "local":
        return
    from ethgen.cluster.image_reference import parse_reference  # noqa: PLC0415 - only where something moves
    from ethgen.cluster.images import recipe_for, versions  # noqa: PLC0415 - likewise
    from ethgen.package_data import package_data  # noqa: PLC0415 - likewise
    from ethgen.stack import releases  # noqa: PLC0415 - likewise
    from ethgen.stack.images import images_of  # noqa: PLC0415 - likewise

    for reference in sorted({*images_of(releases(after))} - {*images_of(releases(before))}):
        recipe = recipe_for(reference)
        known = versions(recipe, package_data()) if recipe else ()
        if known and parse_reference(reference).tag not in known:
            yield (
                f"warning: {name}: {reference} cannot be built here, where {', '.join(known)} can: "
                "its nodes need the registry"
            )


def _write(drafts: Mapping[Path, tuple[str, str]]) -> None:
    from ethgen.render import single  # noqa: PLC0415 - only where something is written

    for file, (old, new) in drafts.items():
        with single.alone(file.parent):
            single.write(file, old.encode(), new.encode())


def _shown(file: Path) -> str:
    root = repository().resolve()
    return file.relative_to(root).as_posix() if file.is_relative_to(root) else str(file)
