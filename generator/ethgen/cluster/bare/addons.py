"""What runs in the cluster besides the node's own processes: cluster DNS, metrics, and the identities of the node's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.cluster.bare.binaries import COREDNS_VERSION, METRICS_SERVER_VERSION
from ethgen.cluster.bare.objects import (
    RESTRICTED,
    TOLERATIONS,
    cluster_role,
    cluster_role_binding,
    deployment,
    service_account,
    user,
)
from ethgen.cluster.bare.settings import CLUSTER_DOMAIN

if TYPE_CHECKING:
    from ethgen.cluster.bare.objects import Object
    from ethgen.cluster.bare.settings import Settings

COREDNS_IMAGE = f"localhost/ethgen/coredns:{COREDNS_VERSION}"
METRICS_IMAGE = f"localhost/ethgen/metrics-server:{METRICS_SERVER_VERSION}"
DNS_PORT = 53
"""As on every cluster: network policies see the pod's own port, and those of charts allow 53. CoreDNS binds it without
privilege, for containerd lets pods have any port."""
METRICS_PORT = 10250

COREFILE = f"""\
.:{DNS_PORT} {{
    errors
    health
    ready
    kubernetes {CLUSTER_DOMAIN} in-addr.arpa ip6.arpa {{
        pods insecure
        ttl 5
    }}
    prometheus :9153
    cache 5
    loadbalance
}}
"""
"""Five seconds: a name of a replica that moved must not stay wrong for longer than its client takes to restart."""


def objects(cluster: Settings) -> list[Object]:
    """Return the add-ons' objects in the order in which they are applied."""
    return _dns(cluster)


def metrics() -> list[Object]:
    """Return metrics-server's objects.

    They come last: while its API is announced but not served, the controllers' look at what the server offers fails,
    which holds up all of them.
    """
    return _metrics()


def node_identities() -> list[Object]:
    """Return what the node's own processes may do; until then they only try again and again."""
    return [
        # Without it the API server may not ask the kubelet for logs and executions.
        cluster_role_binding("ethgen:kubelet-api", "system:kubelet-api-admin", user("kube-apiserver-kubelet-client")),
        cluster_role(
            "ethgen:network-policy",
            ("", "namespaces pods", "list watch"),
            ("networking.k8s.io", "networkpolicies", "list watch"),
        ),
        cluster_role_binding("ethgen:network-policy", "ethgen:network-policy", user("ethgen:network-policy")),
    ]


def _dns(cluster: Settings) -> list[Object]:
    labels = {"k8s-app": "kube-dns"}
    pod: Object = {
        "serviceAccountName": "coredns",
        "priorityClassName": "system-cluster-critical",
        "dnsPolicy": "Default",
        "tolerations": TOLERATIONS,
        "containers": [
            {
                "name": "coredns",
                "image": COREDNS_IMAGE,
                "imagePullPolicy": "Never",
                "args": ["-conf", "/etc/coredns/Corefile"],
                "env": [{"name": "GOMAXPROCS", "value": "1"}],
                "ports": [
                    {"name": "dns", "containerPort": DNS_PORT, "protocol": "UDP"},
                    {"name": "dns-tcp", "containerPort": DNS_PORT, "protocol": "TCP"},
                    {"name": "metrics", "containerPort": 9153, "protocol": "TCP"},
                ],
                "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "128Mi"}},
                "readinessProbe": {"httpGet": {"path": "/ready", "port": 8181}, "periodSeconds": 1},
                "livenessProbe": {"httpGet": {"path": "/health", "port": 8080}, "timeoutSeconds": 5},
                "securityContext": RESTRICTED,
                "volumeMounts": [{"name": "config", "mountPath": "/etc/coredns", "readOnly": True}],
            }
        ],
        "volumes": [{"name": "config", "configMap": {"name": "coredns"}}],
    }
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "kube-dns", "namespace": "kube-system", "labels": labels},
        "spec": {
            "clusterIP": cluster.dns_service,
            "selector": labels,
            "ports": [
                {"name": "dns", "port": 53, "targetPort": DNS_PORT, "protocol": "UDP"},
                {"name": "dns-tcp", "port": 53, "targetPort": DNS_PORT, "protocol": "TCP"},
                {"name": "metrics", "port": 9153, "targetPort": 9153, "protocol": "TCP"},
            ],
        },
    }
    return [
        _account("coredns"),
        cluster_role(
            "system:coredns",
            ("", "endpoints services pods namespaces", "list watch"),
            ("discovery.k8s.io", "endpointslices", "list watch"),
        ),
        cluster_role_binding("system:coredns", "system:coredns", service_account("kube-system", "coredns")),
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "coredns", "namespace": "kube-system"},
            "data": {"Corefile": COREFILE},
        },
        service,
        deployment("coredns", labels, pod),
    ]


def _account(name: str) -> Object:
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": "kube-system"}}


def _metrics() -> list[Object]:
    labels = {"k8s-app": "metrics-server"}
    subject = service_account("kube-system", "metrics-server")
    pod: Object = {
        "serviceAccountName": "metrics-server",
        "priorityClassName": "system-cluster-critical",
        "tolerations": TOLERATIONS,
        "containers": [
            {
                "name": "metrics-server",
                "image": METRICS_IMAGE,
                "imagePullPolicy": "Never",
                "args": [
                    f"--secure-port={METRICS_PORT}",
                    "--cert-dir=/tmp",
                    "--kubelet-preferred-address-types=InternalIP",
                    "--kubelet-use-node-status-port",
                    # The kubelet's certificate is of the cluster's own authority.
                    "--kubelet-certificate-authority=/var/run/secrets/kubernetes.io/serviceaccount/ca.crt",
                    "--metric-resolution=15s",
                    # Must be shorter than the resolution, or the server refuses to start.
                    "--kubelet-request-timeout=10s",
                ],
                "ports": [{"name": "https", "containerPort": METRICS_PORT}],
                "resources": {"requests": {"cpu": "10m", "memory": "48Mi"}},
                "readinessProbe": {
                    "httpGet": {"path": "/readyz", "port": METRICS_PORT, "scheme": "HTTPS"},
                    "periodSeconds": 2,
                },
                "livenessProbe": {"httpGet": {"path": "/livez", "port": METRICS_PORT, "scheme": "HTTPS"}},
                "securityContext": RESTRICTED,
                "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108 - in the container
            }
        ],
        "volumes": [{"name": "tmp", "emptyDir": {}}],
    }
    return [
        _account("metrics-server"),
        cluster_role("system:metrics-server", ("", "nodes/metrics", "get"), ("", "pods nodes", "get list watch")),
        cluster_role_binding("system:metrics-server", "system:metrics-server", subject),
        cluster_role_binding("metrics-server:system:auth-delegator", "system:auth-delegator", subject),
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": "metrics-server-auth-reader", "namespace": "kube-system"},
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "Role",
                "name": "extension-apiserver-authentication-reader",
            },
            "subjects": [subject],
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "metrics-server", "namespace": "kube-system", "labels": labels},
            "spec": {"selector": labels, "ports": [{"name": "https", "port": 443, "targetPort": METRICS_PORT}]},
        },
        deployment("metrics-server", labels, pod),
        {
            "apiVersion": "apiregistration.k8s.io/v1",
            "kind": "APIService",
            "metadata": {"name": "v1beta1.metrics.k8s.io"},
            "spec": {
                "group": "metrics.k8s.io",
                "version": "v1beta1",
                "groupPriorityMinimum": 100,
                "versionPriority": 100,
                "insecureSkipTLSVerify": True,
                "service": {"name": "metrics-server", "namespace": "kube-system"},
            },
        },
    ]
