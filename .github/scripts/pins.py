"""Writes the extra `pinned` of pyproject.toml: each package that ethgen needs, in the version that is installed here.

python .github/scripts/pins.py [--check]
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).parents[2] / "pyproject.toml"

_BLOCK = re.compile(r'(?<=^pinned = \[\n)(    "[^\n]*",\n)*', re.MULTILINE)


def main(arguments: list[str]) -> int:
    """Run the command that the arguments name."""
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    old = PROJECT.read_text(encoding="utf-8")
    new = _BLOCK.sub("".join(f'    "{pin}",\n' for pin in pins()), old, count=1)
    if arguments:
        if old != new:
            print("pinned is not what is installed; run .github/scripts/pins.py and commit", file=sys.stderr)
        return int(old != new)
    PROJECT.write_text(new, encoding="utf-8")
    return 0


def pins() -> list[str]:
    """Return `name==version` of each package that ethgen needs, and of each that these need, sorted."""
    found: dict[str, str] = {}
    waiting = ["ethgen"]
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name not in found:
            package = distribution(name)
            found[name] = package.version
            needed = map(Requirement, package.requires or [])
            waiting += [one.name for one in needed if one.marker is None or one.marker.evaluate({"extra": ""})]
    del found["ethgen"]
    return [f"{name}=={version}" for name, version in sorted(found.items())]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
