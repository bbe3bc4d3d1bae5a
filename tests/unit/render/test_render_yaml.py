"""YAML that every reader reads the same way."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
import yaml as pyyaml
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from ethgen.render import yaml

if TYPE_CHECKING:
    from collections.abc import Callable

# What YAML can hold: no surrogates, no control characters but tab and line breaks (YAML 1.2.2, section 5.1).
TEXT = st.text(
    st.one_of(
        st.sampled_from("\t\n\r :#-'\"{}[],&*!|>%@`?~=<\x85\xa0\u2028\u2029\ufeff0123456789.eExXoO_+ynYN"),
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
    ),
    max_size=30,
)
PLAIN = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), TEXT),
    lambda children: st.one_of(st.lists(children, max_size=4), st.dictionaries(TEXT, children, max_size=4)),
    max_leaves=12,
)
# Read as something else than text by a reader of YAML 1.1 or of 1.2 when they are not quoted.
TRAPS = [
    *("y", "Y", "n", "N", "yes", "No", "on", "OFF", "true", "False", "null", "Null", "~", "", "<<", "="),
    *(
        "1e3",
        "1E3",
        "1.e+3",
        "0o755",
        "0755",
        "08",
        "0b11",
        "0x1F",
        "1_000",
        "12:30:45",
        "1:20",
        "-1",
        "+1",
        ".5",
        "5.",
    ),
    *(
        ".inf",
        "-.INF",
        ".nan",
        "2026-11-21",
        "2026-11-21T08:00:00Z",
        "685230.15",
        "190:20:30.15",
        "1234e5",
        "0e0",
        "00",
    ),
    *(
        "#",
        "a #b",
        "a: b",
        "- a",
        "? a",
        "!a",
        "&a",
        "*a",
        "|",
        ">",
        "%a",
        "@a",
        "`a",
        "{a",
        "[a",
        "'a",
        '"a',
        "---",
        "...",
    ),
    *(
        " a",
        "a ",
        "a\n",
        "\na",
        "\n",
        "a\n\n",
        " a\nb",
        "a\n b",
        "a\tb",
        "\ta",
        "a\r\nb",
        "\x85",
        "\u2028",
        "\ufeffa",
        "é",
        "😀",
    ),
]


def read_1_1(content: bytes) -> list[Any]:
    """Read with PyYAML, a reader of YAML 1.1."""
    return list(pyyaml.safe_load_all(content))


def read_1_2(content: bytes) -> list[Any]:
    """Read with ruamel.yaml in pure Python, a reader of YAML 1.2."""
    return list(YAML(typ="safe", pure=True).load_all(io.BytesIO(content)))


@pytest.mark.parametrize("read", [read_1_1, read_1_2])
@pytest.mark.parametrize("text", TRAPS, ids=repr)
def test_a_trap_is_read_as_the_text_it_is(text: str, read: Callable[[bytes], list[object]]) -> None:
    """Text that a reader takes for a boolean, number, date or comment comes back as the same text, as value and key."""
    assert [{"key": text, text: [text]}] == read(yaml.dump([{"key": text, text: [text]}]))


@given(TEXT)
@example("a\x85b")
@example("a\n\u2028b\n")
def test_any_text_is_read_back_by_yaml_1_1_and_1_2(text: str) -> None:
    """Every text that YAML can hold is read back the same by a reader of YAML 1.1 and one of 1.2."""
    content = yaml.dump([{"value": text}])
    assert [{"value": text}] == read_1_1(content)
    assert [{"value": text}] == read_1_2(content)


@given(PLAIN)
def test_any_value_is_read_back(value: object) -> None:
    """Nested plain data comes back equal, of the same types."""
    content = yaml.dump([value])
    assert repr([value]) == repr(read_1_1(content))


def test_documents_and_header_stand_in_order() -> None:
    """A header becomes comments, documents are separated, keys keep their order, and a shared list has no alias."""
    shared = ["x"]
    assert yaml.dump([{"b": shared, "a": shared}, {}], header="One.\nTwo.") == (
        b"# One.\n# Two.\n---\nb:\n- x\na:\n- x\n--- {}\n"
    )


def test_several_lines_are_printed_as_lines() -> None:
    """Text of several lines is a block that can be read in a diff, not a quoted string."""
    assert yaml.dump([{"file": "a: 1\nb: 2\n"}]) == b"---\nfile: |\n  a: 1\n  b: 2\n"
