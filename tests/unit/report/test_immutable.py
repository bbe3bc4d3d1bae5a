"""Changes that Kubernetes refuses: found in the objects, with what is to be done."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ethgen.report.immutable import ImmutableChange, has_immutable_fields, immutable_changes


def item(kind: str, **content: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return an object called x in the namespace devnet."""
    return {"kind": kind, "metadata": {"name": "x", "namespace": "devnet", **content.pop("metadata", {})}, **content}


def stateful_set(storage: str = "4Gi", **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return a StatefulSet with one claim, as a chart draws it."""
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": storage}}}
    claim = copy.deepcopy(claim | changes.pop("claim", {}))
    spec = {
        "serviceName": "x",
        "podManagementPolicy": "Parallel",
        "selector": {"matchLabels": {"app": "x"}},
        "replicas": 2,
        "template": {"spec": {"containers": [{"name": "execution", "image": "geth:1"}]}},
        "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": claim}],
    }
    return item("StatefulSet", spec=spec | changes)


def changes_of(old: dict[str, Any], new: dict[str, Any], namespace: str = "") -> list[ImmutableChange]:
    """Return the changes from one object to another."""
    return immutable_changes([old], [new], namespace, "there")


def found(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """Return the fields that cannot change, with both values and what is done."""
    changes = changes_of(old, new)
    return [(change.field, change.old, change.new, change.way) for change in changes]


def test_what_kubernetes_takes_is_no_finding():
    """Replicas, the pods' template, the update strategy and what the API server fills in are no findings."""
    running = stateful_set(claim={"volumeMode": "Filesystem"})
    running["spec"]["volumeClaimTemplates"][0]["status"] = {"phase": "Pending"}
    wanted = stateful_set(replicas=5, template={"spec": {}}, updateStrategy={"type": "OnDelete"}, minReadySeconds=1)
    assert found(running, wanted) == []


def test_a_larger_volume_can_grow():
    """More storage is told with both sizes, and is something that can be done."""
    assert found(stateful_set("4Gi"), stateful_set("5Gi")) == [
        ("volumeClaimTemplates[data].storage", "4Gi", "5Gi", "grow")
    ]


def test_the_same_size_in_other_words_is_no_change():
    """4Gi and 4096Mi are one size."""
    assert found(stateful_set("4Gi"), stateful_set("4096Mi")) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"storage": "3Gi"}, "volumeClaimTemplates[data].storage"),
        ({"claim": {"storageClassName": "fast"}}, "volumeClaimTemplates[data].storageClassName"),
        ({"claim": {"accessModes": ["ReadWriteOncePod"]}}, "volumeClaimTemplates[data].accessModes"),
        ({"volumeClaimTemplates": []}, "volumeClaimTemplates[data]"),
        ({"selector": {"matchLabels": {"app": "y"}}}, "spec.selector"),
    ],
)
def test_what_only_a_new_group_can_have_is_refused(changes: dict[str, Any], field: str):
    """A smaller volume, another class, other claims and other pods need a new group, and the guide says how."""
    (change,) = changes_of(stateful_set(), stateful_set(**changes))
    assert (change.field, change.way) == (field, "refuse")
    assert '`ethgen help upgrades "a new group"`' in change.procedure


@pytest.mark.parametrize("changes", [{"serviceName": "y"}, {"podManagementPolicy": "OrderedReady"}])
def test_what_pods_do_not_notice_is_made_anew_around_them(changes: dict[str, str]):
    """The Service's name and the order of pods change by a StatefulSet that is made anew around its pods."""
    (change,) = changes_of(stateful_set(), stateful_set(**changes))
    assert change.way == "recreate"


@pytest.mark.parametrize(
    ("template", "field"),
    [
        ({"metadata": {"name": "data", "labels": {"helm.sh/chart": "x-1.0.1"}}}, "metadata.labels"),
        ({"metadata": {"name": "data", "annotations": {"a": "b"}}}, "metadata.annotations"),
        ({"spec": {"dataSource": {"kind": "VolumeSnapshot", "name": "a"}}}, "dataSource"),
        ({"spec": {"dataSourceRef": {"kind": "VolumeSnapshot", "name": "a"}}}, "dataSource"),
        ({"spec": {"volumeAttributesClassName": "fast"}}, "volumeAttributesClassName"),
        ({"spec": {"resources": {"requests": {"storage": "4Gi"}, "limits": {"storage": "9Gi"}}}}, "resources.limits"),
    ],
)
def test_what_a_template_says_of_later_claims_is_made_anew_around_pods(template: dict[str, Any], field: str):
    """Claims that are there keep what they have; those that are made later get what the template says."""
    running, wanted = stateful_set(), stateful_set()
    for key, value in template.items():
        wanted["spec"]["volumeClaimTemplates"][0][key].update(value)
    (change,) = changes_of(running, wanted)
    assert (change.field, change.way) == (f"volumeClaimTemplates[data].{field}", "recreate")
    assert "claims that are there stay as they are" in change.procedure


