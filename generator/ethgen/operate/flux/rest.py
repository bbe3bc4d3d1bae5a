"""Releases that Flux leaves alone for a while, and takes up again whatever happens."""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from ethgen.errors import DeployError
from ethgen.operate.flux.state import OWNER, full_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from ethgen.operate.kubectl import Kubectl

MANAGER = "ethgen-request"
"""A manager of fields of its own: Flux, which applies its objects again and again, does not take back what it owns."""

# Tells a release that ethgen has suspended from one that somebody else has.
_MARK = "ethgen/suspended"
_REASON = "until its StatefulSets are made anew"


@contextmanager
def resting(kubectl: Kubectl, environment: str, namespace: str, names: Collection[str]) -> Iterator[tuple[str, ...]]:
    """Suspend releases while the body runs; resume them, and those that a run which was killed has left suspended.

    A release that Flux does not have is left out.

    Args:
        kubectl: the cluster. Each change is a kubectl of its own: Ctrl-C ends a proxy, and they are resumed then, too.
        environment: the environment, which Flux's Kustomization is named for.
        namespace: Flux's namespace.
        names: the releases.

    Yields:
        those that rest.

    Raises:
        DeployError: somebody else has suspended one of them; nothing was changed.
        ClusterError: the cluster refuses.
    """
    resumed: set[str] = set()
    with ExitStack() as stack:
        for release in kubectl.list(full_name("HelmRelease"), namespace, f"{OWNER}={environment}"):
            name = str(release["metadata"]["name"])
            left = _MARK in (release["metadata"].get("annotations") or {})
            if name in names and not left and release["spec"].get("suspend"):
                raise DeployError(
                    f"{name} is suspended in Flux, which would not make its StatefulSets anew",
                    cure=f"flux --context {kubectl.context} --namespace {namespace} resume helmrelease {name}",
                )
            if left or name in names:
                stack.callback(_set, kubectl, namespace, name, suspended=False)
                resumed.add(name)
        rest = tuple(name for name in names if name in resumed)
        for name in rest:
            _set(kubectl, namespace, name, suspended=True)
        yield rest


def _set(kubectl: Kubectl, namespace: str, name: str, *, suspended: bool) -> None:
    changed = {
        "metadata": {"annotations": {_MARK: _REASON if suspended else None}},
        "spec": {"suspend": True if suspended else None},
    }
    where = (full_name("HelmRelease"), name, f"--namespace={namespace}")
    kubectl.run("patch", *where, "--type=merge", f"--field-manager={MANAGER}", f"--patch={json.dumps(changed)}")
