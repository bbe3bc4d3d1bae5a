"""`ethgen set`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ethgen.cli.completion import spec_paths
from ethgen.cli.options import environment_option, environment_path, repository
from ethgen.errors import EthgenError

if TYPE_CHECKING:
    from pathlib import Path

    from ethgen.spec.documents import Document


@click.command("set")
@click.argument("path", shell_complete=spec_paths)
@click.argument("value", required=False)
@environment_option
@click.option("--unset", is_flag=True, help="Remove the value, so that the extended file's or the default holds.")
@click.option("--diff", "only_show", is_flag=True, help="Write nothing; print what would change.")
def set_value(path: str, value: str | None, environment: str, *, unset: bool, only_show: bool) -> None:
    """Change one value of an environment's spec, and print the difference.

    PATH is a field as it stands in the spec, such as networks.devnet.nodes.geth-prysm.replicas; sections that are
    missing are added. VALUE is YAML on one line, such as 3, [eth, net] or {client: geth}; for a field of text, the text
    itself.

    Comments, order, quotes and anchors of the file stay as they are; only --unset takes away the comments right above a
    value and inside of it. A value that would make the spec invalid is refused, and the file stays untouched.
    """
    if (value is None) != unset:
        raise click.UsageError("give either a VALUE or --unset")
    from ethgen.render import single, writer  # noqa: PLC0415 - only this command and `render` write
    from ethgen.spec.explain import general, split  # noqa: PLC0415 - pydantic takes a tenth of a second to import

    file, parts = environment_path(environment), split(path)
    general(parts)
    # Of several runs at once, each sees what the one before has written.
    with single.alone(file.parent):
        old, new = _contents(file, parts, value)
        if old != new and not only_show:
            single.write(file, old, new)
    click.echo(writer.Change(_name(file), old, new).diff() if old != new else _told(file, parts, path), nl=False)


def _contents(file: Path, path: tuple[str, ...], value: str | None) -> tuple[bytes, bytes]:
    """Return a file's content before and after; both are the same where the environment has the value already."""
    content, before = file.read_bytes(), _document(file, path)
    # With its line breaks as they are, which `Path.read_text` would make all alike.
    text = content.decode(errors="replace")
    draft = _put(file, text, path, value, before) if value is not None else _unset(file, text, path, before)
    if draft is None:
        return content, content
    _check(file, draft)
    return content, draft.encode()


def _told(file: Path, path: tuple[str, ...], written: str) -> str:
    """Return where a value that the environment has already stands."""
    return f"{written} has this value already: {_document(file, path).positions.values[path]}\n"


def _document(file: Path, path: tuple[str, ...], draft: str | None = None) -> Document:
    """Return what a path is looked for in: what a file extends is not in what that gives, but in the file itself."""
    from ethgen.spec import documents  # noqa: PLC0415 - pydantic takes a tenth of a second to import
    from ethgen.spec.explain import EXTENDS  # noqa: PLC0415 - likewise

    return documents.parse(file, draft) if path == (EXTENDS.path,) else documents.read(file, draft)


def _name(file: Path) -> str:
    """Return what is written, from the repository: where the environment is a link, the file it leads to."""
    found, root = file.resolve(), repository().resolve()
    return found.relative_to(root).as_posix() if found.is_relative_to(root) else str(found)


def _put(file: Path, text: str, path: tuple[str, ...], value: str, before: Document) -> str | None:
    """Return the text with the value put, None where the environment has it already."""
    from ethgen.report.provenance import value_at  # noqa: PLC0415 - pydantic takes a tenth of a second to import
    from ethgen.spec import editing  # noqa: PLC0415 - likewise

    draft = editing.put(file, text, path, value)
    old, new = value_at(before.data, path), value_at(_document(file, path, draft).data, path)
    return None if path in before.positions.values and (type(old), old) == (type(new), new) else draft


def _unset(file: Path, text: str, path: tuple[str, ...], before: Document) -> str:
    from ethgen.spec import editing  # noqa: PLC0415 - pydantic takes a tenth of a second to import
    from ethgen.spec.positions import dotted  # noqa: PLC0415 - likewise

    place = before.positions.values.get(path)
    if place is not None and place.file != str(file):
        raise EthgenError(
            f"{dotted(path)} is not set in {file}, but at {place}",
            cure=f"override it here with: ethgen set {dotted(path)} VALUE",
        )
    return editing.unset(file, text, path)


def _check(file: Path, draft: str) -> None:
    """Refuse what makes the spec invalid; nothing has been written then."""
    from ethgen.spec import load  # noqa: PLC0415 - pydantic takes a tenth of a second to import
    from ethgen.stack import problems_of, releases  # noqa: PLC0415 - likewise

    releases(load(file, draft=draft, further=problems_of))
