"""The objects of the add-ons."""

from __future__ import annotations

from pathlib import Path

import pytest

from ethgen.cluster.bare import addons, storage
from ethgen.cluster.bare.objects import Object, path_of
from ethgen.cluster.bare.settings import CSI_DRIVER, settings
from ethgen.cluster.provider import ClusterConfig

CLUSTER = settings(ClusterConfig("local", Path("/repository/.ethgen/local")))
EVERYTHING = [
    *addons.node_identities(),
    *addons.objects(CLUSTER),
    *addons.metrics(),
    *storage.identities(),
    *storage.objects(),
    storage.snapshot_class(),
]


def named(kind: str, name: str) -> Object:
    """Return the one object of that kind and name."""
    (found,) = [o for o in EVERYTHING if (o["kind"], o["metadata"]["name"]) == (kind, name)]
    return found


@pytest.mark.parametrize(
    ("kind", "name", "path"),
    [
        ("Service", "kube-dns", "/api/v1/namespaces/kube-system/services/kube-dns"),
        ("Deployment", "coredns", "/apis/apps/v1/namespaces/kube-system/deployments/coredns"),
        ("StorageClass", "standard", "/apis/storage.k8s.io/v1/storageclasses/standard"),
        ("APIService", "v1beta1.metrics.k8s.io", "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io"),
    ],
)
def test_objects_lie_where_the_api_serves_them(kind: str, name: str, path: str):
    """Core and grouped, namespaced and cluster-wide kinds each have their own path."""
    assert path_of(named(kind, name)) == path


def test_every_object_has_a_path_of_its_own():
    """No object is applied over another one."""
    paths = [path_of(one) for one in EVERYTHING]
    assert len(set(paths)) == len(paths)


def test_dns_has_the_address_that_the_kubelet_tells_pods():
    """The service's address is the tenth of the network, and pods see the port that policies allow."""
    service = named("Service", "kube-dns")["spec"]
    assert service["clusterIP"] == "10.96.0.10"
    assert {port["targetPort"] for port in service["ports"] if port["port"] == 53} == {53}
    assert named("ConfigMap", "coredns")["data"]["Corefile"].startswith(".:53 {")


def test_pods_run_without_rights_and_never_pull():
    """Every add-on's container is as the Pod Security Standard `restricted` wants it, and its image is loaded."""
    deployments = [one for one in EVERYTHING if one["kind"] == "Deployment"]
    assert len(deployments) == 2
    for one in deployments:
        for container in one["spec"]["template"]["spec"]["containers"]:
            security = container["securityContext"]
            assert (security["runAsNonRoot"], security["allowPrivilegeEscalation"]) == (True, False)
            assert security["capabilities"] == {"drop": ["ALL"]}
            assert container["imagePullPolicy"] == "Never"


def test_the_policy_agent_only_reads():
    """Its role has no verb that changes anything."""
    verbs = {verb for rule in named("ClusterRole", "ethgen:network-policy")["rules"] for verb in rule["verbs"]}
    assert verbs == {"list", "watch"}


def test_storage_is_the_default_and_waits_for_its_consumer():
    """Claims and snapshots that name no class get this one, from the driver that the node runs."""
    storage_class = named("StorageClass", "standard")
    assert storage_class["metadata"]["annotations"] == {"storageclass.kubernetes.io/is-default-class": "true"}
    assert storage_class["volumeBindingMode"] == "WaitForFirstConsumer"
    assert {storage_class["provisioner"], named("VolumeSnapshotClass", "standard")["driver"]} == {CSI_DRIVER}
    assert named("CSIDriver", CSI_DRIVER)["spec"]["fsGroupPolicy"] == "File"
