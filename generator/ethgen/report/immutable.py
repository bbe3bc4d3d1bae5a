"""Changes of Kubernetes objects that the API server refuses, and what to do in place of them.

The fields are those that the API server's own validation holds fast (kubernetes, pkg/apis/*/validation). What it fills
in by itself, such as a claim's volume mode, is no change.
"""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from ethgen.report.filled_in import covers, same_amount
from ethgen.spec.quantity import amount

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    Object = Mapping[str, Any]

Way = Literal["grow", "recreate", "refuse"]

_GUIDE = '`ethgen help upgrades "a new group"`'
_OTHER_NAME = "give the new content another name"
_AROUND_PODS = "the StatefulSet is made anew around its pods, which go on running"


class ImmutableChange(NamedTuple):
    """A change of a field that Kubernetes keeps as it is.

    Attributes:
        kind: the object's kind.
        namespace: its namespace; empty where it has none.
        name: its name.
        field: the field, as in `volumeClaimTemplates[data].storage`.
        old: what it is; empty where it is not set.
        new: what it shall be; likewise.
        way: `grow`, where larger claims and a StatefulSet made anew around its pods do it; `recreate`, where the latter
            alone does; `refuse`, where only a person can.
        procedure: what is done, or is to be done.
    """

    kind: str
    namespace: str
    name: str
    field: str
    old: str
    new: str
    way: Way
    procedure: str

    def __str__(self) -> str:
        """Return the change as one line."""
        where = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind} {where}: {self.field} {self.old or 'not set'} -> {self.new or 'not set'}"


def immutable_changes(
    old: Iterable[Object], new: Iterable[Object], namespace: str, context: str
) -> list[ImmutableChange]:
    """Return the changes from `old` to `new` that the API server would refuse, in the order of `new`.

    Args:
        old: the objects as they are, or as they were rendered.
        new: the objects as they shall be.
        namespace: that of objects which name none.
        context: the kube context of their cluster, for commands that people are told.
    """
    before = {_identity(item, namespace): item for item in old}
    found: list[ImmutableChange] = []
    for item in new:
        identity = _identity(item, namespace)
        if identity in before and not _is_hook(item):
            found += _changes(identity, before[identity], item, context)
    return found


def has_immutable_fields(item: Object) -> bool:
    """Return whether a change of an object may be refused, so that it is worth asking for what it is now."""
    return item["kind"] in _COMPARED and not _is_hook(item)


def _identity(item: Object, namespace: str) -> tuple[str, str, str]:
    metadata = item["metadata"]
    cluster_wide = item["kind"] in _CLUSTER_WIDE
    return item["kind"], "" if cluster_wide else metadata.get("namespace") or namespace, metadata["name"]


def _is_hook(item: Object) -> bool:
    """Return whether Helm removes an object before it makes it anew."""
    return "helm.sh/hook" in (item["metadata"].get("annotations") or {})


def _changes(identity: tuple[str, str, str], old: Object, new: Object, context: str) -> Iterator[ImmutableChange]:
    kind, namespace, name = identity
    where = f" --namespace {namespace}" if namespace else ""
    anew = f"remove it, and deploy again: kubectl --context {context}{where} delete {kind.lower()} {name}"
    compare = _COMPARED.get(kind)
    for difference in compare(old, new) if compare else ():
        yield ImmutableChange(kind, namespace, name, *difference._replace(procedure=difference.procedure or anew))


class _Difference(NamedTuple):
    """A field that differs; without a procedure the object has to be removed and made anew."""

    field: str
    old: str
    new: str
    way: Way = "refuse"
    procedure: str = ""


def _stateful_set(old: Object, new: Object) -> Iterator[_Difference]:
    before, after = old["spec"], new["spec"]
    name = new["metadata"]["name"]
    yield from _fields(
        before,
        after,
        {"selector": {}},
        f"its pods would belong to nobody: give the group another name beside {name}, and remove {name} when the new "
        f"one is ready ({_GUIDE})",
    )
    yield from _fields(
        before,
        after,
        {"serviceName": "", "podManagementPolicy": "OrderedReady"},
        _AROUND_PODS,
        "recreate",
    )
    claims = {claim["metadata"]["name"]: claim for claim in before.get("volumeClaimTemplates") or []}
    wanted = {claim["metadata"]["name"]: claim for claim in after.get("volumeClaimTemplates") or []}
    for claim in dict.fromkeys((*claims, *wanted)):
        old_claim, new_claim, prefix = claims.get(claim), wanted.get(claim), f"volumeClaimTemplates[{claim}]."
        yield from _claim(prefix, old_claim and old_claim["spec"], new_claim and new_claim["spec"], name)
        if old_claim and new_claim:
            yield from _rest_of_template(prefix, old_claim, new_claim)
    if list(claims) != list(wanted) and claims.keys() == wanted.keys():
        orders = (_shown(list(claims)), _shown(list(wanted)))
        yield _Difference("volumeClaimTemplates", *orders, "recreate", _AROUND_PODS)


