"""Which values a chart's templates read, and which they hand over as a whole to Kubernetes or a program.

Templates are not run: every branch is taken, and each expression stands for the values that it may be. What is passed
to a template that the chart defines is followed there; what is passed to anything unknown counts as handed over.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ethgen.cluster.charts.template_actions import bodies
from ethgen.cluster.charts.template_values import CONTEXT, NOTHING, Operand, Value, entries_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ethgen.cluster.charts.template_actions import Action, Body, Token
    from ethgen.cluster.charts.template_values import Path

# Functions that look at what they are given, and give nothing of it on.
_TESTS = frozenset(
    [
        "not",
        "eq",
        "ne",
        "lt",
        "le",
        "gt",
        "ge",
        "empty",
        "kindIs",
        "kindOf",
        "typeIs",
        "typeOf",
        "typeIsLike",
        "len",
        "has",
        "fail",
        "hasPrefix",
        "hasSuffix",
        "contains",
        "regexMatch",
        "semverCompare",
        "lookup",
        "int",
        "int64",
        "float64",
        "add",
        "sub",
        "mul",
        "div",
        "max",
        "min",
    ]
)
# Functions whose result is one of what they are given, or made of several of them.
_PASSING = frozenset(
    [
        "or",
        "and",
        "default",
        "coalesce",
        "ternary",
        "required",
        "deepCopy",
        "mustDeepCopy",
        "merge",
        "mergeOverwrite",
        "mustMerge",
        "mustMergeOverwrite",
        "omit",
        "set",
        "unset",
        "compact",
        "uniq",
    ]
)
# Where a command of a pipeline ends.
_ENDS = (("sign", ")"), ("sign", "|"))

_KEYED = frozenset({"index", "get", "hasKey", "pluck", "pick", "dig"})

# What nests or spreads further than that no chart means: it is taken as handed over.
_DEEPEST = 40
_DEEPEST_VALUE = 5
_MOST_PATHS = 64
_ROUNDS = 8


@dataclass(slots=True)
class TemplateKeys:
    """What templates do with values.

    Attributes:
        read: paths of the values that they name.
        whole: paths of those that they hand over as they are, or walk through entry by entry.
    """

    read: set[Path] = field(default_factory=set)
    whole: set[Path] = field(default_factory=set)


def template_keys(texts: Iterable[str], into: TemplateKeys) -> None:
    """Add what templates, or texts with template actions in them, do with values."""
    found = [body for text in texts for body in bodies(text)]
    defined: dict[str, list[Body]] = {}
    for body in found:
        if body.name:
            defined.setdefault(body.name, []).append(body)
    passed: dict[str, Value] = dict.fromkeys(defined, NOTHING)
    waiting = set(defined)
    for body in found:
        if not body.name:
            _Reader(into, passed, waiting, CONTEXT).read(body)
    for _ in range(_ROUNDS):
        now, waiting = sorted(waiting), set()
        for name in now:
            for body in defined[name]:
                _Reader(into, passed, waiting, passed[name]).read(body)
        if not waiting:
            return
    for name in waiting:
        _hand_over(passed[name], into)


def _hand_over(value: Value, into: TemplateKeys) -> None:
    into.read |= {path for path in value.paths if path}
    into.whole |= {path for path in value.paths if path}
    for _, below in value.fields:
        _hand_over(below, into)


@dataclass(slots=True)
class _Reader:
    """Reads one body with what the dot stands for in it.

    Attributes:
        into: where what is found is kept.
        passed: what each defined template was given so far.
        waiting: names of defined templates that were given more than when they were read.
        top: what the dot stands for at the beginning, and `$` throughout.
    """

    into: TemplateKeys
    passed: dict[str, Value]
    waiting: set[str]
    top: Value
    dots: list[Value] = field(default_factory=list)
    variables: dict[str, Value] = field(default_factory=dict)

    def read(self, body: Body) -> None:
        """Add what the body's actions do."""
        self.dots = [self.top]
        # A variable may be set by what stands further down, in a loop.
        for _ in range(2):
            del self.dots[1:]
            for action in body.actions:
                self._action(action)

    @property
    def dot(self) -> Value:
        """What the dot stands for."""
        return self.dots[-1]

    def _action(self, action: Action) -> None:
        if action.keyword == "end":
            del self.dots[max(1, len(self.dots) - 1) :]
        elif action.keyword.startswith("else"):
            if len(self.dots) > 1:
                self.dots[-1] = self.dots[-2]
                self._enter(action, self.dots[-1])
        elif action.keyword in {"if", "with", "range"}:
            self.dots.append(self.dot)
            self._enter(action, self.dots[-2])
        elif action.keyword == "template":
            self._include([Operand.of(each) for each in action.tokens[:1]], self._evaluated(action.tokens[1:]))
        else:
            names, tokens = _assigned(action.tokens)
            value = self._evaluated(tokens)
            if names:
                self._assign(names[0], value)
            else:
                _hand_over(value, self.into)

    def _enter(self, action: Action, outer: Value) -> None:
        """Begin a block: its dot, and the variables that it sets."""
        names, tokens = _assigned(action.tokens)
        value = self._evaluated(tokens) if tokens else NOTHING
        if action.keyword == "range":
            # Its keys are whoever's that wrote them.
            self.into.whole |= {path for path in value.paths if path}
            value = value.union(entries_of(value)) if value.fields else entries_of(value)
        if names:
            self._assign(names[-1], value)
        self.dots[-1] = value if action.keyword in {"with", "else with", "range"} else outer

    def _assign(self, name: str, value: Value) -> None:
        # Every branch is taken, so that it may still be what it was before.
        self.variables[name] = self.variables.get(name, NOTHING).union(value)

    def _evaluated(self, tokens: Sequence[Token]) -> Value:
        value, _ = self._pipeline(tokens, 0, 0)
        return value

    def _pipeline(self, tokens: Sequence[Token], position: int, depth: int) -> tuple[Value, int]:
        """Return what a row of commands is, and where it ends: at a closing bracket, or behind the last token."""
        value, piped = NOTHING, False
        while position < len(tokens) and (tokens[position].kind, tokens[position].text) != _ENDS[0]:
            operands: list[Operand] = []
            while position < len(tokens) and (tokens[position].kind, tokens[position].text) not in _ENDS:
                operand, position = self._operand(tokens, position, depth)
                operands.append(operand)
            if piped:
                operands.append(Operand(value))
            value, piped = self._command(operands), True
            if position < len(tokens) and (tokens[position].kind, tokens[position].text) == _ENDS[1]:
                position += 1
        return value, position

    def _operand(self, tokens: Sequence[Token], position: int, depth: int) -> tuple[Operand, int]:
        first = tokens[position]
        position += 1
        if first.kind == "sign" and first.text == "(" and depth < _DEEPEST:
            value, position = self._pipeline(tokens, position, depth + 1)
            operand = Operand(value)
            # The closing bracket, where there is one.
            position += 1
        elif first.kind == "variable":
            operand = Operand(self.top if first.text == "$" else self.variables.get(first.text, NOTHING))
            if first.text != "$":
                operand = replace(operand, variable=first.text)
        elif first.kind == "field":
            operand = Operand(self.dot.at(first.text[1:]))
        elif first.kind == "dot":
            operand = Operand(self.dot)
        else:
            return Operand.of(first), position
        while position < len(tokens) and tokens[position].kind == "field" and tokens[position].joined:
            operand = Operand(operand.value.at(tokens[position].text[1:]))
            position += 1
        self.into.read |= {path for path in operand.value.paths if path}
        return operand, position

    def _command(self, operands: Sequence[Operand]) -> Value:
        """Return what a function gives, or the only operand."""
        if not operands:
            return NOTHING
        name, arguments = operands[0].word, operands[1:]
        if not name:
            # What Helm's own objects are asked, such as `.Capabilities.APIVersions.Has`, is nothing of the values.
            for each in arguments:
                _hand_over(each.value, self.into)
            return operands[0].value
        if name in {"include", "template"}:
            self._include(arguments[:1], arguments[-1].value if len(arguments) > 1 else NOTHING)
        elif name in _KEYED:
            return self._keyed(name, arguments)
        elif name == "dict":
            return self._made(arguments)
        elif name in _PASSING:
            return self._passed_on(name, arguments)
        elif name not in _TESTS:
            for each in arguments:
                _hand_over(each.value, self.into)
        return NOTHING

    def _passed_on(self, name: str, arguments: Sequence[Operand]) -> Value:
        """Return what a function makes of its arguments, the first of which may become it."""
        if name == "set":
            # Found again under the mapping's other names, which are not known here; but `Values` of the context are
            # the chart's values.
            for each in arguments[2:] if not arguments[0].value.context else ():
                _hand_over(each.value, self.into)
        result = NOTHING
        for each in arguments[:1] if name == "set" else arguments:
            result = result.union(each.value)
        result = self._limited(result)
        if "erge" in name and arguments:
            into = arguments[0]
            if into.variable:
                self._assign(into.variable, result)
            elif into.value.context or () in into.value.paths:
                for each in arguments[1:]:
                    _hand_over(each.value, self.into)
        return result

    def _made(self, arguments: Sequence[Operand]) -> Value:
        fields: dict[str, Value] = {}
        for key, given in zip(arguments[::2], arguments[1::2], strict=False):
            if key.text is None:
                _hand_over(given.value, self.into)
            else:
                fields[key.text] = given.value
        return self._limited(Value(fields=tuple(sorted(fields.items()))))

    def _keyed(self, name: str, arguments: Sequence[Operand]) -> Value:
        """Return what a function that takes keys finds, and note what it reads."""
        if name == "dig":
            # dig KEY… DEFAULT MAPPING
            keys, given, other = arguments[:-2], [each.value for each in arguments[-1:]], arguments[-2:-1]
        elif name == "pluck":
            # pluck KEY MAPPING…
            keys, given, other = arguments[:1], [each.value for each in arguments[1:]], ()
        else:
            keys, given, other = arguments[1:], [each.value for each in arguments[:1]], ()
        found = NOTHING
        for each in other:
            found = found.union(each.value)
        for value in given:
            if name == "pick":
                # Parts of all the chart's values are for somebody who knows the chart, and no reason to take any key.
                known = Value(fields=value.fields, paths=value.paths - {()})
                picked = tuple(sorted((key.text, known.at(key.text)) for key in keys if key.text is not None))
                found = found.union(Value(fields=picked))
                continue
            below = value
            for key in keys:
                if key.text is None:
                    # Any key of it; and its keys are not the chart's alone.
                    self.into.whole |= {path for path in below.paths if path}
                    below = entries_of(below)
                else:
                    below = below.at(key.text)
            self.into.read |= {path for path in below.paths if path}
            found = found.union(below)
        return NOTHING if name == "hasKey" else self._limited(found)

    def _include(self, names: Sequence[Operand], value: Value) -> None:
        """Give a defined template its dot; what is passed to one that is not known, is handed over."""
        name = names[0].text if names else None
        if name is None or name not in self.passed:
            _hand_over(value, self.into)
            return
        before = self.passed[name]
        after = self._limited(before.union(value))
        if after != before:
            self.passed[name] = after
            self.waiting.add(name)

    def _limited(self, value: Value) -> Value:
        if value.depth() > _DEEPEST_VALUE or len(value.paths) > _MOST_PATHS:
            _hand_over(value, self.into)
            return CONTEXT if value.context else NOTHING
        return value


def _assigned(tokens: Sequence[Token]) -> tuple[list[str], Sequence[Token]]:
    """Return the variables that an action sets, and the expression that they are set to."""
    for position, token in enumerate(tokens):
        if token.kind == "sign" and token.text in {":=", "="}:
            names = [each.text for each in tokens[:position] if each.kind == "variable"]
            return names, tokens[position + 1 :]
        if token.kind not in {"variable", "sign"}:
            break
    return [], tokens