def test_the_order_of_claims_is_made_anew_around_pods():
    """The API server compares lists as they stand."""
    running, wanted = stateful_set(), stateful_set()
    for each, place in ((running, 1), (wanted, 0)):
        other = {"metadata": {"name": "logs"}, "spec": each["spec"]["volumeClaimTemplates"][0]["spec"]}
        each["spec"]["volumeClaimTemplates"].insert(place, other)
    assert found(running, wanted) == [("volumeClaimTemplates", "[data, logs]", "[logs, data]", "recreate")]


def test_what_the_server_fills_in_of_a_claim_is_no_change():
    """The kind, the status, the mode and the second name of the source are the API server's."""
    source = {"kind": "VolumeSnapshot", "name": "a", "apiGroup": "snapshot.storage.k8s.io"}
    running, wanted = stateful_set(claim={"dataSource": source}), stateful_set(claim={"dataSource": source})
    filled = running["spec"]["volumeClaimTemplates"][0]
    filled |= {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "status": {"phase": "Pending"}}
    filled["metadata"]["creationTimestamp"] = None
    filled["spec"] |= {"volumeMode": "Filesystem", "dataSourceRef": source}
    assert found(running, wanted) == []


def test_a_change_is_one_line():
    """A change names kind, namespace, name, field and both values."""
    (change,) = changes_of(stateful_set("4Gi"), stateful_set("8Gi"))
    assert str(change) == "StatefulSet devnet/x: volumeClaimTemplates[data].storage 4Gi -> 8Gi"
    (change,) = changes_of(stateful_set(), stateful_set(claim={"storageClassName": "fast"}))
    assert str(change).endswith("volumeClaimTemplates[data].storageClassName not set -> fast")
    cluster_wide = ImmutableChange("StorageClass", "", "fast", "provisioner", "a", "b", "refuse", "")
    assert str(cluster_wide) == "StorageClass fast: provisioner a -> b"


def claim(storage: str, **changes: object) -> dict[str, Any]:
    """Return a claim as a chart draws it."""
    spec = {"accessModes": ["ReadWriteOncePod"], "resources": {"requests": {"storage": storage}}}
    return item("PersistentVolumeClaim", spec=spec | changes)


def test_a_claim_may_grow_and_nothing_else():
    """A claim of its own grows in place; a smaller one and one of another class are refused."""
    running = claim("1Gi", storageClassName="standard", volumeName="pvc-1", volumeMode="Filesystem")
    assert found(running, claim("1Gi")) == []
    assert found(running, claim("2Gi")) == [("spec.storage", "1Gi", "2Gi", "grow")]
    assert found(running, claim("512Mi")) == [("spec.storage", "1Gi", "512Mi", "refuse")]
    assert found(running, claim("1Gi", storageClassName="fast")) == [
        ("spec.storageClassName", "standard", "fast", "refuse")
    ]


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ({"clusterIP": "10.0.0.1"}, {}, None),
        ({"clusterIP": "None"}, {"clusterIP": "None"}, None),
        ({"clusterIP": "10.0.0.1"}, {"type": "ExternalName"}, None),
        ({"clusterIP": "10.0.0.1"}, {"clusterIP": "None"}, "spec.clusterIP"),
        ({"clusterIP": "None"}, {}, "spec.clusterIP"),
        ({"type": "LoadBalancer", "loadBalancerClass": "a"}, {"type": "LoadBalancer"}, None),
        ({"type": "ClusterIP"}, {"type": "LoadBalancer", "loadBalancerClass": "a"}, None),
        ({"type": "LoadBalancer"}, {"type": "LoadBalancer", "loadBalancerClass": "a"}, "spec.loadBalancerClass"),
    ],
)
def test_a_service_keeps_its_address(old: dict[str, str], new: dict[str, str], field: str | None):
    """A Service with an address and one without cannot become each other; one that the cluster chose is kept."""
    changes = changes_of(item("Service", spec=old), item("Service", spec=new))
    assert [change.field for change in changes] == ([field] if field else [])


def job(image: str, **defaults: object) -> dict[str, Any]:
    """Return a Job of one container."""
    container = {"name": "a", "image": image, "args": [], **defaults}
    return item("Job", spec={"template": {"spec": {"containers": [container], **defaults}}})


