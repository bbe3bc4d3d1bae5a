"""Which keys a chart knows: charts swallow misspelt ones, and install something else than was asked for.

A key is known where the chart's values.yaml has it (as a value, or as a comment that shows what may be set), where its
values.schema.json names it, or where a template reads it. Below a value that is empty by default, that a template hands
over as it is, or that is a piece of a Kubernetes object, every key is the user's own.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from ethgen.cluster.charts.template_keys import TemplateKeys, template_keys
from ethgen.errors import ChartError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from yaml.nodes import MappingNode, Node

    from ethgen.cluster.charts.packaged import PackagedChart
    from ethgen.cluster.charts.template_keys import Path

# Fields of Kubernetes' objects that charts fill into a manifest as they are.
_KUBERNETES = re.compile(
    r"(?i)\w*labels|\w*annotations|\w*selector|\w*affinity|tolerations|\w*securitycontext|(\w+)?resources|"
    r"\w*(liveness|readiness|startup)probe|\w*strategy|topologyspreadconstraints|\w*lifecycle|behavior|"
    r"extraenv\w*|extravolume\w*|extraobjects|extramanifests"
)

# A comment of a values.yaml that shows a key: `# name:`, `#name: value`.
_SHOWN = re.compile(r"^(?P<indent> *)#+ ?(?P<further> *)(?:- )?[\"']?(?P<key>[A-Za-z_][\w./-]*)[\"']?:(?:\s|$)")

# Istio's charts keep their defaults there, and take them at the top.
_HOISTED = "_internal_defaults_do_not_set"

# Schemas refer to themselves.
_DEEPEST = 24


@dataclass(slots=True)
class Known:
    """What is known of a value.

    Attributes:
        keys: the keys of a mapping.
        free: whether keys of any name may stand there.
        mapping: whether it is a mapping that is not empty by default.
    """

    keys: dict[str, Known] = field(default_factory=dict)
    free: bool = False
    mapping: bool = False


class Unknown(NamedTuple):
    """A key that a chart does not know.

    Attributes:
        path: where it stands in the values.
        siblings: the keys that are known there; empty where a mapping was expected and is something else.
    """

    path: Path
    siblings: tuple[str, ...]


def unknown_keys(values: Mapping[str, Any], known: Known) -> list[Unknown]:
    """Return every key of values that a chart does not know, in their order."""
    return list(_unknown(values, known, ()))


def known_keys(chart: PackagedChart) -> Known:
    """Return the keys that a chart and its subcharts know.

    Raises:
        ChartError: its values.yaml or values.schema.json is not what its name says.
    """
    known = _tree(chart)
    _share_global(known, chart, known.keys["global"])
    return known


def read_by(text: str, known: Known) -> None:
    """Add the keys that a text with template actions in it reads."""
    found = TemplateKeys()
    template_keys(text, found)
    for path in sorted(found.read):
        _read(known, path)


def allow_any(known: Known, path: Path) -> None:
    """Let anything stand at a path of the values."""
    for part in path[:-1]:
        known = known.keys.setdefault(part, Known())
    known.keys[path[-1]] = Known(free=True)


def _unknown(values: Mapping[str, Any], known: Known, above: Path) -> Iterator[Unknown]:
    for key, value in values.items():
        path, here = (*above, key), known.keys.get(key)
        if here is None:
            if not known.free:
                yield Unknown(path, tuple(sorted(known.keys)))
        elif isinstance(value, dict):
            if here.keys or here.mapping:
                yield from _unknown(value, here, path)
        elif here.mapping and not here.free and value is not None:
            yield Unknown(path, ())


def _tree(chart: PackagedChart) -> Known:
    known = _of_values(chart)
    if hoisted := known.keys.get(_HOISTED):
        known.keys |= {key: each for key, each in hoisted.keys.items() if key not in known.keys}
    if "global" not in known.keys or not known.keys["global"].keys:
        # Empty by default, and yet not the user's own: charts read it key by key.
        known.keys["global"] = Known(mapping=True)
    if chart.schema:
        _add_schema(known, *_schema(chart), 0)
    for name, below in chart.subcharts.items():
        _merge(known.keys.setdefault(name, Known()), _tree(below))
    for each in chart.dependencies:
        name = each.get("alias") or each.get("name", "")
        known.keys.setdefault(name, Known(free=True))
        known.keys[name].keys.setdefault("enabled", Known())
        for condition in str(each.get("condition") or "").split(","):
            _read(known, tuple(part for part in condition.strip().split(".") if part))
        if each.get("tags"):
            known.keys.setdefault("tags", Known(free=True))
    _add_templates(known, chart)
    known.free = False
    return known


def _of_values(chart: PackagedChart) -> Known:
    import yaml  # noqa: PLC0415 - only where a chart is read

    try:
        node = yaml.compose(chart.values, yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise ChartError(f"{chart.name} {chart.version}: values.yaml: {error}") from error
    known = Known()
    if isinstance(node, yaml.MappingNode):
        known = _of_node(node)
        _add_comments(known, node, chart.values)
    return known


def _of_node(node: Node) -> Known:
    """Return what the defaults say: what is no mapping, or an empty one, is the user's to fill."""
    import yaml  # noqa: PLC0415 - only where a chart is read

    if not isinstance(node, yaml.MappingNode) or not node.value:
        return Known(free=True)
    known = Known({key.value: _of_node(value) for key, value in node.value if key.value != "<<"}, mapping=True)
    for key, below in known.keys.items():
        below.free = below.free or bool(_KUBERNETES.fullmatch(key))
    return known


