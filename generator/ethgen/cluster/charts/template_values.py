"""What an expression of a chart's template may stand for: values of the chart, or what a template made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from ethgen.cluster.charts.template_actions import Token

Path: TypeAlias = tuple[str, ...]

ANY = "*"
"""In a path: every key that stands there, as a template that walks through a mapping has them."""

# No chart's values go as deep; templates that call themselves would.
_LONGEST = 32


@dataclass(frozen=True, slots=True)
class Value:
    """What an expression may stand for.

    Attributes:
        context: whether it may be what Helm gives a template, which has `Values`.
        paths: the values of the chart that it may be.
        fields: what it has where a template made it, by key.
    """

    context: bool = False
    paths: frozenset[Path] = frozenset()
    fields: tuple[tuple[str, Value], ...] = ()

    def union(self, other: Value) -> Value:
        """Return what may be either."""
        if other in {self, NOTHING}:
            return self
        fields = dict(self.fields)
        for key, value in other.fields:
            fields[key] = fields[key].union(value) if key in fields else value
        return Value(self.context or other.context, self.paths | other.paths, tuple(sorted(fields.items())))

    def at(self, key: str) -> Value:
        """Return what stands at a key of it."""
        found = dict(self.fields).get(key, NOTHING)
        found = found.union(Value(paths=frozenset((*path, key)[:_LONGEST] for path in self.paths)))
        if key == "Values" and (self.context or found == NOTHING):
            # Whatever holds `Values` is the context, under whatever name it was passed.
            return Value(paths=frozenset({()}))
        return found

    def depth(self) -> int:
        """Return how deep what templates made of it goes."""
        return 1 + max((value.depth() for _, value in self.fields), default=0)

    def __lt__(self, other: object) -> bool:
        """Never decide: keys of fields, which are sorted, differ."""
        del other
        return False


NOTHING = Value()
"""What says nothing of the chart's values."""

CONTEXT = Value(context=True)
"""What Helm gives a template."""


@dataclass(frozen=True, slots=True)
class Operand:
    """An operand of a command.

    Attributes:
        value: what it may be.
        text: what it is, where it is a literal text.
        word: its name, where it is a function or a literal of another kind.
        variable: its name, where it is a variable and nothing of it.
    """

    value: Value = NOTHING
    text: str | None = None
    word: str = ""
    variable: str = ""

    @staticmethod
    def of(token: Token) -> Operand:
        """Return the operand of a literal."""
        if token.kind == "text":
            return Operand(text=token.text)
        return Operand(word=token.text if token.kind == "word" else "")


def entries_of(value: Value) -> Value:
    """Return what any entry of a value may be."""
    found = Value(value.context, frozenset((*path, ANY) for path in value.paths if path))
    for _, below in value.fields:
        found = found.union(below)
    return found
