"""`ethgen render` and `ethgen schema`."""

from __future__ import annotations

from pathlib import Path

import click

from ethgen.cli.options import environments, load_spec, repository


@click.command()
@click.option("--env", "environment", metavar="NAME", envvar="ETHGEN_ENV", help="Environment; all of them if absent.")
@click.option("--check", is_flag=True, help="Write nothing; exit with status 1 if any file is not up to date.")
@click.option("--diff", "show_diff", is_flag=True, help="Write nothing; print what would change.")
@click.pass_context
def render(context: click.Context, environment: str | None, *, check: bool, show_diff: bool) -> None:
    """Generate every file of an environment from its spec.

    Files that would not change are not touched; files of an earlier render that are not needed any more are removed; a
    file that was not generated is never overwritten.
    """
    from ethgen.render import build, writer  # noqa: PLC0415 - pydantic takes a tenth of a second to import

    root = repository()
    names = [environment] if environment else environments()
    files = {name: build.build(load_spec(name)) for name in names}
    if environment is None:
        files |= {name: {} for name in _rendered_before(root) if name not in names}
    changes = [change for name in files for change in writer.plan(root, f"values/{name}/.generated.json", files[name])]
    if not check and not show_diff:
        writer.apply(root, changes)
    for change in changes:
        click.echo(change.diff() if show_diff else f"{change.action:6} {change.path}", nl=not show_diff)
    if check and changes:
        click.echo(f"{_files(len(changes))} not up to date; run `ethgen render` and commit the result", err=True)
        context.exit(1)
    if not changes and (check or not show_diff):
        click.echo(f"{_files(sum(map(len, files.values())))} up to date")


def _rendered_before(root: Path) -> list[str]:
    """Return the environments that an earlier run has written files for."""
    return sorted(manifest.parent.name for manifest in root.glob("values/*/.generated.json"))


def _files(count: int) -> str:
    return "1 file is" if count == 1 else f"{count} files are"


@click.command()
@click.option("--output", type=click.Path(dir_okay=False), help="Write it to this file instead of printing it.")
@click.option("--check", is_flag=True, help="Write nothing; exit with status 1 if the file is not up to date.")
@click.pass_context
def schema(context: click.Context, output: str | None, *, check: bool) -> None:
    """Print the JSON schema of a spec, for editors."""
    from ethgen.render import build, writer  # noqa: PLC0415 - pydantic takes a tenth of a second to import

    content = build.schema()
    if output is None:
        if check:
            raise click.UsageError("--check needs --output, the file to check")
        click.echo(content, nl=False)
        return
    target = Path(output)
    old = target.read_bytes() if target.is_file() else None
    if check and old != content:
        click.echo(f"{output} is not up to date; run `ethgen schema --output {output}`", err=True)
        context.exit(1)
    if not check and old != content:
        writer.apply(target.parent, [writer.Change(target.name, old, content)])
