"""Where each value of a spec was written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True)
class Position:
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass
class Positions:
    """Places of keys and values, by their path from the top of the merged spec."""

    keys: dict[Path, Position] = field(default_factory=dict)
    values: dict[Path, Position] = field(default_factory=dict)

    def where(self, path: Path, *, key: bool = False) -> str:
        """Return the place of `path`, or of its nearest parent that was written; `key` prefers the key's place."""
        for length in range(len(path), -1, -1):
            part = path[:length]
            first, second = (self.keys, self.values) if key else (self.values, self.keys)
            position = first.get(part) or second.get(part)
            if position is not None:
                return str(position)
        return "<spec>"

    def forget(self, path: Path) -> None:
        """Drop the places of `path` and of all below it."""
        for table in (self.keys, self.values):
            for known in [known for known in table if known[: len(path)] == path]:
                del table[known]
