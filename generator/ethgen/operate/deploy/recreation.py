"""StatefulSets made anew around their pods, where Kubernetes would refuse to change them: larger volumes above all."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from ethgen.errors import ClusterError, DeployError
from ethgen.spec.types import bytes_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

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
    for change, found in claims.items():
        for claim in found:
            if change.kind == "StatefulSet":
                _make_anew(kubectl, claim, change.new, report, seconds)


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
    """Ask for a larger volume, and wait until it is there; a claim that is not bound has none."""
    namespace, name = claim["metadata"]["namespace"], claim["metadata"]["name"]
    if _is_unbound(claim):
        return
    if _requested(claim) < bytes_of(size):
        patch = json.dumps({"spec": {"resources": {"requests": {"storage": size}}}})
        kubectl.run("patch", "persistentvolumeclaim", name, f"--namespace={namespace}", f"--patch={patch}")
    deadline = time.monotonic() + seconds
    while True:
        now = kubectl.get("persistentvolumeclaim", name, namespace)
        capacity = now["status"].get("capacity", {}).get("storage", "0") if now else "0"
        if now is None or bytes_of(capacity) >= bytes_of(size):
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


def _make_anew(kubectl: Kubectl, claim: dict[str, Any], size: str, report: Report, seconds: float) -> None:
    """Remove a claim that is too small and has no volume yet; the new StatefulSet makes it of its own size.

    The API server changes the size of bound claims alone. One that is bound meanwhile is no longer as it was seen, so
    that its removal is refused; then it grows.
    """
    namespace, name = claim["metadata"]["namespace"], claim["metadata"]["name"]
    now = kubectl.get("persistentvolumeclaim", name, namespace) if _is_unbound(claim) else None
    if now is None or _requested(now) >= bytes_of(size):
        return
    if _is_unbound(now):
        seen = {key: now["metadata"][key] for key in ("uid", "resourceVersion")}
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": seen}
        path = f"/api/v1/namespaces/{namespace}/persistentvolumeclaims/{name}"
        try:
            kubectl.run("delete", f"--raw={path}", "--filename=-", document=json.dumps(options))
        except ClusterError:
            now = kubectl.get("persistentvolumeclaim", name, namespace)
            if now is None or _is_unbound(now):
                raise
        else:
            return
    _grow(kubectl, now, size, report, seconds)


def _is_unbound(claim: dict[str, Any]) -> bool:
    return bool(claim.get("status", {}).get("phase") == "Pending")


def _requested(claim: dict[str, Any]) -> Decimal:
    return bytes_of(claim["spec"]["resources"]["requests"]["storage"])
