"""Root of a Merkle Patricia trie whose content is known as a whole.

Source: Yellow Paper, appendix D. Trie libraries insert key by key and keep every node for later proofs; a genesis needs
the root only, which one recursion over the sorted keys gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.networks import rlp
from ethgen.spec.keccak import keccak256

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

EMPTY_ROOT = keccak256(rlp.encode(b""))

_HASHED_FROM = 32  # bytes; shorter nodes stand in their parent as they are


def secure_root(items: Mapping[bytes, bytes]) -> bytes:
    """Give the root of the trie that maps the hash of each key to its value, as state and storage tries do."""
    return root({keccak256(key): value for key, value in items.items()})


def root(items: Mapping[bytes, bytes]) -> bytes:
    """Give the root of the trie that maps each key to its value."""
    if not items:
        return EMPTY_ROOT
    return keccak256(rlp.encode(_node(sorted((key.hex(), value) for key, value in items.items()), 0)))


def _node(items: Sequence[tuple[str, bytes]], depth: int) -> list[rlp.Item]:
    """Give the node for keys, as hexadecimal digits in order, that agree up to `depth`."""
    if len(items) == 1:
        path, value = items[0]
        return [_compact(path[depth:], leaf=True), value]
    shared = _shared_length(items[0][0], items[-1][0])
    if shared > depth:
        return [_compact(items[0][0][depth:shared], leaf=False), _reference(_node(items, shared))]
    ended = [value for path, value in items if len(path) == depth]
    children = [[item for item in items if item[0][depth : depth + 1] == digit] for digit in "0123456789abcdef"]
    return [*(_reference(_node(child, depth + 1)) if child else b"" for child in children), *(ended or [b""])]


def _shared_length(first: str, last: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))


def _reference(node: list[rlp.Item]) -> rlp.Item:
    encoded = rlp.encode(node)
    return keccak256(encoded) if len(encoded) >= _HASHED_FROM else node


def _compact(digits: str, *, leaf: bool) -> bytes:
    """Give the hex-prefix encoding: a flag digit for leaf and odd length, then the digits."""
    flag = 2 * leaf + len(digits) % 2
    return bytes.fromhex(f"{flag:x}{digits}" if len(digits) % 2 else f"{flag:x}0{digits}")
