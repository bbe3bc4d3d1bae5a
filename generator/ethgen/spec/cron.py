"""Cron lines as Kubernetes reads them: its CronJobs use github.com/robfig/cron v3, parser.go."""

from __future__ import annotations

import re
from typing import NamedTuple

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_EVERY = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")

# The last day that each month ever has.
_LAST_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class _Field(NamedTuple):
    """A field: its name, its first and last number, and words for numbers, from the first one on."""

    name: str
    first: int
    last: int
    words: tuple[str, ...] = ()


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of week", 0, 6, _DAYS),
)
_PART = re.compile(r"(?P<from>\*|\?|[0-9A-Za-z]{1,9})(-(?P<to>[0-9A-Za-z]{1,9}))?(/(?P<step>[0-9]{1,9}))?")


def problem_of(line: str) -> str:
    """Return what is wrong with a line of five fields or `@daily` and its like; empty where it is right.

    A line that is right and never comes, as the 30th of February, is wrong too.
    """
    if line.startswith("@"):
        return "" if line in _EVERY else f"{line} is none of {', '.join(_EVERY)}"
    chosen: list[set[int]] = []
    for field, text in zip(_FIELDS, line.split(), strict=True):
        numbers: set[int] = set()
        for part in text.split(","):
            found = _numbers(field, part)
            if isinstance(found, str):
                return found
            numbers |= found
        chosen.append(numbers)
    *_, days, months, weekdays = chosen
    any_weekday = len(weekdays) == len(_DAYS)
    if any_weekday and not any(min(days) <= _LAST_DAYS[month - 1] for month in months):
        return "no such day ever comes"
    return ""


def _numbers(field: _Field, part: str) -> set[int] | str:
    """Return the numbers that a part of a field stands for, or what is wrong with it."""
    match = _PART.fullmatch(part)
    if match is None:
        return f"{field.name}: {part!r} is not a number, a range, a list or a step"
    begin, end, step = match["from"], match["to"], match["step"]
    if begin in {"*", "?"}:
        if end:
            return f"{field.name}: {part!r} is no range"
        low, high = field.first, field.last
    else:
        ends = [_number(field, word) for word in (begin, *([end] if end else []))]
        if wrong := [problem for problem in ends if isinstance(problem, str)]:
            return wrong[0]
        low, high = int(ends[0]), int(ends[-1])
        # As cron reads it, 5/15 begins at 5 and goes on to the end.
        high = field.last if step and not end else high
    if low > high:
        return f"{field.name}: {part!r} ends before it begins"
    if step is not None and int(step) == 0:
        return f"{field.name}: {part!r} makes no step"
    return set(range(low, high + 1, int(step or 1)))


def _number(field: _Field, word: str) -> int | str:
    if word.lower() in field.words:
        return field.first + field.words.index(word.lower())
    if not word.isdecimal():
        return f"{field.name}: {word!r} is no number"
    if not field.first <= int(word) <= field.last:
        return f"{field.name}: {int(word)} is not {field.first} to {field.last}"
    return int(word)