def _add_comments(known: Known, root: MappingNode, text: str) -> None:
    """Add the keys that comments show, to the mapping that each stands in by its line and its column."""
    blocks = list(_blocks(known, root))
    for number, line in enumerate(text.splitlines()):
        shown = _SHOWN.match(line)
        if shown is None:
            continue
        column = len(shown["indent"])
        inside = [block for block in blocks if block.first <= number < block.end and block.column <= column]
        if inside:
            innermost = max(inside, key=lambda block: (block.column, block.first))
            innermost.known.keys.setdefault(shown["key"], Known(free=True))


class _Block(NamedTuple):
    """The lines of a mapping in a values.yaml, counted from 0."""

    known: Known
    first: int
    end: int
    column: int


def _blocks(known: Known, node: MappingNode) -> Iterator[_Block]:
    import yaml  # noqa: PLC0415 - only where a chart is read

    yield _Block(known, node.start_mark.line - 1, node.end_mark.line + 1, node.start_mark.column)
    for key, value in node.value:
        if isinstance(value, yaml.MappingNode) and value.value and not value.flow_style:
            yield from _blocks(known.keys[key.value], value)


def _schema(chart: PackagedChart) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        root = json.loads(chart.schema)
    except ValueError as error:
        raise ChartError(f"{chart.name} {chart.version}: values.schema.json: {error}") from error
    if not isinstance(root, dict):
        raise ChartError(f"{chart.name} {chart.version}: values.schema.json holds no schema")
    return root, root


def _add_schema(known: Known, schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> None:
    """Add the properties that a schema names, and whether it lets any other be."""
    if depth > _DEEPEST:
        known.free = True
        return
    for part in _alternatives(schema, root):
        for key, below in (part.get("properties") or {}).items():
            here = known.keys.get(key)
            if here is None:
                here = known.keys[key] = Known()
            if isinstance(below, dict) and not (here.free and not here.keys and "properties" not in below):
                _add_schema(here, below, root, depth + 1)
        others = part.get("additionalProperties")
        if part.get("patternProperties") or others is True or (isinstance(others, dict) and others):
            known.free = True
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


def _add_templates(known: Known, chart: PackagedChart) -> None:
    found = TemplateKeys()
    for text in (chart.values, *chart.templates.values()):
        template_keys(text, found)
    for path in sorted(found.read):
        _read(known, path)
    for path in sorted(found.whole):
        _free(known, path)


def _read(known: Known, path: Path) -> None:
    """Add a key that a template reads; what the chart has no default for, is the user's from there on."""
    for part in path:
        if not known.keys and known.free:
            return
        if part not in known.keys:
            known.keys[part] = Known(free=True)
            return
        known = known.keys[part]


def _free(known: Known, path: Path) -> None:
    for part in path:
        if part not in known.keys:
            return
        known = known.keys[part]
    known.free = True


def _merge(known: Known, other: Known) -> None:
    """Add to a subchart's values, as its parent has them, what the subchart itself knows."""
    known.free = other.free or (known.free and bool(known.keys))
    known.mapping = known.mapping or other.mapping
    for key, each in other.keys.items():
        if key in known.keys:
            _merge(known.keys[key], each)
        else:
            known.keys[key] = each


def _share_global(known: Known, chart: PackagedChart, shared: Known) -> None:
    """Let every chart's own `global` and those of its subcharts be one, as Helm does."""
    own = known.keys["global"]
    if own is not shared:
        for key, each in own.keys.items():
            shared.keys.setdefault(key, each)
        shared.free = shared.free or own.free
    known.keys["global"] = shared
    for name, below in chart.subcharts.items():
        _share_global(known.keys[name], below, shared)
