"""YAML of charts, which is read by a library in C that does not survive what nests without end."""

from __future__ import annotations

import re

from ethgen.errors import ChartError

# Kubernetes' own objects nest some dozens deep; the library's stack is good for tens of thousands.
_DEEPEST = 1000

_BRACKETS = re.compile(r"[\[{]+|[\]}]+")
_DASHES = re.compile(rf"(?:-[ \t]+){{{_DEEPEST}}}")


def require_shallow(text: str, where: str) -> None:
    """Refuse text that nests deeper than anything that is meant.

    Args:
        text: what is to be read.
        where: what it is called in the message.

    Raises:
        ChartError: it does.
    """
    if _DASHES.search(text) or (_may_be_deep(text) and _is_deep(text)):
        raise ChartError(f"{where}: it nests deeper than {_DEEPEST}", cure="obtain another version of the chart")


def _may_be_deep(text: str) -> bool:
    """Return whether brackets alone, those in texts among them, would nest too deep."""
    depth = 0
    for found in _BRACKETS.finditer(text):
        length = found.end() - found.start()
        depth = depth + length if text[found.start()] in "[{" else max(0, depth - length)
        if depth > _DEEPEST:
            return True
    return False


def _is_deep(text: str) -> bool:
    import yaml  # noqa: PLC0415 - only where a chart is read

    depth = 0
    try:
        for event in yaml.parse(text, yaml.CSafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST:
                return True
    except yaml.YAMLError:
        # Whoever reads it will say so: reading ends there, too.
        return False
    return False
