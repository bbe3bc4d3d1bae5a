"""The form of extra arguments: flags with their values, and nothing that a client would take for a command."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# A flag begins with a letter, for -1 is a number.
_FLAG = re.compile(r"--?[A-Za-z]")
# A number with a unit, or yes and no.
_SINGLE = re.compile(r"-?[0-9_]+(\.[0-9]+)?[A-Za-z]{0,3}|true|false|", re.IGNORECASE)


def problem(extra: Sequence[str], index: int) -> str:
    """Return what is wrong with one of the extra arguments, empty where it is a flag or the value of one.

    A value may stand after its flag, with others of a list between them; not after `--flag=value`, which has one.
    """
    argument = extra[index]
    control = next((character for character in argument if unicodedata.category(character) == "Cc"), "")
    if control:
        return f"{argument!r} has the control character {control!r}; remove it"
    if argument == "--":
        return "'--' ends all flags; remove it"
    if _FLAG.match(argument):
        return ""
    flag = next((before for before in reversed(extra[:index]) if _FLAG.match(before)), "=")
    return "" if _bare(flag) else f"{argument!r} is no flag and no value of one; write --flag=value"


def value(extra: Sequence[str], index: int) -> str:
    """Return the value of the flag at `index`, joined to it or in the next argument; empty where it has none."""
    flag = extra[index]
    if not _bare(flag):
        return re.split("[=:]", flag, maxsplit=1)[1]
    after = extra[index + 1 : index + 2]
    return after[0] if after and not _FLAG.match(after[0]) else ""


def is_single(text: str) -> bool:
    """Return whether a value is a number, a switch or nothing, and so never one of a list."""
    return _SINGLE.fullmatch(text) is not None


def _bare(flag: str) -> bool:
    return "=" not in flag and ":" not in flag
