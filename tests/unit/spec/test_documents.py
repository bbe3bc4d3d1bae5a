"""Reading files: positions, aliases, what YAML readers disagree about, and merging over an extended file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ethgen.errors import SpecError
from ethgen.spec.documents import read

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, **files: str) -> Path:
    """Write files named `<name>.yaml` and return the last one."""
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder / f"{list(files)[-1]}.yaml"


def test_mappings_are_merged_and_the_rest_is_replaced(tmp_path: Path) -> None:
    """A file keeps what it does not mention of the one it extends, merges mappings, and replaces lists and scalars."""
    path = write(
        tmp_path,
        base="a: {x: 1, y: 2}\nb: [1, 2]\nc: kept\nd: 1\n",
        over="extends: base.yaml\na: {y: 3, z: 4}\nb: [9]\nd: {now: a mapping}\n",
    )
    assert read(path).data == {"a": {"x": 1, "y": 3, "z": 4}, "b": [9], "c": "kept", "d": {"now": "a mapping"}}


def test_null_removes_what_the_extended_file_says(tmp_path: Path) -> None:
    """A key without value removes the key below it, of whatever kind it is."""
    path = write(tmp_path, base="a: {x: 1, y: 2}\nb: 1\n", over="extends: base.yaml\na: {x: null}\nb:\n")
    assert read(path).data == {"a": {"y": 2}}


def test_null_stays_in_the_values_of_a_release(tmp_path: Path) -> None:
    """In the values of a release null is kept, for Helm reads it as the removal of a chart's own value."""
    path = write(
        tmp_path,
        base="releases: {devnet: {values: {labels: {a: b}}}}\n",
        over="extends: base.yaml\nreleases: {devnet: {values: {labels: null}}}\n",
    )
    assert read(path).data == {"releases": {"devnet": {"values": {"labels": None}}}}


def test_files_extend_one_another_in_a_row(tmp_path: Path) -> None:
    """The nearest file wins over the one it extends, and that one over its own."""
    path = write(
        tmp_path,
        first="a: 1\nb: 1\nc: 1\n",
        second="extends: first.yaml\nb: 2\nc: 2\n",
        third="extends: second.yaml\nc: 3\n",
    )
    assert read(path).data == {"a": 1, "b": 2, "c": 3}


def test_a_value_has_the_place_it_was_written_at(tmp_path: Path) -> None:
    """Values know their file, line and column, also after merging; what was replaced is forgotten."""
    path = write(
        tmp_path,
        base="a:\n  x: 1\n  list: [1, 2]\nb: {gone: 1}\n",
        over="extends: base.yaml\na:\n  y: 2\nb: 3\n",
    )
    where = read(path).positions.where
    base, over = tmp_path / "base.yaml", tmp_path / "over.yaml"
    assert where(("a", "x")) == f"{base}:2:6"
    assert where(("a", "x"), key=True) == f"{base}:2:3"
    assert where(("a", "list", 1)) == f"{base}:3:13"
    assert where(("a", "y")) == f"{over}:3:6"
    assert where(("b", "gone")) == f"{over}:4:4"
    assert where(("missing", "deep")) == f"{over}:1:1"


def test_merge_keys_give_way_to_keys_of_their_own(tmp_path: Path) -> None:
    """`<<` brings in an alias's keys; keys beside it win; an aliased mapping with a merge key can be used again."""
    path = write(
        tmp_path,
        one="a: &a {x: 1, y: 1}\nb: &b {<<: *a, y: 2}\nc: *b\nd: {<<: [*b, {x: 9, z: 9}]}\n",
    )
    merged = {"x": 1, "y": 2}
    assert read(path).data == {"a": {"x": 1, "y": 1}, "b": merged, "c": merged, "d": {**merged, "z": 9}}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("2026-11-21", "2026-11-21"),
        ("2026-13-45", "2026-13-45"),
        ("=", "="),
        ("1e3", "1e3"),
        ("text", "text"),
        ("'yes'", "yes"),
        ("!!str 12", "12"),
        ("true", True),
        ("False", False),
        ("0x1F", 31),
        ("-12", -12),
        ("1.5", 1.5),
        ("~", None),
        ("", None),
    ],
)
def test_plain_values_are_read_as_every_reader_does(written: str, value: object, tmp_path: Path) -> None:
    """Dates are text; what YAML 1.1 and 1.2 agree on keeps its type."""
    document = read(write(tmp_path, one=f"a: {written}\n"))
    assert repr(value) == repr(document.data["a"])


@pytest.mark.parametrize("written", [".nan", ".INF", "-.inf", "1.0e+400"])
def test_a_number_that_json_does_not_have_is_refused(written: str, tmp_path: Path) -> None:
    """Helm would refuse all values of the release for it, and say nothing of the place."""
    with pytest.raises(SpecError, match=rf"one\.yaml:1:4: a: {re.escape(written)} is a number that JSON does not have"):
        read(write(tmp_path, one=f"a: {written}\n"))
    assert read(write(tmp_path, one=f"a: '{written}'\n")).data == {"a": written}


@pytest.mark.parametrize("written", ["yes", "No", "on", "OFF", "0755", "1_000", "12:30", "0b11", "1_0.5", "1:30.5"])
def test_what_readers_disagree_about_is_refused(written: str, tmp_path: Path) -> None:
    """A value that is text to YAML 1.2 and something else to YAML 1.1 has to be put in quotes."""
    with pytest.raises(SpecError, match=r"one\.yaml:1:4: a: .* is text to some readers of YAML, and not to others"):
        read(write(tmp_path, one=f"a: {written}\n"))


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("yes", "write true or false, or put it in quotes"),
        ("60_000_000", "write 60000000, or put it in quotes"),
        ("1_000.5", "write 1000.5, or put it in quotes"),
        ("0755", "take away the zero in front, or put it in quotes"),
        ("12:30", "put it in quotes"),
        ("12:30:45.5", "put it in quotes"),
    ],
)
def test_what_readers_disagree_about_has_a_cure(written: str, instead: str, tmp_path: Path) -> None:
    """How to write such a value is told for what it may be: a number too, which quotes would make text."""
    with pytest.raises(SpecError) as caught:
        read(write(tmp_path, one=f"a: {written}\n"))
    assert str(caught.value).endswith(f"a: {written} is text to some readers of YAML, and not to others; {instead}")


@pytest.mark.parametrize(
    "written", ["!!float abc", "!!int abc", "!!binary YQ==", "!!set {a}", "!list [a]", "!!omap [a: 1]"]
)
def test_tags_that_make_other_types_are_refused(written: str, tmp_path: Path) -> None:
    """A tag that asks for another type than JSON has is one line at its place."""
    with pytest.raises(SpecError, match=r"^\S*one\.yaml:1:4: a: "):
        read(write(tmp_path, one=f"a: {written}\n"))


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    """A folder in place of a file is told as the system tells it."""
    (tmp_path / "one.yaml").mkdir()
    with pytest.raises(SpecError) as caught:
        read(tmp_path / "one.yaml")
    assert str(caught.value) == f"{tmp_path}/one.yaml: cannot be read: Is a directory"
