"""Scalars that check themselves: what each takes, what it refuses, and why."""

from __future__ import annotations

import base64

import pytest
import rlp
from coincurve import PrivateKey
from Crypto.Hash import keccak
from pydantic import TypeAdapter, ValidationError

from ethgen.spec import counts, ethereum, internet, types

KEY = PrivateKey(b"\x01" * 32)
HEX_KEY = KEY.public_key.format(compressed=False)[1:].hex()
# The example of EIP-778, section "Test Vectors".
EIP_778 = (
    "enr:-IS4QHCYrYZbAKWCBRlAy5zzaDZXJBGkcnh4MHcBFZntXNFrdvJjX04jRzjzCBOonrkTfj499SZuOh8R33Ls8RRcy5wBgmlkgnY0gmlwhH8AAAGJ"
    "c2VjcDI1NmsxoQPKY0yuDUmstAHYpMa2_oxVtw0RW_QAdpzBQA8yWM0xOIN1ZHCCdl8"
)

URL = "a URL such as https://checkpoint.example.org"


def answer(kind: object, value: object) -> str:
    """Return what a type says of a value; empty where it takes it as it is."""
    try:
        taken = TypeAdapter(kind).validate_python(value, strict=True)
    except ValidationError as error:
        detail = error.errors()[0]
        return str(detail.get("ctx", {}).get("error", detail["msg"]))
    assert taken == value
    return ""


def record(*pairs: tuple[bytes, bytes], key: PrivateKey = KEY) -> str:
    """Return a node record with these pairs, signed by a key."""
    content = [b"\x01", *(part for pair in pairs for part in pair)]
    digest = keccak.new(data=rlp.encode(content), digest_bits=256).digest()
    signature = key.sign_recoverable(digest, hasher=None)[:64]
    return "enr:" + base64.urlsafe_b64encode(rlp.encode([signature, *content])).decode().rstrip("=")


