"""Which values a chart's templates read, and which they hand over as a whole to Kubernetes or a program."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeAlias

Path: TypeAlias = tuple[str, ...]

_ACTION = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)

# `.Values.a.b`, with brackets that keep Helm from failing where a is absent: `((.Values.a).b)`.
_NAMES = r"(?:\)*\.[A-Za-z_]\w*)"
_VALUES = rf"(?:\$[A-Za-z_]\w*|\$)?(?:\.[A-Za-z_]\w*)*?\.Values(?P<path>{_NAMES}*)"
_ABSOLUTE = re.compile(rf"(?<![\w.)]){_VALUES}")
_VARIABLE = re.compile(rf"\$(?P<name>[A-Za-z_]\w*)(?P<path>{_NAMES}*)")
_RELATIVE = re.compile(rf"(?<![\w.)$\"])(?P<path>\.(?:[A-Za-z_]\w*){_NAMES}*)?(?P<dot>(?<![\w.)$\"])\.(?![\w.]))?")
_ASSIGNED = re.compile(r"^\$(?P<name>[A-Za-z_]\w*)\s*:?=\s*(?P<what>.*)$", re.DOTALL)

# `index .Values "a" "b"`; `get` and `hasKey` read one level.
_STRINGS = r"(?P<keys>(?:\s+\"[^\"]*\")+)"
_INDEXED = re.compile(rf"\b(?:index|get|hasKey)\s+\(*{_VALUES}\)*{_STRINGS}")

# Functions of Helm's templates after which a value's keys are whoever's that reads the result.
_HANDED_OVER = re.compile(
    r"\b(?:to(?:Yaml|Json|PrettyJson|RawJson|Toml)|must(?:ToJson|Merge\w*|DeepCopy)|merge\w*|deepCopy|"
    r"keys|values|pick|omit|range|tpl)\b"
)


@dataclass(slots=True)
class TemplateKeys:
    """What templates do with values.

    Attributes:
        read: paths of the values that they name.
        whole: paths of those that they hand over as they are, or walk through entry by entry.
    """

    read: set[Path] = field(default_factory=set)
    whole: set[Path] = field(default_factory=set)


@dataclass(slots=True)
class _Scope:
    """What the dot and the variables stand for at one place of a template; None where that is not known."""

    dots: list[Path | None] = field(default_factory=list)
    variables: dict[str, Path] = field(default_factory=dict)

    @property
    def dot(self) -> Path | None:
        """What the dot stands for."""
        return self.dots[-1] if self.dots else None


def template_keys(text: str, into: TemplateKeys) -> None:
    """Add what one template, or a text with template actions in it, does with values."""
    scope = _Scope()
    for match in _ACTION.finditer(text):
        action = _COMMENT.sub("", match[1])
        if action:
            _action(action, scope, into)


def _action(action: str, scope: _Scope, into: TemplateKeys) -> None:
    word = re.match(r"(?:else\s+)?\w*", action)
    opened = word[0] if word else ""
    if opened in {"end", "else"} or opened.startswith("else "):
        outer = scope.dots[-2:-1]
        if opened == "end":
            del scope.dots[-1:]
        elif scope.dots:
            # After `else` the dot is again what it was outside.
            scope.dots[-1] = outer[0] if outer else None
        if opened in {"end", "else"}:
            return
    found = _paths(action, scope) if ".Values" in action or "$" in action or scope.dot else set()
    into.read |= found
    if _HANDED_OVER.search(action):
        into.whole |= {path for path in found if path}
    _enter(opened, action, scope)


def _enter(opened: str, action: str, scope: _Scope) -> None:
    """Keep what the dot and a new variable stand for after an action."""
    kind = opened.removeprefix("else").strip()
    if kind in {"with", "range", "define", "block", "if"}:
        inner = _only_path(action.partition(kind)[2], scope) if kind == "with" else None
        dot = scope.dot if kind == "if" else inner
        if opened.startswith("else"):
            scope.dots[-1:] = [dot]
        else:
            scope.dots.append(dot)
    elif assigned := _ASSIGNED.match(action):
        path = _only_path(assigned["what"], scope)
        if path is None:
            scope.variables.pop(assigned["name"], None)
        else:
            scope.variables[assigned["name"]] = path


def _only_path(expression: str, scope: _Scope) -> Path | None:
    """Return the path that an expression is, where it is nothing else."""
    text = expression.strip().strip("()").strip()
    if match := _ABSOLUTE.fullmatch(text):
        return _parts(match["path"])
    if (match := _VARIABLE.fullmatch(text)) and match["name"] in scope.variables:
        return (*scope.variables[match["name"]], *_parts(match["path"]))
    if scope.dot is not None and re.fullmatch(rf"{_NAMES}+", text):
        return (*scope.dot, *_parts(text))
    return None


def _paths(action: str, scope: _Scope) -> set[Path]:
    """Return the paths of all values that an action names."""
    found = {_parts(match["path"]) for match in _ABSOLUTE.finditer(action)}
    for match in _INDEXED.finditer(action):
        found.add((*_parts(match["path"]), *re.findall(r'"([^"]*)"', match["keys"])))
    for match in _VARIABLE.finditer(action):
        if (base := scope.variables.get(match["name"])) is not None:
            found.add((*base, *_parts(match["path"])))
    if scope.dot:
        for match in _RELATIVE.finditer(action):
            if match["path"] and not match["path"].startswith((".Values", ".Release", ".Chart", ".Files", ".Template")):
                found.add((*scope.dot, *_parts(match["path"])))
            elif match["dot"]:
                found.add(scope.dot)
    return found


def _parts(path: str) -> Path:
    return tuple(part for part in path.replace(")", "").split(".") if part)
