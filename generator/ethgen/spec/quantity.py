"""Quantities of Kubernetes as numbers."""

from __future__ import annotations

import re
from decimal import Decimal

# k8s.io/apimachinery, pkg/api/resource: decimal and binary suffixes.
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {f"{prefix}i": Decimal(1024**power) for power, prefix in enumerate("KMGTPE", 1)}
_FACTORS = {**{suffix: Decimal(10) ** power for suffix, power in _DECIMAL.items()}, **_BINARY}
_QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))([eE][+-]?\d+)?([a-zA-Z]*)")


def amount(quantity: object) -> Decimal | None:
    """Return a quantity as a number of bytes, cores or pieces, as in 500m, 1.5Gi or 1e3; None where it is none."""
    found = _QUANTITY.fullmatch(str(quantity))
    if found is None or (found[2] and found[3]) or found[3] not in _FACTORS:
        return None
    number: Decimal = Decimal(found[1] + (found[2] or "")) * _FACTORS[found[3]]
    return number
