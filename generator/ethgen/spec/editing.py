"""Changing one value in the text of a spec, and nothing else: comments, order, quotes and anchors stay as they are.

The text around the value is never written anew, as a round trip through a YAML library would: that reflows lines, and
drops comments that stand after a value which is replaced. Afterwards the text is read again, and what it holds must
differ from before in the one value only.
"""

from __future__ import annotations

import copy
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from ethgen.errors import EthgenError, SpecError
from ethgen.spec import documents
from ethgen.spec.explain import explain as fields
from ethgen.spec.explain import general
from ethgen.spec.positions import dotted

if TYPE_CHECKING:
    from ethgen.spec import positions

_INDENT = "  "

# An anchor and the space after it; an alias after its key (YAML 1.2.2, section 6.9.2 and 7.1).
_ANCHOR = re.compile(r"&[^\s,\[\]{}]+\s*")
_ALIAS = re.compile(r"\s*:\s+\*[^\s,\[\]{}]+")

# What a value of the command line is called while it is read.
_VALUE = Path("VALUE")


class _Entry(NamedTuple):
    """A value on the way to a path: the node, its key where it has one, and what it stands in."""

    node: yaml.Node
    key: yaml.Node | None
    above: yaml.Node | None


def put(file: Path, text: str, path: positions.Path, value: str) -> str:
    """Return the text of a spec with another value at a path; missing sections are added.

    Args:
        file: the spec's file, for the places of mistakes; it is not read.
        text: the file's content.
        path: where the value stands, or shall stand.
        value: YAML on one line, such as `3`, `[eth, net]` or `{client: geth}`; for a field of text, the text.

    Raises:
        EthgenError: no field is called so, or the value cannot be changed without changing others.
        SpecError: the value is not YAML.
    """
    written = _written(path, value)
    before = documents.parse(file, text).data
    draft = _put(text, path, written)
    wanted = _with(before, path, _read(written))
    return _checked(file, draft, wanted, path)


def unset(file: Path, text: str, path: positions.Path) -> str:
    """Return the text of a spec without what stands at a path, and without the comments on it.

    Raises:
        EthgenError: nothing stands there, or it cannot be removed without changing other values.
    """
    before = documents.parse(file, text)
    if _numbered(before.data, path) not in before.positions.values:
        raise EthgenError(f"{dotted(path)} is not set in {file}")
    draft = _unset(text, path)
    return _checked(file, draft, _with(before.data, path, _REMOVED), path)


_REMOVED = object()


def _with(data: dict[str, Any], path: positions.Path, value: object) -> dict[str, Any]:
    """Return a copy of plain data with a value put or removed at a path."""
    result = copy.deepcopy(data)
    here: Any = result
    for part in path[:-1]:
        if isinstance(here, list):
            here = here[int(part)]
        else:
            here[part] = {} if here.get(part) is None else here[part]
            here = here[part]
    last: Any = int(path[-1]) if isinstance(here, list) else path[-1]
    if value is _REMOVED:
        del here[last]
    else:
        here[last] = value
    return result


def _numbered(data: Any, path: positions.Path) -> positions.Path:  # noqa: ANN401 - plain data of any type
    """Return a path whose places in lists are numbers, as they are in the positions of a document."""
    result: list[str | int] = []
    for part in path:
        place = int(part) if isinstance(data, list) and str(part).isdecimal() else part
        inside = isinstance(data, dict) or (isinstance(place, int) and place < len(data))
        data = (data.get(place) if isinstance(data, dict) else data[place]) if inside else None
        result.append(place)
    return tuple(result)


def _checked(file: Path, draft: str, wanted: dict[str, Any], path: positions.Path) -> str:
    try:
        same = json.dumps(documents.parse(file, draft).data) == json.dumps(wanted)
    except SpecError:
        same = False
    if not same:
        raise EthgenError(
            f"{dotted(path)} cannot be changed without changing other values of {file}: an anchor, alias or merge "
            "is in its way",
            cure="write the section out in full, or edit the file",
        )
    return draft


