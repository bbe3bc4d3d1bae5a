"""What somebody may have meant who wrote a word that nothing is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection


def nearest(word: str, known: list[str]) -> str:
    """Return `; did you mean 'x'?` for the known word that is nearest, empty if none is near."""
    near = nearest_of(word, known)
    return "" if near is None else f"; did you mean {near!r}?"


def nearest_of(word: str, known: Collection[str]) -> str | None:
    """Return the known word that is nearest, whatever the case of its letters; None if none is near."""
    import difflib  # noqa: PLC0415 - only for a mistake

    words = {each.lower(): each for each in known}
    near = difflib.get_close_matches(word.lower(), words, n=1)
    return words[near[0]] if near else None
