"""Which keys a chart's values.schema.json names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ethgen.cluster.charts.known import Known
from ethgen.cluster.charts.known_defaults import NO_CHART
from ethgen.errors import ChartError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ethgen.cluster.charts.packaged import PackagedChart

# Schemas refer to themselves.
_DEEPEST = 24

# Words of JSON Schema that are followed, with what stands behind them.
_WORDS: dict[str, type] = {
    **dict.fromkeys(("properties", "patternProperties", "$defs", "definitions"), dict),
    **dict.fromkeys(("allOf", "anyOf", "oneOf"), list),
}


def add_schema(known: Known, chart: PackagedChart) -> None:
    """Add what a chart's values.schema.json tells.

    Raises:
        ChartError: it is not what its name says.
    """
    where = f"{chart.name} {chart.version}: values.schema.json"
    try:
        root = json.loads(chart.schema)
    except (ValueError, RecursionError) as error:
        raise ChartError(f"{where}: {error}", cure=NO_CHART) from error
    if not isinstance(root, dict):
        raise ChartError(f"{where} holds no schema", cure=NO_CHART)
    _require_schema(root, where, 0)
    _add(known, root, root, 0, read=bool(chart.templates))


def _require_schema(found: object, where: str, depth: int) -> None:
    """Refuse what has the name of a schema's word, and not its type.

    Raises:
        ChartError: there is such.
    """
    if not isinstance(found, dict) or depth > _DEEPEST:
        return
    for word, wanted in _WORDS.items():
        # Below `properties` these words are names of properties.
        if word in found and not isinstance(found[word], wanted):
            raise ChartError(f"{where}: {word} is no {'mapping' if wanted is dict else 'list'}", cure=NO_CHART)
    for word in _WORDS:
        below = found.get(word, ())
        for each in below.values() if isinstance(below, dict) else below:
            _require_schema(each, where, depth + 1)


def _add(known: Known, schema: Mapping[str, Any], root: Mapping[str, Any], depth: int, *, read: bool) -> None:
    """Add the properties that a schema names, and whether it lets any other be.

    Args:
        known: what is known already.
        schema: that of the value.
        root: that of all values.
        depth: how deep it stands.
        read: whether templates are there, which tell what is read.
    """
    if depth > _DEEPEST:
        known.free = True
        return
    for part in _alternatives(schema, root):
        for key, below in (part.get("properties") or {}).items():
            here = known.keys.get(key)
            if here is None:
                here = known.keys[key] = Known()
            if isinstance(below, dict) and not (here.free and not here.keys and "properties" not in below):
                _add(here, below, root, depth + 1, read=read)
        others = part.get("additionalProperties")
        # Beside defaults, that others are let be says no more than that nobody listed them.
        let_be = others is True and not (known.mapping and read)
        if part.get("patternProperties") or let_be or (isinstance(others, dict) and others):
            known.free = not known.closed
    if not known.keys:
        known.free = True


def _alternatives(schema: Mapping[str, Any], root: Mapping[str, Any], depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """Yield a schema and all that it refers to or chooses from."""
    yield schema
    if depth > _DEEPEST:
        return
    below = [each for word in ("allOf", "anyOf", "oneOf") for each in schema.get(word) or ()]
    if isinstance(reference := schema.get("$ref"), str) and reference.startswith("#/"):
        found: Any = root
        for part in reference[2:].split("/"):
            found = found.get(part.replace("~1", "/").replace("~0", "~"), {}) if isinstance(found, dict) else {}
        below.append(found)
    for each in below:
        if isinstance(each, dict):
            yield from _alternatives(each, root, depth + 1)
