"""Where each value of a spec was written."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

Path: TypeAlias = tuple[str | int, ...]

_PLAIN = re.compile(r"[-\w/@+]+", re.ASCII)


class Position(NamedTuple):
    """A place in a file; line and column count from 1.

    `written` is a value as it stands there, where YAML takes it for something else than text.
    """

    file: str
    line: int
    column: int
    written: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


def dotted(path: Path) -> str:
    """Return a path as text: its parts joined by dots, in quotes where they would be taken for something else."""
    return ".".join(part if _PLAIN.fullmatch(part) else repr(part) for part in map(str, path))


NOWHERE = Position("<spec>", 0, 0)


@dataclass
class Positions:
    """Places of keys and values, by their path from the top of the merged spec."""

    keys: dict[Path, Position] = field(default_factory=dict)
    values: dict[Path, Position] = field(default_factory=dict)

    def nearest(self, path: Path, *, key: bool = False) -> Position:
        """Return the place of `path`, or of its nearest parent that was written; `key` prefers the key's place."""
        first, second = (self.keys, self.values) if key else (self.values, self.keys)
        for length in range(len(path), -1, -1):
            position = first.get(path[:length]) or second.get(path[:length])
            if position is not None:
                return position
        return NOWHERE

    def where(self, path: Path, *, key: bool = False) -> str:
        """Return `nearest` as text: `file:line:column`."""
        position = self.nearest(path, key=key)
        return position.file if position is NOWHERE else str(position)

    def forget(self, path: Path) -> None:
        """Drop the places of `path` and of all below it."""
        for table in (self.keys, self.values):
            for known in [known for known in table if known[: len(path)] == path]:
                del table[known]
