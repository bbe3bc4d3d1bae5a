"""`ethgen reference`: the pages of docs/reference, made from the commands, the types of a spec and the catalogue."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ethgen.cli.options import environments, load_spec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.spec.explain import Field

# Columns of the help texts, whatever the terminal.
_WIDTH = 100

# The environment whose picture stands in the documentation.
_DRAWN = "production"


@click.command(hidden=True)
@click.option(
    "--output",
    default="docs/reference",
    show_default=True,
    type=click.Path(file_okay=False),
    help="Folder of the pages.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit with status 1 if a page is not up to date.")
@click.pass_context
def reference(context: click.Context, output: str, *, check: bool) -> None:
    """Write the reference pages of the commands, of the spec and of the client catalogue, and a picture."""
    from ethgen.render import single  # noqa: PLC0415 - only this command writes pages

    root = Path(output)
    pages = {name: text.encode() for name, text in {**pages_of(context.find_root().command), **_pictures()}.items()}
    changed = [root / name for name, new in pages.items() if single.update(root / name, new, check=check)]
    for page in changed:
        click.echo(page)
    if check and changed:
        click.echo("the reference is not up to date; run `ethgen reference` and commit the result", err=True)
        context.exit(1)


def pages_of(cli: click.Command) -> dict[str, str]:
    """Return the text of every page by its name."""
    from ethgen.report.catalogue_page import page as clients_page  # noqa: PLC0415 - pydantic takes long to import
    from ethgen.spec.explain import explain  # noqa: PLC0415 - likewise

    root = click.Context(cli, info_name="ethgen", terminal_width=_WIDTH, **cli.context_settings)
    commands = "\n\n".join(_command(cli, root))
    fields = "\n".join(_row(field) for field in explain())
    return {
        "cli.md": f"# Commands\n\nMade by `ethgen reference`; do not edit.\n\n{commands}\n",
        "spec.md": (
            "# Fields of a spec\n\nMade by `ethgen reference` from the types in `generator/ethgen/spec`; do not edit. "
            "`ethgen explain` says the same. `<name>` is a name that you choose.\n\n"
            f"| field | takes | unit | default | meaning |\n|-|-|-|-|-|\n{fields}\n"
        ),
        "clients.md": clients_page(),
    }


def _pictures() -> dict[str, str]:
    """Return the picture of the environment `production`, where there is one."""
    from ethgen.report import fleet, fleet_svg  # noqa: PLC0415 - pydantic takes a tenth of a second to import

    drawn = [name for name in environments() if name == _DRAWN]
    return {f"{name}.svg": fleet_svg.svg(fleet.fleet_of(load_spec(name))) for name in drawn}


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    """Yield the section of a command and of all commands below it."""
    yield f"## {context.command_path}\n\n```text\n{command.get_help(context)}\n```"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None and not child.hidden:
                below = click.Context(child, info_name=name, parent=context, terminal_width=_WIDTH)
                yield from _command(child, below)


def _row(field: Field) -> str:
    cells = (
        f"`{field.path}`",
        field.type,
        field.unit,
        f"`{field.default}`" if field.default else "",
        field.description,
    )
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
