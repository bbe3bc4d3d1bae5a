"""Node keys, peer ids, enodes and node records."""

from __future__ import annotations

import itertools

import pytest
import rlp as independent_rlp  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from ethgen.networks import rlp
from ethgen.networks.node_keys import (
    Layer,
    NodeKey,
    derive_node_key,
    enode_url,
    hkdf_expand,
    hkdf_extract,
    multiaddr,
    node_record,
    peer_id,
)

SEED = b"sixteen bytes at least"
EIP_778_KEY = NodeKey(bytes.fromhex("b71c71a67e1177ad4e901695e1b4b9ee17ae16c6668d313eac2f96dbcda3f291"))


def test_hkdf_gives_the_first_vector_of_rfc_5869() -> None:
    """HKDF-SHA-256 agrees with RFC 5869, appendix A.1."""
    key = hkdf_extract(bytes.fromhex("000102030405060708090a0b0c"), b"\x0b" * 22)
    assert hkdf_expand(key, bytes.fromhex("f0f1f2f3f4f5f6f7f8f9"), 42).hex() == (
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    )


def test_a_key_is_the_same_on_every_run() -> None:
    """A derived key is pinned: changing the construction would rename every node of every network."""
    key = derive_node_key(SEED, "devnet", "geth-prysm", 0, "execution")
    assert key.hex == "6105d9d7f118e72b055e094e467facef38787b65db579b60744aae033f24dd01"


def test_no_two_places_share_a_key() -> None:
    """Network, group, ordinal and layer each change the key, also where their texts run together."""
    layers: tuple[Layer, ...] = ("execution", "consensus")
    places = itertools.product(("a", "ab"), ("b", "bc", "c"), (0, 1, 10), layers)
    keys = {derive_node_key(SEED, *place).hex for place in places}
    assert len(keys) == 2 * 3 * 3 * 2


def test_a_short_seed_is_refused() -> None:
    """A seed under 128 bits is no secret and is refused."""
    with pytest.raises(ValueError, match="15 bytes is no secret"):
        derive_node_key(b"x" * 15, "devnet", "geth-prysm", 0, "execution")


def test_a_key_does_not_show_itself() -> None:
    """The representation of a key, which may reach a log, does not hold the secret."""
    assert EIP_778_KEY.hex not in repr(EIP_778_KEY)


def test_an_enode_holds_the_uncompressed_public_key() -> None:
    """The enode of EIP-778's key has its known public key; IPv6 hosts stand in brackets."""
    public_key = (
        "ca634cae0d49acb401d8a4c6b6fe8c55b70d115bf400769cc1400f3258cd3138"
        "7574077f301b421bc84df7266c44e9e6d569fc56be00812904767bf5ccd1fc7f"
    )
    assert enode_url(EIP_778_KEY, "node-0.devnet.svc", 30303) == f"enode://{public_key}@node-0.devnet.svc:30303"
    assert enode_url(EIP_778_KEY, "fd00::1", 30303) == f"enode://{public_key}@[fd00::1]:30303"


def test_a_peer_id_is_the_identity_multihash_of_the_key() -> None:
    """The public key of libp2p's own secp256k1 vector has the peer id that libp2p gives it."""
    key = NodeKey(bytes.fromhex("53dadf1d5a164d6b4acdb15e24aa4c5b1d3461bdbd42abedb0a4404d56ced8fb"))
    assert key.compressed_public_key.hex() == "037777e994e452c21604f91de093ce415f5432f701dd8cd1a7a6fea0e630bfca99"
    assert peer_id(key) == "16Uiu2HAmLhLvBoYaoZfaMUKuibM6ac163GwKY74c5kiSLg5KvLpY"


@pytest.mark.parametrize(
    ("host", "start"),
    [("node-0.devnet.svc", "/dns4/node-0.devnet.svc"), ("10.0.0.1", "/ip4/10.0.0.1"), ("fd00::1", "/ip6/fd00::1")],
)
def test_a_multiaddr_names_the_protocol_of_its_host(host: str, start: str) -> None:
    """Names are dialled over dns4, addresses over their own protocol."""
    assert multiaddr(host, 13000, EIP_778_KEY) == f"{start}/tcp/13000/p2p/{peer_id(EIP_778_KEY)}"


def test_the_record_of_eip_778() -> None:
    """The record of EIP-778's test vector comes out letter for letter, signature included."""
    assert node_record(EIP_778_KEY, host="127.0.0.1", ports={"udp": 30303}) == (
        "enr:-IS4QHCYrYZbAKWCBRlAy5zzaDZXJBGkcnh4MHcBFZntXNFrdvJjX04jRzjzCBOonrkTfj499SZuOh8R33Ls8RRcy5wBgmlkgnY0gmlwhH8"
        "AAAGJc2VjcDI1NmsxoQPKY0yuDUmstAHYpMa2_oxVtw0RW_QAdpzBQA8yWM0xOIN1ZHCCdl8"
    )


def test_a_record_over_300_bytes_is_refused() -> None:
    """EIP-778 limits a record to 300 bytes."""
    with pytest.raises(ValueError, match="over the 300 of EIP-778"):
        node_record(EIP_778_KEY, pairs={"attnets": bytes(300)})


@pytest.mark.parametrize(
    ("item", "encoded"),
    [
        (b"dog", "83646f67"),
        ([b"cat", b"dog"], "c88363617483646f67"),
        (b"", "80"),
        (0, "80"),
        (15, "0f"),
        (1024, "820400"),
        ([[], [[]], [[], [[]]]], "c7c0c1c0c3c0c1c0"),
        (
            b"Lorem ipsum dolor sit amet, consectetur adipisicing elit",
            "b8384c6f72656d20697073756d20646f6c6f722073697420616d65742c20636f6e7365637465747572206164697069736963696e6720656c6974",
        ),
    ],
)
def test_rlp_gives_the_examples_of_its_specification(item: rlp.Item, encoded: str) -> None:
    """The examples of the RLP specification come out as printed there."""
    assert rlp.encode(item).hex() == encoded


@settings(deadline=None)  # a loaded machine is no failure
@given(st.recursive(st.binary(max_size=80), lambda items: st.lists(items, max_size=6), max_leaves=40))
def test_rlp_decodes_to_what_was_encoded(item: rlp.Item) -> None:
    """An independent decoder reads back what was encoded."""
    assert independent_rlp.decode(rlp.encode(item), strict=True) == item
