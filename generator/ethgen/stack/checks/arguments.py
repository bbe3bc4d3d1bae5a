"""Whether the arguments of a process are ones that its version takes, and do not contradict one another."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from ethgen.clients.version import order
from ethgen.spec.checks import Problem
from ethgen.stack.checks import form

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ethgen.clients.facts import Arguments, Change, Process
    from ethgen.stack.checks.chosen import Chosen

# `-flag`, `--flag`, `--flag=value`, and Nimbus's `--flag:value`.
_FLAG = re.compile(r"(--?[A-Za-z][^=:]*)([=:].*)?", re.DOTALL)

# Different arguments that are remembered: the same come back in every group of a fleet.
_KEPT = 4096


class _Flag(NamedTuple):
    """A flag as it was written, and what it is compared by."""

    written: str
    name: str


def problems(chosen: Chosen, generated: Arguments, extra: Sequence[str]) -> Iterator[Problem]:
    """Yield every argument that the process's version does not take, and every extra one that a generated one has.

    Args:
        chosen: the process.
        generated: the arguments that it gets whatever the spec's `extraArgs` say.
        extra: the spec's `extraArgs`.
    """
    changes = _changes(chosen.process)
    for argument in generated:
        flag = _flag(argument)
        if flag and flag.name in changes and (text := _not_taken(chosen, flag, changes)):
            yield Problem((*chosen.runs_in, "version"), text)
    for index, argument in enumerate(extra):
        flag, text = _flag(argument), form.problem(extra, index)
        if not text and flag:
            text = (
                _in_one(argument, flag)
                or _not_taken(chosen, flag, changes)
                or _clash(chosen, flag, generated)
                or _twice(extra, index, flag)
            )
        if text:
            yield Problem((*chosen.path, "extraArgs", index), text)


@lru_cache(maxsize=64)
def _changes(process: Process) -> dict[str, list[Change]]:
    """Return what releases did to the flags of a process, by what flags are compared by."""
    changes: dict[str, list[Change]] = {}
    for change in process.changes:
        changes.setdefault(name_of(change.flag), []).append(change)
    return changes


@lru_cache(maxsize=_KEPT)
def _flag(argument: str) -> _Flag | None:
    match = _FLAG.fullmatch(argument)
    return _Flag(match[1], name_of(match[1])) if match else None


@lru_cache(maxsize=_KEPT)
def name_of(flag: str) -> str:
    """Return what a flag is compared by: its name without dashes, and without case where it is a word.

    Go's flags take one dash for two, and Nimbus and Nethermind take any case; no client has two that differ by these.
    """
    name = flag.lstrip("-")
    return name if len(name) == 1 else name.casefold()


def _in_one(argument: str, flag: _Flag) -> str:
    """Return why a flag and its value cannot stand in one argument with a blank between them."""
    name, blank, _ = flag.written.partition(" ")
    if not blank:
        return ""
    value = argument.partition(" ")[2]
    return f"{argument!r} is one argument to the client, blank and all; write {name}={value.strip()}"


def _not_taken(chosen: Chosen, flag: _Flag, known: Mapping[str, Sequence[Change]]) -> str:
    changes = known.get(flag.name, ())
    if not changes or any(change.taken_by(chosen.version) for change in changes):
        return ""
    text = f"{chosen.client.name} {chosen.version} does not take {flag.written}"
    later = [change for change in changes if change.since and order(chosen.version) < order(change.since)]
    if later:
        first = min(later, key=lambda change: order(change.since))
        other = f", or {_cure(first)}" if first.instead else ""
        return f"{text}, which {first.since} added; use {first.since} or later{other}"
    gone = max(changes, key=lambda change: order(change.until))
    return f"{text}, which {gone.until} removed; {_cure(gone) or 'remove it'}"


def _cure(change: Change) -> str:
    return f"use {change.instead}" if change.instead.startswith("-") else change.instead


def _clash(chosen: Chosen, flag: _Flag, generated: Arguments) -> str:
    """Return which generated argument an extra one repeats or contradicts."""
    name = _word(flag.name)
    same = {name, *_opposites(flag.name), *_equivalent(chosen.process, name)}
    for argument in generated:
        made = _flag(argument)
        if made and _word(made.name) in same:
            does = "repeats" if _word(made.name) == name else "contradicts or repeats"
            return f"{flag.written} {does} the generated {argument}; remove it"
    return ""


def _twice(extra: Sequence[str], index: int, flag: _Flag) -> str:
    """Return what is wrong with a flag that an earlier argument has too.

    Many flags may be repeated, each time with one more name, address or key of a list. A number, a switch and the same
    value once more are not of a list.
    """
    value = form.value(extra, index)
    for before, argument in enumerate(extra[:index]):
        other = _flag(argument)
        if other and _word(other.name) == _word(flag.name):
            earlier = form.value(extra, before)
            if earlier == value or form.is_single(earlier) or form.is_single(value):
                return f"{flag.written} stands in extraArgs.{before} already; keep one of them"
    return ""


@lru_cache(maxsize=_KEPT)
def _word(name: str) -> str:
    """Return a flag's name without the dashes in it, which Lodestar and Nimbus leave out as their users like."""
    return name.replace("-", "").replace("_", "")


def _opposites(name: str) -> Iterator[str]:
    """Yield the names that say no to `name`, as those of Lodestar, Teku and Erigon do."""
    yield _word(f"no-{name}")
    if name.startswith("no-"):
        yield _word(name.removeprefix("no-"))


def _equivalent(process: Process, name: str) -> Iterator[str]:
    """Yield the names that say the same as `name` or its opposite, in whichever direction the catalogue has them."""
    for pair in process.equivalents.items():
        one, other = (_word(name_of(flag)) for flag in pair)
        if one == name:
            yield other
        elif other == name:
            yield one
    for group in process.exclusive:
        names = [_word(name_of(flag)) for flag in group]
        if name in names:
            yield from names
