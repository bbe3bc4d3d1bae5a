"""Changes of Kubernetes objects that the API server refuses, and what to do in place of them.

The fields are those that the API server's own validation holds fast (kubernetes, pkg/apis/*/validation). What it fills
in by itself, such as a claim's volume mode, is no change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    Object = Mapping[str, Any]

Way = Literal["grow", "recreate", "refuse"]

_GUIDE = '`ethgen help upgrades "a new group"`'


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


def immutable_changes(old: Iterable[Object], new: Iterable[Object], namespace: str = "") -> list[ImmutableChange]:
    """Return the changes from `old` to `new` that the API server would refuse, in the order of `new`.

    Args:
        old: the objects as they are, or as they were rendered.
        new: the objects as they shall be.
        namespace: that of objects which name none.
    """
    before = {_identity(item, namespace): item for item in old}
    found: list[ImmutableChange] = []
    for item in new:
        identity = _identity(item, namespace)
        if identity in before and not _is_hook(item):
            found += _changes(identity, before[identity], item)
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


def _changes(identity: tuple[str, str, str], old: Object, new: Object) -> Iterator[ImmutableChange]:
    kind, namespace, name = identity
    compare = _COMPARED.get(kind)
    for difference in compare(old, new) if compare else ():
        yield ImmutableChange(kind, namespace, name, *difference)


class _Difference(NamedTuple):
    field: str
    old: str
    new: str
    way: Way
    procedure: str


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
        "the StatefulSet is made anew around its pods, which go on running",
        "recreate",
    )
    claims = {claim["metadata"]["name"]: claim["spec"] for claim in before.get("volumeClaimTemplates") or []}
    wanted = {claim["metadata"]["name"]: claim["spec"] for claim in after.get("volumeClaimTemplates") or []}
    for claim in dict.fromkeys((*claims, *wanted)):
        yield from _claim(f"volumeClaimTemplates[{claim}].", claims.get(claim), wanted.get(claim), name)


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
    from ethgen.spec.types import bytes_of  # noqa: PLC0415 - pydantic takes a tenth of a second to import

    if old == new or bytes_of(old) == bytes_of(new):
        return
    if bytes_of(new) > bytes_of(old):
        text = "the claims grow one at a time, then the StatefulSet is made anew around its pods, which go on running"
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


def _without_bound_class(old: Object, new: Object) -> Object:
    """Return a claim without the class that the cluster chose for it, where the new one leaves the choice to it too."""
    return old if "storageClassName" in new else {**old, "storageClassName": None}


def _service(old: Object, new: Object) -> Iterator[_Difference]:
    before, after = old["spec"].get("clusterIP") or "", new["spec"].get("clusterIP") or ""
    # An address that nobody asked for is the cluster's choice, and stays.
    chosen = not after and before != "None"
    if before != after and not chosen and "ExternalName" not in {old["spec"].get("type"), new["spec"].get("type")}:
        yield _Difference("spec.clusterIP", before, after, "refuse", _anew(new))


def _job(old: Object, new: Object) -> Iterator[_Difference]:
    before, after = old["spec"], new["spec"]
    if not _covers(before["template"], after["template"]):
        yield _Difference("spec.template", "as it ran", "changed", "refuse", _anew(new))
    yield from _fields(before, after, {"completionMode": "NonIndexed"}, _anew(new))


def _covers(known: object, wanted: object) -> bool:
    """Return whether an object has all that is wanted; more may be there, as the API server fills in its defaults."""
    if isinstance(wanted, dict):
        return isinstance(known, dict) and all(_covers(known.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list) and wanted:
        return isinstance(known, list) and len(known) >= len(wanted) and all(map(_covers, known, wanted))
    return known == wanted or (not known and not wanted)


def _spec_of(**defaults: Any) -> Callable[[Object, Object], Iterator[_Difference]]:  # noqa: ANN401 - JSON
    return lambda old, new: _fields(old["spec"], new["spec"], defaults, _anew(new))


def _top(**defaults: Any) -> Callable[[Object, Object], Iterator[_Difference]]:  # noqa: ANN401 - JSON
    return lambda old, new: _fields(old, new, defaults, _anew(new), prefix="")


def _storage_class(old: Object, new: Object) -> Iterator[_Difference]:
    defaults = {"provisioner": "", "parameters": None, "reclaimPolicy": "Delete", "volumeBindingMode": "Immediate"}
    yield from _fields(
        old, new, defaults, "volumes keep the class that they were made with: add a class of another name", prefix=""
    )


def _role_binding(old: Object, new: Object) -> Iterator[_Difference]:
    before, after = (f"{item['roleRef']['kind']} {item['roleRef']['name']}" for item in (old, new))
    if before != after:
        yield _Difference("roleRef", before, after, "refuse", _anew(new))


def _sealed(old: Object, new: Object) -> Iterator[_Difference]:
    """Compare a ConfigMap or Secret, of which a sealed one never changes; values are not shown."""
    if old.get("immutable") and any(not _covers(old.get(key), new.get(key)) for key in ("data", "binaryData")):
        yield _Difference("data", "immutable", "changed", "refuse", "give the new content another name")
    if new["kind"] == "Secret":
        yield from _fields(old, new, {"type": "Opaque"}, _anew(new), prefix="")


def _anew(item: Object) -> str:
    metadata = item["metadata"]
    namespace = f" --namespace {metadata['namespace']}" if "namespace" in metadata else ""
    return f"remove it, and deploy again: kubectl{namespace} delete {item['kind'].lower()} {metadata['name']}"


def _fields(  # noqa: PLR0913 - the two objects, and what is said of each difference
    old: Object,
    new: Object,
    defaults: Mapping[str, Any],
    procedure: str,
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
