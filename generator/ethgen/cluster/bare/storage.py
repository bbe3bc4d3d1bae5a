"""Volumes and snapshots: the classes people name, the driver's entry, and what its helpers may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.cluster.bare.objects import cluster_role, cluster_role_binding, user
from ethgen.cluster.bare.settings import CSI_DRIVER

if TYPE_CHECKING:
    from ethgen.cluster.bare.objects import Object

CLASS = "standard"
"""The name of the StorageClass and of the VolumeSnapshotClass."""

READ = "get list watch"
CHANGE = "get list watch update patch"
OWN = "get list watch create update patch delete"


def objects() -> list[Object]:
    """Return the driver's entry and the default StorageClass."""
    return [
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "CSIDriver",
            "metadata": {"name": CSI_DRIVER},
            # With `File` the kubelet gives the files to a pod's fsGroup, as it does on block devices in production.
            "spec": {"attachRequired": False, "podInfoOnMount": False, "fsGroupPolicy": "File"},
        },
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {
                "name": CLASS,
                "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
            },
            "provisioner": CSI_DRIVER,
            "reclaimPolicy": "Delete",
            "volumeBindingMode": "WaitForFirstConsumer",
        },
    ]


def identities() -> list[Object]:
    """Return what the driver's helpers may do."""
    snapshots = "snapshot.storage.k8s.io"
    return [
        cluster_role(
            "ethgen:csi",
            ("", "persistentvolumes", OWN),
            ("", "persistentvolumeclaims persistentvolumeclaims/status", CHANGE),
            ("", "nodes", READ),
            ("", "events", "list watch create update patch"),
            ("storage.k8s.io", "storageclasses csinodes volumeattachments volumeattributesclasses", READ),
            (snapshots, "volumesnapshotclasses", READ),
            (snapshots, "volumesnapshots volumesnapshots/status", OWN),
            (snapshots, "volumesnapshotcontents volumesnapshotcontents/status", OWN),
            ("apiextensions.k8s.io", "customresourcedefinitions", READ),
        ),
        cluster_role_binding("ethgen:csi", "ethgen:csi", user("ethgen:csi")),
    ]


def snapshot_class() -> Object:
    """Return the default VolumeSnapshotClass; its kind is served only once its definition is established."""
    return {
        "apiVersion": "snapshot.storage.k8s.io/v1",
        "kind": "VolumeSnapshotClass",
        "metadata": {
            "name": CLASS,
            "annotations": {"snapshot.storage.kubernetes.io/is-default-class": "true"},
        },
        "driver": CSI_DRIVER,
        "deletionPolicy": "Delete",
    }
