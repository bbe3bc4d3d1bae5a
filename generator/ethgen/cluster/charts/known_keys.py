"""Which keys a chart knows: charts swallow misspelt ones, and install something else than was asked for.

A key is known where the chart's values.yaml has it (as a value, or as a comment that shows what may be set), where its
values.schema.json names it, or where a template reads it. Below a value that a template hands over as it is, and below
one that is empty by default and not read key by key, every key is the user's own; fields of Kubernetes' own types are
those that the types have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.cluster.charts.known import Known, open_up
from ethgen.cluster.charts.known_defaults import keys_of_defaults
from ethgen.cluster.charts.known_schema import add_schema
from ethgen.cluster.charts.template_keys import TemplateKeys, template_keys
from ethgen.cluster.charts.template_values import ANY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ethgen.cluster.charts.packaged import PackagedChart
    from ethgen.cluster.charts.template_values import Path

# Istio's charts keep their defaults there, and take them at the top.
_HOISTED = "_internal_defaults_do_not_set"


def known_keys(chart: PackagedChart) -> Known:
    """Return the keys that a chart and its subcharts know.

    Raises:
        ChartError: its values.yaml or values.schema.json is not what its name says.
    """
    known = _tree(chart)
    _share_global(known, chart, known.keys["global"])
    return known


def read_by(texts: Iterable[str], known: Known) -> None:
    """Add the keys that texts with template actions in them read."""
    found = TemplateKeys()
    template_keys(texts, found)
    for path in sorted(found.read):
        _read(known, path, ())


def _tree(chart: PackagedChart) -> Known:
    known = keys_of_defaults(chart)
    if hoisted := known.keys.get(_HOISTED):
        known.keys |= {key: each for key, each in hoisted.keys.items() if key not in known.keys}
    if "global" not in known.keys or not known.keys["global"].keys:
        # Empty by default, and yet not the user's own: charts read it key by key.
        known.keys["global"] = Known(mapping=True)
    if chart.schema:
        add_schema(known, chart)
    for name, below in chart.subcharts.items():
        _merge(known.keys.setdefault(name, Known()), _tree(below))
    for each in chart.dependencies:
        name = each.get("alias") or each.get("name", "")
        known.keys.setdefault(name, Known(free=True))
        known.keys[name].keys.setdefault("enabled", Known())
        for condition in str(each.get("condition") or "").split(","):
            _read(known, tuple(part for part in condition.strip().split(".") if part), ())
        if each.get("tags"):
            known.keys.setdefault("tags", Known(free=True))
    _add_templates(known, chart)
    known.free = False
    return known


def _add_templates(known: Known, chart: PackagedChart) -> None:
    found = TemplateKeys()
    template_keys((chart.values, *chart.templates.values(), *chart.files.values()), found)
    # What others read too is not the chart's alone.
    shared = {"global", *chart.subcharts}
    opened: dict[int, tuple[Known, Path]] = {}
    for path in sorted(found.read):
        for each in _read(known, path, ()):
            opened.setdefault(id(each[0]), each)
    for path in sorted(found.whole):
        _free(known, path)
    for below, path in opened.values():
        # What a template reads key by key, and nothing hands over, has these keys and no other.
        if path[0] not in shared and not any(_is_within(path, whole) for whole in found.whole):
            below.free, below.closed = False, True


def _read(known: Known, path: Path, above: Path) -> list[tuple[Known, Path]]:
    """Add a key that a template reads.

    Returns:
        The values on the way that the chart has no keys for but those that templates read, each with its path.
    """
    opened: list[tuple[Known, Path]] = []
    for position, part in enumerate(path):
        here = (*above, *path[:position])
        if part == ANY:
            rest = path[position + 1 :]
            return opened + [
                each for key, below in known.keys.items() if rest for each in _read(below, rest, (*here, key))
            ]
        if here and known.free and not known.mapping and not known.closed:
            opened.append((known, here))
        known = known.keys.setdefault(part, Known(free=True))
    return opened


def _is_within(path: Path, whole: Path) -> bool:
    """Return whether a path is another one, or stands below it."""
    return len(whole) <= len(path) and all(there in {part, ANY} for part, there in zip(path, whole, strict=False))


def _free(known: Known, path: Path) -> None:
    for position, part in enumerate(path):
        if part == ANY:
            for below in known.keys.values():
                _free(below, path[position + 1 :])
            return
        if part not in known.keys:
            return
        known = known.keys[part]
    open_up(known)


def _merge(known: Known, other: Known) -> None:
    """Add to a subchart's values, as its parent has them, what the subchart itself knows."""
    known.closed = known.closed or other.closed
    known.resources = known.resources or other.resources
    known.free = (other.free or (known.free and bool(known.keys))) and not known.closed
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