V4 = (b"id", b"v4")
PUBLIC = (b"secp256k1", KEY.public_key.format())


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *((types.Quantity, text) for text in ("1", "4Gi", "1500Gi", "2.5Gi", "128974848", "1Pi", "7Ki")),
        *((types.Cpu, text) for text in ("1", "250m", "0.5", "1.25", "64")),
        *((types.Duration, text) for text in ("90s", "5m", "1h30m", "1h0m5s", "06m")),
        *((types.Version, text) for text in ("1.17.8", "2.0.0-rc.1", "25.11.0", "0.8.0.1", "1.0.0-unstable-4d1")),
        *((types.Registry, text) for text in ("localhost", "localhost:5000", "registry.example.org/a/b-c")),
        *((types.LabelKey, text) for text in ("team", "example.org/team", "A.b_c-9")),
        *((types.LabelValue, text) for text in ("", "a", "eu-west-1a", "A.b_c")),
        *((types.ObjectName, text) for text in ("gp3", "gp3.encrypted", "0-a")),
        *((types.Namespace, text) for text in ("1team", "a", "a" * 50, "0" * 63)),
        *((types.Zone, text) for text in ("a", "eu-west-1a", "A.b_c")),
        *((counts.Percentage, number) for number in (0, 70, 100)),
        *((types.RepositoryFile, text) for text in ("secrets/mnemonic.txt", "a..b", ".hidden")),
        *((internet.Host, text) for text in ("rpc.example.org", "localhost", "xn--bcher-kva.example", "1a")),
        *((internet.Cidr, text) for text in ("10.0.0.0/8", "203.0.113.7/32", "fd00::/8", "::/0")),
        *(
            (internet.HttpUrl, text)
            for text in ("https://a.example.org/b?c=d", "http://10.0.0.1:5052", "http://[::1]:1")
        ),
        (ethereum.Enode, f"enode://{HEX_KEY}@203.0.113.7:30303"),
        (ethereum.Enode, f"enode://{HEX_KEY}@[fd00::1]:30303?discport=0".replace("=0", "=30301")),
        (ethereum.Enode, f"enode://{HEX_KEY.upper()}@node.example.org:30303"),
        (ethereum.Enr, EIP_778),
        (ethereum.Enr, record(V4, PUBLIC, (b"tcp", b"\x23\x28"))),
        *(
            (types.Image, text)
            for text in (
                "geth",
                "ethereum/client-go:v1.17.8",
                "localhost/ethgen/geth:1.17.8",
                "registry.example.org:5000/a/b__c.d-e:V1",
                f"a/b:c@sha256:{'0' * 64}",
                f"a@sha256:{'f' * 64}",
            )
        ),
        *(
            (types.Cron, text)
            for text in ("0 */6 * * *", "5/15 0-23/2 1,15 jan-DEC mon", "0 0 29 feb ?", "@daily", "0 0 31 2 fri")
        ),
    ],
)
def test_what_is_right_is_taken_as_it_is(kind: object, value: object) -> None:
    """A value in its notation passes and is not changed."""
    assert answer(kind, value) == ""


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        (types.Quantity, "4GB", "expected an amount of bytes such as 512Mi or 1500Gi"),
        (types.Quantity, "500m", "expected an amount of bytes such as 512Mi or 1500Gi"),
        (types.Quantity, "0Gi", "expected an amount of bytes such as 512Mi or 1500Gi (it is nothing)"),
        (types.Quantity, "8192Pi", "expected an amount of bytes such as 512Mi or 1500Gi (no machine has as much)"),
        (types.Quantity, "0.3Ki", "expected an amount of bytes such as 512Mi or 1500Gi (these are no whole bytes)"),
        (types.Quantity, "४Gi", "expected an amount of bytes such as 512Mi or 1500Gi"),
        (types.Cpu, "4Gi", "expected a number of cores such as 4, 0.5 or 250m"),
        (types.Cpu, "0m", "expected a number of cores such as 4, 0.5 or 250m (it is nothing)"),
        (types.Cpu, "0.0001", "expected a number of cores such as 4, 0.5 or 250m (the smallest part of a core is 1m)"),
        (types.Duration, "5 min", "expected a duration such as 90s, 5m or 1h30m"),
        (types.Duration, "", "expected a duration such as 90s, 5m or 1h30m"),
        (types.Duration, "5m1h", "expected a duration such as 90s, 5m or 1h30m"),
        (types.Duration, "0s", "expected a duration such as 90s, 5m or 1h30m (it is no time at all)"),
        *(
            (types.Version, text, "expected a version such as 1.17.8")
            for text in (
                "v1.17.8",
                "1.17.8+build",
                "1.17",
                "\u0661.\u0661\u0667.\u0668",
                "01.017.0010",
                "1.17.10-..--..",
                "1.17.8-",
                f"1.17.8-{'a' * 100}",
                "1.17.8\n",
            )
        ),
        (
            types.Registry,
            "https://registry.example.org",
            "expected a registry and path such as registry.example.org/project",
        ),
        (types.LabelKey, "-team", "expected the key of a label such as team or example.org/team"),
        (types.LabelValue, "a b", "expected the value of a label: at most 63 letters, digits, '-', '_' and '.'"),
        (types.LabelValue, "a" * 64, "expected the value of a label: at most 63 letters, digits, '-', '_' and '.'"),
        (types.ObjectName, "a" * 254, "expected the name of a Kubernetes object: a-z, 0-9, '-' and '.'"),
        *(
            (types.Namespace, text, "expected the name of a namespace: a-z, 0-9 and '-', 63 characters at most")
            for text in ("", "a" * 64, "a.b", "Team", "-a", "a-")
        ),
        (types.Zone, "", "expected the name of a zone: 1 to 63 letters, digits, '-', '_' and '.'"),
        (counts.Percentage, "70%", "expected a percentage of 0 to 100, without a sign, such as 70"),
        (counts.Percentage, 101, "expected a percentage of 0 to 100, without a sign, such as 70"),
        (
            types.RepositoryFile,
            "../mnemonic",
            "expected a file of this repository, as a path from its root without '..'",
        ),
        (types.RepositoryFile, "a/../../b", "expected a file of this repository, as a path from its root without '..'"),
        (types.RepositoryFile, "/run/a", "expected a file of this repository, as a path from its root without '..'"),
        (internet.Host, "10.0.0.1", "expected a host name in lower case such as rpc.example.org"),
        (internet.Host, "RPC.example.org", "expected a host name in lower case such as rpc.example.org"),
        (internet.Host, "rpc_1.example.org", "expected a host name in lower case such as rpc.example.org"),
        (internet.Host, f"{'a' * 64}.org", "expected a host name in lower case such as rpc.example.org"),
        (
            internet.Cidr,
            "10.0.0.0/255.0.0.0",
            "expected an address range such as 10.0.0.0/8 (this one is written 10.0.0.0/8)",
        ),
        (internet.Cidr, "FD00::/8", "expected an address range such as 10.0.0.0/8 (this one is written fd00::/8)"),
        (internet.Cidr, "10.0.0.1", "expected an address range such as 10.0.0.0/8 (one address is 10.0.0.1/32)"),
        (internet.HttpUrl, "ftp://a", "expected a URL such as https://checkpoint.example.org"),
        (internet.HttpUrl, "https://[a", "expected a URL such as https://checkpoint.example.org (Invalid IPv6 URL)"),
        (
            internet.HttpUrl,
            "https://user:secret@a.org",
            f"expected {URL}; a user and password are secrets, which no spec holds",
        ),
        (
            internet.HttpUrl,
            "https://example.org:99999",
            "expected a URL such as https://checkpoint.example.org (Port out of range 0-65535)",
        ),
        (internet.HttpUrl, "https://a..b", "expected a URL such as https://checkpoint.example.org (a..b is no host)"),
    ],
)
def test_what_is_wrong_is_refused_in_words(kind: object, value: object, said: str) -> None:
    """A value in another notation is answered with the right one, and with the reason where that is not plain."""
    assert answer(kind, value) == said


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("60 * * * *", "minute: 60 is not 0 to 59"),
        ("* 24 * * *", "hour: 24 is not 0 to 23"),
        ("* * 0 * *", "day of month: 0 is not 1 to 31"),
        ("* * * 13 *", "month: 13 is not 1 to 12"),
        ("* * * * 7", "day of week: 7 is not 0 to 6"),
        ("* * * foo *", "month: 'foo' is no number"),
        ("9-5 * * * *", "minute: '9-5' ends before it begins"),
        ("*/0 * * * *", "minute: '*/0' makes no step"),
        ("*-5 * * * *", "minute: '*-5' is no range"),
        ("1,, * * * *", "minute: '' is not a number, a range, a list or a step"),
        ("0 0 30 2 *", "no such day ever comes"),
        ("0 0 31 4,6 *", "no such day ever comes"),
        ("\u0665 * * * *", "minute: '\u0665' is not a number, a range, a list or a step"),
        ("*/\u0665 * * * *", "minute: '*/\u0665' is not a number, a range, a list or a step"),
        (f"*/{'9' * 5000} * * * *", f"minute: '*/{'9' * 5000}' is not a number, a range, a list or a step"),
        ("@reboot", "@reboot is none of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly"),
    ],
)
def test_a_cron_line_is_refused_by_its_field(line: str, reason: str) -> None:
    """A line of five fields that Kubernetes refuses, or that never comes, is answered with the field and its range."""
    assert answer(types.Cron, line).endswith(f"such as 0 */6 * * * ({reason})")


