"""Scalars of a spec that check themselves: Kubernetes and Ethereum notations as pydantic types."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Section(BaseModel):
    """One closed, immutable mapping of a spec; keys are written in camelCase."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, validate_by_alias=True, validate_by_name=False
    )


def _matches(pattern: str, expected: str) -> AfterValidator:
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(f"expected {expected}")
        return text

    return AfterValidator(check)


# RFC 1123 label, 40 characters at most: Kubernetes allows 63, and the chart appends up to 23 of its own.
Name = Annotated[
    str,
    _matches(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?", "a name of a-z, 0-9 and '-' that begins with a letter, 40 at most"),
]

# The notation of k8s.io/apimachinery/pkg/api/resource for amounts of storage and memory.
Quantity = Annotated[str, _matches(r"\d+(\.\d+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?", "a quantity such as 500Mi, 1500Gi or 250m")]

Version = Annotated[str, _matches(r"\d+\.\d+\.\d+([-+.][0-9A-Za-z.-]+)?", "a version such as 1.17.8")]

# 20 bytes as hexadecimal digits (execution-apis, schema `address`).
Address = Annotated[str, _matches(r"0x[0-9a-fA-F]{40}", "an address: 0x and 40 hexadecimal digits")]

Cidr = Annotated[
    str, _matches(r"(\d{1,3}\.){3}\d{1,3}/\d{1,2}|[0-9a-fA-F:]+/\d{1,3}", "an address range such as 10.0.0.0/8")
]

Positive = Annotated[int, Field(ge=1)]
