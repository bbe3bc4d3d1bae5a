"""Reading YAML files with the place of every key and value, and merging a file over the one it extends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from ethgen.errors import SpecError
from ethgen.spec.positions import Position, Positions

if TYPE_CHECKING:
    from pathlib import Path

    from ethgen.spec import positions

# More levels than anyone needs; a guard against files that extend one another.
MAX_EXTENDS = 8


@dataclass
class Document:
    """Plain data and the places it came from."""

    data: dict[str, Any]
    positions: Positions


def read(path: Path) -> Document:
    """Return the mapping in `path`, merged over the file that its key `extends` names.

    Mappings are merged key by key, everything else is replaced, and `null` removes what the extended file says.

    Raises:
        SpecError: a file is missing, is not YAML, has a key twice, or extends itself.
    """
    return _read(path, chain=())


def _read(path: Path, chain: tuple[Path, ...]) -> Document:
    resolved = path.resolve()
    if resolved in chain or len(chain) >= MAX_EXTENDS:
        names = " -> ".join(file.name for file in (*chain, resolved))
        raise SpecError([f"{path}: extends itself: {names}"])
    document = _parse(path)
    parent = document.data.pop("extends", None)
    if parent is None:
        return document
    place = document.positions.where(("extends",))
    if not isinstance(parent, str):
        raise SpecError([f"{place}: extends: expected the name of a file beside this one"])
    base = path.parent / parent
    if not base.is_file():
        raise SpecError([f"{place}: extends: {base} does not exist"])
    below = _read(base, (*chain, resolved))
    _merge(below, document, ())
    return below


def _parse(path: Path) -> Document:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SpecError([f"{path}: cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError as error:
        raise SpecError([f"{path}: is not UTF-8 text: {error.reason} at byte {error.start}"]) from None
    loader = yaml.CSafeLoader(text)
    try:
        node = loader.get_single_node()
        reader = _Reader(str(path), loader)
        data = {} if node is None else reader.build(node, ())
    except yaml.MarkedYAMLError as error:
        raise SpecError([_marked(path, error)]) from None
    except yaml.YAMLError as error:
        raise SpecError([f"{path}: is not YAML: {error}"]) from None
    finally:
        loader.dispose()
    if not isinstance(data, dict):
        raise SpecError([f"{path}:1:1: expected a mapping, found {_kind(data)}"])
    if reader.problems:
        raise SpecError(reader.problems)
    return Document(data, reader.positions)


def _marked(path: Path, error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
    context = f" ({error.context})" if error.context else ""
    return f"{place}: is not YAML: {error.problem}{context}"


class _Reader:
    """Turns YAML nodes into plain data and notes where each came from."""

    def __init__(self, file: str, loader: yaml.CSafeLoader) -> None:
        self.file = file
        self.loader = loader
        self.positions = Positions()
        self.problems: list[str] = []

    def place(self, node: yaml.Node) -> Position:
        return Position(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def build(self, node: yaml.Node, path: positions.Path) -> Any:  # noqa: ANN401 - plain YAML data is of any type
        self.positions.values[path] = self.place(node)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(child, (*path, index)) for index, child in enumerate(node.value)]
        return self.loader.construct_object(node)

    def _mapping(self, node: yaml.MappingNode, path: positions.Path) -> dict[str, Any]:
        self._refuse_duplicates(node, path)
        # Aliased mappings (`<<: *name`) come first, so that the mapping's own keys win.
        self.loader.flatten_mapping(node)
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            here = (*path, str(key_node.value))
            self.positions.keys[here] = self.place(key_node)
            result[str(key_node.value)] = self.build(value_node, here)
        return result

    def _refuse_duplicates(self, node: yaml.MappingNode, path: positions.Path) -> None:
        seen: dict[str, Position] = {}
        for key_node, _ in node.value:
            key, place = str(key_node.value), self.place(key_node)
            if key in seen and key != "<<":
                name = _dotted((*path, key))
                self.problems.append(f"{place}: {name}: is written twice; the first is at {seen[key]}")
            seen.setdefault(key, place)


def _merge(base: Document, over: Document, path: positions.Path) -> None:
    _merge_mapping(base.data, over.data, base.positions, over.positions, path)


def _merge_mapping(
    base: dict[str, Any], over: dict[str, Any], places: Positions, news: Positions, path: positions.Path
) -> None:
    for key, value in over.items():
        here = (*path, key)
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            places.keys[here], places.values[here] = news.keys[here], news.values[here]
            _merge_mapping(base[key], value, places, news, here)
            continue
        places.forget(here)
        if value is None:
            base.pop(key, None)
            continue
        base[key] = value
        _adopt(places, news, here)


def _adopt(places: Positions, news: Positions, path: positions.Path) -> None:
    for mine, theirs in ((places.keys, news.keys), (places.values, news.values)):
        mine.update({known: place for known, place in theirs.items() if known[: len(path)] == path})


def _dotted(path: positions.Path) -> str:
    return ".".join(str(part) for part in path)


def _kind(data: object) -> str:
    return {list: "a list", str: "text", int: "a number", bool: "a boolean"}.get(type(data), type(data).__name__)