@pytest.mark.parametrize("line", ["* * * *", "* * * * * *", "", "TZ=UTC 0 0 * * *"])
def test_a_cron_line_has_five_fields(line: str) -> None:
    """Seconds, years and time zones are no fields of a line."""
    assert answer(types.Cron, line).startswith("expected a cron line of minute, hour")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"enode://{HEX_KEY[:-2]}@203.0.113.7:30303", ""),
        (f"enode://{HEX_KEY}@203.0.113.7", ""),
        (f"enode://{HEX_KEY}@203.0.113.7:0", " (a port is 1 to 65535)"),
        (f"enode://{HEX_KEY}@203.0.113.7:30303?discport=70000", " (a port is 1 to 65535)"),
        (f"enode://{HEX_KEY}@203.0.113.7:70000", " (Port out of range 0-65535)"),
        (f"enode://{HEX_KEY}@a_b:30303", " ('a_b' is no host)"),
        (f"enode://{'00' * 64}@203.0.113.7:30303", " (its key is no point of secp256k1)"),
    ],
)
def test_an_enode_url_is_a_key_and_a_place(text: str, reason: str) -> None:
    """An enode URL whose key, host or port cannot be is refused."""
    expected = "expected an enode URL such as enode://<128 hexadecimal digits>@203.0.113.7:30303"
    assert answer(ethereum.Enode, text) == f"{expected}{reason}"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (EIP_778[4:], ""),
        ("enr:A", " (characters are missing)"),
        (EIP_778[:-8], " (it is cut off or changed)"),
        (EIP_778.replace("QHCY", "QHCZ"), " (its signature is not its key's)"),
        (
            "enr:" + base64.urlsafe_b64encode(b"\x01" * 301).decode().rstrip("="),
            " (it has 301 bytes, and a record has at most 300)",
        ),
        (
            "enr:" + base64.urlsafe_b64encode(rlp.encode([b"", [b""]])).decode().rstrip("="),
            " (it is cut off or changed)",
        ),
        (record(PUBLIC, V4), " (its keys are not in order)"),
        (record(V4, V4, PUBLIC), " (its keys are not in order)"),
        (record((b"id", b"v5"), PUBLIC), " (it is not of the identity scheme v4)"),
        (record(V4), " (it is not of the identity scheme v4)"),
        (record(V4, (b"secp256k1", b"\x02" * 5)), " (its signature is not its key's)"),
        (record(V4, PUBLIC, key=PrivateKey(b"\x02" * 32)), " (its signature is not its key's)"),
    ],
)
def test_a_node_record_is_whole_and_signed(text: str, reason: str) -> None:
    """A record that EIP-778 does not allow, or whose signature is another key's, is refused."""
    assert answer(ethereum.Enr, text) == f"expected a node record such as enr:-… of EIP-778{reason}"


