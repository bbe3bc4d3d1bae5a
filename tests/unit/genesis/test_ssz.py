"""SSZ encoding and hash tree roots."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ethgen.genesis.ssz import ByteList, Bytes, Container, List, Uint, Vector, merkleize, zero_hash


def test_the_deposit_contract_s_zero_hashes() -> None:
    """The deposit contract of mainnet holds these for heights 1 and 30."""
    assert zero_hash(1).hex() == "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b"
    assert zero_hash(30).hex() == "b5fe28e79f1b850f8658246ce9b6a1e7b49fc06db7143e8fe0b4f2b0c5523a5c"


@settings(deadline=None)  # a loaded machine is no failure
@given(st.binary(max_size=9 * 32).map(lambda data: data[: len(data) // 32 * 32]), st.integers(9, 70))
def test_a_root_is_that_of_the_whole_padded_tree(chunks: bytes, limit: int) -> None:
    """Skipping zero subtrees and equal layers gives what hashing every node gives."""
    layer = [chunks[at : at + 32] for at in range(0, len(chunks), 32)]
    layer += [bytes(32)] * (2 ** (limit - 1).bit_length() - len(layer))
    while len(layer) > 1:
        layer = [sha256(layer[at] + layer[at + 1]).digest() for at in range(0, len(layer), 2)]
    assert merkleize(chunks, limit) == layer[0]


def test_equal_chunks_are_hashed_like_any_others() -> None:
    """A layer of equal chunks, which is hashed once, has the root of the same chunks hashed one by one."""
    one = b"\x07" * 32
    two = sha256(one + one).digest()
    assert merkleize(one * 4, 4) == sha256(two + two).digest()
    assert merkleize(one * 3, 4) == sha256(two + sha256(one + bytes(32)).digest()).digest()


def test_varying_fields_follow_the_fixed_ones_behind_offsets() -> None:
    """A container is encoded as the specification shows: offsets count from its beginning."""
    kind = Container({"a": Uint(16), "b": List(Uint(8), 4), "c": Bytes(2), "d": ByteList(4)})
    value = {"a": 0x0102, "b": [1, 2, 3], "c": b"\xaa\xbb", "d": b"\xff"}
    assert kind.serialize(value).hex() == "02010c000000aabb0f000000010203ff"


def test_lists_mix_in_their_length() -> None:
    """The root of a list is the root of its chunks, hashed with the number of its elements."""
    packed = b"".join(number.to_bytes(8, "little") for number in (1, 2, 3)) + bytes(8)
    expected = sha256(sha256(packed + bytes(32)).digest() + (3).to_bytes(32, "little")).digest()
    assert List(Uint(64), 8).hash_tree_root([1, 2, 3]) == expected


@pytest.mark.parametrize(
    ("kind", "value", "problem"),
    [
        (Bytes(2), b"abc", "3 bytes where 2 belong"),
        (ByteList(2), b"abc", "3 bytes where 2 are the limit"),
        (Vector(Uint(8), 2), [1], "1 elements where 2 belong"),
        (List(Uint(8), 2), [1, 2, 3], "3 elements where 2 are the limit"),
    ],
)
def test_values_of_the_wrong_size_are_refused(kind: Bytes, value: bytes, problem: str) -> None:
    """A value that its type cannot hold is a mistake, never an encoding."""
    with pytest.raises(ValueError, match=problem):
        kind.serialize(value)


def test_elements_of_varying_size_are_refused() -> None:
    """Vectors and lists are for elements of fixed size, the only ones a genesis fills."""
    with pytest.raises(TypeError, match="varying size"):
        Vector(ByteList(2), 2)
    with pytest.raises(TypeError, match="varying size"):
        List(ByteList(2), 2)
