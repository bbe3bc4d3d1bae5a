"""What stands at a path of an environment: each value with its origin, its meaning and its unit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ethgen.errors import EthgenError
from ethgen.report.provenance import Setting, drawn_of, rendered_of, settings_of, value_at
from ethgen.spec import documents
from ethgen.spec.explain import ANY, EXTENDS, Field, explain, general, split
from ethgen.spec.near import nearest
from ethgen.spec.positions import dotted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ethgen.spec import NetworkSpec, positions

# Fields whose value is never shown.
_SECRET = ("mnemonic",)
HIDDEN = "(secret, not shown)"

# What the values of a client's container have that is no field of a spec.
RENDERED = {
    "ports": "Ports of the container; no field of a spec, the client's own.",
    "args": "All arguments, with `extraArgs` at the end; no field of a spec.",
}


_EXTENDS = (EXTENDS.path,)


@dataclass(frozen=True)
class Explanation:
    """A value of an environment beside the field it belongs to."""

    setting: Setting
    field: Field


def explain_values(spec: NetworkSpec, path: str = "") -> list[Explanation]:
    """Return every value of an environment at a path and below it.

    Args:
        spec: the environment.
        path: parts joined by dots; `<name>` stands for all names, and an empty path for everything.

    Raises:
        EthgenError: the path leads to no field, or to nothing that this environment has.
        SpecError: the environment cannot be rendered.
    """
    parts = split(path) if path else ()
    if parts[-1:] not in {(name,) for name in RENDERED} and parts:
        general(parts)
    drawn = drawn_of(spec)
    settings = {_EXTENDS: _extends(spec), **settings_of(spec, drawn), **rendered_of(spec, drawn)}
    found = [setting for setting in settings.values() if _below(setting.path, parts)]
    found = found or [inner for setting in settings.values() if (inner := _inside(spec, setting, parts)) is not None]
    if not found:
        raise _nothing(spec, parts, settings)
    fields = {field.path: field for field in explain()}
    return [Explanation(shown(setting), _field(setting.path, fields)) for setting in found]


def _extends(spec: NetworkSpec) -> Setting:
    """Return which file the environment's own extends; what that one extends is the business of its author."""
    document = documents.parse(Path(spec.positions.values[()].file))
    value, place = document.data.get(EXTENDS.path), document.positions.values.get(_EXTENDS)
    return Setting(_EXTENDS, value, "spec", str(place)) if place else Setting(_EXTENDS, None, "default", "default")


def _field(path: positions.Path, fields: Mapping[str, Field]) -> Field:
    name = str(path[-1])
    if name in RENDERED:
        return Field(f"{general(path[:-1])}.{name}", "list", "", RENDERED[name])
    return fields[general(path)]


def shown(setting: Setting) -> Setting:
    """Return a setting as it may be printed: a secret without its value."""
    if setting.path[-1] in _SECRET and setting.value is not None:
        return Setting(setting.path, HIDDEN, setting.kind, setting.origin)
    return setting


def _below(path: positions.Path, parts: Sequence[str]) -> bool:
    return len(path) >= len(parts) and all(wanted in (ANY, part) for part, wanted in zip(path, parts, strict=False))


def _inside(spec: NetworkSpec, setting: Setting, parts: tuple[str, ...]) -> Setting | None:
    """Return what stands inside a setting that is a mapping or a list."""
    above = setting.path
    value: Any = value_at(setting.value, parts[len(above) :]) if parts[: len(above)] == above else None
    if value is None:
        return None
    # Places in a list have numbers for a path.
    path = (*above, *(int(part) if part.isdecimal() else part for part in parts[len(above) :]))
    place = spec.positions.values.get(path) or spec.positions.values.get(parts)
    return Setting(parts, value, setting.kind, str(place) if place else setting.origin)


def _nothing(spec: NetworkSpec, parts: tuple[str, ...], settings: Mapping[positions.Path, Setting]) -> EthgenError:
    """Return what is wrong with a path whose field exists but which this environment has nothing at."""
    length = next(size for size in range(1, len(parts) + 1) if not any(_below(path, parts[:size]) for path in settings))
    above, part = parts[: length - 1], parts[length - 1]
    here = list(
        dict.fromkeys(str(path[length - 1]) for path in settings if len(path) >= length and _below(path, above))
    )
    where = f" in {dotted(above)}" if above else ""
    chosen = bool(above) and here and general((*above, part)).endswith(ANY)
    return EthgenError(
        f"environment {spec.environment} has no {part!r}{where}{nearest(part, here)}",
        cure=f"known{where}: {', '.join(here)}" if chosen else f"add {dotted(parts[:length])} to the spec first",
    )
