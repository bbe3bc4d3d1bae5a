"""Which environments name the same cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.spec.problem import Problem, located

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ethgen.spec.model import NetworkSpec

_PATH = ("cluster", "context")


def shared_contexts(spec: NetworkSpec, others: Iterable[NetworkSpec]) -> list[str]:
    """Return, with its place, the mistake of naming the kube context of another environment.

    Two environments in one cluster would install and remove the same releases, each with its own values.

    Args:
        spec: the environment.
        others: the other environments of its repository; itself among them does no harm.
    """
    same = [each for each in others if each.environment != spec.environment and each.context == spec.context]
    return located(spec, [Problem(_PATH, _text(spec, other)) for other in same])


def _text(spec: NetworkSpec, other: NetworkSpec) -> str:
    one, two = sorted((spec.environment, other.environment))
    place = other.positions.where(_PATH)
    also = "" if place == spec.positions.where(_PATH) else f" ({place})"
    return (
        f'the environments {one} and {two} have one context, "{spec.context}"{also}; '
        "give each a cluster of its own, or put both into one environment"
    )
