"""Scalars of a spec that check themselves: Kubernetes and Ethereum notations as pydantic types."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic.alias_generators import to_camel

# Key of a JSON schema under which a type says how it is written; editors do not know it and leave it alone.
NOTATION = "x-notation"


class Section(BaseModel):
    """One closed, immutable mapping of a spec; keys are written in camelCase, and no type is taken for another."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        alias_generator=to_camel,
        validate_by_alias=True,
        validate_by_name=False,
    )


class Notation:
    """The metadata of a text type: the pattern it follows, and the words that an error says it in.

    Args:
        pattern: regular expression that the whole text matches.
        expected: what a text is, as in "expected a version such as 1.17.8".
    """

    def __init__(self, pattern: str, expected: str) -> None:
        self.expected = expected
        self.schema = WithJsonSchema({"type": "string", "pattern": f"^({pattern})$", NOTATION: expected})
        self.check = AfterValidator(self._check)
        self._pattern = re.compile(pattern)

    def matches(self, text: str) -> bool:
        """Return whether a text is written in this notation."""
        return self._pattern.fullmatch(text) is not None

    def _check(self, text: str) -> str:
        if not self.matches(text):
            raise ValueError(f"expected {self.expected}")
        return text


# RFC 1123 label, 40 characters at most: Kubernetes allows 63, and the chart appends up to 23 of its own.
NAME = Notation(
    r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?", "a name of a-z, 0-9 and '-' that begins with a letter, 40 characters at most"
)
Name = Annotated[str, NAME.check, NAME.schema]

# The notation of k8s.io/apimachinery/pkg/api/resource for amounts of storage and memory.
_QUANTITY = Notation(r"\d+(\.\d+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?", "a quantity such as 500Mi, 1500Gi or 250m")
Quantity = Annotated[str, _QUANTITY.check, _QUANTITY.schema]

_VERSION = Notation(r"\d+\.\d+\.\d+([-+.][0-9A-Za-z.-]+)?", "a version such as 1.17.8")
Version = Annotated[str, _VERSION.check, _VERSION.schema]

# As much of the grammar of github.com/distribution/reference as tells a reference from anything else.
_IMAGE = Notation(
    r"[a-z0-9]([-._:/a-zA-Z0-9]*[a-zA-Z0-9])?(@sha256:[0-9a-f]{64})?",
    "an image reference such as ethereum/client-go:v1.17.8",
)
Image = Annotated[str, _IMAGE.check, _IMAGE.schema]

# BIP-39 knows 12, 15, 18, 21 or 24 words of an English list of lower-case ones.
MNEMONIC = Notation(r"[a-z]+( [a-z]+){11}(( [a-z]+){3}){0,4}", "12, 15, 18, 21 or 24 words of BIP-39")
Mnemonic = Annotated[str, MNEMONIC.check, MNEMONIC.schema]

_ADDRESS = Notation(r"0x[0-9a-fA-F]{40}", "an address: 0x and 40 hexadecimal digits")


def _checksum(address: str) -> str:
    """Refuse an address in mixed case whose case is not that of EIP-55: a digit of it is mistyped."""
    digits = address[2:]
    if digits in {digits.lower(), digits.upper()}:
        return address
    from Crypto.Hash import keccak  # noqa: PLC0415 - only for addresses in mixed case

    digest = keccak.new(data=digits.lower().encode(), digest_bits=256).hexdigest()
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
Address = Annotated[str, _ADDRESS.check, AfterValidator(_checksum), _ADDRESS.schema]


def _written(how: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", NOTATION: how})


def _network_of(text: str) -> str:
    try:
        ipaddress.ip_network(text)
    except ValueError as error:
        raise ValueError(f"expected an address range such as 10.0.0.0/8 ({error})") from None
    if "/" not in text:
        raise ValueError(f"expected an address range such as 10.0.0.0/8 (one address is {ipaddress.ip_network(text)})")
    return text


Cidr = Annotated[str, AfterValidator(_network_of), _written("an address range such as 10.0.0.0/8")]


def _http(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or " " in text:
        raise ValueError("expected a URL such as https://checkpoint.example.org")
    return text


HttpUrl = Annotated[str, AfterValidator(_http), _written("a URL such as https://checkpoint.example.org")]


def _graffiti(text: str) -> str:
    size = len(text.encode())
    if size > 32:  # noqa: PLR2004 - consensus-specs, BeaconBlockBody.graffiti: Bytes32
        raise ValueError(f"expected at most 32 bytes of UTF-8, these are {size}")
    return text


Graffiti = Annotated[str, AfterValidator(_graffiti), _written("at most 32 bytes of UTF-8")]

Positive = Annotated[int, Field(ge=1)]