def _rest_of_template(prefix: str, old: Object, new: Object) -> Iterator[_Difference]:
    """Compare what a template says of claims that are made later; those that are there stay as they are."""
    text = f"{_AROUND_PODS}; claims that are there stay as they are"
    names: Mapping[str, Any] = {"namespace": None, "labels": {}, "annotations": {}}
    before, after = old["spec"], new["spec"]
    for one, other, defaults, where in (
        (old["metadata"], new["metadata"], names, "metadata."),
        (_sourced(before), _sourced(after), {"dataSource": None}, ""),
        (before, after, {"volumeName": None, "volumeAttributesClassName": None}, ""),
        (_limits(before), _limits(after), {"limits": {}}, "resources."),
    ):
        yield from _fields(one, other, defaults, text, "recreate", prefix=prefix + where)


def _sourced(claim: Object) -> Object:
    """Return where a claim's content comes from; the API server lets either of two fields follow the other."""
    source = claim.get("dataSourceRef") or claim.get("dataSource") or {}
    return {"dataSource": {key: value for key, value in source.items() if value}}


def _limits(claim: Object) -> Object:
    limits = claim.get("resources", {}).get("limits") or {}
    return {"limits": {key: str(amount(value) or value) for key, value in limits.items()}}


def _claim(prefix: str, old: Object | None, new: Object | None, name: str) -> Iterator[_Difference]:
    beside = f"{name} keeps its volumes: {{what}} ({_GUIDE})"
    if old is None or new is None:
        text = beside.format(what="add a group with the volumes that you want beside it")
        yield _Difference(
            prefix.rstrip("."), "" if old is None else "there", "" if new is None else "there", "refuse", text
        )
        return
    yield from _fields(
        old,
        new,
        {"storageClassName": None, "accessModes": [], "volumeMode": "Filesystem", "selector": None},
        beside.format(what="add a group with the class that you want beside it"),
        prefix=prefix,
    )
    yield from _size(prefix, _storage(old), _storage(new), name)


def _size(prefix: str, old: str, new: str, name: str) -> Iterator[_Difference]:
    if same_amount(old, new):
        return
    if (amount(new) or 0) > (amount(old) or 0):
        text = f"the claims grow one at a time, then {_AROUND_PODS}"
        yield _Difference(f"{prefix}storage", old, new, "grow", text)
        return
    text = f"no volume can shrink: add a smaller group beside {name} ({_GUIDE})"
    yield _Difference(f"{prefix}storage", old, new, "refuse", text)


def _storage(claim: Object) -> str:
    return str(claim["resources"]["requests"]["storage"])


def _volume_claim(old: Object, new: Object) -> Iterator[_Difference]:
    # Helm asks for the larger size by itself; the storage class decides whether that is possible.
    name = f"the claim {new['metadata']['name']}"
    for difference in _claim("spec.", _without_bound_class(old["spec"], new["spec"]), new["spec"], name):
        text = "the claim grows in place" if difference.way == "grow" else difference.procedure
        yield difference._replace(procedure=text)
    yield from _fields(_sourced(old["spec"]), _sourced(new["spec"]), {"dataSource": None}, _OTHER_NAME)


def _without_bound_class(old: Object, new: Object) -> Object:
    """Return a claim without the class that the cluster chose for it, where the new one leaves the choice to it too."""
    return old if "storageClassName" in new else {**old, "storageClassName": None}


