"""The keys nodes are known by: derived, so that enodes, peer ids and records are known before any node runs.

A node has one secp256k1 key for its execution client and one for its consensus client. Each follows from a secret seed
and from the node's place (network, group, ordinal, layer) by HKDF-SHA-256 (RFC 5869), so two renders agree without
storing anything, and no key tells anything about another.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from ethgen.networks import rlp
from ethgen.spec.keccak import keccak256

if TYPE_CHECKING:
    from collections.abc import Mapping

Layer = Literal["execution", "consensus"]

_SALT = b"ethgen node key 1"
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # SEC 2, section 2.4.1: n of secp256k1
_WIDE = 48  # bytes; FIPS 186-5, appendix A.2.1: 64 bits more than the order make the bias of the remainder negligible
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
# libp2p "Peer Ids and Keys": identity multihash (0x00) of 37 bytes, the protobuf {type: Secp256k1, data: 33 bytes}.
_PEER_ID_PREFIX = bytes.fromhex("002508021221")
_RECORD_LIMIT = 300  # bytes; EIP-778: the largest encoding of a record
_NO_PORTS: Mapping[str, int] = MappingProxyType({})
_NO_PAIRS: Mapping[str, bytes] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class NodeKey:
    """A secp256k1 secret key of one client of one node.

    Attributes:
        secret: the 32-byte scalar, big-endian.
    """

    secret: bytes = field(repr=False)

    @property
    def hex(self) -> str:
        """The secret as 64 hex digits, the form every client's node key file takes."""
        return self.secret.hex()

    @property
    def public_key(self) -> bytes:
        """The public key as 64 bytes: x and y, as in an enode URL."""
        return _public_key(self.secret, compressed=False)[1:]

    @property
    def compressed_public_key(self) -> bytes:
        """The public key as 33 bytes: parity and x, as in a peer id and in a node record."""
        return _public_key(self.secret, compressed=True)


def derive_node_key(seed: bytes, network: str, group: str, ordinal: int, layer: Layer) -> NodeKey:
    """Derive the key of one client of one replica.

    HKDF-SHA-256 with the salt "ethgen node key 1", `seed` as input keying material and the four parts of the place,
    joined by zero bytes, as info; 48 bytes of it, reduced to 1..n-1.

    Args:
        seed: the network's secret, at least 16 bytes.
        network: the network's name in the spec.
        group: the node group's name in the spec.
        ordinal: the replica's ordinal in its StatefulSet.
        layer: "execution" or "consensus".

    Raises:
        ValueError: the seed is too short to be a secret.
    """
    if len(seed) < 16:  # noqa: PLR2004 - 128 bits, the least that BIP-39 and RFC 5869 count as a secret
        raise ValueError(f"a seed of {len(seed)} bytes is no secret: 16 at least")
    info = b"\0".join((network.encode(), group.encode(), str(ordinal).encode(), layer.encode()))
    wide = hkdf_expand(hkdf_extract(_SALT, seed), info, _WIDE)
    scalar = int.from_bytes(wide, "big") % (_ORDER - 1) + 1
    return NodeKey(scalar.to_bytes(32, "big"))


def enode_url(key: NodeKey, host: str, port: int) -> str:
    """Give the `enode://` URL under which execution clients dial a node at `host` (name or address) and TCP `port`."""
    return f"enode://{key.public_key.hex()}@{_bracketed(host)}:{port}"


def peer_id(key: NodeKey) -> str:
    """Give the libp2p peer id: base58btc of the identity multihash of the public key."""
    return _base58(_PEER_ID_PREFIX + key.compressed_public_key)


def multiaddr(host: str, port: int, key: NodeKey) -> str:
    """Give the multiaddr that consensus clients dial: /dns4/ for a name, /ip4/ or /ip6/ for an address."""
    address = _address(host)
    protocol = f"ip{address.version}" if address else "dns4"
    return f"/{protocol}/{host}/tcp/{port}/p2p/{peer_id(key)}"


def node_record(
    key: NodeKey,
    *,
    host: str = "",
    ports: Mapping[str, int] = _NO_PORTS,
    sequence: int = 1,
    pairs: Mapping[str, bytes] = _NO_PAIRS,
) -> str:
    """Give the node record (EIP-778, identity scheme "v4") of a node, as `enr:` text.

    Args:
        key: the node's key, which signs.
        host: an IP address; empty where the node learns its own.
        ports: by entry of the record: "tcp", "udp", "quic".
        sequence: the record's sequence number.
        pairs: further entries, such as "eth2" (consensus p2p specification, ENRForkID in SSZ).

    Raises:
        ValueError: `host` is not an IP address, or the record is over EIP-778's 300 bytes.
    """
    import coincurve  # noqa: PLC0415 - 25 ms, needed only where there are keys

    entries: dict[str, bytes | int] = {"id": b"v4", "secp256k1": key.compressed_public_key, **pairs}
    suffix = ""
    if host:
        address = ipaddress.ip_address(host)
        suffix = "6" if address.version == 6 else ""  # noqa: PLR2004 - EIP-778: ip6, tcp6, udp6
        entries[f"ip{suffix}"] = address.packed
    entries |= {f"{protocol}{suffix}": port for protocol, port in ports.items()}
    content: list[rlp.Item] = [sequence]
    for name, value in sorted(entries.items()):
        content += [name.encode(), value]
    signature = coincurve.PrivateKey(key.secret).sign_recoverable(rlp.encode(content), hasher=keccak256)[:64]
    record = rlp.encode([signature, *content])
    if len(record) > _RECORD_LIMIT:
        raise ValueError(f"a node record of {len(record)} bytes is over the {_RECORD_LIMIT} of EIP-778")
    return "enr:" + base64.urlsafe_b64encode(record).rstrip(b"=").decode()


def hkdf_extract(salt: bytes, secret: bytes) -> bytes:
    """Concentrate a secret into a 32-byte key (RFC 5869, section 2.2)."""
    return hmac.digest(salt, secret, "sha256")


def hkdf_expand(key: bytes, info: bytes, length: int) -> bytes:
    """Stretch a key into `length` bytes, at most 8160 (RFC 5869, section 2.3)."""
    block, output = b"", b""
    for counter in range(1, -(-length // hashlib.sha256().digest_size) + 1):
        block = hmac.digest(key, block + info + bytes([counter]), "sha256")
        output += block
    return output[:length]


@lru_cache(maxsize=4096)
def _public_key(secret: bytes, *, compressed: bool) -> bytes:
    import coincurve  # noqa: PLC0415 - 25 ms, needed only where there are keys

    return coincurve.PublicKey.from_valid_secret(secret).format(compressed=compressed)


def _base58(data: bytes) -> str:
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = _BASE58[digit] + text
    leading_zeros = len(data) - len(data.lstrip(b"\0"))
    return _BASE58[0] * leading_zeros + text


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _bracketed(host: str) -> str:
    address = _address(host)
    return f"[{host}]" if address and address.version == 6 else host  # noqa: PLR2004 - RFC 3986: IPv6 in brackets
