"""Which keys a chart's values.yaml has: as values, and as comments that show what may be set."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ethgen.cluster.charts.known import Known, give_fields
from ethgen.cluster.charts.kubernetes_fields import fields_named
from ethgen.cluster.charts.yaml_text import require_shallow
from ethgen.errors import ChartError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yaml.nodes import MappingNode, Node

    from ethgen.cluster.charts.kubernetes_fields import Fields
    from ethgen.cluster.charts.packaged import PackagedChart

# What charts fill into a manifest as it is, and is not judged further.
_FILLED_IN = re.compile(
    r"(?i)\w*labels|\w*annotations|\w*selector|\w+affinity|tolerations|\w+resources|topologyspreadconstraints|"
    r"\w*lifecycle|behavior|extraenv\w*|extravolume\w*|extraobjects|extramanifests"
)

# A comment of a values.yaml that shows a key: `# name:`, `#name: value`. Words at the beginning of a sentence are
# written large, and such as these are no names of anything.
_SHOWN = re.compile(r"^(?P<indent> *)#+ ?(?P<further> *)(?:- )?[\"']?(?P<key>[a-z_][\w./-]*)[\"']?:(?:\s|$)")
_PROSE = frozenset({"default", "defaults", "docs", "e.g", "example", "examples", "note", "ref", "see", "tip", "todo"})

# The largest charts have some thousands; references to references make as many of a few lines as one likes.
_MOST_VALUES = 200_000
_DEEPEST_VALUES = 100

NO_CHART = "it is no chart that Helm takes: obtain it again, or name another version"
"""What to do about a chart with files that nobody can read."""


def keys_of_defaults(chart: PackagedChart) -> Known:
    """Return what a chart's values.yaml tells: its keys, and those that its comments show.

    Raises:
        ChartError: it is not what its name says.
    """
    import yaml  # noqa: PLC0415 - only where a chart is read

    where = f"{chart.name} {chart.version}: values.yaml"
    require_shallow(chart.values, where)
    try:
        node = yaml.compose(chart.values, yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise ChartError(f"{where}: {error}", cure=NO_CHART) from error
    known = Known()
    if node is not None:
        if not isinstance(node, yaml.MappingNode):
            raise ChartError(f"{where} holds no mapping", cure=NO_CHART)
        _require_tree(node, where, set(), 0)
        known = _of_node(node)
        _add_comments(known, node, chart.values)
    return known


def _require_tree(node: Node, where: str, above: set[int], size: int) -> int:
    """Refuse a mapping in itself, or with keys that are no words; returns how many values there are.

    Raises:
        ChartError: it is such, or has more values than any chart.
    """
    import yaml  # noqa: PLC0415 - only where a chart is read

    if id(node) in above or len(above) > _DEEPEST_VALUES:
        raise ChartError(f"{where}: a value stands in itself, or deeper than {_DEEPEST_VALUES}", cure=NO_CHART)
    if size > _MOST_VALUES:
        raise ChartError(f"{where} has more than {_MOST_VALUES:,} values", cure=NO_CHART)
    size += 1
    if not isinstance(node, yaml.CollectionNode):
        return size
    for each in node.value:
        if isinstance(node, yaml.MappingNode) and not isinstance(each[0], yaml.ScalarNode):
            line = each[0].start_mark.line + 1
            raise ChartError(f"{where}:{line}: a key is no text", cure=NO_CHART)
        size = _require_tree(each[1] if isinstance(each, tuple) else each, where, above | {id(node)}, size)
    return size


def _of_node(node: Node) -> Known:
    """Return what the defaults say: what is no mapping, or an empty one, is the user's to fill."""
    import yaml  # noqa: PLC0415 - only where a chart is read

    if not isinstance(node, yaml.MappingNode) or not node.value:
        return Known(free=True)
    known = Known({key.value: _of_node(value) for key, value in node.value if key.value != "<<"}, mapping=True)
    for key, value in node.value:
        if below := known.keys.get(key.value):
            below.free = below.free or bool(_FILLED_IN.fullmatch(key.value))
            if _may_be_mapping(value) and (fields := fields_named(key.value)):
                _type(below, fields, value)
    return known


def _may_be_mapping(node: Node) -> bool:
    import yaml  # noqa: PLC0415 - only where a chart is read

    return isinstance(node, yaml.MappingNode) or node.tag == "tag:yaml.org,2002:null"


def _type(known: Known, fields: Fields, node: Node) -> None:
    """Give a value the fields of a type of Kubernetes.

    Where its default has others, it is several of the type by names of the chart:
    `resources: {operator: {}, webhooks: {}}`.
    """
    if known.keys and not known.keys.keys() & fields.keys():
        for key, value in node.value:
            if _may_be_mapping(value):
                _type(known.keys[key.value], fields, value)
    give_fields(known, fields)


def _add_comments(known: Known, root: MappingNode, text: str) -> None:
    """Add the keys that comments show, to the mapping that each stands in by its line and its column."""
    blocks = list(_blocks(known, root))
    for number, line in enumerate(text.splitlines()):
        shown = _SHOWN.match(line)
        if shown is None or shown["key"] in _PROSE:
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
