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
    return located(
        spec,
        [
            Problem(
                _PATH,
                f'"{spec.context}" is the context of environment {other.environment} as well '
                f"({other.positions.where(_PATH)}); give each a cluster of its own, or put both into one",
            )
            for other in same
        ],
    )
