"""Roots of Merkle Patricia tries."""

from __future__ import annotations

import pytest

from ethgen.genesis.trie import EMPTY_ROOT, root


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ({}, "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"),
        (
            {"doe": "reindeer", "dog": "puppy", "dogglesworth": "cat"},
            "8aad789dff2f538bca5d8ea56e8abe10f4c7ba3a5dea95fea4cd6e7c3a1168d3",
        ),
        (
            {"do": "verb", "horse": "stallion", "doge": "coin", "dog": "puppy"},
            "5991bb8c6514148a29db676a14ac506cd2cd5775ace63c30a4fe457715e9ac84",
        ),
        (
            {"foo": "bar", "food": "bass"},
            "17beaa1648bafa633cda809c90c04af50fc8aed3cb40d16efbddee6fdf63c4c3",
        ),
        (
            {"A": "a" * 50},
            "d23786fb4a010da3ce639d66d5e904a11dbc02746d1ce25029e53290cabf28ab",
        ),
    ],
)
def test_roots_are_those_of_the_ethereum_tests(items: dict[str, str], expected: str) -> None:
    """The tries of ethereum/tests, TrieTests/trieanyorder.json, have the roots given there."""
    assert root({key.encode(): value.encode() for key, value in items.items()}).hex() == expected


def test_an_empty_trie_has_the_root_that_headers_show() -> None:
    """Blocks without transactions carry this root."""
    assert root({}) == EMPTY_ROOT
