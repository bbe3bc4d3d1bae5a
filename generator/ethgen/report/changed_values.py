"""How the values of a release differ from what they were, value by value."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from ethgen.spec.positions import dotted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Longest value that is shown whole; files of peers have thousands of characters.
_LONGEST = 100


class ValueChange(NamedTuple):
    """One value of a release that is another one; `old` or `new` is empty where there is none.

    Attributes:
        path: where it stands in the values, as in `nodes.geth-prysm.storage`; of a list's items, that of the list.
        old: what it was, as text.
        new: what it is.
    """

    path: str
    old: str
    new: str


def changed_values(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[ValueChange]:
    """Return every value that differs, in the order of `new`; of lists, the items that came and went."""
    return list(_changes((), dict(old), dict(new)))


def _changes(path: tuple[str, ...], old: Any, new: Any) -> Iterator[ValueChange]:  # noqa: ANN401 - plain data
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys((*new, *old)):
            yield from _changes((*path, str(key)), old.get(key), new.get(key))
        return
    if isinstance(old, list) and isinstance(new, list):
        gone, came = [item for item in old if item not in new], [item for item in new if item not in old]
        if gone or came:
            for index in range(max(len(gone), len(came))):
                yield ValueChange(dotted(path), _item(gone, index), _item(came, index))
        elif old != new:
            yield ValueChange(dotted(path), _shown(old), _shown(new))
        return
    if old != new or type(old) is not type(new):
        yield ValueChange(dotted(path), _shown(old), _shown(new))


def _item(items: list[Any], index: int) -> str:
    return _shown(items[index]) if index < len(items) else ""


def _shown(value: Any) -> str:  # noqa: ANN401 - plain data
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
