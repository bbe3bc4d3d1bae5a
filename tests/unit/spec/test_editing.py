"""Changing one value in the text of a spec: what stays as it is, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ethgen.errors import EthgenError
from ethgen.spec import documents
from ethgen.spec.editing import put, unset

FILE = Path("environments/x.yaml")
PAIR = ("networks", "a", "nodes", "b")


def test_an_empty_file_gets_its_first_value() -> None:
    """A file of comments alone keeps them."""
    assert put(FILE, "# mine", ("cluster", "context"), "x") == "# mine\ncluster:\n  context: x\n"
    assert put(FILE, "", ("profile",), "local") == "profile: local\n"


def test_an_empty_section_is_filled() -> None:
    """A key without a value becomes the section that it stands for."""
    assert put(FILE, "cluster:\n# end\n", ("cluster", "context"), "x") == "cluster: {context: x}\n# end\n"
    assert put(FILE, "cluster: {}\n", ("cluster", "context"), "x") == "cluster: {context: x}\n"
    assert put(FILE, "cluster: {\n}\n", ("cluster", "context"), "x") == "cluster: {context: x\n}\n"


def test_the_end_of_the_file_may_lack_a_line_break() -> None:
    """A last line without its break gets one before the next line."""
    assert put(FILE, "profile: local", ("cluster", "context"), "x") == "profile: local\ncluster:\n  context: x\n"


def test_comments_between_sections_stay_where_they_are() -> None:
    """A new key stands after the last value of its section, before the comments of the next."""
    text = "cluster:\n  provider: auto # why\n\n# Next.\nprofile: local\n"
    assert put(FILE, text, ("cluster", "context"), "x") == (
        "cluster:\n  provider: auto # why\n  context: x\n\n# Next.\nprofile: local\n"
    )
    assert unset(FILE, text, ("cluster", "provider")) == "cluster: {} # why\n\n# Next.\nprofile: local\n"


GROUPS = """\
# The file.
profile: local
# What runs.
networks:
  # Two of them.

  # The first,
  # a test network.
  a:
    # Its name.
    chain: hoodi # public
    # Why it has no more.

  # The second.
  b: {chain: sepolia}
  # No third.
# The end.
"""


@pytest.mark.parametrize(
    ("path", "gone"),
    [
        ("networks.a", (7, 13)),
        ("networks.b", (14, 16)),
        ("networks", (3, 17)),
        ("profile", (2, 3)),
    ],
)
def test_what_is_removed_takes_its_comments_along(path: str, gone: tuple[int, int]) -> None:
    """Comments right above and those indented below go with a value; those of the file and of others stay."""
    lines = GROUPS.splitlines(keepends=True)
    begin, end = gone
    kept = "".join(lines[: begin - 1] + lines[end - 1 :])
    for line_break in ("\n", "\r\n"):
        text = GROUPS.replace("\n", line_break)
        assert unset(FILE, text, tuple(path.split("."))) == kept.replace("\n", line_break)


def test_the_last_one_of_a_file_takes_its_comments_along() -> None:
    """A comment on the last line needs no line break, and one of another section stays."""
    text = "profile: local\n# Where.\ncluster:\n  provider: auto\n  # why"
    assert unset(FILE, text, ("cluster",)) == "profile: local\n"
    assert unset(FILE, f"{text}\n# end", ("cluster",)) == "profile: local\n# end"


def test_windows_line_breaks_stay() -> None:
    """Lines that end in CR LF do so afterwards."""
    assert put(FILE, "profile: local\r\nnetworks: {}\r\n", ("profile",), "staging") == (
        "profile: staging\r\nnetworks: {}\r\n"
    )


def test_an_anchor_keeps_its_name() -> None:
    """A value that others are aliases of is not changed behind their back; one that has none may have an anchor."""
    text = "networks:\n  a: {chain: &c hoodi, nodes: {}}\n  b: {chain: *c, nodes: {}}\n"
    with pytest.raises(EthgenError, match=r"networks\.a\.chain cannot be changed without changing other values"):
        put(FILE, text, ("networks", "a", "chain"), "sepolia")
    assert put(FILE, text, ("networks", "b", "chain"), "sepolia") == text.replace("*c", "sepolia")
    alone = "profile: &p local\n"
    assert put(FILE, alone, ("profile",), "staging") == "profile: &p staging\n"


def test_what_a_merge_brings_is_overridden_or_refused() -> None:
    """A key of a merged mapping is overridden by a key of its own; what lies deeper would lose its neighbours."""
    text = "networks:\n  a: &a {chain: hoodi, rpc: {service: NodePort}, nodes: {}}\n  b:\n    <<: *a\n"
    assert put(FILE, text, ("networks", "b", "chain"), "sepolia") == f"{text}    chain: sepolia\n"
    with pytest.raises(EthgenError, match="cannot be changed without changing other values"):
        put(FILE, text.replace("NodePort", "NodePort, fromCidrs: []"), ("networks", "b", "rpc", "service"), "ClusterIP")


def test_a_path_through_a_value_is_refused() -> None:
    """What is no mapping cannot hold a key."""
    with pytest.raises(EthgenError, match="networks is not a mapping, so 'a' cannot stand in it"):
        put(FILE, "networks: text\n", ("networks", "a"), "{}")


def test_a_list_keeps_its_other_items() -> None:
    """An item is changed in place; the last one that is removed leaves an empty list."""
    text = "networks:\n  a:\n    rpc:\n      fromNamespaces:\n        - x # first\n        - y\n"
    path = ("networks", "a", "rpc", "fromNamespaces")
    assert put(FILE, text, (*path, "1"), "z") == text.replace("- y", "- z")
    assert unset(FILE, text, (*path, "1")) == text.replace("        - y\n", "")
    last = text.replace("        - y\n", "")
    assert unset(FILE, last, (*path, "0")) == "networks:\n  a:\n    rpc:\n      fromNamespaces: [] # first\n"
    with pytest.raises(EthgenError, match=r"fromNamespaces\.2 is not set in environments/x\.yaml"):
        unset(FILE, text, (*path, "2"))


@settings(max_examples=50)
@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=30))
def test_any_text_comes_back_as_it_was(text: str) -> None:
    """Whatever somebody sets as a text is what the spec's reader finds there, in braces and on a line of its own."""
    if text in {"null", "~"} or text[:1] in {"'", '"'}:
        return
    path = ("networks", "a", "validators", "v", "graffiti")
    for spec in ("networks: {a: {validators: {v: {client: prysm}}}}\n", "networks:\n  a:\n    chain: hoodi\n"):
        found = documents.parse(FILE, put(FILE, spec, path, text))
        assert found.data["networks"]["a"]["validators"]["v"]["graffiti"] == text


@settings(max_examples=50)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text("ab:#{}[],'\"&*\n é0", max_size=6),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc: #", max_size=4), inner, max_size=3),
        max_leaves=8,
    )
)
def test_any_value_of_a_release_comes_back(value: object) -> None:
    """Free values, as those of a chart, are written so that they are read as they were given."""
    written = put(FILE, "profile: local\n", ("releases", "r", "values", "x"), json.dumps(value))
    if value is not None:
        assert documents.parse(FILE, written).data["releases"]["r"]["values"]["x"] == value
