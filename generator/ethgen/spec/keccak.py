"""Keccak-256, the hash of everything on the execution layer."""

from __future__ import annotations


def keccak256(data: bytes) -> bytes:
    """Give the 32-byte Keccak-256 digest (the padding from before FIPS 202)."""
    from Crypto.Hash import keccak  # noqa: PLC0415 - takes long to load, and most commands hash nothing

    return keccak.new(digest_bits=256, data=data).digest()
