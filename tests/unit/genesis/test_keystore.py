"""Keystores of validator keys."""

from __future__ import annotations

import json

import pytest
from eth_keyfile.keyfile import decode_keyfile_json

from ethgen.genesis.keys import validator_keys
from ethgen.genesis.keystore import encrypt, key_set_password, keystore

MNEMONIC = "test test test test test test test test test test test junk"


def test_encryption_gives_the_vector_of_eip_2335() -> None:
    """The PBKDF2 test vector of EIP-2335 comes out, password normalised as there."""
    message, checksum = encrypt(
        bytes.fromhex("000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"),
        bytes.fromhex("7465737470617373776f7264f09f9491"),
        bytes.fromhex("d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3"),
        bytes.fromhex("264daa3f303d7259501c93d997d84fe6"),
        262144,
    )
    assert message.hex() == "cee03fde2af33149775b7223e7845e4fb2c8ae1792e5f99fe9ecf474cc8c16ad"
    assert checksum.hex() == "8a9f5d9912ed7e75ea794bc5a89bca5f193721d30868ade6f73043c6ea6febf1"


def test_an_independent_decoder_opens_a_keystore() -> None:
    """eth-keyfile decrypts a keystore with its password, and refuses another."""
    key = next(validator_keys(MNEMONIC, 1))
    password = key_set_password(MNEMONIC, "a")
    content = json.loads(keystore(key, MNEMONIC, password, 16))
    assert decode_keyfile_json(content, password.encode()) == key.secret.to_bytes(32, "big")
    with pytest.raises(ValueError, match="Checksum"):
        decode_keyfile_json(content, b"another")


def test_keystores_are_the_same_at_every_run_and_differ_between_keys() -> None:
    """Salt, IV and uuid follow from mnemonic and key."""
    first, second = validator_keys(MNEMONIC, 2)
    texts = [keystore(key, MNEMONIC, "password", 16) for key in (first, first, second)]
    assert texts[0] == texts[1]
    contents = [json.loads(text) for text in texts[1:]]
    for path in (("crypto", "kdf", "params", "salt"), ("crypto", "cipher", "params", "iv"), ("uuid",)):
        values = []
        for content in contents:
            value = content
            for part in path:
                value = value[part]
            values.append(value)
        assert values[0] != values[1]


def test_each_key_set_has_its_own_password() -> None:
    """Two key sets of one mnemonic do not open one another's keystores."""
    assert key_set_password(MNEMONIC, "a") != key_set_password(MNEMONIC, "b")
    assert len(key_set_password(MNEMONIC, "a")) == 64
