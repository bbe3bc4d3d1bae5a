"""The paths of a spec that somebody may be about to write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.report.provenance import written_of
from ethgen.spec.explain import ANY, explain
from ethgen.spec.positions import dotted

if TYPE_CHECKING:
    from ethgen.spec import NetworkSpec
    from ethgen.spec.positions import Path


def paths(spec: NetworkSpec | None, beginning: str) -> list[str]:
    """Return the paths that begin so, one part further than what is written, sorted.

    Args:
        spec: the environment whose names to offer; None offers the fields alone.
        beginning: what is written already, such as `networks.dev`.
    """
    depth = beginning.count(".") + 1
    fields = [tuple(field.path.split(".")) for field in explain()]
    known: list[Path] = [path for path in fields if ANY not in path]
    known += list(written_of(spec)) if spec is not None else []
    offered = {dotted(path[:depth]) for path in known if len(path) >= depth}
    return sorted(path for path in offered if path.startswith(beginning))
