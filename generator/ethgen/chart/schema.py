"""The JSON schema of the chart's values, `values.schema.json`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ethgen.chart.own import OwnChart

Schema = dict[str, Any]


def schema(own: OwnChart) -> Schema:
    """Return the JSON schema (draft 2020-12) that the chart ships; Helm holds all values against it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_closed(type(own.defaults).model_json_schema(by_alias=True)),
        "title": f"Values of the chart {own.name}",
    }


def schema_text(own: OwnChart) -> str:
    """Return the content of `values.schema.json`."""
    return json.dumps(schema(own), indent=2, ensure_ascii=False) + "\n"


def _closed(node: Any) -> Any:  # noqa: ANN401 - any part of a JSON document
    """Return a schema without generated titles, in which a map refuses keys that match none of its patterns."""
    if isinstance(node, list):
        return [_closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    closed = {key: _closed(value) for key, value in node.items() if not (key == "title" and isinstance(value, str))}
    if "patternProperties" in closed:
        closed.setdefault("additionalProperties", False)
    return closed
