"""What is known of a chart's values, and which keys of given values it does not know."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from ethgen.cluster.charts.kubernetes_fields import CLAIM_TEMPLATE, RESOURCE_NAMES, is_resource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ethgen.cluster.charts.kubernetes_fields import Fields
    from ethgen.cluster.charts.template_values import Path

# Also where nothing is known of what stands above it, as in the objects of Prometheus' operator: nothing else has it.
_CLAIM_TEMPLATE = "volumeClaimTemplate"


@dataclass(slots=True)
class Known:
    """What is known of a value.

    Attributes:
        keys: the keys of a mapping.
        free: whether keys of any name may stand there.
        mapping: whether it is a mapping that is not empty by default.
        closed: whether it has these keys and no other, whoever reads it: those of a type of Kubernetes, or all that
            templates read of it.
        resources: whether it counts resources, which may have names with a domain.
    """

    keys: dict[str, Known] = field(default_factory=dict)
    free: bool = False
    mapping: bool = False
    closed: bool = False
    resources: bool = False

    def takes(self, key: str) -> bool:
        """Return whether a key that is not among the known ones may stand there."""
        return self.free or (self.resources and is_resource(key))


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


def allow_any(known: Known, path: Path) -> None:
    """Let anything stand at a path of the values, where the chart itself does not tell what may."""
    for part in path:
        known = known.keys.setdefault(part, Known(free=True))
    open_up(known)


def open_up(known: Known) -> None:
    """Let any key stand at a value and at all below it, but for those of a type of Kubernetes."""
    if not known.closed:
        known.free = True
        for below in known.keys.values():
            open_up(below)


def give_fields(known: Known, fields: Fields) -> None:
    """Give a value the fields of a type of Kubernetes, beside the keys that it has by default, and no other."""
    for key, further in fields.items():
        below = known.keys.setdefault(key, Known(free=further is None))
        if further is not None:
            give_fields(below, further)
    known.free, known.closed = False, True
    known.resources = known.resources or fields is RESOURCE_NAMES


def _unknown(values: Mapping[str, Any], known: Known, above: Path) -> Iterator[Unknown]:
    for key, value in values.items():
        path, here = (*above, key), known.keys.get(key)
        if here is None:
            if not known.takes(key):
                yield Unknown(path, tuple(sorted(known.keys)))
            elif isinstance(value, dict):
                below = _claim_template() if key == _CLAIM_TEMPLATE else Known(free=True)
                yield from _unknown(value, below, path)
        elif isinstance(value, dict):
            if here.keys or here.mapping or here.free:
                yield from _unknown(value, here, path)
        elif here.mapping and not here.free and value is not None:
            yield Unknown(path, ())


def _claim_template() -> Known:
    known = Known()
    give_fields(known, CLAIM_TEMPLATE)
    return known
