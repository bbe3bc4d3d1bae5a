"""Whether containers of a network may use what they request, where a spec has changed the values of its release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ethgen.spec.checks import Problem
from ethgen.spec.quantity import amount
from ethgen.stack.known import value_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Path = tuple[str, ...]


def problems(here: Path, values: Mapping[str, Any], over: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield every limit that is below its request: the API server takes the StatefulSet, and refuses its pods.

    Args:
        here: where the spec has its own values.
        values: all of them, merged.
        over: the spec's own.
    """
    for path in _changed(over):
        for what in ("cpu", "memory"):
            request, limit = (value_at(values, (*path, kind, what)) for kind in ("requests", "limits"))
            if _is_more(request, limit):
                kind = "limits" if value_at(over, (*path, "limits", what)) else "requests"
                text = f"the limit {limit} is less than the request {request}; raise it, or request less"
                yield Problem((*here, *path, kind, what), text)


def _changed(over: Mapping[str, Any], above: Path = ()) -> Iterator[Path]:
    """Yield the paths of all resources that a spec changes."""
    for key, value in over.items():
        if isinstance(value, dict):
            if key == "resources":
                yield (*above, key)
            else:
                yield from _changed(value, (*above, key))


def _is_more(request: object, limit: object) -> bool:
    """Return whether one quantity is more than another; what is none the chart's types tell."""
    requested, limited = amount(request), amount(limit)
    return requested is not None and limited is not None and requested > limited
