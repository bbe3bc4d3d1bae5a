"""How two environments differ, in the words of a spec: values, and the sections that only one of them has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ethgen.report.explanation import shown
from ethgen.report.provenance import Setting, drawn_of, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ethgen.spec import NetworkSpec
    from ethgen.spec.positions import Path

# What follows from values that are compared themselves: a difference there would be told twice.
_FOLLOWS = frozenset({"derived", "network"})


@dataclass(frozen=True)
class Difference:
    """A field that has another value in each of two environments; secrets are not shown."""

    path: Path
    left: Setting
    right: Setting


@dataclass(frozen=True)
class Only:
    """A section that one environment has and the other has not; `summary` says what is in it."""

    path: Path
    summary: str


@dataclass(frozen=True)
class Comparison:
    """All that differs between two environments."""

    differences: tuple[Difference, ...]
    only_left: tuple[Only, ...]
    only_right: tuple[Only, ...]

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        return not (self.differences or self.only_left or self.only_right)


def compare(left: NetworkSpec, right: NetworkSpec) -> Comparison:
    """Return how two environments differ, after what they extend, in the order of the spec's types.

    Raises:
        SpecError: one of them cannot be rendered.
    """
    ours, theirs = settings_of(left, drawn_of(left)), settings_of(right, drawn_of(right))
    return Comparison(
        differences=tuple(_differences(ours, theirs)),
        only_left=tuple(_only(ours, theirs)),
        only_right=tuple(_only(theirs, ours)),
    )


def _differences(ours: Mapping[Path, Setting], theirs: Mapping[Path, Setting]) -> Iterator[Difference]:
    for path, left in ours.items():
        right = theirs.get(path)
        if right is None or left.value == right.value or {left.kind, right.kind} <= _FOLLOWS:
            continue
        if path[-1] == "image" and left.kind == right.kind == "catalogue":
            # Its version differs, and stands in the list.
            continue
        yield Difference(path, shown(left), shown(right))


def _only(ours: Mapping[Path, Setting], theirs: Mapping[Path, Setting]) -> Iterator[Only]:
    """Yield the topmost sections that `theirs` lacks, each once."""
    sections = {path[:length] for path in theirs for length in range(len(path) + 1)}
    missing = (
        next(path[:length] for length in range(1, len(path) + 1) if path[:length] not in sections)
        for path in ours
        if path not in theirs
    )
    for path in dict.fromkeys(missing):
        yield Only(path, _summary({known[len(path) :]: found for known, found in ours.items() if _within(known, path)}))


def _within(path: Path, section: Path) -> bool:
    return path[: len(section)] == section


def _summary(section: Mapping[Path, Setting]) -> str:
    """Return a section in a few words: what a reader wants to know of a network, a node group or a key set first."""

    def value(*path: str) -> object:
        found = section.get(path)
        return found.value if found is not None else None

    groups = len({path[:2] for path in section if path[:1] == ("nodes",)})
    key_sets = len({path[:2] for path in section if path[:1] == ("validators",)})
    if groups:
        return f"{value('chain')}: {_count(groups, 'node group')}, {_count(key_sets, 'key set')}"
    if value("replicas") is not None:
        pair = f"{value('execution', 'client')} and {value('consensus', 'client')}"
        return f"{pair}, {_count(int(str(value('replicas'))), 'pod')} with {value('storage')} each"
    if value("keys") is not None:
        return f"{value('client')}, {_count(int(str(value('keys'))), 'key')}"
    written = sum(1 for found in section.values() if found.kind == "spec")
    return f"{_count(written, 'value')} set"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
