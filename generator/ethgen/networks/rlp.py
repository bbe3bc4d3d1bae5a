"""Recursive Length Prefix, the encoding of node records and of everything an execution block hashes.

The `rlp` package takes a quarter of a second to import, more than half of what a whole render may take, so the one page
of the Yellow Paper (appendix B) that is needed stands here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

Item: TypeAlias = "bytes | int | Sequence[Item]"

_SHORT_LENGTH = 55  # Yellow Paper, appendix B: longer payloads carry the length of their length
_STRING_OFFSET = 0x80
_LIST_OFFSET = 0xC0


def encode(item: Item) -> bytes:
    """Encode a byte string, a non-negative integer (big-endian, no leading zero) or a sequence of these."""
    if isinstance(item, int):
        return encode(item.to_bytes((item.bit_length() + 7) // 8, "big"))
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < _STRING_OFFSET:
            return item
        return _prefix(len(item), _STRING_OFFSET) + item
    payload = b"".join(map(encode, item))
    return _prefix(len(payload), _LIST_OFFSET) + payload


def _prefix(length: int, offset: int) -> bytes:
    if length <= _SHORT_LENGTH:
        return bytes([offset + length])
    digits = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([offset + _SHORT_LENGTH + len(digits)]) + digits
