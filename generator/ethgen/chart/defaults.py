"""A chart's `values.yaml`: what it draws when nobody says otherwise, which is as good as nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ethgen.chart.schema import schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ethgen.chart.own import OwnChart
    from ethgen.chart.schema import Schema


def defaults(own: OwnChart) -> dict[str, Any]:
    """Return the default values, in the order of their types, as YAML and JSON hold them."""
    values: dict[str, Any] = own.defaults.model_dump(by_alias=True, mode="json", exclude={"global_"})
    return values


def values_text(own: OwnChart) -> str:
    """Return the content of `values.yaml`, with descriptions as helm-docs reads them."""
    whole = schema(own)
    header = f"# Made by `ethgen chart values` from {own.module}; all values are described in README.md.\n"
    return header + "".join(_lines(whole, whole, defaults(own), 0))


def resolved(whole: Schema, node: Schema) -> Schema:
    """Return what a part of a schema stands for, with its own description before that of what it refers to."""
    if "$ref" in node:
        return {**whole["$defs"][node["$ref"].rpartition("/")[2]], **node}
    for choice in node.get("anyOf", []):
        if choice.get("type") != "null":
            return {**resolved(whole, choice), **node}
    return node


def _lines(whole: Schema, node: Schema, values: Mapping[str, Any], depth: int) -> Iterator[str]:
    indent = "  " * depth
    for name, value in values.items():
        member = resolved(whole, node["properties"][name])
        yield f"\n{indent}# -- {member['description']}\n" if depth == 0 else f"{indent}# -- {member['description']}\n"
        if value and "properties" in member:
            yield f"{indent}{name}:\n"
            yield from _lines(whole, member, value, depth + 1)
        else:
            yield f"{indent}{name}: {_scalar(value)}\n"


def _scalar(value: object) -> str:
    """Return a value as YAML; strings that YAML may take for something else are JSON."""
    return value if isinstance(value, str) and value.isalpha() else json.dumps(value)