def _service(old: Object, new: Object) -> Iterator[_Difference]:
    before, after = old["spec"].get("clusterIP") or "", new["spec"].get("clusterIP") or ""
    # An address that nobody asked for is the cluster's choice, and stays.
    chosen = not after and before != "None"
    if before != after and not chosen and "ExternalName" not in {old["spec"].get("type"), new["spec"].get("type")}:
        yield _Difference("spec.clusterIP", before, after)
    before, after = old["spec"].get("loadBalancerClass") or "", new["spec"].get("loadBalancerClass") or ""
    # Likewise, some clusters choose the class where nobody does.
    if after and before != after and old["spec"].get("type") == new["spec"].get("type") == "LoadBalancer":
        yield _Difference("spec.loadBalancerClass", before, after)


def _job(old: Object, new: Object) -> Iterator[_Difference]:
    before, after = old["spec"], new["spec"]
    if not covers(before["template"], after["template"]):
        yield _Difference("spec.template", "as it ran", "changed")
    yield from _fields(before, after, {"completionMode": "NonIndexed"})


def _spec_of(**defaults: Any) -> Callable[[Object, Object], Iterator[_Difference]]:  # noqa: ANN401 - JSON
    return lambda old, new: _fields(old["spec"], new["spec"], defaults)


def _top(**defaults: Any) -> Callable[[Object, Object], Iterator[_Difference]]:  # noqa: ANN401 - JSON
    return lambda old, new: _fields(old, new, defaults, prefix="")


def _storage_class(old: Object, new: Object) -> Iterator[_Difference]:
    defaults = {"provisioner": "", "parameters": None, "reclaimPolicy": "Delete", "volumeBindingMode": "Immediate"}
    yield from _fields(
        old, new, defaults, "volumes keep the class that they were made with: add a class of another name", prefix=""
    )


def _role_binding(old: Object, new: Object) -> Iterator[_Difference]:
    before, after = (f"{item['roleRef']['kind']} {item['roleRef']['name']}" for item in (old, new))
    if before != after:
        yield _Difference("roleRef", before, after)


def _sealed(old: Object, new: Object) -> Iterator[_Difference]:
    """Compare a ConfigMap or Secret, of which a sealed one never changes; values are not shown."""
    if old.get("immutable") and any(_content(old, key) != _content(new, key) for key in ("data", "binaryData")):
        yield _Difference("data", "immutable", "changed", "refuse", _OTHER_NAME)
    if new["kind"] == "Secret":
        yield from _fields(old, new, {"type": "Opaque"}, prefix="")


def _content(item: Object, key: str) -> dict[str, Any]:
    """Return what a ConfigMap or Secret holds; what a Secret is given as text, the API server encodes."""
    texts = item.get("stringData") or {} if key == "data" else {}
    return {**(item.get(key) or {}), **{name: b64encode(text.encode()).decode() for name, text in texts.items()}}


def _fields(  # noqa: PLR0913 - the two objects, and what is said of each difference
    old: Object,
    new: Object,
    defaults: Mapping[str, Any],
    procedure: str = "",
    way: Way = "refuse",
    *,
    prefix: str = "spec.",
) -> Iterator[_Difference]:
    """Yield every field that differs, of those named by `defaults` with what the API server fills in."""
    for field, default in defaults.items():
        before, after = old.get(field) or default, new.get(field) or default
        if before != after:
            yield _Difference(f"{prefix}{field}", _shown(before), _shown(after), way, procedure)


def _shown(value: Any) -> str:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_shown(inner)}" for key, inner in sorted(value.items())) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return "" if value is None else str(value)


_CLUSTER_WIDE = frozenset({"StorageClass", "PriorityClass", "ClusterRoleBinding", "IngressClass", "RuntimeClass"})

_COMPARED: Mapping[str, Callable[[Object, Object], Iterable[_Difference]]] = {
    "StatefulSet": _stateful_set,
    "Deployment": _spec_of(selector={}),
    "DaemonSet": _spec_of(selector={}),
    "ReplicaSet": _spec_of(selector={}),
    "Job": _job,
    "Service": _service,
    "PersistentVolumeClaim": _volume_claim,
    "StorageClass": _storage_class,
    "PriorityClass": _top(value=0, preemptionPolicy="PreemptLowerPriority"),
    "RuntimeClass": _top(handler=""),
    "IngressClass": _spec_of(controller=""),
    "RoleBinding": _role_binding,
    "ClusterRoleBinding": _role_binding,
    "ConfigMap": _sealed,
    "Secret": _sealed,
}
