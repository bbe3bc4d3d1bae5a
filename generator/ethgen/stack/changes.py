"""What a spec's `releases.<name>` changes of a drawn release: its values, its chart's version, whether it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ethgen.spec.checks import Problem
from ethgen.spec.near import nearest
from ethgen.stack import ethereum, limits, network_promises
from ethgen.stack.catalogue import KNOWN
from ethgen.stack.known import value_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ethgen.spec import NetworkSpec
    from ethgen.spec.positions import Position
    from ethgen.stack.known import Promise
    from ethgen.stack.release import Release


def changed(release: Release, spec: NetworkSpec) -> Release:
    """Return a release with the changes of a spec, its chart from the spec's mirror where there is one."""
    change = spec.releases.get(release.name)
    release = release._replace(chart=release.chart.mirrored(spec.cluster.chart_repository))
    if change is None:
        return release
    chart = release.chart._replace(version=change.version) if change.version else release.chart
    values = merged(release.values, change.values, keep_null=not chart.own)
    return release._replace(values=values, installed=change.enabled, chart=chart)


def merged(values: Mapping[str, Any], over: Mapping[str, Any], *, keep_null: bool) -> dict[str, Any]:
    """Return `values` with `over` merged in: mappings key by key; what is no mapping is replaced.

    Args:
        values: as they are generated.
        over: as a spec has them.
        keep_null: whether a `null` stays, by which Helm takes away what the chart has by default; else it takes away
            what is generated, so that the chart's default counts.
    """
    result = dict(values)
    for key, value in over.items():
        old = result.get(key)
        if value is None and not keep_null:
            result.pop(key, None)
        elif isinstance(value, dict) and (isinstance(old, dict) or not keep_null):
            result[key] = merged(old if isinstance(old, dict) else {}, value, keep_null=keep_null)
        else:
            result[key] = value
    return result


def wrong_values(release: Release, spec: NetworkSpec) -> set[tuple[Position, str]]:
    """Return what the types of an own chart find wrong with values that a spec has changed, each with its place."""
    change = spec.releases.get(release.name)
    if change is None or not change.values or not release.chart.own:
        return set()
    from pydantic import ValidationError  # noqa: PLC0415 - as below

    from ethgen.chart.own import chart_named  # noqa: PLC0415 - takes as long to import as a network to draw
    from ethgen.spec.mistakes import places  # noqa: PLC0415 - as above

    types = type(chart_named(release.chart.name).defaults)
    try:
        types.model_validate(release.values, strict=True)
    except ValidationError as error:
        return places(error, spec.positions, root=types, below=("releases", release.name, "values"))
    return set()


def problems(release: Release, spec: NetworkSpec) -> Iterator[Problem]:
    """Yield the changes of a spec to a drawn release that it does not take.

    Args:
        release: as it is drawn, before any change.
        spec: the environment.
    """
    change, here = spec.releases.get(release.name), ("releases", release.name)
    if change is None:
        return
    if change.version and release.chart.own:
        text = f"{release.chart.folder} is a chart of this repository, which has its version in Chart.yaml; remove it"
        yield Problem((*here, "version"), text)
    yield from _other_kinds((*here, "values"), release.values, change.values)
    if release.chart == ethereum.CHART:
        yield from network_promises.problems(release, change.values)
        values = merged(release.values, change.values, keep_null=False)
        yield from limits.problems((*here, "values"), values, change.values)
        return
    values = merged(release.values, change.values, keep_null=True)
    for promise in KNOWN[release.name].promises:
        allowed = promise.allowed or (value_at(release.values, promise.path),)
        yield from _broken((*here, "values"), promise._replace(allowed=allowed), values)


def _other_kinds(here: tuple[str, ...], values: Mapping[str, Any], over: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what would take the place of a whole mapping, or of one of its values, that is generated."""
    for key, value in over.items():
        old = values.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            yield from _other_kinds((*here, key), old, value)
        elif isinstance(old, dict) and value is not None:
            yield Problem((*here, key), "expected a mapping, as the chart has it; write its keys below it")
        elif isinstance(value, dict) and old is not None:
            yield Problem((*here, key), f"expected a single value or a list, as the chart has it: {old!r}")


def _broken(here: tuple[str, ...], promise: Promise, values: Mapping[str, Any]) -> Iterator[Problem]:
    now = value_at(values, promise.path)
    if now in promise.allowed and type(now) in {type(each) for each in promise.allowed}:
        return
    choices = " or ".join(_word(each) for each in promise.allowed)
    hint = nearest(now, [each for each in promise.allowed if isinstance(each, str)]) if isinstance(now, str) else ""
    yield Problem((*here, *promise.path), f"must be {choices}{hint}: {promise.reason}")


def _word(value: object) -> str:
    words = {True: "true", False: "false", None: "left out"}
    return words[value] if value is None or isinstance(value, bool) else repr(value)
