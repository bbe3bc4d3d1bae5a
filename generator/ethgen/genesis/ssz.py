"""Simple Serialize as far as a genesis needs it: encoding and hash tree roots of whole values, nothing partial.

Libraries that can also update and prove trees take seconds and a hundred megabytes for a genesis state; encoding it
once takes neither. Source: `ssz/simple-serialize.md` of ethereum/consensus-specs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Generic, TypeVar

_CHUNK = 32
_OFFSET = 4  # BYTES_PER_LENGTH_OFFSET

V = TypeVar("V")


class Type(ABC, Generic[V]):
    """An SSZ type.

    Attributes:
        size: bytes of an encoded value; None where values differ in size.
        basic: whether values are packed into chunks rather than hashed one by one.
    """

    size: int | None
    basic = False

    @abstractmethod
    def default(self) -> V:
        """Give the type's zero value."""

    @abstractmethod
    def serialize(self, value: V) -> bytes:
        """Encode a value."""

    @abstractmethod
    def hash_tree_root(self, value: V) -> bytes:
        """Give the 32-byte root of a value."""


class Uint(Type[int]):
    """An unsigned integer, little-endian."""

    basic = True

    def __init__(self, bits: int) -> None:
        self.size: int = bits // 8

    def default(self) -> int:
        """Give 0."""
        return 0

    def serialize(self, value: int) -> bytes:
        """Encode little-endian."""
        return value.to_bytes(self.size, "little")

    def hash_tree_root(self, value: int) -> bytes:
        """Give the encoding, padded to a chunk."""
        return value.to_bytes(_CHUNK, "little")


