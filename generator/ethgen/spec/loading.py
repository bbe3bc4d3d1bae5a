"""Loading a spec: read, check every field, check fields against one another, and report every mistake at once."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from ethgen.errors import SpecError
from ethgen.spec.checks import problems_of
from ethgen.spec.documents import Document, read
from ethgen.spec.model import NetworkSpec

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic_core import ErrorDetails


def load(path: Path) -> NetworkSpec:
    """Return the spec in `path`, whose environment is the file's name without suffix.

    Raises:
        SpecError: every mistake found, each as `file:line:column: path: what was expected`.
    """
    if not path.is_file():
        raise SpecError([_missing(path)])
    return parse(read(path), environment=path.stem)


def parse(document: Document, *, environment: str) -> NetworkSpec:
    """Return the spec that a document holds.

    Raises:
        SpecError: as `load`.
    """
    try:
        spec = NetworkSpec.model_validate(document.data)
    except ValidationError as error:
        raise SpecError(_describe_all(error, document)) from None
    spec._environment = environment  # noqa: SLF001 - not of the file's content, so no field of the model
    spec._positions = document.positions  # noqa: SLF001 - likewise
    problems = [
        f"{spec.where(*problem.path)}: {'.'.join(problem.path)}: {problem.text}" for problem in problems_of(spec)
    ]
    if problems:
        raise SpecError(problems)
    return spec


def _missing(path: Path) -> str:
    known = sorted(file.stem for file in path.parent.glob("*.yaml") if file.stem != "base")
    near = difflib.get_close_matches(path.stem, known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    found = f"environments here: {', '.join(known)}" if known else f"there is no environment in {path.parent}"
    return f"{path}: does not exist{hint} ({found})"


def _describe_all(error: ValidationError, document: Document) -> list[str]:
    lines = [_describe(detail, document) for detail in error.errors(include_url=False)]
    return sorted(dict.fromkeys(lines), key=_line_number)


def _line_number(line: str) -> tuple[str, int, int]:
    file, row, column, *_ = (*line.split(":"), "0", "0")
    return file, int(row) if row.isdigit() else 0, int(column) if column.isdigit() else 0


def _describe(detail: ErrorDetails, document: Document) -> str:
    path = tuple(part for part in detail["loc"] if part != "[key]")
    unknown = detail["type"] == "extra_forbidden"
    named_key = unknown or "[key]" in detail["loc"]
    place = document.positions.where(path, key=named_key)
    return f"{place}: {'.'.join(map(str, path))}: {_expectation(detail, path)}"


def _expectation(detail: ErrorDetails, path: tuple[str | int, ...]) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown_key(path)
    if kind == "missing":
        return "is required and missing"
    if kind == "literal_error":
        return _not_one_of(str(context["expected"]), detail["input"])
    if kind == "value_error":
        return f"{context['error']}, found {detail['input']!r}"
    message = detail["msg"].removeprefix("Input should be ").removeprefix("a valid ")
    return f"expected {message}, found {detail['input']!r}"


def _not_one_of(expected: str, found: Any) -> str:  # noqa: ANN401 - what a user wrote is of any type
    words = expected.replace("'", "").replace(" or ", ", ").split(", ")
    near = difflib.get_close_matches(str(found), words, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"expected {expected}, found {found!r}{hint}"


def _unknown_key(path: tuple[str | int, ...]) -> str:
    model = _model_at(path[:-1])
    known = [field.alias or name for name, field in model.model_fields.items()] if model else []
    near = difflib.get_close_matches(str(path[-1]), known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else f"; known here: {', '.join(known)}"
    return f"unknown key{hint}"


def _model_at(path: tuple[str | int, ...]) -> type[BaseModel] | None:
    """Return the section that `path` leads to, walking through mappings by name."""
    current: Any = NetworkSpec
    for part in path:
        if isinstance(current, _Keyed):
            current = current.section
        elif isinstance(current, type) and issubclass(current, BaseModel):
            found = [field for name, field in current.model_fields.items() if part in (field.alias, name)]
            if not found:
                return None
            current = _section_of(found[0].annotation)
    return current if isinstance(current, type) and issubclass(current, BaseModel) else None


def _section_of(annotation: Any) -> Any:  # noqa: ANN401 - typing's own objects have no common type
    """Return the section inside `dict[str, Section]` and `Section | None`, else the annotation."""
    for inner in getattr(annotation, "__args__", ()):
        section = _section_of(inner)
        if isinstance(section, type) and issubclass(section, BaseModel):
            return _Keyed(section) if getattr(annotation, "__origin__", None) is dict else section
    return annotation


class _Keyed:
    """A mapping from names to sections: the next part of a path is a name."""

    def __init__(self, section: type[BaseModel]) -> None:
        self.section = section
