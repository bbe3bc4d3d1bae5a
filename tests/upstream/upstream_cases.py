"""What the tests of upstream charts are run for."""

from __future__ import annotations

from pathlib import Path

REPOSITORY = Path(__file__).parents[2]

SHARED = REPOSITORY.parent / "shared"
"""Values, definitions and schemas of the real charts, beside a checkout of this repository."""

PROFILES = ("local", "staging", "production")
ENVIRONMENTS = sorted(path.stem for path in (REPOSITORY / "environments").glob("*.yaml") if path.stem != "base")
