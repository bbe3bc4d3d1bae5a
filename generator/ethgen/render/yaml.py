"""YAML that every reader reads the same way: strings that YAML 1.1 or 1.2 takes for something else are quoted.

Written here and not with PyYAML, whose emitter builds a tree of nodes first and takes ten times as long. It writes the
small part of YAML that its readers agree about: block mappings and lists, text as it is or in double quotes, and
literal blocks for text of several lines. Strings in double quotes follow JSON, which YAML 1.2 contains.
"""

from __future__ import annotations

import json
import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Write = Callable[[str], object]

# Text that may stand without quotes: printable ASCII that begins with no indicator (YAML 1.2.2, section 5.3) and no
# document marker, holds neither `: ` nor ` #`, and has no blank at its ends.
_PLAIN = re.compile(r"(?!---|\.\.\.|-\s|-$)[-A-Za-z0-9_/.+$(](?:[!-9;-~]|:(?=[!-~])| (?=[!-\"$-~]))*")

# What some reader takes for a boolean, a null, a number, a time or a merge key when it is not quoted.
_AMBIGUOUS = re.compile(
    r"(?i)y|n|yes|no|on|off|true|false|null|~|<<|=|"
    r"[-+]?(0b[01_]+|0o?[0-7_]+|0x[0-9a-f_]+|[0-9][0-9_]*)|"
    r"[-+]?(\.[0-9_]*|[0-9][0-9_]*(\.[0-9_]*)?)(e[-+]?[0-9_]*)?|"
    r"[-+]?\.(inf|nan)|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|\d{4}-\d\d?-\d\d?.*"
)

# Compiled when the first text needs them, as most documents have none that does.
# Text of several lines that is the same as a literal block: of printable characters alone, without the line breaks of
# YAML 1.1 that YAML 1.2 takes for letters; its first line not indented, no line with blanks at its end, at most one
# line break at its end.
_PRINTABLE = "[\n -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*"
_RAGGED = r"\A\s|[^\S\n](?:\n|\Z)|\n\n\Z"

# What JSON leaves as it is and YAML does not (YAML 1.2.2, section 5.1), or 1.1 takes for a line break.
_UNPRINTABLE = "[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]"

# Longer keys need a notation of their own, from 1,024 characters on (YAML 1.2.2, section 7.4.2); PyYAML's from 128 on.
_LONGEST_KEY = 128

# Different texts that are kept with their notation: keys, images and arguments come back in every document.
_KEPT = 65_536


def dump(documents: Iterable[Any], *, header: str = "") -> bytes:
    """Return documents of plain data as YAML bytes; keys keep their order, and `header` lines become comments on top.

    Raises:
        TypeError: a value is neither a mapping, list, text, number, boolean nor None, or a key is no text.
    """
    parts = [f"# {line}\n" for line in header.splitlines()]
    for document in documents:
        if isinstance(document, dict | list) and document:
            parts.append("---\n")
            _collection(parts.append, document, "", "")
        else:
            parts.append(f"--- {_scalar(document, '  ')}\n")
    return "".join(parts).encode()


def _collection(write: Write, value: dict[str, Any] | list[Any], indent: str, lead: str) -> None:
    if isinstance(value, dict):
        _mapping(write, value, indent, lead)
    else:
        _list(write, value, indent, lead)


def _mapping(write: Write, mapping: dict[str, Any], indent: str, lead: str) -> None:
    """Write a mapping; `lead` stands before its first key, and `indent` before all others."""
    deeper = f"{indent}  "
    for key, value in mapping.items():
        head = _key(key) or f"? {_quoted(key)}\n{indent}:"
        kind = type(value)
        if kind is str:
            write(f"{lead}{head} {_text(value) or _block(value, deeper)}\n")
        elif kind is int:
            write(f"{lead}{head} {value}\n")
        elif kind is dict and value:
            write(f"{lead}{head}\n")
            _mapping(write, value, deeper, deeper)
        elif kind is list and value:
            write(f"{lead}{head}\n")
            _list(write, value, indent, indent)
        else:
            write(f"{lead}{head} {_scalar(value, deeper)}\n")
        lead = indent


def _list(write: Write, items: list[Any], indent: str, lead: str) -> None:
    """Write a list; `lead` stands before its first item, and `indent` before all others."""
    deeper = f"{indent}  "
    for item in items:
        kind = type(item)
        if kind is str:
            write(f"{lead}- {_text(item) or _block(item, deeper)}\n")
        elif kind is dict and item:
            _mapping(write, item, deeper, f"{lead}- ")
        elif kind is list and item:
            _list(write, item, deeper, f"{lead}- ")
        else:
            write(f"{lead}- {_scalar(item, deeper)}\n")
        lead = indent


def _scalar(value: object, indent: str) -> str:
    """Return the notation of a value that is no collection, or an empty one."""
    if isinstance(value, str):
        return _text(value) or _block(value, indent)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, dict | list) and not value:
        return "{}" if isinstance(value, dict) else "[]"
    raise TypeError(f"YAML has no notation for {value!r}")


def _float(value: float) -> str:
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    # YAML 1.1 takes a number for a float only with a point in it (yaml.org/type/float.html).
    digits, exponent, power = repr(value).partition("e")
    return f"{digits if '.' in digits else digits + '.0'}{exponent}{power}"


@lru_cache(maxsize=_KEPT)
def _text(text: str) -> str:
    """Return the notation of a text on one line; nothing where a literal block is the better one."""
    if _PLAIN.fullmatch(text) and not _AMBIGUOUS.fullmatch(text):
        return text
    if "\n" in text and re.fullmatch(_PRINTABLE, text) and not re.search(_RAGGED, text):
        return ""
    return _quoted(text)


@lru_cache(maxsize=_KEPT)
def _key(text: str) -> str:
    """Return the notation of a key with its colon; nothing where it needs the notation of long ones."""
    name = _text(text)
    # A literal block is no key.
    return f"{name}:" if name and len(name) <= _LONGEST_KEY else ""


def _quoted(text: str) -> str:
    return re.sub(_UNPRINTABLE, _escape, json.dumps(text, ensure_ascii=False))


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def _block(text: str, indent: str) -> str:
    """Return text of several lines as a literal block, without the line break that ends its last line."""
    style = "|" if text.endswith("\n") else "|-"
    lines = "".join(f"\n{indent}{line}" if line else "\n" for line in text.removesuffix("\n").split("\n"))
    return f"{style}{lines}"
