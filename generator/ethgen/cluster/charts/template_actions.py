"""Templates of charts as their actions: what stands between `{{` and `}}`, cut into the words of Go's text/template."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Kind = Literal["text", "variable", "field", "dot", "word", "sign", "skipped"]

# In the order they are tried; what is none of them says nothing about values.
_TOKEN = re.compile(
    r"""(?P<skipped>\s+|/\*.*?\*/)|(?P<text>"(?:\\.|[^"\\])*"|`[^`]*`|'(?:\\.|[^'\\])*')|(?P<variable>\$\w*)"""
    r"""|(?P<field>\.[A-Za-z_]\w*)|(?P<dot>\.(?!\d))|(?P<sign>:=|[=|(),])|(?P<word>[\w.+-]+)""",
    re.DOTALL,
)
_ENDS = re.compile(r"\s*-?\}\}")


class Token(NamedTuple):
    """A word of an action.

    Attributes:
        kind: what it is.
        text: as it is written; texts without their quotes.
        joined: whether it follows the one before without a space: `$a.b` is one operand, `$a .b` are two.
    """

    kind: Kind
    text: str
    joined: bool


class Action(NamedTuple):
    """An action without its comments and trimming signs.

    Attributes:
        keyword: `if`, `else if`, `range`, `define`, `end` and so on; empty where it has none.
        tokens: the words after it.
    """

    keyword: str
    tokens: tuple[Token, ...]


_KEYWORDS = frozenset({"if", "else", "with", "range", "define", "block", "template", "end", "break", "continue"})


def actions(text: str) -> Iterator[Action]:
    """Yield the actions of a template's text; one that is not closed ends them."""
    start = text.find("{{")
    while start >= 0:
        found, end = _tokens(text, start + 2)
        if end < 0:
            return
        if found:
            yield _action(found)
        start = text.find("{{", end)


def _tokens(text: str, position: int) -> tuple[list[Token], int]:
    """Return the tokens from a place within an action, and where the action ends; -1 where it does not."""
    if text.startswith("- ", position):
        position += 1
    found: list[Token] = []
    joined = False
    while position < len(text):
        if ended := _ENDS.match(text, position):
            return found, ended.end()
        matched = _TOKEN.match(text, position)
        if matched is None:
            position, joined = position + 1, False
            continue
        kind: Kind = matched.lastgroup  # type: ignore[assignment]
        if kind != "skipped":
            written = matched[0]
            found.append(Token(kind, written[1:-1] if kind == "text" else written, joined))
        joined = kind != "skipped"
        position = matched.end()
    return found, -1


def _action(tokens: Sequence[Token]) -> Action:
    words = [each.text for each in tokens[:2] if each.kind == "word"]
    if not words or tokens[0].kind != "word" or words[0] not in _KEYWORDS:
        return Action("", tuple(tokens))
    if words[0] == "else" and len(words) > 1 and words[1] in {"if", "with"}:
        return Action(f"else {words[1]}", tuple(tokens[2:]))
    return Action(words[0], tuple(tokens[1:]))


class Body(NamedTuple):
    """The actions of a template, or of one that a template defines.

    Attributes:
        name: of a defined one; empty for the file's own.
        actions: its actions, without those of templates that it defines.
    """

    name: str
    actions: tuple[Action, ...]


def bodies(text: str) -> list[Body]:
    """Return the file's own actions, and those of each template that it defines."""
    open_bodies: list[tuple[str, list[Action]]] = [("", [])]
    opened: list[bool] = []
    found: list[Body] = []
    for action in actions(text):
        if action.keyword in {"define", "block"}:
            name = action.tokens[0].text if action.tokens else ""
            if action.keyword == "block":
                # It is used where it is defined.
                open_bodies[-1][1].append(Action("template", action.tokens))
            open_bodies.append((name, []))
            opened.append(True)
            continue
        if action.keyword in {"if", "with", "range"}:
            opened.append(False)
        if action.keyword == "end" and opened and opened.pop():
            name, inside = open_bodies.pop()
            found.append(Body(name, tuple(inside)))
            continue
        open_bodies[-1][1].append(action)
    return [*(Body(name, tuple(inside)) for name, inside in open_bodies), *found]
