"""Reading YAML files with the place of every key and value, and merging a file over the one it extends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from ethgen.errors import SpecError
from ethgen.spec.depth import MAX_DEPTH, too_deep
from ethgen.spec.nodes import Loader, Reader
from ethgen.spec.positions import Position, Positions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ethgen.spec import positions

# More levels than anyone needs.
MAX_EXTENDS = 8

# Ten times the spec of a thousand node groups; a file beyond is refused before it is read.
MAX_BYTES = 1024 * 1024

# Where `null` is a value of its own and not the removal of what an extended file says: Helm reads it there.
_KEEPS_NULL = ("releases", "values")

_CHARACTERS = {"\t": "a tab", "`": "a backtick"}


@dataclass
class Document:
    """Plain data and the places it came from."""

    data: dict[str, Any]
    positions: Positions


def read(path: Path, draft: str | None = None, others: Mapping[Path, str] | None = None) -> Document:
    """Return the mapping in `path`, merged over the file that its key `extends` names.

    Mappings are merged key by key, everything else is replaced, and `null` removes what the extended file says.

    Args:
        path: the file.
        draft: what to read in place of the file's content, which may differ.
        others: the same for files that it extends, by their resolved paths.

    Raises:
        SpecError: a file is missing, too large, is not YAML, has a key twice, extends itself or a file outside the
            repository: the folder above that of `path`.
    """
    return _read(path, (), draft, others or {})


def parse(path: Path, draft: str | None = None) -> Document:
    """Return the mapping in `path` alone, whatever it extends; arguments and errors as those of `read`."""
    try:
        size = path.stat().st_size if draft is None else len(draft.encode())
        if size > MAX_BYTES:
            raise SpecError([f"{path}: has {size:,} bytes, and a file of a spec has at most {MAX_BYTES:,}"])
        text = path.read_text(encoding="utf-8") if draft is None else draft
    except OSError as error:
        raise SpecError([f"{path}: cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError as error:
        raise SpecError([f"{path}: is not UTF-8 text: {error.reason} at byte {error.start}"]) from None
    return _parse(path, text)


def _read(path: Path, chain: tuple[Path, ...], draft: str | None, others: Mapping[Path, str]) -> Document:
    document = parse(path, draft)
    place = document.positions.where(("extends",))
    parent = document.data.pop("extends", None)
    if parent is None:
        return document
    if not isinstance(parent, str):
        raise SpecError([f"{place}: extends: expected the name of a file beside this one"])
    base, chain = path.parent / parent, (*chain, path)
    if problem := _unreachable(base, chain[0].resolve().parent.parent):
        raise SpecError([f"{place}: extends: {parent!r} {problem}"])
    if base.resolve() in [file.resolve() for file in chain]:
        names = " -> ".join(str(file) for file in (*chain, base))
        raise SpecError([f"{place}: extends: {names} is a circle"])
    if len(chain) > MAX_EXTENDS:
        raise SpecError([f"{place}: extends: more than {MAX_EXTENDS} files extend one another"])
    below = _read(base, chain, others.get(base.resolve()), others)
    below.positions.values[()] = document.positions.values[()]
    _merge_mapping(below.data, document.data, below.positions, document.positions, ())
    return below


def _unreachable(file: Path, repository: Path) -> str:
    """Return why a file cannot be extended; empty where it can."""
    try:
        if not file.resolve().is_relative_to(repository):
            return "is outside of this repository"
        return "" if file.is_file() else "does not exist"
    except (OSError, ValueError):
        return "is no name of a file"


def _parse(path: Path, text: str) -> Document:
    loader: Loader | None = None
    try:
        if beyond := too_deep(text):
            place = Position(str(path), *beyond)
            raise SpecError([f"{place}: is nested more than {MAX_DEPTH} deep"])
        loader = Loader(text)
        node = loader.get_single_node()
        reader = Reader(str(path), loader)
        data = {} if node is None else reader.build(node, ())
        reader.positions.values.setdefault((), Position(str(path), 1, 1))
    except yaml.MarkedYAMLError as error:
        raise SpecError([_marked(path, text, error)]) from None
    except yaml.reader.ReaderError as error:
        raise SpecError([_unreadable(path, text, error)]) from None
    finally:
        if loader is not None:
            loader.dispose()
    if reader.problems:
        raise SpecError([f"{place}: {problem}" for place, problem in sorted(reader.problems)])
    if not isinstance(data, dict):
        raise SpecError([f"{path}:1:1: expected a mapping, found {'a list' if isinstance(data, list) else 'text'}"])
    return Document(data, reader.positions)


def _marked(path: Path, text: str, error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return f"{path}: is not YAML: {error.problem}"
    place, context = f"{path}:{mark.line + 1}:{mark.column + 1}", f" ({error.context})" if error.context else ""
    if "cannot start any token" in str(error.problem):
        character = text.splitlines()[mark.line][mark.column]
        cure = "indent with spaces" if character == "\t" else "put the value in quotes"
        return f"{place}: is not YAML: nothing can begin with {_CHARACTERS.get(character, character)}; {cure}"
    return f"{place}: is not YAML: {error.problem}{context}"


def _unreadable(path: Path, text: str, error: yaml.reader.ReaderError) -> str:
    before = text[: error.position].splitlines() or [""]
    place = f"{path}:{len(before)}:{len(before[-1]) + 1}"
    return f"{place}: is not YAML: the control character U+{error.character:04X} may not stand in it"


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
        if value is None and (here[0], *here[2:3]) != _KEEPS_NULL:
            base.pop(key, None)
            continue
        base[key] = value
        _adopt(places, news, here)


def _adopt(places: Positions, news: Positions, path: positions.Path) -> None:
    for mine, theirs in ((places.keys, news.keys), (places.values, news.values)):
        mine.update({known: place for known, place in theirs.items() if known[: len(path)] == path})
