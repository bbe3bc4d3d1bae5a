"""What a spec may ask of the clients and networks that the catalogue knows.

Problems are refused; warnings are told and rendered all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ethgen.networks import chain
from ethgen.stack.checks import (
    arguments,
    checkpoint,
    diversity,
    names,
    pairs,
    private,
    retention,
    storage,
    validators,
    versions,
)
from ethgen.stack.checks.chosen import chosen_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ethgen.spec import NetworkSpec
    from ethgen.spec.checks import Problem
    from ethgen.spec.network import Network


# Place of the name of a group or key set in the path of a problem: networks, <network>, nodes, <group>.
_NAME = 3


class Checked(NamedTuple):
    """What the checks found in one network.

    Attributes:
        prevents: problems for which nothing can be drawn, so that no arguments can be checked.
        problems: all other problems.
    """

    prevents: list[Problem]
    problems: list[Problem]


def check(here: tuple[str, ...], network: Network) -> Checked:
    """Check one network, whose section is at `here`; what has an unknown client is left out of all but that."""
    unknown = names.problems(here, network)
    if network.chain not in chain.NAMES:
        return Checked(unknown, [])
    known = names.known(network)
    prevents = [
        *unknown,
        *retention.problems(here, known),
        *pairs.problems(here, known, every_node=len(known.nodes) == len(network.nodes)),
        *private.problems(here, known),
    ]
    return Checked(
        prevents,
        [
            *checkpoint.problems(here, known),
            *versions.problems(chosen_of(here, known), known),
            *storage.problems(here, known),
        ],
    )


def drawable(network: Network, prevents: Sequence[Problem]) -> Network | None:
    """Return the part of a network that can be drawn in spite of some problems, to check its arguments all the same.

    That is the network itself where there are none, and nothing where one is of the network as a whole. Validators are
    drawn only with all nodes, for they depend on these.
    """
    if not prevents:
        return network
    if not all(
        problem.path[2:3] in {("nodes",), ("validators",)} and len(problem.path) > _NAME for problem in prevents
    ):
        return None
    wrong = {problem.path[2 : _NAME + 1] for problem in prevents}
    nodes = {name: group for name, group in network.nodes.items() if ("nodes", name) not in wrong}
    whole = len(nodes) == len(network.nodes)
    validators = {
        name: key_set for name, key_set in network.validators.items() if whole and ("validators", name) not in wrong
    }
    return network.model_copy(update={"nodes": nodes, "validators": validators})


def check_arguments(here: tuple[str, ...], network: Network, values: Mapping[str, Any]) -> Iterator[Problem]:
    """Check the arguments in the chart's `values` that the network at `here` has given."""
    everyone = chosen_of(here, network)
    for chosen in everyone:
        generated = list(reversed(chosen.container(values)["args"]))
        for other in everyone:
            if other.runs_in == chosen.runs_in:
                for argument in other.section.extra_args:
                    # The last of its like: extra arguments come after generated ones.
                    generated.remove(argument)
        yield from arguments.problems(chosen, tuple(reversed(generated)), chosen.section.extra_args)


def warnings_of(spec: NetworkSpec) -> list[Problem]:
    """Return what an operator should know of a spec that is free of problems: what is risky or soon will not do."""
    return [
        problem
        for name, network in spec.networks.items()
        if not names.problems(("networks", name), network)
        for problem in _warnings(("networks", name), network)
    ]


def _warnings(here: tuple[str, ...], network: Network) -> list[Problem]:
    return [
        *versions.warnings(chosen_of(here, network), network),
        *diversity.warnings(here, network),
        *storage.warnings(here, network),
        *validators.warnings(here, network),
    ]
