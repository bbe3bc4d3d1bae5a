"""Makes `compiled.py`, the tables of `ethgen.spec.plain`, of pydantic's own description of a spec.

Usage: python -m ethgen.spec.compilation [--check]; run it after each change of a section or type.

What stands in no table is left to pydantic at run time, so a table may say less than the types, but nothing else.
"""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ethgen.spec.model import NetworkSpec
from ethgen.spec.plain import digest
from ethgen.spec.section import Section

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from pydantic.fields import FieldInfo, ModelPrivateAttr

FILE = Path(__file__).with_name("compiled.py")

_ROOM = "ethgen.spec."

_HEAD = '''"""The tables of `ethgen.spec.plain`, made by `python -m ethgen.spec.compilation`; do not edit."""
'''

_IMPORT = re.compile(r"^from ethgen\.spec(?:\.(\w+) import| import ([\w, ]+)$)", re.MULTILINE)

# Keys of pydantic-core's description of a value that mean nothing to which values it takes.
_SAYS_NOTHING = {"type", "metadata", "ref"}


def main() -> None:
    """Write the file, or say with status 1 that it is not up to date."""
    content = source().encode()
    if FILE.is_file() and FILE.read_bytes() == content:
        return
    if "--check" in sys.argv[1:]:
        sys.exit(f"{FILE.name} is not up to date; run `python -m ethgen.spec.compilation` and commit the result")
    FILE.write_bytes(content)


def source() -> str:
    """Return the module with the tables."""
    NetworkSpec.model_rebuild()
    tables = _Tables()
    tables.add(NetworkSpec)
    sources = _sources()
    listed = "\n".join(f'    "{name}",' for name in sources)
    return "\n".join(
        [
            _HEAD,
            f"from ethgen.spec import {', '.join(sorted(tables.modules))}",
            *(f"from {base.__module__} import {base.__name__}" for base in tables.bases),
            "from ethgen.spec.plain import (",
            "    REQUIRED, Field, PlainSection,",
            "    anything, mapping, one_of, optional, passing, several, switch, text, unsure, whole,",
            ")",
            "",
            "# What these are made of, and its SHA-256: from other types they are not used.",
            f"SOURCES = (\n{listed}\n)",
            f'DIGEST = "{digest(sources)}"',
            *tables.classes.values(),
            "",
        ]
    )


def _modules() -> list[ModuleType]:
    return [module for name, module in sorted(sys.modules.items()) if name.startswith(_ROOM)]


def _sources() -> tuple[str, ...]:
    """Return the modules of this room that make the whole type: its own, and all that they import."""
    found: dict[str, None] = {"model": None}
    left = ["model"]
    while left:
        text = FILE.with_name(f"{left.pop()}.py").read_text(encoding="utf-8")
        imported = [name for match in _IMPORT.finditer(text) for name in (match[1] or match[2]).split(", ")]
        left += [name for name in imported if name not in found]
        found |= dict.fromkeys(imported)
    return tuple(f"{name}.py" for name in sorted(found))


