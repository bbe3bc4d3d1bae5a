"""How deeply the values of a YAML text are nested, found before anything calls itself for each level."""

from __future__ import annotations

import re

import yaml

# More levels than any spec has.
MAX_DEPTH = 64

# Levels that libyaml, and PyYAML where it merges mappings, surely bear; both call themselves once for each.
_HARMLESS = 512

# A list or mapping on one line that holds no other: nothing in it can end a quote or hide its end.
_INNERMOST = re.compile(r"[\[{][^\[\]{}#'\"\r\n]*[\]}]")

_OPENING = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_CLOSING = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


def too_deep(text: str) -> tuple[int, int] | None:
    """Return the line and column where a text goes beyond `MAX_DEPTH`.

    That is looked for only in a text that may go so far that reading it ends the process: elsewhere the reader itself
    counts, and parsing twice would take as long as all the rest of reading.

    Raises:
        yaml.YAMLError: the text is no YAML up to there.
    """
    if _most(text) <= _HARMLESS:
        return None
    depth = 0
    for event in yaml.parse(text, yaml.CSafeLoader):
        if isinstance(event, _OPENING):
            if depth > MAX_DEPTH:
                mark = event.start_mark
                return (mark.line + 1, mark.column + 1) if mark else (1, 1)
            depth += 1
        elif isinstance(event, _CLOSING):
            depth -= 1
    return None


def _most(text: str) -> int:
    """Return a number of levels that a text surely does not go beyond."""
    brackets = text.count("[") + text.count("{") - len(_INNERMOST.findall(text)) + 1
    # By indentation, a column begins one mapping and one list of it at most.
    return brackets + 2 * max(map(len, text.splitlines()), default=0)