def _written(path: positions.Path, value: str) -> str:
    """Return a value as the file shall say it: text in quotes where YAML would take it for something else."""
    takes = next(field.type for field in fields() if field.path == general(path))
    if takes in {"section", "mapping from names to sections"}:
        takes = "mapping"
    if value in {"null", "~"}:
        return "null"
    is_text = takes.startswith("text") or (" | " in takes and not takes.startswith("list") and not takes[0].isdecimal())
    if is_text:
        quoted = json.dumps(value, ensure_ascii=False)
        return value if _says(value, value) or (value[:1] in {"'", '"'} and _is_text(value)) else quoted
    data = _read(value)
    return value if _says(value, data) else _flow(data)


def _says(written: str, wanted: object) -> bool:
    """Return whether YAML reads a text as what is wanted, also within braces."""
    try:
        inside = documents.parse(_VALUE, f"x: {{x: {written}}}").data["x"]["x"]
        return bool(inside == wanted and type(inside) is type(wanted) and "\n" not in written)
    except (SpecError, KeyError, TypeError):
        return False


def _is_text(written: str) -> bool:
    try:
        return isinstance(_read(written), str)
    except SpecError:
        return False


def _read(written: str) -> Any:  # noqa: ANN401 - plain data of any type
    """Return what a text on the command line holds, as the spec's own reader takes it."""
    try:
        return documents.parse(_VALUE, f"VALUE:\n{_INDENT}{written}").data["VALUE"]
    except SpecError as error:
        problems = [problem.split(": ", 1)[1].removeprefix("VALUE: ") for problem in error.problems]
        raise EthgenError(f"{written!r}: {'; '.join(problems)}") from None


def _flow(data: object) -> str:
    return (
        yaml.safe_dump(data, default_flow_style=True, width=float("inf"), sort_keys=False, allow_unicode=True)
        .removesuffix("\n...\n")
        .rstrip("\n")
    )


def _compose(text: str) -> yaml.Node | None:
    node: yaml.Node | None = yaml.compose(text, Loader=yaml.CSafeLoader)
    return node


def _put(text: str, path: positions.Path, written: str) -> str:
    root = _compose(text)
    if root is None:
        return f"{_closed(text)}{_block(path, written, 0)}"
    entry, missing = _descend(root, path)
    node = entry.node
    if not missing:
        start, end = _span(text, entry)
        return f"{text[:start]}{' ' if text[start - 1 : start] == ':' else ''}{written}{text[end:]}"
    if isinstance(node, yaml.ScalarNode) and node.tag.endswith(":null"):
        start, end = _span(text, entry)
        return f"{text[:start]} {{{_nested(missing, written)}}}{text[end:]}"
    if not isinstance(node, yaml.MappingNode):
        raise EthgenError(f"{dotted(path[: -len(missing)])} is not a mapping, so {missing[0]!r} cannot stand in it")
    if not node.flow_style:
        end = _line_end(text, _end(text, entry))
        return (
            f"{_closed(text[:end])}{_block(missing, written, node.start_mark.column)}{text[end:].removeprefix(chr(10))}"
        )
    inner = text[: node.end_mark.index - 1].rstrip()
    comma = "" if not node.value else (" " if inner.endswith(",") else ", ")
    return f"{inner}{comma}{_nested(missing, written)}{text[len(inner) :]}"


def _unset(text: str, path: positions.Path) -> str:
    root = _compose(text)
    assert root is not None  # noqa: S101 - the path stands in it
    entry, _ = _descend(root, path)
    above, _ = _descend(root, path[:-1])
    if len(above.node.value) == 1 and above.key is not None:
        start, end = _span(text, above)
        return f"{text[:start].rstrip()} {'{}' if isinstance(above.node, yaml.MappingNode) else '[]'}{text[end:]}"
    first = (entry.key or entry.node).start_mark.index
    end = _end(text, entry)
    assert isinstance(above.node, yaml.CollectionNode)  # noqa: S101 - something stands in it
    if not above.node.flow_style:
        begin, end = _with_comments(text, text.rfind("\n", 0, first) + 1, _line_end(text, end))
        return text[:begin] + text[end:].removeprefix("\n")
    after = text[end:].lstrip()
    if after.startswith(","):
        return f"{text[:first]}{after[1:].lstrip()}"
    return f"{text[:first].rstrip().removesuffix(',')}{text[end:]}"