def test_a_job_keeps_its_pods():
    """Another template of a Job is a finding; what the API server filled in is not."""
    running = job("x:1", terminationMessagePath="/dev/termination-log")
    assert found(running, job("x:1")) == []
    assert found(running, job("x:2")) == [("spec.template", "as it ran", "changed", "refuse")]
    (change,) = changes_of(running, job("x:2"))
    assert change.procedure == "remove it, and deploy again: kubectl --context there --namespace devnet delete job x"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"args": ["a", "b"]}, {"args": ["a"]}),
        ({"args": ["a"]}, {}),
        ({"env": [{"name": "A", "value": "1"}]}, {"env": []}),
        ({"resources": {"limits": {"cpu": "1"}}}, {}),
        ({"resources": {"limits": {"cpu": "1", "memory": "1Gi"}}}, {"resources": {"limits": {"cpu": 1}}}),
        ({"resources": {"limits": {"cpu": "500m"}}}, {"resources": {"limits": {"cpu": "0.6"}}}),
        ({"args": ["500m"]}, {"args": ["0.5"]}),
    ],
)
def test_what_is_taken_from_a_job_is_a_change(old: dict[str, Any], new: dict[str, Any]):
    """An argument, a variable or a limit that is gone was not filled in by the API server, so it was removed."""
    assert found(job("x:1", **old), job("x:1", **new)) == [("spec.template", "as it ran", "changed", "refuse")]


@pytest.mark.parametrize(
    ("server", "chart"),
    [
        ({"limits": {"cpu": "500m"}}, {"limits": {"cpu": "0.5"}}),
        ({"limits": {"cpu": "500m"}}, {"limits": {"cpu": 0.5}}),
        ({"requests": {"memory": "1Gi"}}, {"requests": {"memory": "1024Mi"}}),
        ({"requests": {"memory": "1k"}}, {"requests": {"memory": "1e3"}}),
    ],
)
def test_quantities_are_compared_by_their_amount(server: dict[str, Any], chart: dict[str, Any]):
    """The API server writes quantities in a way of its own."""
    assert found(job("x:1", resources=server), job("x:1", resources=chart)) == []


def test_what_helm_removes_first_is_no_finding():
    """A hook is removed before it is made anew, so it may change as it likes."""
    hook = job("x:2")
    hook["metadata"]["annotations"] = {"helm.sh/hook": "test"}
    assert not has_immutable_fields(hook)
    assert found(job("x:1"), hook) == []


@pytest.mark.parametrize(
    ("kind", "old", "new", "field"),
    [
        ("Deployment", {"spec": {"selector": {"a": "b"}}}, {"spec": {"selector": {"a": "c"}}}, "spec.selector"),
        ("StorageClass", {"provisioner": "a"}, {"provisioner": "b"}, "provisioner"),
        ("StorageClass", {"parameters": {"type": "gp2"}}, {"parameters": {"type": "gp3"}}, "parameters"),
        ("StorageClass", {"reclaimPolicy": "Delete", "volumeBindingMode": "Immediate"}, {}, None),
        ("StorageClass", {"allowVolumeExpansion": False}, {"allowVolumeExpansion": True}, None),
        ("PriorityClass", {"value": 1}, {"value": 2}, "value"),
        (
            "ClusterRoleBinding",
            {"roleRef": {"kind": "ClusterRole", "name": "a", "apiGroup": "rbac.authorization.k8s.io"}},
            {"roleRef": {"kind": "ClusterRole", "name": "b"}},
            "roleRef",
        ),
        ("ConfigMap", {"immutable": True, "data": {"a": "1"}}, {"immutable": True, "data": {"a": "2"}}, "data"),
        ("ConfigMap", {"data": {"a": "1"}}, {"data": {"a": "2"}}, None),
        (
            "ConfigMap",
            {"immutable": True, "data": {"a": "1", "b": "1"}},
            {"immutable": True, "data": {"a": "1"}},
            "data",
        ),
        ("Secret", {"immutable": True, "data": {"a": "MQ=="}}, {"immutable": True, "stringData": {"a": "1"}}, None),
        ("Secret", {"type": "Opaque"}, {"type": "kubernetes.io/tls"}, "type"),
        ("NetworkPolicy", {"spec": {"podSelector": {}}}, {"spec": {"podSelector": {"a": "b"}}}, None),
    ],
)
def test_other_kinds(kind: str, old: dict[str, Any], new: dict[str, Any], field: str | None):
    """Each kind has fields that never change, and others that may."""
    changes = changes_of(item(kind, **old), item(kind, **new))
    assert [(change.field, change.way) for change in changes] == ([(field, "refuse")] if field else [])


def test_commands_name_context_and_namespace():
    """Whoever copies a command reaches the right cluster, also where the chart leaves the namespace to its release."""
    running = item("Service", spec={"clusterIP": "10.0.0.1"})
    wanted = {"kind": "Service", "metadata": {"name": "x"}, "spec": {"clusterIP": "None"}}
    (change,) = changes_of(running, wanted, "devnet")
    assert change.procedure.endswith(": kubectl --context there --namespace devnet delete service x")
    (change,) = changes_of(item("PriorityClass", value=1), item("PriorityClass", value=2))
    assert change.procedure.endswith(": kubectl --context there delete priorityclass x")


def test_objects_without_a_namespace_have_that_of_their_release():
    """Charts of others leave the namespace out, and the cluster's objects have it."""
    wanted = stateful_set("8Gi")
    del wanted["metadata"]["namespace"]
    assert changes_of(stateful_set(), wanted) == []
    (change,) = changes_of(stateful_set(), wanted, "devnet")
    assert change.namespace == "devnet"
