"""The guard: nothing is ever done to a cluster but the one the spec names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.cluster.kubeconfig import contexts, find_context
from ethgen.errors import ClusterError

if TYPE_CHECKING:
    from pathlib import Path


def require_context(expected: str, kubeconfig: Path, chosen: str | None = None) -> None:
    """Refuse to go on with any kube context but the spec's own.

    Args:
        expected: the context that the spec names.
        kubeconfig: the file that is about to be used.
        chosen: the context that is about to be used; None is the expected one.

    Raises:
        ClusterError: another context was chosen, or the file does not have the expected one.
    """
    if chosen not in {None, expected}:
        raise ClusterError(
            f"refusing the kube context {chosen!r}: this environment's own is {expected!r}",
            cure="choose the environment with --env, or change cluster.context in its spec",
        )
    if find_context(expected, [kubeconfig]) is None:
        found = ", ".join(contexts([kubeconfig])) or "none"
        raise ClusterError(
            f"the kube context {expected!r} is not in {kubeconfig} (there: {found})",
            cure="make the cluster with `ethgen cluster up`, or name one of these as cluster.context in the spec",
        )
