"""Keystores of validator keys (EIP-2335), the same at every run: what is random elsewhere is derived from the mnemonic.

The password is 256 bits derived from the mnemonic, which no number of rounds makes harder to guess; rounds are kept at
the standard's outside throw-away networks because auditors and some clients look at them.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING
from uuid import UUID

from ethgen.genesis.wallet import seed
from ethgen.networks.node_keys import hkdf_expand, hkdf_extract

if TYPE_CHECKING:
    from ethgen.genesis.keys import ValidatorKey

_SALT = b"ethgen keystore 1"
_KEY_BYTES = 32  # EIP-2335: `dklen`
_IV_BYTES = 16  # the block of AES


def keystore(key: ValidatorKey, mnemonic: str, password: str, rounds: int) -> str:
    """Give the text of a key's keystore: PBKDF2-HMAC-SHA-256 and AES-128-CTR.

    Args:
        key: the key to store.
        mnemonic: what salt, IV and uuid are derived from; each key has its own.
        password: the password; letters and digits, which EIP-2335's normalisation leaves alone.
        rounds: rounds of PBKDF2; 262144 is the standard's, and takes a twentieth of a second.
    """
    unique = hkdf_expand(_derived(mnemonic), b"keystore\0" + key.public_key, _KEY_BYTES + 2 * _IV_BYTES)
    salt, initial, identity = unique[:_KEY_BYTES], unique[_KEY_BYTES:-_IV_BYTES], unique[-_IV_BYTES:]
    message, checksum = encrypt(key.secret.to_bytes(_KEY_BYTES, "big"), password.encode(), salt, initial, rounds)
    content = {
        "crypto": {
            "kdf": {
                "function": "pbkdf2",
                "params": {"dklen": _KEY_BYTES, "c": rounds, "prf": "hmac-sha256", "salt": salt.hex()},
                "message": "",
            },
            "checksum": {"function": "sha256", "params": {}, "message": checksum.hex()},
            "cipher": {"function": "aes-128-ctr", "params": {"iv": initial.hex()}, "message": message.hex()},
        },
        "description": "",
        "pubkey": key.public_key.hex(),
        "path": key.path,
        "uuid": str(UUID(bytes=identity, version=4)),
        "version": 4,
    }
    return json.dumps(content, indent=2) + "\n"


def encrypt(secret: bytes, password: bytes, salt: bytes, initial: bytes, rounds: int) -> tuple[bytes, bytes]:
    """Give the encrypted secret and its checksum (EIP-2335, decryption key and verification)."""
    from Crypto.Cipher import AES  # noqa: PLC0415 - a native library, needed only where there are keys

    derived = hashlib.pbkdf2_hmac("sha256", password, salt, rounds, _KEY_BYTES)
    message = AES.new(derived[:16], AES.MODE_CTR, nonce=b"", initial_value=initial).encrypt(secret)
    return message, hashlib.sha256(derived[16:] + message).digest()


def key_set_password(mnemonic: str, key_set: str) -> str:
    """Give the password of a key set's keystores: 64 hex digits."""
    return hkdf_expand(_derived(mnemonic), b"password\0" + key_set.encode(), _KEY_BYTES).hex()


def _derived(mnemonic: str) -> bytes:
    return hkdf_extract(_SALT, seed(mnemonic))
