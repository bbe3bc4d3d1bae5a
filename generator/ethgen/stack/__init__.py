"""What is installed in an environment: every release once, whatever dialect it is printed in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ethgen.errors import SpecError
from ethgen.stack import ethereum
from ethgen.stack.checks import problems_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ethgen.spec import NetworkSpec
    from ethgen.stack.release import Release


def releases(spec: NetworkSpec) -> tuple[Release, ...]:
    """Return every release of an environment, in the order of the spec.

    Raises:
        SpecError: the spec asks for what no client or network here can do, or changes a release that does not exist.
    """
    problems = [
        f"{spec.where(*problem.path)}: {'.'.join(problem.path)}: {problem.text}" for problem in problems_of(spec)
    ]
    if problems:
        raise SpecError(problems)
    drawn = [ethereum.release(spec, name, network) for name, network in spec.networks.items()]
    _refuse_unknown(spec, {release.name for release in drawn})
    return tuple(_changed(release, spec) for release in drawn)


def _refuse_unknown(spec: NetworkSpec, known: set[str]) -> None:
    problems = [
        f"{spec.where('releases', name)}: releases.{name}: no such release; releases here: {', '.join(sorted(known))}"
        for name in spec.releases
        if name not in known
    ]
    if problems:
        raise SpecError(problems)


def _changed(release: Release, spec: NetworkSpec) -> Release:
    change = spec.releases.get(release.name)
    if change is None:
        return release
    return replace(release, values=_merged(release.values, change.values), installed=change.enabled)


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
