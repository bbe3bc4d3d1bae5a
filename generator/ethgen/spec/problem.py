"""A mistake of fields that are each right by themselves, and the place it is told at."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ethgen.spec.positions import dotted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ethgen.spec.model import NetworkSpec
    from ethgen.spec.positions import Position, Positions


class Problem(NamedTuple):
    """A mistake and the path of the value to change."""

    path: tuple[str | int, ...]
    text: str


def located(spec: NetworkSpec, problems: Iterable[Problem]) -> list[str]:
    """Return problems as lines, in the order of the file: `file:line:column: path: what is wrong`."""
    return [f"{place}: {text}" for place, text in sorted(places(spec.positions, problems))]


def places(positions: Positions, problems: Iterable[Problem]) -> set[tuple[Position, str]]:
    """Return the place and text of every problem."""
    return {(positions.nearest(path), f"{dotted(path)}: {text}") for path, text in problems}
