"""Validator keys of a mnemonic: the key tree of EIP-2333 and the paths of EIP-2334."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

from ethgen.genesis.state import Validator
from ethgen.genesis.wallet import account_address, seed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.genesis.config import GenesisConfig

_ORDER = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001  # EIP-2333: r of BLS12-381
_WIDE = 48  # EIP-2333: L
_LAMPORT_CHUNKS = 255  # EIP-2333: chunks of 32 bytes in a Lamport key
_PURPOSE, _COIN = 12381, 3600  # EIP-2334: m/12381/3600/i/0/0 signs, m/12381/3600/i/0 withdraws
_CREDENTIAL_PREFIXES = {"execution": b"\x01", "compounding": b"\x02"}


@dataclass(frozen=True, slots=True)
class ValidatorKey:
    """The keys of a validator.

    Attributes:
        index: number of the validator in the mnemonic and in the genesis state.
        secret: secret key that signs.
        public_key: its 48-byte public key.
        withdrawal_secret: secret key that "bls" withdrawal credentials commit to.
    """

    index: int
    secret: int = field(repr=False)
    public_key: bytes
    withdrawal_secret: int = field(repr=False)

    @property
    def path(self) -> str:
        """The signing key's path (EIP-2334)."""
        return f"m/{_PURPOSE}/{_COIN}/{self.index}/0/0"


def validator_keys(mnemonic: str, count: int) -> Iterator[ValidatorKey]:
    """Derive the keys of validators 0 to `count` - 1, one after the other.

    Raises:
        GenesisError: the mnemonic is not one of BIP-39.
    """
    parent = _validators_node(mnemonic)
    for index in range(count):
        withdrawal = derive_child(derive_child(parent, index), 0)
        signing = derive_child(withdrawal, 0)
        yield ValidatorKey(index, signing, public_key(signing), withdrawal)


def genesis_validator(config: GenesisConfig, key: ValidatorKey) -> Validator:
    """Give the entry of the genesis state for a key."""
    return Validator(key.public_key, _credentials(config, key), config.balance)


def derive_master(entropy: bytes) -> int:
    """Give the root key of a seed (EIP-2333, `derive_master_SK`)."""
    return _mod_r(entropy)


def derive_child(parent: int, index: int) -> int:
    """Give a child key (EIP-2333, `derive_child_SK`)."""
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - 40 ms, needed only where there are keys
    from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand  # noqa: PLC0415 - likewise

    salt, material = index.to_bytes(4, "big"), parent.to_bytes(32, "big")
    flipped = bytes(byte ^ 0xFF for byte in material)
    lamport = b"".join(
        HKDFExpand(SHA256(), 32 * _LAMPORT_CHUNKS, b"").derive(hmac.digest(salt, half, "sha256"))
        for half in (material, flipped)
    )
    public = b"".join([sha256(lamport[at : at + 32]).digest() for at in range(0, len(lamport), 32)])
    return _mod_r(sha256(public).digest())


def public_key(secret: int) -> bytes:
    """Give the 48-byte compressed public key of a BLS12-381 secret key."""
    from py_arkworks_bls12381 import G1Point, Scalar  # noqa: PLC0415 - a native library, needed only where there are keys

    return bytes((G1Point() * Scalar.from_be_bytes(secret.to_bytes(32, "big"))).to_compressed_bytes())


@lru_cache(maxsize=8)
def _validators_node(mnemonic: str) -> int:
    return derive_child(derive_child(derive_master(seed(mnemonic)), _PURPOSE), _COIN)


def _credentials(config: GenesisConfig, key: ValidatorKey) -> bytes:
    """Give the withdrawal credentials (specs/phase0/validator.md, EIP-7251)."""
    if config.withdrawals == "bls":
        return b"\0" + sha256(public_key(key.withdrawal_secret)).digest()[1:]
    address = config.withdrawal_address or account_address(config.mnemonic, 0)
    return _CREDENTIAL_PREFIXES[config.withdrawals] + bytes(11) + address


def _mod_r(material: bytes) -> int:
    """Turn key material into a secret key (EIP-2333, `hkdf_mod_r`)."""
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - 40 ms, needed only where there are keys
    from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand  # noqa: PLC0415 - likewise

    salt, secret = b"BLS-SIG-KEYGEN-SALT-", 0
    while not secret:
        salt = sha256(salt).digest()
        wide = HKDFExpand(SHA256(), _WIDE, _WIDE.to_bytes(2, "big")).derive(
            hmac.digest(salt, material + b"\0", "sha256")
        )
        secret = int.from_bytes(wide, "big") % _ORDER
    return secret
