"""`ethgen explain`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from ethgen.cli.completion import environment_names, spec_paths
from ethgen.cli.options import json_option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.report.explanation import Explanation
    from ethgen.spec.explain import Field


@click.command()
@click.argument("path", required=False, default="", shell_complete=spec_paths)
@click.option(
    "--env",
    "environment",
    metavar="NAME",
    envvar="ETHGEN_ENV",
    help="Environment whose values to show; the fields alone if absent.",
    shell_complete=environment_names,
)
@json_option
def explain(path: str, *, environment: str | None, as_json: bool) -> None:
    """Explain the fields of a spec, and with --env the values of an environment.

    PATH is a field as it stands in a spec, such as networks.devnet.nodes; without one, everything is explained.
    `<name>` stands for all names: networks.<name>.chain.

    A field has a meaning, a unit, a type and a default. A value has an origin: file:line:column of the spec or of the
    file that it extends, `default`, or who decided it where the spec says nothing, as in `catalogue: geth 1.17.10`.
    """
    if environment is None:
        from ethgen.spec.explain import explain as fields_at  # noqa: PLC0415 - pydantic takes long to import

        fields = fields_at(path)
        _print([vars(field) for field in fields], ["\n".join(_field(field)) for field in fields], as_json=as_json)
        return
    from ethgen.cli.options import load_spec  # noqa: PLC0415 - only with --env
    from ethgen.report.explanation import explain_values  # noqa: PLC0415 - likewise

    values = explain_values(load_spec(environment), path)
    _print([_data(value) for value in values], ["\n".join(_value(value)) for value in values], as_json=as_json)


def _print(data: list[dict[str, Any]], texts: list[str], *, as_json: bool) -> None:
    click.echo(json.dumps(data, indent=2, ensure_ascii=False) if as_json else "\n\n".join(texts))


def _field(field: Field) -> Iterator[str]:
    yield field.path
    yield f"  {field.description}"
    yield f"  takes: {field.type}"
    if field.unit:
        yield f"  unit: {field.unit}"
    if field.default:
        yield f"  default: {field.default}"


def _value(found: Explanation) -> Iterator[str]:
    from ethgen.report.provenance import plain  # noqa: PLC0415 - loaded with the values
    from ethgen.spec.positions import dotted  # noqa: PLC0415 - likewise

    yield dotted(found.setting.path)
    yield f"  value: {plain(found.setting.value)}"
    yield f"  from: {found.setting.origin}"
    yield from list(_field(found.field))[1:]


def _data(found: Explanation) -> dict[str, Any]:
    from ethgen.spec.positions import dotted  # noqa: PLC0415 - loaded with the spec

    setting, field = found.setting, found.field
    return {
        "path": dotted(setting.path),
        "value": setting.value,
        "from": {"kind": setting.kind, "text": setting.origin},
        "field": vars(field),
    }
