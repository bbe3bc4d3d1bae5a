"""What is installed in an environment: every release once, whatever dialect it is printed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ethgen.errors import SpecError
from ethgen.spec.checks import Problem, located
from ethgen.spec.mistakes import nearest
from ethgen.stack import ethereum, health, resources
from ethgen.stack.checks import check, check_arguments, drawable, warnings_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ethgen.spec import NetworkSpec
    from ethgen.stack.release import Release


def releases(spec: NetworkSpec) -> tuple[Release, ...]:
    """Return every release of an environment, in the order of the spec.

    Raises:
        SpecError: the spec asks for what no client or network here can do, changes a release that does not exist, or
            gives a chart values that it does not know.
    """
    generated, found = _generated(spec)
    if problems := located(spec, [*found, *_unknown(spec)]):
        raise SpecError(problems)
    drawn = [_changed(release, spec) for release in generated]
    if problems := [problem for release in drawn for problem in _wrong_values(release, spec)]:
        raise SpecError(problems)
    if problems := located(spec, [problem for release in drawn for problem in ethereum.too_large(release)]):
        raise SpecError(problems)
    return tuple(drawn)


def problems_of(spec: NetworkSpec) -> list[Problem]:
    """Return all that the catalogue has against a spec, but for the values of its releases."""
    return [*_generated(spec)[1], *_unknown(spec)]


def warnings(spec: NetworkSpec) -> list[str]:
    """Return what an operator should know of a spec that `releases` takes: `file:line:column: path: what is risky`."""
    return located(spec, warnings_of(spec))


def _generated(spec: NetworkSpec) -> tuple[list[Release], list[Problem]]:
    """Return the releases of the networks that can be drawn whole, and every problem of any network."""
    prevents = [*health.problems_of(spec), *resources.problems_of(spec)]
    problems: list[Problem] = []
    for name, network in spec.networks.items():
        found = check(("networks", name), network)
        prevents += found.prevents
        problems += found.problems
    generated: list[Release] = []
    for name, network in spec.networks.items():
        here, drawn = (
            ("networks", name),
            drawable(network, [problem for problem in prevents if problem.path[1] == name]),
        )
        if drawn is None:
            continue
        release = ethereum.release(spec, name, drawn)
        problems += check_arguments(here, drawn, release.values)
        if drawn is network:
            generated.append(release)
    return generated, [*prevents, *problems]


def _unknown(spec: NetworkSpec) -> Iterator[Problem]:
    known = sorted(spec.networks)
    for name in spec.releases:
        if name not in known:
            hint = f" (releases here: {', '.join(known)})" if known else ""
            yield Problem(("releases", name), f"no such release{nearest(name, known)}{hint}")


def _changed(release: Release, spec: NetworkSpec) -> Release:
    change = spec.releases.get(release.name)
    if change is None:
        return release
    return release._replace(values=_merged(release.values, change.values), installed=change.enabled)


def _merged(values: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` with `over` merged in as Helm does: mappings key by key, `null` removes, the rest is replaced."""
    result = dict(values)
    for key, value in over.items():
        old = result.get(key)
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(old, dict):
            result[key] = _merged(old, value)
        else:
            result[key] = value
    return result


def _wrong_values(release: Release, spec: NetworkSpec) -> list[str]:
    """Return what the chart's own types find wrong with values that a spec has changed."""
    if release.name not in spec.releases:
        return []
    from pydantic import ValidationError  # noqa: PLC0415 - as below

    from ethgen.chart.values import ChartValues  # noqa: PLC0415 - takes as long to import as a network to draw
    from ethgen.spec.mistakes import describe  # noqa: PLC0415 - as above

    try:
        ChartValues.model_validate(release.values, strict=True)
    except ValidationError as error:
        return describe(error, spec.positions, root=ChartValues, below=("releases", release.name, "values"))
    return []
