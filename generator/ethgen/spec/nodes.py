"""YAML nodes as plain data: what readers of YAML disagree about is reported, and every place is noted."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import yaml

from ethgen.errors import SpecError
from ethgen.spec.depth import MAX_DEPTH
from ethgen.spec.positions import Position, Positions, dotted

if TYPE_CHECKING:
    from ethgen.spec.positions import Path

# Values in a spec, aliases written out; a guard against aliases that multiply, far above any real environment.
MAX_VALUES = 50_000

_TAG = "tag:yaml.org,2002:"
_MERGE = f"{_TAG}merge"
# What YAML 1.1 takes for a date, a merge key or a default value is text in YAML 1.2, and in a spec.
_TEXT = {f"{_TAG}{name}" for name in ("str", "timestamp", "merge", "value")}
# How YAML 1.1 and 1.2 both write what is no text.
_AGREED = {
    "bool": r"(?i)true|false",
    "int": r"[-+]?(0|[1-9][0-9]*)|0x[0-9a-fA-F]+",
    "float": r"(?i)[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[-+]?[0-9]+)?|[-+]?\.inf|\.nan",
}


class Loader(yaml.CSafeLoader):
    """Composes nodes as PyYAML does, but finds the tag of a text that it met before without trying all again."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._tags: dict[str, str] = {}

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> Any:  # noqa: ANN401 - as PyYAML has it
        """Return the tag of a node that has none in the text; `implicit` says whether a scalar may be no text."""
        if kind is not yaml.ScalarNode or not implicit[0]:
            return super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]
        tag = self._tags.get(value)
        if tag is None:
            tag = self._tags[value] = super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]
        return tag


class Reader:
    """Turns the nodes of one file into plain data.

    Attributes:
        positions: where each value was written.
        problems: what is wrong with the nodes, with its place.
    """

    def __init__(self, file: str, loader: yaml.CSafeLoader) -> None:
        self.positions = Positions()
        self.problems: list[tuple[Position, str]] = []
        self._file = file
        self._loader = loader
        self._checked: set[int] = set()
        self._open: set[int] = set()
        self._count = 0

    def build(self, node: yaml.Node, path: Path) -> Any:  # noqa: ANN401 - plain YAML data is of any type
        """Return what a node holds.

        Raises:
            SpecError: aliases lead back to themselves, or multiply beyond any use.
            yaml.YAMLError: the node cannot be read.
        """
        place = self.positions.values[path] = self._place(node)
        self._count += 1
        if len(path) > MAX_DEPTH:
            raise SpecError([f"{place}: {dotted(path[:3])}: is nested more than {MAX_DEPTH} deep"])
        if id(node) in self._open:
            raise SpecError([f"{place}: {dotted(path)}: is an alias of what it stands in"])
        if self._count > MAX_VALUES:
            raise SpecError([f"{place}: {dotted(path)}: aliases make more than {MAX_VALUES:,} values of this file"])
        if isinstance(node, yaml.ScalarNode):
            return node.value if node.tag in _TEXT else self._scalar(node, path)
        self._open.add(id(node))
        value = self._mapping(node, path) if isinstance(node, yaml.MappingNode) else self._sequence(node, path)
        self._open.remove(id(node))
        return value

    def _place(self, node: yaml.Node) -> Position:
        mark = node.start_mark
        return Position(self._file, mark.line + 1, mark.column + 1)

    def _scalar(self, node: yaml.ScalarNode, path: Path) -> Any:  # noqa: ANN401 - as `build`
        kind, written = node.tag.removeprefix(_TAG), node.value
        place = self.positions.values[path]
        self.positions.values[path] = Position(place.file, place.line, place.column, written)
        if kind in _AGREED and not re.fullmatch(_AGREED[kind], written):
            text = f"{written} is text to some readers of YAML, and not to others"
            self._report(node, path, f"{text}; {_instead(kind, written)}")
            return None
        if kind not in {"null", "bool", "int", "float"}:
            self._report(node, path, f"unknown tag {node.tag}")
            return None
        try:
            value = self._loader.construct_object(node)
        except ValueError:
            self._report(node, path, f"{written!r} is no {kind}")
            return None
        if kind == "float" and not math.isfinite(value):
            # Helm, Flux and Argo CD read values as JSON, and refuse the whole file for one of these.
            self._report(
                node, path, f"{written} is a number that JSON does not have; write a finite one, or put it in quotes"
            )
            return None
        return value

    def _sequence(self, node: yaml.Node, path: Path) -> list[Any]:
        if node.tag != f"{_TAG}seq":
            self._report(node, path, f"unknown tag {node.tag}")
        return [self.build(child, (*path, index)) for index, child in enumerate(node.value)]

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        if id(node) not in self._checked:
            # Once only: flattened below, an aliased node has keys of its own and of what it merges.
            self._checked.add(id(node))
            self._check_mapping(node, path)
        # Aliased mappings (`<<: *name`) come first, so that the mapping's own keys win.
        self._loader.flatten_mapping(node)
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if isinstance(key_node, yaml.ScalarNode):
                here = (*path, key_node.value)
                self.positions.keys[here] = self._place(key_node)
                result[key_node.value] = self.build(value_node, here)
        return result

    def _check_mapping(self, node: yaml.MappingNode, path: Path) -> None:
        if node.tag != f"{_TAG}map":
            self._report(node, path, f"unknown tag {node.tag}")
        seen: dict[str, yaml.Node] = {}
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._report(key_node, path, "a list or mapping cannot be a key")
            elif key_node.tag != _MERGE:
                first = seen.setdefault(key_node.value, key_node)
                if first is not key_node:
                    text = f"is written twice; the first is at {self._place(first)}"
                    self._report(key_node, (*path, key_node.value), text)

    def _report(self, node: yaml.Node, path: Path, problem: str) -> None:
        name = dotted(path)
        self.problems.append((self._place(node), f"{name}: {problem}" if name else problem))


def _instead(kind: str, written: str) -> str:
    """Return how to write a value that readers disagree about, where it is what it looks like, and where it is text."""
    if kind == "bool":
        return "write true or false, or put it in quotes"
    if "_" in written:
        return f"write {written.replace('_', '')}, or put it in quotes"
    return "take away the zero in front, or put it in quotes" if written.isdecimal() else "put it in quotes"
