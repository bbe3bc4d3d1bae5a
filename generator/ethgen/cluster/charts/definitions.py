"""CustomResourceDefinitions as JSON schemas, closed as the API server's strict reading is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    Object = dict[str, Any]

# What stands at the top of every object, and in one that an object holds whole; apimachinery's types check the rest.
_TOP: dict[str, Any] = {
    "apiVersion": {"type": "string"},
    "kind": {"type": "string"},
    "metadata": {"type": "object"},
}
_MAPS_OF_SCHEMAS = ("properties", "patternProperties")
_LISTS_OF_SCHEMAS = ("allOf", "anyOf", "oneOf")
_SCHEMAS = ("items", "not", "additionalProperties")
_INT_OR_STRING = "x-kubernetes-int-or-string"
_PRESERVE = "x-kubernetes-preserve-unknown-fields"
_EMBEDDED = "x-kubernetes-embedded-resource"


def write_schemas(objects: Iterable[Object], folder: Path) -> None:
    """Write the schemas of all definitions among objects as `<group>/<kind>_<version>.json`, in small letters."""
    for name, schema in schemas(objects):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(schema), encoding="utf-8")


def schemas(objects: Iterable[Object]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the file name and the schema of every served version of every definition among objects."""
    for each in objects:
        if each["kind"] != "CustomResourceDefinition":
            continue
        group, kind = each["spec"]["group"], each["spec"]["names"]["kind"].lower()
        for version in each["spec"]["versions"]:
            if version.get("served"):
                written = version.get("schema", {}).get("openAPIV3Schema", {})
                yield f"{group}/{kind}_{version['name']}.json", _object(written)


def _object(schema: Mapping[str, Any]) -> dict[str, Any]:
    whole = {**schema, "type": "object", "properties": {**schema.get("properties", {}), **_TOP}}
    return _closed(whole, logic=False)


def _closed(schema: Mapping[str, Any], *, logic: bool) -> dict[str, Any]:
    """Return a schema in JSON Schema's own words.

    Args:
        schema: part of a definition's structural schema (Kubernetes documentation, "Extend the Kubernetes API with
            CustomResourceDefinitions").
        logic: whether it stands below `allOf` or its like, which name properties again but add none.
    """
    result = {
        key: _part(key, value, logic=logic)
        for key, value in schema.items()
        if key not in {"description", "format"} and not key.startswith("x-")
    }
    if schema.get(_INT_OR_STRING):
        result.pop("anyOf", None)
        result["type"] = ["integer", "string"]
    if schema.get(_EMBEDDED):
        result["properties"] = {**result.get("properties", {}), **_TOP}
    open_ended = schema.get(_PRESERVE) or "additionalProperties" in schema or logic
    if "properties" in result and not open_ended:
        result["additionalProperties"] = False
    if schema.get("nullable") and isinstance(result.get("type"), str):
        result["type"] = [result["type"], "null"]
        if "enum" in result:
            result["enum"] = [*result["enum"], None]
    return result


def _part(key: str, value: Any, *, logic: bool) -> Any:  # noqa: ANN401 - what stands in a schema is of any type
    if key in _MAPS_OF_SCHEMAS:
        return {name: _closed(each, logic=logic) for name, each in value.items()}
    if key in _LISTS_OF_SCHEMAS:
        return [_closed(each, logic=True) for each in value]
    if key in _SCHEMAS and isinstance(value, dict):
        return _closed(value, logic=logic or key == "not")
    return value
