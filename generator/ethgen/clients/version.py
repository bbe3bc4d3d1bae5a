"""The order of clients' versions."""

from __future__ import annotations

import re
from functools import lru_cache

_PARTS = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?([-.][0-9A-Za-z.-]+)?(\+.*)?")

Order = tuple[int, int, int, int, tuple[tuple[int, int, str], ...]]


# A fleet runs few versions, and each is compared with many.
@lru_cache(maxsize=1024)
def order(version: str) -> Order:
    """Return what a version is compared by, so that 1.9.0 comes before 1.10.0-rc.1 and that before 1.10.0.

    As Semantic Versioning 2.0.0, section 11, orders them; a last number that is left out is 0.

    Raises:
        ValueError: it is no version.
    """
    match = _PARTS.fullmatch(version)
    if match is None:
        raise ValueError(f"{version!r} is no version such as 1.17.8")
    major, minor, patch, suffix, _ = match.groups()
    identifiers = tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part) for part in (suffix or "").strip("-.").split(".") if part
    )
    return int(major), int(minor), int(patch or 0), 0 if identifiers else 1, identifiers
