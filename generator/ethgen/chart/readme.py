"""The chart's `README.md`, in the way of helm-docs: what it is, what it needs, and a table of its values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ethgen.chart.defaults import defaults, resolved
from ethgen.chart.own import chart_named
from ethgen.chart.schema import schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ethgen.chart.own import OwnChart
    from ethgen.chart.schema import Schema

_TYPES = {"boolean": "bool", "integer": "int", "array": "list", "object": "object", "string": "string"}
_TABLE = "| Key | Type | Default | Description |\n|-----|------|---------|-------------|\n"
_REQUIRED = "*required*"
_HELMS_OWN = "global"


def readme_text(chart: Mapping[str, Any]) -> str:
    """Return the content of `README.md`.

    Args:
        chart: the content of `Chart.yaml`.
    """
    own = chart_named(chart["name"])
    whole = schema(own)
    parts = [
        f"# {chart['name']}\n\n{chart['description']}\n\n",
        f"Version {chart['version']} of the chart, {chart['appVersion']} of ethgen.\n\n",
        own.use,
        f"## Requirements\n\nKubernetes: `{chart['kubeVersion']}`\n\n{own.objects}",
        "## Values\n\n",
        _TABLE,
        *_rows(whole, whole, "", defaults(own), own),
    ]
    for name, heading, place in own.tables:
        node = whole["$defs"][name]
        parts += [f"\n### {heading}\n\n{place}. {node['description'].splitlines()[0]}\n\n", _TABLE]
        parts += _rows(whole, node, "", {}, own)
    parts.append("\nThis file is made by `ethgen chart readme` from the types of the values and from `Chart.yaml`.\n")
    return "".join(parts)


def _rows(whole: Schema, node: Schema, prefix: str, given: Mapping[str, Any], own: OwnChart) -> Iterator[str]:
    for name, member in sorted(node["properties"].items()):
        if name == _HELMS_OWN:
            continue
        actual = resolved(whole, member)
        default = given.get(name, member.get("default"))
        if "properties" in actual and _section(member, own) is None:
            inner = default if isinstance(default, dict) else {}
            yield from _rows(whole, actual, f"{prefix}{name}.", inner, own)
        else:
            shown = _default(default, required=name in node.get("required", ()) and name not in given, kind=actual)
            yield f"| {prefix}{name} | {_type(actual, member, own)} | {shown} | {_description(actual)} |\n"


def _section(member: Schema, own: OwnChart) -> str | None:
    """Return the heading of the table that a value's type has, if any."""
    for part in (
        member,
        *member.get("anyOf", []),
        member.get("items", {}),
        *member.get("patternProperties", {}).values(),
    ):
        name = part.get("$ref", "").rpartition("/")[2]
        for table in own.tables:
            if name == table.name:
                return table.heading
    return None


def _type(actual: Schema, member: Schema, own: OwnChart) -> str:
    plain = _TYPES[actual.get("type", "integer")]
    heading = _section(member, own)
    return f"{plain} of [{heading.lower()}](#{heading.lower().replace(' ', '-')})" if heading else plain


def _default(value: object, *, required: bool, kind: Schema) -> str:
    if required:
        return _REQUIRED
    if value is None and kind.get("type") in {"array", "object"} and "anyOf" not in kind:
        value = [] if kind["type"] == "array" else {}
    return f"`{json.dumps(value)}`"


def _description(actual: Schema) -> str:
    choices = f" One of {', '.join(f'`{choice}`' for choice in actual['enum'])}." if "enum" in actual else ""
    return f"{actual['description']}{choices}".replace("|", "\\|").replace("<", "&lt;")