@pytest.mark.parametrize(
    ("image", "pinned"),
    [
        ("geth:v1.17.8", True),
        (f"geth@sha256:{'0' * 64}", True),
        (f"geth:latest@sha256:{'0' * 64}", True),
        ("geth", False),
        ("localhost:5000/geth", False),
        ("geth:latest", False),
        ("geth:stable", False),
        ("geth:latest-amd64", False),
        ("geth:master2", False),
        ("registry-1.2.example.org/geth:latest", False),
        ("geth:1.17.8-amd64", True),
    ],
)
def test_an_image_is_pinned_by_a_version_or_a_digest(image: str, pinned: bool) -> None:  # noqa: FBT001 - a table
    """A tag that moves from release to release, or none at all, pins nothing."""
    assert types.is_pinned(image) is pinned


@pytest.mark.parametrize(
    "image", ["my geth", "Geth", "geth:", "geth@sha256:00", "a//b", "-a", f"{'a' * 256}", f"a:{'b' * 129}", "a/b-:c"]
)
def test_an_image_that_no_registry_has_is_refused(image: str) -> None:
    """What the grammar of image references does not allow is refused."""
    assert answer(types.Image, image).startswith("expected an image reference such as ethereum/client-go:v1.17.8")


def test_durations_count_in_seconds() -> None:
    """Hours, minutes and seconds add up."""
    assert [types.seconds(text) for text in ("90s", "5m", "1h30m", "1h0m5s")] == [90, 300, 5400, 3605]
