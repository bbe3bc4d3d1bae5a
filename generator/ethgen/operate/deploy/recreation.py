"""StatefulSets made anew around their pods, where Kubernetes would refuse to change them: larger volumes above all."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from ethgen.errors import DeployError
from ethgen.spec.types import bytes_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ethgen.operate.deploy.steps import Report
    from ethgen.operate.kubectl import Kubectl
    from ethgen.report.immutable import ImmutableChange

# Seconds that a storage driver may take for one volume: cloud disks grow within a minute.
_GROW_SECONDS = 300

# Seconds between two looks at a claim.
_INTERVAL = 1.0


def make_way(
    kubectl: Kubectl, changes: Iterable[ImmutableChange], report: Report, seconds: float = _GROW_SECONDS
) -> None:
    """Grow claims, one at a time, and remove the StatefulSets that Helm is to make anew; pods go on running.

    Every step is found done by a run that begins anew after an interruption.

    Args:
        kubectl: the cluster.
        changes: what is to be carried out (`ethgen.operate.deploy.preflight`).
        report: what is told about it.
        seconds: how long one claim may take to grow.

    Raises:
        DeployError: a volume's storage class does not let it grow, before anything is changed; or a claim did not grow
            in time, and its StatefulSet was left as it is.
    """
    grown = [change for change in changes if change.way == "grow"]
    claims = {change: _claims_of(kubectl, change) for change in grown}
    _require_expansion(kubectl, claims.values())
    for change, found in claims.items():
        for claim in found:
            if change.kind == "StatefulSet":
                _grow(kubectl, claim, change.new, report, seconds)
    sets = {(change.namespace, change.name): None for change in changes if change.kind == "StatefulSet"}
    for namespace, name in sets:
        report.progress(f"making StatefulSet {namespace}/{name} anew around its pods")
        kubectl.run("delete", "statefulset", name, f"--namespace={namespace}", "--cascade=orphan", "--ignore-not-found")


def _claims_of(kubectl: Kubectl, change: ImmutableChange) -> list[dict[str, Any]]:
    """Return the claims that a change is about, in the order of their ordinals."""
    claims = kubectl.list("persistentvolumeclaim", change.namespace)
    if change.kind != "StatefulSet":
        return [claim for claim in claims if claim["metadata"]["name"] == change.name]
    template = change.field.partition("[")[2].partition("]")[0]
    prefix = f"{template}-{change.name}-"
    found = [
        (int(ordinal), claim)
        for claim in claims
        if (ordinal := claim["metadata"]["name"].removeprefix(prefix)).isdigit()
        and claim["metadata"]["name"].startswith(prefix)
    ]
    return [claim for _, claim in sorted(found, key=lambda each: each[0])]


def _require_expansion(kubectl: Kubectl, claims: Iterable[Sequence[dict[str, Any]]]) -> None:
    known: dict[str, bool] = {}
    for claim in (claim for found in claims for claim in found):
        name = claim["spec"].get("storageClassName") or ""
        if name not in known:
            text = kubectl.run("get", "storageclass", name, "--ignore-not-found", "--output=json") if name else ""
            known[name] = bool(text.strip()) and bool(json.loads(text).get("allowVolumeExpansion"))
        if not known[name]:
            metadata = claim["metadata"]
            raise DeployError(
                f"the volume of {metadata['namespace']}/{metadata['name']} cannot grow: its storage class "
                f"{name or '(none)'} does not allow expansion; nothing was changed",
                cure="set allowVolumeExpansion: true on the class where its driver can do it; else add a group with "
                'larger volumes beside the old one (`ethgen help upgrades "a new group"`)',
            )


def _grow(kubectl: Kubectl, claim: dict[str, Any], size: str, report: Report, seconds: float) -> None:
    """Ask for a larger volume, and wait until it is there."""
    namespace, name = claim["metadata"]["namespace"], claim["metadata"]["name"]
    requested = claim["spec"]["resources"]["requests"]["storage"]
    if bytes_of(requested) < bytes_of(size):
        patch = json.dumps({"spec": {"resources": {"requests": {"storage": size}}}})
        kubectl.run("patch", "persistentvolumeclaim", name, f"--namespace={namespace}", f"--patch={patch}")
    deadline = time.monotonic() + seconds
    while True:
        now = kubectl.get("persistentvolumeclaim", name, namespace)
        status = now["status"] if now else {}
        capacity = status.get("capacity", {}).get("storage", "0")
        # A claim that is not bound has no volume yet, and gets one of the size it asks for.
        if now is None or status.get("phase") == "Pending" or bytes_of(capacity) >= bytes_of(size):
            return
        report.detail(f"{namespace}/{name} grows from {capacity} to {size}")
        if time.monotonic() > deadline:
            raise DeployError(
                f"the volume of {namespace}/{name} has {capacity} after {seconds:.0f} s, not {size}; its pods go on "
                "running, and its StatefulSet is as it was",
                cure=f"see `kubectl --context {kubectl.context} --namespace {namespace} describe pvc {name}` for the "
                "driver's words, and deploy again when the volume has grown",
            )
        report.wait(_INTERVAL)
