"""What is right of a spec with mistakes, so that all its other mistakes are told with them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pydantic import ValidationError

from ethgen.spec import mistakes
from ethgen.spec.model import NetworkSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ethgen.spec.documents import Document
    from ethgen.spec.positions import Path, Position
    from ethgen.spec.problem import Problem

# Once for every level of sections, and some more: what is removed may be missed one level above.
_ROUNDS = 8

# Parts of a path that lead to a network, and to its groups.
_NETWORK, _GROUP = 2, 3

# Parts of a group that the rest of it is judged without, each with what is right or wrong by it all the same: a version
# decides on the arguments, also on those of a consensus client inside of the execution client.
_ALONE: dict[Path, tuple[Path, ...]] = {
    ("replicas",): (),
    ("health",): (),
    **{(layer, field): () for layer in ("execution", "consensus") for field in ("image", "extraArgs", "resources")},
    ("execution", "version"): (("execution", "extraArgs"), ("consensus", "extraArgs")),
    ("consensus", "version"): (("consensus", "extraArgs"),),
}

# Where a mistake of a network leaves nothing to judge the rest of it by: in these fields, or in none alone.
_UNSOUND: dict[str, tuple[Path, ...]] = {"custom": ((), ("chainId",), ("genesis",)), "public": (("genesis",),)}


class Read(NamedTuple):
    """What a document holds.

    Attributes:
        spec: what is right of it; None where nothing can be judged any more: the profile is wrong.
        found: the place and text of every mistake in a field.
        removed: the paths of what is left out: groups and parts of them, key sets, networks or sections.
    """

    spec: NetworkSpec | None
    found: set[tuple[Position, str]]
    removed: set[Path]


def read(document: Document) -> Read:
    """Return what is right of the spec that a document holds, and what is wrong with the rest."""
    try:
        return Read(NetworkSpec.model_validate(document.data), set(), set())
    except ValidationError as error:
        found = mistakes.places(error, document.positions)
        spec, removed = _without_mistakes(document.data, error)
        return Read(spec, found, removed)


def judged(problems: Iterable[Problem], removed: set[Path]) -> list[Problem]:
    """Return the problems that would be problems with the removed parts in place as well."""
    networks = {part[:2] for part in removed if part[0] == "networks"}
    return [
        problem
        for problem in problems
        if not any(problem.path[: len(part)] == part for part in removed)
        and not (
            problem.path[0] == "releases" and any(part[0] == "networks" and len(part) <= _NETWORK for part in removed)
        )
        # A group is judged by itself; key sets and the genesis are judged by all groups.
        and (problem.path[:2] not in networks or (problem.path[2:3] == ("nodes",) and len(problem.path) > _GROUP))
    ]


def with_foundation(spec: NetworkSpec, problems: Iterable[Problem]) -> tuple[NetworkSpec, set[Path]]:
    """Return the spec without the networks that the catalogue cannot judge, and the paths of these."""
    removed: set[Path] = {
        problem.path[:_NETWORK]
        for problem in problems
        if problem.path[0] == "networks" and problem.path[_NETWORK : _NETWORK + 1] in _UNSOUND[_chain(spec, problem)]
    }
    # A mnemonic that stands in a file is read last of all.
    removed |= {
        ("networks", name) for name, network in spec.networks.items() if network.genesis and not network.genesis.seed
    }
    kept = {name: network for name, network in spec.networks.items() if ("networks", name) not in removed}
    return spec.model_copy(update={"networks": kept}), removed


def _without_mistakes(data: Mapping[str, Any], error: ValidationError) -> tuple[NetworkSpec | None, set[Path]]:
    left = copy.deepcopy(dict(data))
    removed: set[Path] = set()
    for _ in range(_ROUNDS):
        for detail in error.errors(include_url=False, include_input=False):
            part = _part(tuple(part for part in detail["loc"] if part != "[key]"))
            if part[:1] in ((), ("profile",)):
                return None, removed
            removed |= {part, *_with(part)}
            _remove(left, part)
        try:
            return NetworkSpec.model_validate(left), removed
        except ValidationError as next_error:
            error = next_error
    return None, removed


def _chain(spec: NetworkSpec, problem: Problem) -> Literal["custom", "public"]:
    return "custom" if spec.networks[str(problem.path[1])].chain == "custom" else "public"


def _part(path: Path) -> Path:
    """Return the part of a spec that is judged by itself, and that a path leads into."""
    if path[:1] != ("networks",):
        return path[:1]
    if len(path) <= _GROUP or path[_NETWORK] not in {"nodes", "validators"}:
        return path[:_NETWORK]
    group, inside = path[: _GROUP + 1], path[_GROUP + 1 :]
    alone = [part for part in _ALONE if path[_NETWORK] == "nodes" and inside[: len(part)] == part]
    return (*group, *alone[0]) if alone else group


def _with(part: Path) -> Iterator[Path]:
    """Yield what cannot be judged without a part of a group."""
    group, inside = part[: _GROUP + 1], part[_GROUP + 1 :]
    return (group + other for other in _ALONE.get(inside, ()))


def _remove(data: dict[str, Any], path: Path) -> None:
    current: Any = data
    for part in path[:-1]:
        current = current.get(part) if isinstance(current, dict) else None
    if isinstance(current, dict):
        current.pop(path[-1], None)
