"""What pydantic finds wrong with a field, said in the words of the spec and at its place in the file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ethgen.spec.model import NetworkSpec
from ethgen.spec.near import nearest
from ethgen.spec.notation import PlainError
from ethgen.spec.positions import dotted
from ethgen.spec.sections import notation_at, section_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

    from ethgen.spec.positions import Path, Position, Positions

# The field whose value is never shown.
_HIDDEN = "mnemonic"

# YAML 1.1 takes a number with an exponent for text where it has no point or no sign, as in 1e12.
_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?")

# pydantic's name of a mistake -> what was expected instead.
_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a number that is finite",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "greater_than_equal": "a number of {ge} or more",
    "less_than_equal": "a number of {le} or less",
    "string_pattern_mismatch": "text that matches {pattern}",
}


def describe(
    error: ValidationError, positions: Positions, *, root: type[BaseModel] = NetworkSpec, below: Path = ()
) -> list[str]:
    """Return a line for every mistake, in the order of the file: `file:line:column: path: what was expected`.

    Args:
        error: what pydantic found.
        positions: places of the spec.
        root: the type that was checked.
        below: path in the spec of what was checked.
    """
    return [f"{place}: {text}" for place, text in sorted(places(error, positions, root=root, below=below))]


def places(
    error: ValidationError, positions: Positions, *, root: type[BaseModel] = NetworkSpec, below: Path = ()
) -> set[tuple[Position, str]]:
    """Return the place and text of every mistake; arguments as those of `describe`."""
    return {_located(detail, positions, root, below) for detail in error.errors(include_url=False)}


def _located(detail: ErrorDetails, positions: Positions, root: type[BaseModel], below: Path) -> tuple[Position, str]:
    inside = tuple(part for part in detail["loc"] if part != "[key]")
    path = (*below, *inside)
    named_key = detail["type"] == "extra_forbidden" or "[key]" in detail["loc"]
    place = positions.nearest(path, key=named_key)
    unknown = detail["type"] == "extra_forbidden"
    if unknown:
        text = _unknown_key(inside, root)
    else:
        text = _no_text(detail, place.written, inside, root) or _expectation(detail, place.written, path)
    return place, f"{dotted(path)}: {text}"


def _no_text(detail: ErrorDetails, written: str, path: Path, root: type[BaseModel]) -> str:
    """Return what was expected where a number or switch stands that quotes alone would not make right; else empty."""
    value, notation = detail["input"], notation_at(path, root)
    if detail["type"] != "string_type" or notation is None or not isinstance(value, bool | int | float):
        return ""
    if notation.matches(written) and not notation.has_unit:
        return ""
    return f"expected {notation.expected}, found {_found(value, written)}"


def _expectation(detail: ErrorDetails, written: str, path: Path) -> str:
    kind, context, value = detail["type"], detail.get("ctx", {}), detail["input"]
    if path[-1:] == (_HIDDEN,) and isinstance(value, str):
        # A mistyped mnemonic is close to the right one.
        return str(context.get("error", detail["msg"]))
    if kind == "missing":
        return "is required and missing"
    if kind == "literal_error":
        return _not_one_of(str(context["expected"]), value, written)
    if isinstance(context.get("error"), PlainError):
        return str(context["error"])
    if kind == "value_error":
        return f"{context['error']}, found {_found(value, written)}"
    # Limits of a number that may have a fraction are fractions to pydantic: 0.0.
    limits = {name: f"{limit:.0f}" if isinstance(limit, float) else limit for name, limit in context.items()}
    expected = _EXPECTED[kind].format_map(limits) if kind in _EXPECTED else detail["msg"]
    return f"expected {expected}, found {_found(value, written)}{_quoting(kind, value, written)}"


def _found(value: object, written: str) -> str:
    if isinstance(value, str):
        return repr(value)
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    kinds: Mapping[type, str] = {type(None): "nothing", bool: written, int: f"the number {written}"}
    return kinds.get(type(value), f"the number {written}")


def _quoting(kind: str, value: object, written: str) -> str:
    if kind == "string_type" and isinstance(value, bool | int | float):
        return f'; put it in quotes: "{written}"'
    if kind == "int_type" and isinstance(value, str) and value.isdecimal():
        return "; take away the quotes"
    if kind == "float_type" and isinstance(value, str) and _NUMBER.fullmatch(value):
        return "; write all its digits" if "e" in value.lower() else "; take away the quotes"
    return ""


def _not_one_of(expected: str, value: Any, written: str) -> str:  # noqa: ANN401 - what a user wrote is of any type
    words = expected.replace("'", "").replace(" or ", ", ").split(", ")
    return f"expected {expected}, found {_found(value, written)}{nearest(str(value), words)}"


def _unknown_key(path: Path, root: type[BaseModel]) -> str:
    section = section_at(path[:-1], root)
    known = [field.alias or name for name, field in section.model_fields.items()] if section else []
    hint = nearest(str(path[-1]), known) or f"; known here: {', '.join(known)}"
    return f"unknown key{hint}"