def _with_comments(text: str, begin: int, end: int) -> tuple[int, int]:
    """Return where the lines of a value begin and end with the comments on it, which would be read as on the next one.

    These are comments right above its first line that are indented as that line, and comments below that are indented
    further. What stands at the beginning of the file is on the file.
    """
    column = _indentation(text[begin:end])
    above = begin
    while (line := text.rfind("\n", 0, above - 1) + 1) < above and _is_comment(text[line:above], column, column):
        above = line
    below = end
    while below < len(text) and _is_comment(text[below + 1 : (after := _line_end(text, below + 1))], column + 1):
        below = after
    return above or begin, below


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _is_comment(line: str, least: int, most: int = sys.maxsize) -> bool:
    """Return whether a line is a comment that is indented so far."""
    return line.lstrip(" ").startswith("#") and least <= _indentation(line) <= most


def _descend(root: yaml.Node, path: positions.Path) -> tuple[_Entry, positions.Path]:
    """Return the deepest node on the way to a path that the file has itself, and the parts that it has not."""
    entry = _Entry(root, None, None)
    for depth, part in enumerate(path):
        node, found = entry.node, None
        if isinstance(node, yaml.MappingNode):
            found = next((_Entry(value, key, node) for key, value in node.value if key.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and str(part).isdecimal() and int(part) < len(node.value):
            found = _Entry(node.value[int(part)], None, node)
        if found is None:
            return entry, path[depth:]
        entry = found
    return entry, ()


def _span(text: str, entry: _Entry) -> tuple[int, int]:
    """Return where a value begins and ends in the text: without its anchor, and without comments after it."""
    start, end = entry.node.start_mark.index, _end(text, entry)
    if entry.key is not None and (start < entry.key.end_mark.index or "\n" in text[entry.key.end_mark.index : start]):
        # An alias of what stands elsewhere, or a section that begins on a line of its own.
        start = text.index(":", entry.key.end_mark.index) + 1
    if anchor := _ANCHOR.match(text, start):
        start = min(anchor.end(), end)
    return start, end


def _end(text: str, entry: _Entry) -> int:
    """Return where the last character of a value stands, plus one."""
    node, key = entry.node, entry.key
    if key is not None and (alias := _ALIAS.match(text, key.end_mark.index)):
        return alias.end()
    if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
        last_key, last = node.value[-1]
        return _end(text, _Entry(last, last_key, node))
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
        return _end(text, _Entry(node.value[-1], None, node))
    start, end = node.start_mark.index, node.end_mark.index
    return max(start + len(text[start:end].rstrip()), key.end_mark.index + 1 if key is not None else 0)


def _line_end(text: str, index: int) -> int:
    found = text.find("\n", index)
    return len(text) if found < 0 else found


def _closed(text: str) -> str:
    """Return text with a line break at its end."""
    return text if not text or text.endswith("\n") else f"{text}\n"


def _block(path: positions.Path, written: str, column: int) -> str:
    """Return lines for a value and the sections it stands in."""
    lines = [f"{' ' * column}{_INDENT * depth}{_key(part)}:" for depth, part in enumerate(path)]
    return "\n".join(lines) + f" {written}\n"


def _nested(path: positions.Path, written: str) -> str:
    """Return a value and the sections it stands in on one line, without the outer braces."""
    *above, last = path
    return "".join(f"{_key(part)}: {{" for part in above) + f"{_key(last)}: {written}" + "}" * len(above)


def _key(part: str | int) -> str:
    text = str(part)
    return text if _says(text, text) and " " not in text else json.dumps(text, ensure_ascii=False)
