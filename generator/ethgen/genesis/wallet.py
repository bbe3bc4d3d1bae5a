"""Funded accounts of a mnemonic: BIP-39 seed, BIP-32 children, the path m/44'/60'/0'/0/i of Ethereum wallets."""

from __future__ import annotations

import hmac
from functools import lru_cache

from ethgen.errors import GenesisError
from ethgen.spec.ethereum import mnemonic_problem
from ethgen.spec.keccak import keccak256

_HARDENED = 2**31  # BIP-32
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # SEC 2, section 2.4.1: n of secp256k1
_ACCOUNTS = (44 + _HARDENED, 60 + _HARDENED, _HARDENED, 0)  # BIP-44 with SLIP-44's coin type of Ether


@lru_cache(maxsize=8)
def seed(mnemonic: str) -> bytes:
    """Give the 64-byte seed of a BIP-39 mnemonic without passphrase.

    Raises:
        GenesisError: a word is not in the English list, or the checksum does not fit.
    """
    from mnemonic import Mnemonic  # noqa: PLC0415 - reads its word list when it is made

    english = Mnemonic("english")
    words = english.normalize_string(mnemonic).split()
    if problem := mnemonic_problem(" ".join(words)):
        raise GenesisError(
            f"the mnemonic is not one of BIP-39 (English): {problem}",
            cure="Correct it; `ethgen` takes 12, 15, 18, 21 or 24 words with a valid checksum.",
        )
    return bytes(english.to_seed(" ".join(words)))


def account_secret(mnemonic: str, index: int) -> bytes:
    """Give the 32-byte secret key of m/44'/60'/0'/0/`index`."""
    parent, chain_code = _accounts_node(mnemonic)
    return _child(parent, chain_code, index)[0].to_bytes(32, "big")


def account_address(mnemonic: str, index: int) -> bytes:
    """Give the 20-byte address of m/44'/60'/0'/0/`index`."""
    import coincurve  # noqa: PLC0415 - 25 ms, needed only where there are keys

    public_key = coincurve.PublicKey.from_valid_secret(account_secret(mnemonic, index)).format(compressed=False)
    return keccak256(public_key[1:])[-20:]


@lru_cache(maxsize=8)
def _accounts_node(mnemonic: str) -> tuple[int, bytes]:
    digest = hmac.digest(b"Bitcoin seed", seed(mnemonic), "sha512")
    node = int.from_bytes(digest[:32], "big"), digest[32:]
    for index in _ACCOUNTS:
        node = _child(*node, index)
    return node


def _child(parent: int, chain_code: bytes, index: int) -> tuple[int, bytes]:
    """Derive a private child (BIP-32, CKDpriv)."""
    import coincurve  # noqa: PLC0415 - 25 ms, needed only where there are keys

    secret = parent.to_bytes(32, "big")
    material = b"\0" + secret if index >= _HARDENED else coincurve.PublicKey.from_valid_secret(secret).format()
    digest = hmac.digest(chain_code, material + index.to_bytes(4, "big"), "sha512")
    return (int.from_bytes(digest[:32], "big") + parent) % _ORDER, digest[32:]
