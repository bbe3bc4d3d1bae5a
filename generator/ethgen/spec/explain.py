"""What a spec can say: every field with its type, default and meaning, from the types themselves."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, get_origin

from ethgen.errors import EthgenError
from ethgen.spec.model import NetworkSpec
from ethgen.spec.near import nearest
from ethgen.spec.notation import NOTATION
from ethgen.spec.sections import Keyed, is_section, section_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

    from ethgen.spec.positions import Path

# Stands in a path for a name that the author of a spec chooses.
ANY = "<name>"

# Stands in a path for a place in a list, which counts from 0.
INDEX = "<index>"

# A part of a path and the dot before it, in quotes where it has dots of its own.
_PARTS = re.compile(r"""\.('[^']*'|"[^"]*"|[^.]*)""")

# Types whose values have an inside that the types of a spec do not describe.
_OPEN = ("mapping", "list")

# Last part of a field's path -> what its number or amount counts.
_UNITS = {
    "gasLimit": "gas",
    "keys": "validators",
    "maxSyncDistance": "slots",
    "premine": "ether",
    "premineAccounts": "accounts",
    "replicas": "pods",
    "slotsPerEpoch": "slots",
    "validators": "validators",
}

# Unit -> how a text in it is told to be written.
_NOTATIONS = {"bytes": "an amount of bytes", "cores": "a number of cores"}

_NAMES = {
    "string": "text",
    "integer": "whole number",
    "boolean": "true or false",
    "object": "mapping",
    "array": "list",
    "null": "nothing",
}


@dataclass(frozen=True)
class Field:
    """One field of a spec.

    Attributes:
        path: where it stands, `<name>` for a name that is chosen.
        type: what it takes, in words.
        default: what it is when it is left out, as JSON; `required`, or empty for a section.
        description: what it is for.
        unit: what a number or an amount counts; empty for everything else.
    """

    path: str
    type: str
    default: str
    description: str
    unit: str = ""


# The field of a file and not of a spec: what it names has been merged when the types are asked.
EXTENDS = Field(
    "extends", "text: the path of a file from this one's folder", "null", "File beside this one to merge over."
)


def explain(path: str = "") -> list[Field]:
    """Return the field at `path` and all below it; every field for an empty path.

    Args:
        path: names joined by dots, as in `networks.devnet.nodes`; what the author of a spec names is any name.

    Raises:
        EthgenError: no field is called so.
    """
    fields = list(_all())
    if not path:
        return fields
    wanted = _general(split(path), fields)
    return [field for field in fields if field.path == wanted or field.path.startswith(f"{wanted}.")]


@cache
def _all() -> list[Field]:
    """Return every field; the types do not change while the program runs."""
    return [EXTENDS, *_fields(NetworkSpec, ())]


def split(path: str) -> tuple[str, ...]:
    """Return the parts of a path that is written with dots; a part in quotes may have dots of its own."""
    return tuple(part[1:-1] if part[:1] in {"'", '"'} else part for part in _PARTS.findall(f".{path}"))


def general(path: Path) -> str:
    """Return the path of the field that a path of a spec leads to or into, `<name>` standing for every chosen name.

    Raises:
        EthgenError: no field is called so.
    """
    return _general(tuple(map(str, path)), _all())


def _general(parts: tuple[str, ...], fields: list[Field]) -> str:
    """Return the path with `<name>` for every chosen name; what leads into a mapping or list ends at its field."""
    known = [tuple(field.path.split(".")) for field in fields]
    open_values = {path for path, field in zip(known, fields, strict=True) if field.type.startswith(_OPEN)}
    found: tuple[str, ...] = ()
    for part in parts:
        choices = list(dict.fromkeys(path[len(found)] for path in known if path[: len(found)] == found != path))
        if not choices and found in open_values:
            break
        any_part = INDEX if part.isdecimal() and INDEX in choices else ANY
        if part not in choices and any_part not in choices:
            here = f" in {'.'.join(found)}" if found else ""
            cure = f"known{here}: {', '.join(choices)}" if choices else f"{'.'.join(found)} holds no further fields"
            raise EthgenError(f"there is no field {part!r}{here}{nearest(part, choices)}", cure=cure)
        found = (*found, part if part in choices else any_part)
    return ".".join(found)


def _fields(section: type[BaseModel], above: tuple[str, ...]) -> Iterator[Field]:
    schema = section.model_json_schema(by_alias=True)
    for name, info in section.model_fields.items():
        key = info.alias or name
        path, inside = (*above, key), section_of(info.annotation)
        description = info.description or ""
        if isinstance(inside, Keyed):
            yield Field(".".join(path), "mapping from names to sections", "", description)
            yield Field(".".join((*path, ANY)), "section", "", _summary(inside.section))
            yield from _fields(inside.section, (*path, ANY))
        elif is_section(inside) and get_origin(info.annotation) is list:
            yield Field(".".join(path), "list of sections", "[]", description)
            yield from _fields(inside, (*path, INDEX))
        elif is_section(inside):
            yield Field(".".join(path), "section", "", description)
            yield from _fields(inside, path)
        else:
            default = "required" if info.is_required() else json.dumps(info.get_default(call_default_factory=True))
            takes = _type(schema["properties"][key])
            yield Field(".".join(path), takes, default, description, _unit(path, takes))


def _unit(path: tuple[str, ...], takes: str) -> str:
    """Return what the number or amount of a field counts."""
    if path[-1].endswith("Seconds"):
        return "seconds"
    notations = (unit for unit, notation in _NOTATIONS.items() if notation in takes)
    return _UNITS.get(path[-1]) or next(notations, "")


def _summary(section: type[BaseModel]) -> str:
    return (section.__doc__ or "").splitlines()[0]


def _type(schema: dict[str, Any]) -> str:
    """Return a JSON schema in words."""
    if "anyOf" in schema:
        return " or ".join(_type(choice) for choice in schema["anyOf"] if choice.get("type") != "null")
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    kind = _NAMES[schema["type"]]
    if NOTATION in schema:
        return f"{kind}: {schema[NOTATION]}"
    if schema["type"] == "array":
        return f"list of {_type(schema['items'])}"
    if schema["type"] == "object":
        values: Any = schema.get("additionalProperties") or next(iter(schema.get("patternProperties", {}).values()), {})
        return f"mapping to {_type(values)}" if isinstance(values, dict) and values else kind
    return f"{kind}{_range(schema)}"


def _range(schema: dict[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None and high is None:
        return ""
    return f", {low} to {high}" if high is not None else f", {low} or more"
