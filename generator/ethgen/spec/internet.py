"""Scalars of a spec that the Internet names things by: hosts, URLs and ranges of addresses."""

from __future__ import annotations

import ipaddress
from typing import Annotated
from urllib.parse import urlsplit

from ethgen.spec.notation import NOTATION, Check, Notation, PlainError

# RFC 1123, section 2.1, in lower case as Kubernetes wants it; a last label of digits alone would be an address.
_HOST = Notation(
    r"(?=.{1,253}$)([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)*(?![0-9]+$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?",
    "a host name in lower case such as rpc.example.org",
)
Host = Annotated[str, _HOST]


_CIDR = "an address range such as 10.0.0.0/8"


def _network_of(text: str) -> str:
    """Refuse what is no range, and a range in another notation than the one that all of Kubernetes reads."""
    try:
        network = ipaddress.ip_network(text)
    except ValueError as error:
        raise ValueError(f"expected {_CIDR} ({error})") from None
    if "/" not in text:
        raise ValueError(f"expected {_CIDR} (one address is {network})")
    if text != str(network):
        raise ValueError(f"expected {_CIDR} (this one is written {network})")
    return text


Cidr = Annotated[str, Check(_network_of, {"type": "string", NOTATION: _CIDR})]


def everybody(cidrs: list[str]) -> str:
    """Return those of some ranges that together hold every address of IPv4 or IPv6, joined by commas; empty if none."""
    ranges = [ipaddress.ip_network(cidr) for cidr in cidrs]
    for version in (4, 6):
        # Not in one go: ranges of both kinds cannot be collapsed together.
        own = [each for each in ranges if each.version == version]
        whole = [each for each in own if each.prefixlen == 0]
        if whole or any(each.prefixlen == 0 for each in ipaddress.collapse_addresses(own)):  # type: ignore[type-var]
            outer = [each for each in own if not any(each != other and each.subnet_of(other) for other in own)]  # type: ignore[arg-type]
            return ", ".join(map(str, whole or outer))
    return ""


_URL = "a URL such as https://checkpoint.example.org"


def _http(text: str) -> str:
    return _checked(text, _URL, {"http", "https"})


def _checked(text: str, expected: str, schemes: set[str]) -> str:
    if "@" in text.partition("//")[2].partition("/")[0]:
        raise PlainError(f"expected {expected}; a user and password are secrets, which no spec holds")
    if problem := _url_problem(text, expected, schemes):
        raise ValueError(f"expected {expected}" if problem == expected else f"expected {expected} ({problem})")
    return text


def _url_problem(text: str, expected: str, schemes: set[str]) -> str:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        return str(error)
    if parts.scheme not in schemes or not parts.hostname or not text.isprintable() or " " in text:
        return expected
    if port == 0 or not is_host_or_address(parts.hostname):
        return f"{parts.netloc} is no host"
    return ""


def is_host_or_address(text: str) -> bool:
    """Return whether a text is a host name, or an address without brackets."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return _HOST.matches(text)
    return True


HttpUrl = Annotated[str, Check(_http, {"type": "string", NOTATION: _URL})]

_CHARTS = "the address of a Helm repository such as https://charts.example.org or oci://registry.example.org/charts"


# What a folder of a registry may be called (opencontainers/distribution-spec, "Pulling manifests").
_OCI_FOLDER = Notation(
    r"([a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*)?", "a folder of a registry in lower case"
)


def _chart_repository(text: str) -> str:
    _checked(text, _CHARTS, {"http", "https", "oci"})
    if text.partition(":")[0] not in {"http", "https", "oci"} or text.endswith("/") or "?" in text or "#" in text:
        # Names of charts, and of the index, are put behind it; Helm knows schemes in lower case.
        raise ValueError(f"expected {_CHARTS}, in lower case, and nothing behind its path")
    folder = urlsplit(text).path.strip("/")
    if text.startswith("oci:") and not _OCI_FOLDER.matches(folder):
        raise ValueError(f"expected {_CHARTS} ({folder!r} is no folder of a registry, which is in lower case)")
    return text


ChartRepository = Annotated[str, Check(_chart_repository, {"type": "string", NOTATION: _CHARTS})]
