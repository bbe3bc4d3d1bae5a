"""Sections of a spec as plain objects, for a spec without mistakes.

To import pydantic and to have it describe a spec takes a tenth of a second, and half of what a render takes. So what a
spec may hold stands in tables that were made of pydantic's own description (`ethgen.spec.compiled`), and what these
take needs no pydantic. Whatever they do not surely take is left to pydantic, which alone says what is wrong with it.
"""

from __future__ import annotations

import hashlib
import os
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ethgen.spec.model import NetworkSpec

    Check = Callable[[Any], Any]


class Unsure(ValueError):  # noqa: N818 - no mistake yet: pydantic decides
    """A value is not surely one that pydantic takes."""


REQUIRED = object()


class Field(NamedTuple):
    """A field of a section: its name in Python, what its value passes, and its value where a spec has none."""

    name: str
    check: Check
    default: Any


def read(data: object) -> NetworkSpec | None:
    """Return the spec that plain data holds, as pydantic's own would be; None where pydantic has to judge it."""
    from ethgen.spec import compiled  # noqa: PLC0415 - made of what is here

    if digest(compiled.SOURCES) != compiled.DIGEST:
        # Somebody works on the types, and `python -m ethgen.spec.compilation` was not run yet.
        return None
    try:
        return cast("NetworkSpec", compiled.NetworkSpec.read(data))
    except ValueError:
        return None


@cache
def digest(sources: Sequence[str]) -> str:
    """Return the SHA-256 of modules of this room; empty where one cannot be read."""
    content = hashlib.sha256()
    for name in sources:
        try:
            with open(os.path.join(os.path.dirname(__file__), name), "rb") as file:  # noqa: PTH118, PTH120, PTH123 - as `render.writer`
                content.update(file.read())
        except OSError:
            return ""
    return content.hexdigest()


class PlainSection:
    """A section with the attributes of the pydantic section of the same name, as far as anybody asks for them."""

    fields: ClassVar[Mapping[str, Field]] = {}
    _defaults: ClassVar[dict[str, Any]]
    _required: ClassVar[frozenset[str]]

    model_fields_set: set[str]

    def __init_subclass__(cls) -> None:
        cls._defaults = {field.name: field.default for field in cls.fields.values()}
        cls._required = frozenset(name for name, default in cls._defaults.items() if default is REQUIRED)

    @classmethod
    def read(cls, data: object) -> PlainSection:
        """Return the section that a mapping holds.

        Raises:
            ValueError: it is not surely one.
        """
        if type(data) is not dict:
            raise Unsure
        values, fields, given = cls._defaults.copy(), cls.fields, set()
        for key, value in data.items():
            field = fields.get(key)
            if field is None:
                raise Unsure
            name, check, _ = field
            values[name] = check(value)
            given.add(name)
        if not cls._required <= given:
            raise Unsure
        return cls._of(values, given)

    @classmethod
    def _of(cls, values: dict[str, Any], given: set[str]) -> PlainSection:
        section = object.__new__(cls)
        values["model_fields_set"] = given
        object.__setattr__(section, "__dict__", values)
        return section

    def __setattr__(self, name: str, value: object) -> None:
        if name[0] != "_":
            raise AttributeError(f"{type(self).__name__} is frozen")
        object.__setattr__(self, name, value)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and all(getattr(self, name) == getattr(other, name) for name in self._defaults)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._defaults)
        return f"{type(self).__name__}({values})"

    def model_copy(self, *, update: Mapping[str, Any]) -> PlainSection:
        """Return a copy with other values, as they are."""
        return self._of({**self.__dict__, **update}, {*self.model_fields_set, *update})

    def model_dump(self, *, by_alias: bool = False, exclude_none: bool = False, mode: str = "python") -> dict[str, Any]:
        """Return the section as plain data, by the names of its fields in a spec or in Python."""
        del mode
        values = ((alias if by_alias else name, getattr(self, name)) for alias, (name, _, _) in self.fields.items())
        return {
            key: _dumped(value, by_alias=by_alias, exclude_none=exclude_none)
            for key, value in values
            if value is not None or not exclude_none
        }


def _dumped(value: Any, *, by_alias: bool, exclude_none: bool) -> Any:  # noqa: ANN401 - plain data of any type
    if isinstance(value, PlainSection):
        return value.model_dump(by_alias=by_alias, exclude_none=exclude_none)
    if isinstance(value, list):
        return [_dumped(item, by_alias=by_alias, exclude_none=exclude_none) for item in value]
    if isinstance(value, dict):
        return {key: _dumped(item, by_alias=by_alias, exclude_none=exclude_none) for key, item in value.items()}
    return value


def unsure(value: object) -> object:
    """Leave a value to pydantic, whatever it is."""
    del value
    raise Unsure


def anything(value: object) -> object:
    """Take any value."""
    return value


def text(value: object) -> object:
    """Take text."""
    if type(value) is not str:
        raise Unsure
    return value


def switch(value: object) -> object:
    """Take true and false."""
    if type(value) is not bool:
        raise Unsure
    return value


def whole(least: float, most: float) -> Check:
    """Take a whole number from `least` to `most`."""

    def check(value: object) -> object:
        if type(value) is not int or not least <= value <= most:
            raise Unsure
        return value

    return check


def one_of(*values: str | int) -> Check:
    """Take one of these values, of the same type."""
    known = {(type(value), value) for value in values}

    def check(value: object) -> object:
        if type(value) not in (str, int) or (type(value), value) not in known:
            raise Unsure
        return value

    return check


def optional(check: Check) -> Check:
    """Take null as well."""
    return lambda value: None if value is None else check(value)


def several(check: Check) -> Check:
    """Take a list."""

    def checked(value: object) -> list[Any]:
        if type(value) is not list:
            raise Unsure
        return [check(item) for item in value]

    return checked


def mapping(key_check: Check, check: Check) -> Check:
    """Take a mapping of any keys that `key_check` takes."""

    def checked(value: object) -> dict[str, Any]:
        if type(value) is not dict:
            raise Unsure
        return {key_check(key): check(item) for key, item in value.items()}

    return checked


def passing(check: Check, function: Check) -> Check:
    """Take what passes a function that raises ValueError, as `ethgen.spec.notation.Check` has it."""
    return lambda value: function(check(value))
