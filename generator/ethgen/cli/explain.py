"""`ethgen explain`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from ethgen.cli.options import json_option

if TYPE_CHECKING:
    from ethgen.spec.explain import Field


@click.command()
@click.argument("path", required=False, default="")
@json_option
def explain(path: str, *, as_json: bool) -> None:
    """Explain the fields of a spec: what each is for, what it takes, and its default.

    PATH is a field as it stands in a spec, such as networks.devnet.nodes; without one, every field is explained.
    """
    from ethgen.spec.explain import explain as fields_at  # noqa: PLC0415 - pydantic takes a tenth of a second to import

    fields = fields_at(path)
    if as_json:
        click.echo(json.dumps([vars(field) for field in fields], indent=2))
    else:
        click.echo("\n\n".join(_text(field) for field in fields))


def _text(field: Field) -> str:
    lines = [field.path, f"  {field.description}", f"  takes: {field.type}"]
    return "\n".join([*lines, f"  default: {field.default}"] if field.default else lines)