class _Tables:
    """The sections met, each after those that stand in it.

    Attributes:
        classes: their text, by name.
        bases: what stands beside Section in what they derive from.
        modules: those that their checks stand in.
    """

    def __init__(self) -> None:
        self.classes: dict[str, str] = {}
        self.bases: dict[type, None] = {}
        self.modules: set[str] = set()
        self._definitions = _definitions(NetworkSpec.__pydantic_core_schema__)

    def add(self, section: type[Section]) -> str:
        """Add a section, and return its name."""
        name = section.__name__
        if name not in self.classes:
            described = self._definitions[section]
            self.classes[name] = ""
            fields = [
                f'        "{field["validation_alias"]}": Field("{key}", {self._field(field["schema"])}, '
                f"{self._default(section.model_fields[key])}),"
                for key, field in described["fields"].items()
            ]
            bases = [base for base in section.__bases__ if not issubclass(base, Section)]
            self.bases |= dict.fromkeys(bases)
            # Last, so that it stands behind those that stand in it.
            del self.classes[name]
            self.classes[name] = "\n".join(
                [
                    "\n",
                    f"class {name}({', '.join([*(base.__name__ for base in bases), 'PlainSection'])}):",
                    *(f"    {key} = {value!r}" for key, value in _private(section.__private_attributes__)),
                    "    fields = {",
                    *fields,
                    "    }",
                ]
            )
        return name

    def _default(self, field: FieldInfo) -> str:
        if field.is_required():
            return "REQUIRED"
        factory = field.default_factory
        if isinstance(factory, type) and issubclass(factory, Section):
            # Without a table there is no such value here, and pydantic has to be asked.
            return f"{self.add(factory)}.read({{}})" if self._definitions[factory] else "REQUIRED"
        return repr(field.get_default(call_default_factory=True))

    def _field(self, schema: dict[str, Any]) -> str:
        return self._check(schema["schema"] if schema["type"] == "default" else schema)

    def _check(self, schema: dict[str, Any]) -> str:
        """Return a check of what a description of pydantic-core takes; `unsure` where it says more than is known."""
        make = _KINDS.get(schema["type"])
        return make(self, schema) if make else "unsure"

    def _nullable(self, schema: dict[str, Any]) -> str:
        return f"optional({self._check(schema['schema'])})" if _says(schema) == {"schema"} else "unsure"

    def _list(self, schema: dict[str, Any]) -> str:
        return f"several({self._check(schema['items_schema'])})" if _says(schema) == {"items_schema"} else "unsure"

    def _mapping(self, schema: dict[str, Any]) -> str:
        if _says(schema) != {"keys_schema", "values_schema"}:
            return "unsure"
        return f"mapping({self._check(schema['keys_schema'])}, {self._check(schema['values_schema'])})"

    def _function(self, schema: dict[str, Any]) -> str:
        if schema["function"]["type"] != "no-info" or _says(schema) != {"function", "schema"}:
            return "unsure"
        function = self._name_of(schema["function"]["function"])
        return f"passing({self._check(schema['schema'])}, {function})" if function else "unsure"

    def _reference(self, schema: dict[str, Any]) -> str:
        return self._section(self._definitions[schema["schema_ref"]])

    def _model(self, schema: dict[str, Any]) -> str:
        return self._section(schema["cls"])

    def _section(self, section: type[Section]) -> str:
        return f"{self.add(section)}.read" if self._definitions[section] else "unsure"

    def _name_of(self, function: Callable[[Any], Any]) -> str:
        """Return a function as the tables name it; empty where it stands in no module of this room."""
        owner = getattr(function, "__self__", function)
        for module in _modules():
            for name, value in vars(module).items():
                if value is owner and f"\n{name} = " in inspect.getsource(module):
                    self.modules.add(module.__name__.removeprefix(_ROOM))
                    return f"{module.__name__.removeprefix(_ROOM)}.{name}.{function.__name__}"
        module_name = function.__module__
        if not module_name.startswith(_ROOM) or getattr(sys.modules[module_name], function.__name__, None) != function:
            return ""
        self.modules.add(module_name.removeprefix(_ROOM))
        return f"{module_name.removeprefix(_ROOM)}.{function.__name__}"


def _definitions(schema: Any) -> dict[Any, Any]:  # noqa: ANN401 - pydantic-core's descriptions have many types
    """Return the fields of each section, by its type, and its type, by the name that descriptions have for it."""
    found: dict[Any, Any] = {}
    for part in _parts(schema):
        if part.get("type") == "model":
            # What wraps the fields is a function of the section's own, which no table has.
            inside = part["schema"]
            found[part["cls"]] = inside if inside["type"] == "model-fields" else None
            found[part["ref"]] = part["cls"]
    return found


def _parts(schema: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - as above
    if isinstance(schema, dict):
        yield schema
        for part in schema.values():
            yield from _parts(part)
    elif isinstance(schema, list | tuple):
        for part in schema:
            yield from _parts(part)


def _private(attributes: dict[str, ModelPrivateAttr]) -> Iterator[tuple[str, Any]]:
    """Yield the private attributes that have a value from the start; others are given one when a spec is loaded."""
    for name, attribute in attributes.items():
        if attribute.default_factory is None:
            yield name, attribute.get_default()


def _says(schema: dict[str, Any]) -> set[str]:
    return {*schema} - _SAYS_NOTHING


def _int(_: _Tables, schema: dict[str, Any]) -> str:
    if not _says(schema) <= {"ge", "le"}:
        return "unsure"
    least, most = schema.get("ge", float("-inf")), schema.get("le", float("inf"))
    return f"whole({_number(least)}, {_number(most)})"


def _number(limit: float) -> str:
    return f'float("{limit}")' if isinstance(limit, float) else str(limit)


def _literal(_: _Tables, schema: dict[str, Any]) -> str:
    known = all(type(value) in (str, int) for value in schema["expected"])
    return f"one_of({', '.join(map(repr, schema['expected']))})" if known else "unsure"


def _bare(name: str) -> Callable[[_Tables, dict[str, Any]], str]:
    return lambda _, schema: "unsure" if _says(schema) else name


_KINDS: dict[str, Callable[[_Tables, dict[str, Any]], str]] = {
    "any": _bare("anything"),
    "bool": _bare("switch"),
    "definition-ref": _Tables._reference,  # noqa: SLF001 - of this module
    "definitions": _bare("unsure"),
    "dict": _Tables._mapping,  # noqa: SLF001 - as above
    "function-after": _Tables._function,  # noqa: SLF001 - as above
    "int": _int,
    "list": _Tables._list,  # noqa: SLF001 - as above
    "literal": _literal,
    "model": _Tables._model,  # noqa: SLF001 - as above
    "nullable": _Tables._nullable,  # noqa: SLF001 - as above
    "str": _bare("text"),
}

if __name__ == "__main__":
    main()
