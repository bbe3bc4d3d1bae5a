"""Kubernetes objects as data: where each lies in the API, and the few shapes the add-ons share."""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]

_PLURALS = {
    "APIService": "apiservices",
    "CSIDriver": "csidrivers",
    "ClusterRole": "clusterroles",
    "ClusterRoleBinding": "clusterrolebindings",
    "ConfigMap": "configmaps",
    "Deployment": "deployments",
    "RoleBinding": "rolebindings",
    "Service": "services",
    "ServiceAccount": "serviceaccounts",
    "StorageClass": "storageclasses",
    "VolumeSnapshotClass": "volumesnapshotclasses",
}
RBAC = "rbac.authorization.k8s.io"


def path_of(manifest: Object) -> str:
    """Return an object's own path in the API."""
    version, metadata = manifest["apiVersion"], manifest["metadata"]
    base = f"/api/{version}" if "/" not in version else f"/apis/{version}"
    scope = f"/namespaces/{metadata['namespace']}" if "namespace" in metadata else ""
    return f"{base}{scope}/{_PLURALS[manifest['kind']]}/{metadata['name']}"


def cluster_role(name: str, *rules: tuple[str, str, str]) -> Object:
    """Return a ClusterRole; each rule is an API group, resources and verbs, the last two split by spaces."""
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": name},
        "rules": [
            {"apiGroups": [group], "resources": resources.split(), "verbs": verbs.split()}
            for group, resources, verbs in rules
        ],
    }


def cluster_role_binding(name: str, role: str, subject: Object) -> Object:
    """Return a ClusterRoleBinding of one subject."""
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": role},
        "subjects": [subject],
    }


def user(name: str) -> Object:
    """Return the subject that a client certificate's common name makes."""
    return {"apiGroup": RBAC, "kind": "User", "name": name}


def service_account(namespace: str, name: str) -> Object:
    """Return the subject that a service account is."""
    return {"kind": "ServiceAccount", "namespace": namespace, "name": name}


def deployment(name: str, labels: dict[str, str], pod: Object) -> Object:
    """Return a Deployment of one pod in kube-system."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "kube-system", "labels": labels},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "strategy": {"type": "Recreate"},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


RESTRICTED: Object = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "runAsUser": 65532,
    "runAsGroup": 65532,
    "seccompProfile": {"type": "RuntimeDefault"},
}
"""A container's security context as the Pod Security Standard `restricted` wants it."""
TOLERATIONS: list[Object] = [{"operator": "Exists"}]
"""An add-on may be placed before the node has reported that it is ready."""
