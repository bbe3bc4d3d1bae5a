"""Actions of GitHub that a fleet's workflows use: each is pinned by a commit, which Renovate moves on by itself."""

from __future__ import annotations

import re

_PIN = re.compile(rb"(uses: [\w./-]+)@[0-9a-f]{40}[ \t]+# \S+")


def without_pins(content: bytes) -> bytes:
    """Return a file without the commits of its actions: what is left is ethgen's, or was edited by somebody."""
    return _PIN.sub(rb"\1", content)


def with_pins_of(content: bytes, other: bytes) -> bytes:
    """Return a file whose actions have the commits that another file has, where that uses them."""
    pins = {found[1]: found[0] for found in _PIN.finditer(other)}
    return _PIN.sub(lambda found: pins.get(found[1], found[0]), content)
