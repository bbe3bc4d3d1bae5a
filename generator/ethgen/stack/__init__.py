"""What is installed in an environment: every release once, whatever dialect it is printed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.errors import SpecError
from ethgen.spec.checks import Problem, located
from ethgen.spec.problem import places
from ethgen.stack import changes, cluster_base, ethereum, health
from ethgen.stack.catalogue import KNOWN
from ethgen.stack.checks import check, check_arguments, drawable, memory, warnings_of
from ethgen.stack.checks import releases as releases_checks

if TYPE_CHECKING:
    from ethgen.spec import NetworkSpec
    from ethgen.stack.release import Release


def releases(spec: NetworkSpec) -> tuple[Release, ...]:
    """Return every release of an environment: in the order of `LAYERS`, networks in that of the spec.

    Raises:
        SpecError: the spec asks for what no client or network here can do, changes a release that does not exist, or
            gives a chart values that it does not know.
    """
    generated, found = _generated(spec)
    found += [problem for release in generated for problem in changes.problems(release, spec)]
    drawn = [changes.changed(release, spec) for release in generated]
    told = places(spec.positions, found)
    wrong = {each for release in drawn for each in changes.wrong_values(release, spec)}
    # What is refused with a reason is not told once more by its type.
    told |= {(place, text) for place, text in wrong if place not in {place for place, _ in told}}
    if told:
        raise SpecError([f"{place}: {text}" for place, text in sorted(told)])
    if problems := located(spec, [problem for release in drawn for problem in ethereum.too_large(release)]):
        raise SpecError(problems)
    return tuple(drawn)


def problems_of(spec: NetworkSpec) -> list[Problem]:
    """Return all that the catalogue has against a spec, but for the values of its releases."""
    return _generated(spec)[1]


def warnings(spec: NetworkSpec) -> list[str]:
    """Return what an operator should know of a spec that `releases` takes: `file:line:column: path: what is risky`."""
    return located(spec, [*warnings_of(spec), *cluster_base.warnings(spec)])


def _generated(spec: NetworkSpec) -> tuple[list[Release], list[Problem]]:
    """Return the releases but for networks that cannot be drawn whole, and every problem of any of them."""
    prevents = [*health.problems_of(spec), *memory.problems_of(spec)]
    problems: list[Problem] = []
    for name, network in spec.networks.items():
        found = check(("networks", name), network)
        prevents += found.prevents
        problems += found.problems
    problems += releases_checks.problems(spec)
    generated = [known.draw(spec) for name, known in KNOWN.items() if name in spec.releases]
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
