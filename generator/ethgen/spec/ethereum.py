"""Scalars of a spec that Ethereum defines: mnemonics, addresses, graffiti, and the records that nodes are found by."""

from __future__ import annotations

import base64
import binascii
import unicodedata
from typing import Annotated, Literal
from urllib.parse import urlsplit

from ethgen.spec.internet import is_host_or_address
from ethgen.spec.keccak import keccak256
from ethgen.spec.notation import NOTATION, Check, Notation

# Namespaces of JSON-RPC (execution-apis), and how much history an execution client keeps.
Api = Literal["eth", "net", "web3", "txpool", "debug", "admin"]
Retention = Literal["archive", "full", "post-merge", "post-prague", "rolling", "minimal"]

# The mnemonic that every Ethereum development tool ships: worthless by design.
THROW_AWAY_MNEMONIC = "test test test test test test test test test test test junk"


def mnemonic_problem(text: str) -> str:
    """Return why words are no mnemonic of BIP-39; empty where they are one.

    Words of a mistyped mnemonic are close to the secret: it is said where, never what.
    """
    if text == THROW_AWAY_MNEMONIC:
        return ""
    from mnemonic import Mnemonic  # noqa: PLC0415 - reads its word list when it is made

    english, words = Mnemonic("english"), text.split()
    unknown = [number for number, word in enumerate(words, start=1) if word not in english.wordlist]
    if unknown:
        return f"word {unknown[0]} of {len(words)} is not in the list"
    return "" if english.check(text) else "checksum fails"


# BIP-39 knows 12, 15, 18, 21 or 24 words of an English list of lower-case ones.
MNEMONIC = Notation(r"[a-z]+( [a-z]+){11}(( [a-z]+){3}){0,4}", "12, 15, 18, 21 or 24 words of BIP-39", mnemonic_problem)
Mnemonic = Annotated[str, MNEMONIC]

_ADDRESS = Notation(r"0x[0-9a-fA-F]{40}", "an address: 0x and 40 hexadecimal digits")


def _checksum(address: str) -> str:
    """Refuse an address in mixed case whose case is not that of EIP-55: a digit of it is mistyped."""
    digits = address[2:]
    if digits in {digits.lower(), digits.upper()}:
        return address
    digest = keccak256(digits.lower().encode()).hex()
    right = "".join(
        digit.upper() if int(nibble, 16) >= 8 else digit  # noqa: PLR2004 - EIP-55: upper case from 8 on
        for digit, nibble in zip(digits.lower(), digest, strict=False)
    )
    if digits != right:
        # The right case of these digits is not told: with one of them mistyped, it would be somebody else's address.
        raise ValueError(
            "expected an address with the upper and lower case of EIP-55; copy it again, or write it in lower case"
        )
    return address


# 20 bytes as hexadecimal digits (execution-apis, schema `address`).
Address = Annotated[str, _ADDRESS, Check(_checksum)]


def _graffiti(text: str) -> str:
    size = len(text.encode())
    if size > 32:  # noqa: PLR2004 - consensus-specs, BeaconBlockBody.graffiti: Bytes32
        raise ValueError(f"expected at most 32 bytes of UTF-8, these are {size}")
    control = next((character for character in text if unicodedata.category(character) == "Cc"), "")
    if control:
        raise ValueError(f"expected text without control characters such as {control!r}")
    return text


Graffiti = Annotated[str, Check(_graffiti, {"type": "string", NOTATION: "at most 32 bytes of UTF-8"})]


def _enode_problem(text: str) -> str:
    """Return what is wrong with an enode URL (ethereum/devp2p, enode format of go-ethereum's p2p/enode/urlv4.go)."""
    try:
        parts = urlsplit(text)
        port, key = parts.port, bytes.fromhex(parts.username or "")
    except ValueError as error:
        return str(error)
    if not parts.hostname or not is_host_or_address(parts.hostname):
        return f"{parts.hostname or 'nothing'!r} is no host"
    discovery = int(parts.query.partition("=")[2] or "1")
    if not port or not 0 < discovery < 2**16:
        return "a port is 1 to 65535"
    return "" if _on_curve(b"\x04" + key) else "its key is no point of secp256k1"


def _on_curve(key: bytes) -> bool:
    from coincurve import PublicKey  # noqa: PLC0415 - only for specs that name nodes

    try:
        PublicKey(key)
    except ValueError:
        return False
    return True


_ENODE = Notation(
    r"enode://[0-9a-fA-F]{128}@[^@/?#\s]+:[0-9]{1,5}(\?discport=[0-9]{1,5})?",
    "an enode URL such as enode://<128 hexadecimal digits>@203.0.113.7:30303",
    _enode_problem,
)
Enode = Annotated[str, _ENODE]

# EIP-778: the longest record, and the length of a signature of the identity scheme v4.
_MOST_RECORD_BYTES = 300
_SIGNATURE_BYTES = 64


def _enr_problem(text: str) -> str:
    """Return what is wrong with a node record (EIP-778)."""
    encoded = text.removeprefix("enr:")
    try:
        data = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return "characters are missing"
    if len(data) > _MOST_RECORD_BYTES:
        return f"it has {len(data)} bytes, and a record has at most {_MOST_RECORD_BYTES}"
    items = _items(data)
    if items is None:
        return "it is cut off or changed"
    signature, sequence, *pairs = items
    content = dict(zip(pairs[::2], pairs[1::2], strict=True)) if len(pairs) % 2 == 0 else {}
    if list(content) != sorted(content) or len(content) * 2 != len(pairs):
        return "its keys are not in order"
    if content.get(b"id") != b"v4" or b"secp256k1" not in content or len(signature) != _SIGNATURE_BYTES:
        return "it is not of the identity scheme v4"
    signed = _signed(signature, [sequence, *pairs], content[b"secp256k1"])
    return "" if signed else "its signature is not its key's"


def _items(data: bytes) -> list[bytes] | None:
    """Return the byte strings of an RLP list of two or more; None where it is something else."""
    import rlp  # type: ignore[import-untyped]  # noqa: PLC0415 - only for specs that name nodes

    try:
        items = rlp.decode(data)
    except rlp.DecodingError:
        return None
    flat = isinstance(items, list) and all(isinstance(item, bytes) for item in items)
    return list(items) if flat and len(items) >= 2 else None  # noqa: PLR2004 - a signature and a sequence number


def _signed(signature: bytes, content: list[bytes], key: bytes) -> bool:
    import rlp  # noqa: PLC0415 - as above
    from coincurve import PublicKey  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature  # noqa: PLC0415 - as above

    half = _SIGNATURE_BYTES // 2
    r, s = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
    try:
        return PublicKey(key).verify(encode_dss_signature(r, s), keccak256(rlp.encode(content)), hasher=None)
    except ValueError:
        return False


_ENR = Notation(r"enr:[-_A-Za-z0-9]+", "a node record such as enr:-… of EIP-778", _enr_problem)
Enr = Annotated[str, _ENR]