class Bytes(Type[bytes]):
    """A fixed number of bytes: a byte vector, or the packed bits of a bit vector."""

    def __init__(self, length: int) -> None:
        self.size: int = length

    def default(self) -> bytes:
        """Give zero bytes."""
        return bytes(self.size)

    def serialize(self, value: bytes) -> bytes:
        """Check the length and give the value."""
        if len(value) != self.size:
            raise ValueError(f"{len(value)} bytes where {self.size} belong")
        return value

    def hash_tree_root(self, value: bytes) -> bytes:
        """Merkleize the chunks of the value."""
        return merkleize(_pack(self.serialize(value)), -(-self.size // _CHUNK))


class ByteList(Type[bytes]):
    """At most `limit` bytes."""

    size = None

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def default(self) -> bytes:
        """Give no bytes."""
        return b""

    def serialize(self, value: bytes) -> bytes:
        """Check the length and give the value."""
        if len(value) > self.limit:
            raise ValueError(f"{len(value)} bytes where {self.limit} are the limit")
        return value

    def hash_tree_root(self, value: bytes) -> bytes:
        """Merkleize the chunks of the value and mix in its length."""
        return _mix_in(merkleize(_pack(self.serialize(value)), -(-self.limit // _CHUNK)), len(value))


class Vector(Type[Sequence[V]]):
    """A fixed number of elements of fixed size."""

    def __init__(self, element: Type[V], length: int) -> None:
        if element.size is None:
            raise TypeError("vectors of elements of varying size do not occur in a beacon state")
        self.element = element
        self.length = length
        self.size: int = element.size * length

    def default(self) -> Sequence[V]:
        """Give zero elements."""
        return [self.element.default()] * self.length

    def serialize(self, value: Sequence[V]) -> bytes:
        """Check the number of elements and encode them one after the other."""
        if len(value) != self.length:
            raise ValueError(f"{len(value)} elements where {self.length} belong")
        return b"".join(map(self.element.serialize, value))

    def hash_tree_root(self, value: Sequence[V]) -> bytes:
        """Merkleize the elements."""
        return merkleize(_chunks(self.element, value), _chunk_count(self.element, self.length))


class List(Type[Sequence[V]]):
    """At most `limit` elements of fixed size."""

    size = None

    def __init__(self, element: Type[V], limit: int) -> None:
        if element.size is None:
            raise TypeError("lists of elements of varying size are always empty in a genesis; give any fixed element")
        self.element = element
        self.limit = limit

    def default(self) -> Sequence[V]:
        """Give no elements."""
        return ()

    def serialize(self, value: Sequence[V]) -> bytes:
        """Check the number of elements and encode them one after the other."""
        if len(value) > self.limit:
            raise ValueError(f"{len(value)} elements where {self.limit} are the limit")
        return b"".join(map(self.element.serialize, value))

    def hash_tree_root(self, value: Sequence[V]) -> bytes:
        """Merkleize the elements and mix in their number."""
        return _mix_in(
            merkleize(_chunks(self.element, value), _chunk_count(self.element, self.limit)),
            len(value),
        )


class Container(Type[Mapping[str, Any]]):
    """Named fields, in the order they are given."""

    def __init__(self, fields: Mapping[str, Type[Any]]) -> None:
        self.fields = dict(fields)
        sizes = [kind.size for kind in self.fields.values()]
        self._head = sum(_OFFSET if size is None else size for size in sizes)
        self.size = None if None in sizes else self._head

    def default(self) -> Mapping[str, Any]:
        """Give every field's zero value."""
        return {name: kind.default() for name, kind in self.fields.items()}

    def serialize(self, value: Mapping[str, Any]) -> bytes:
        """Encode the fixed parts, with offsets in place of the varying ones, and then the varying ones."""
        if self.size is not None:
            return b"".join([kind.serialize(value[name]) for name, kind in self.fields.items()])
        head, tail = b"", b""
        for name, kind in self.fields.items():
            encoded = kind.serialize(value[name])
            if kind.size is not None:
                head += encoded
            else:
                head += (self._head + len(tail)).to_bytes(_OFFSET, "little")
                tail += encoded
        return head + tail

    def hash_tree_root(self, value: Mapping[str, Any]) -> bytes:
        """Merkleize the fields' roots."""
        roots = b"".join([kind.hash_tree_root(value[name]) for name, kind in self.fields.items()])
        return merkleize(roots, len(self.fields))


def merkleize(chunks: bytes, limit: int) -> bytes:
    """Give the root of a tree over 32-byte chunks, padded with zero chunks to the next power of two of `limit`."""
    layer = chunks
    depth = (limit - 1).bit_length()
    for level in range(depth):
        if not layer:
            return zero_hash(depth)
        if len(layer) % (2 * _CHUNK):
            layer += zero_hash(level)
        layer = _parents(layer)
    return layer or zero_hash(depth)


def zero_hash(depth: int) -> bytes:
    """Give the root of a tree of 2^depth zero chunks."""
    while len(_ZERO_HASHES) <= depth:
        _ZERO_HASHES.append(sha256(_ZERO_HASHES[-1] * 2).digest())
    return _ZERO_HASHES[depth]


_ZERO_HASHES = [bytes(_CHUNK)]


def _parents(layer: bytes) -> bytes:
    first, pairs = layer[: 2 * _CHUNK], len(layer) // (2 * _CHUNK)
    if layer == first * pairs:
        return sha256(first).digest() * pairs
    return b"".join([sha256(layer[at : at + 64]).digest() for at in range(0, len(layer), 64)])


def _chunks(element: Type[V], value: Sequence[V]) -> bytes:
    if element.basic:
        return _pack(b"".join(map(element.serialize, value)))
    return b"".join(map(element.hash_tree_root, value))


def _chunk_count(element: Type[V], count: int) -> int:
    return -(-count * element.size // _CHUNK) if element.basic and element.size else count


def _pack(data: bytes) -> bytes:
    return data + bytes(-len(data) % _CHUNK)


def _mix_in(root: bytes, length: int) -> bytes:
    return sha256(root + length.to_bytes(_CHUNK, "little")).digest()
