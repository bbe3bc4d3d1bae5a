"""Whether a chart knows every key of a release's values, each mistake at its place in the spec."""

from __future__ import annotations

import copy
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ethgen.cluster.cache import cache_root, disk_errors, scratch_folder
from ethgen.cluster.charts.known import Known, allow_any, unknown_keys
from ethgen.cluster.charts.known_keys import known_keys, read_by
from ethgen.cluster.charts.packaged import read_chart
from ethgen.cluster.charts.supply import digest
from ethgen.spec.near import nearest, nearest_of
from ethgen.spec.positions import dotted
from ethgen.stack.catalogue import KNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ethgen.cluster.charts.known import Unknown
    from ethgen.spec import NetworkSpec
    from ethgen.stack.release import Release

# Changes with what `known_keys` finds, so that trees kept by an older ethgen are made anew.
_FORMAT = 2

# Names that an error lists where none is near; a chart's top has a hundred.
_LISTED = 12


def known_of(path: Path) -> Known:
    """Return the keys that a packaged chart knows; reading a large one takes a second, so they are kept in the cache.

    Raises:
        ChartError: the chart cannot be read.
        EthgenError: the disk is full or the cache cannot be written to.
    """
    kept = cache_root() / "charts" / "keys" / f"{digest(path)[:32]}-{_FORMAT}.json"
    if kept.is_file():
        return _from_data(json.loads(kept.read_bytes()))
    known = known_keys(read_chart(path))
    with scratch_folder(kept.parent) as scratch, disk_errors(kept.parent):
        made = scratch / kept.name
        made.write_text(json.dumps(asdict(known), separators=(",", ":")), encoding="utf-8")
        made.replace(kept)
    return known


def allowed_keys(release: Release, known: Known) -> Known:
    """Return what may stand in a release's values: what its chart knows, and what the release alone may have."""
    allowed = copy.deepcopy(known)
    # Values may be templates that read further values, which exist for nothing else.
    read_by(_texts(release.values), allowed)
    if release.name in KNOWN:
        for path in KNOWN[release.name].free:
            allow_any(allowed, path)
    return allowed


def wrong_keys(release: Release, spec: NetworkSpec, known: Known) -> list[str]:
    """Return a line for each key of a release's values that its chart does not know, in the order of the spec.

    Args:
        release: as it is installed, with the spec's changes.
        spec: the environment, whose `releases.<name>.values` are told apart from what ethgen generates.
        known: what the release's chart knows.
    """
    change = spec.releases.get(release.name)
    written: Mapping[str, Any] = change.values if change else {}
    allowed = allowed_keys(release, known)
    found = [each for each in unknown_keys(release.values, allowed) if not _is_written(written, each.path)]
    own = [each for each in unknown_keys(written, allowed) if not _is_removed(written, each)]
    return [
        *(_line_of_spec(each, release, spec) for each in own),
        *(_line_of_generated(each, release, spec) for each in found),
    ]


def _line_of_spec(unknown: Unknown, release: Release, spec: NetworkSpec) -> str:
    path = ("releases", release.name, "values", *unknown.path)
    chart = f"the chart {release.chart.name} {release.chart.version}"
    if not unknown.siblings:
        text = f"{chart} has a mapping there; write its keys below it"
    else:
        names = list(unknown.siblings)
        listed = ", ".join(names[:_LISTED]) + (", …" if len(names) > _LISTED else "")
        text = f"{chart} knows no such key{nearest(str(unknown.path[-1]), names) or f'; known there: {listed}'}"
    return f"{spec.positions.where(path, key=True)}: {dotted(path)}: {text}"


def _line_of_generated(unknown: Unknown, release: Release, spec: NetworkSpec) -> str:
    path, below = ("releases", release.name), dotted(unknown.path)
    remove = dotted(("releases", release.name, "values", *unknown.path))
    text = (
        f"the chart {release.chart.name} {release.chart.version} does not know {below}, which is generated for it; "
        f"name another version of the chart, or write {remove}: null"
    )
    return f"{spec.positions.where(path, key=True)}: {dotted(path)}: {text}"


def _texts(value: object) -> Iterator[str]:
    """Yield every text in values that may hold a template."""
    if isinstance(value, str):
        if "{{" in value:
            yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def _is_written(written: Mapping[str, Any], path: tuple[str, ...]) -> bool:
    """Return whether the spec itself has a key, or what stands above it."""
    current: Any = written
    for part in path:
        if not isinstance(current, dict):
            return True
        if part not in current:
            return False
        current = current[part]
    return True


def _is_removed(written: Mapping[str, Any], unknown: Unknown) -> bool:
    """Return whether the spec takes a key away that was generated, and not one of the chart that it misspells."""
    current: Any = written
    for part in unknown.path:
        current = current[part]
    return current is None and nearest_of(str(unknown.path[-1]), unknown.siblings) is None


def _from_data(data: Mapping[str, Any]) -> Known:
    return Known(**{**data, "keys": {key: _from_data(each) for key, each in data["keys"].items()}})
