"""The sections of a spec by their path: what a place in a file is described by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from ethgen.spec.notation import Notation

if TYPE_CHECKING:
    from ethgen.spec.positions import Path


class Keyed:
    """A mapping from names to sections: the next part of a path is a name."""

    def __init__(self, section: type[BaseModel]) -> None:
        self.section = section


def section_at(path: Path, root: type[BaseModel]) -> type[BaseModel] | None:
    """Return the section that `path` leads to from `root`, through mappings by name; None where there is none."""
    current: Any = root
    for part in path:
        if isinstance(current, Keyed):
            current = current.section
        elif is_section(current):
            found = [field for name, field in current.model_fields.items() if part in (field.alias, name)]
            if not found:
                return None
            current = section_of(found[0].annotation)
    return current if is_section(current) else None


def notation_at(path: Path, root: type[BaseModel]) -> Notation | None:
    """Return the notation of the text at a path from `root`; None where the field is of another type, or unknown."""
    section = section_at(path[:-1], root)
    for name, field in section.model_fields.items() if section else ():
        if path[-1] in (field.alias, name):
            inner = [part for each in getattr(field.annotation, "__args__", ()) for part in _metadata(each)]
            return next((part for part in (*field.metadata, *inner) if isinstance(part, Notation)), None)
    return None


def _metadata(annotation: object) -> tuple[object, ...]:
    return getattr(annotation, "__metadata__", ())


def section_of(annotation: Any) -> Any:  # noqa: ANN401 - typing's own objects have no common type
    """Return the section inside `dict[str, Section]` (as `Keyed`) and `Section | None`, else the annotation."""
    for inner in getattr(annotation, "__args__", ()):
        section = section_of(inner)
        if is_section(section):
            return Keyed(section) if getattr(annotation, "__origin__", None) is dict else section
    return annotation


def is_section(value: object) -> bool:
    """Return whether `value` is the type of a section."""
    return isinstance(value, type) and issubclass(value, BaseModel)
