"""Flux's controllers as objects: as few as install releases from a repository, each with the rights that it needs.

It is for clusters on this machine. Elsewhere Flux is installed by its own means, which also keep it up to date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SOURCE, _KUSTOMIZE, _HELM = (f"{part}.toolkit.fluxcd.io" for part in ("source", "kustomize", "helm"))
_RBAC = "rbac.authorization.k8s.io"
_PART_OF = {"app.kubernetes.io/part-of": "flux", "app.kubernetes.io/managed-by": "ethgen"}

_READ = ["get", "list", "watch"]
_CHANGE = [*_READ, "create", "update", "patch", "delete"]

# Ports of the pods, by name (the controllers' own defaults).
_PORTS = {"http": 9090, "http-prom": 8080, "healthz": 9440}

# Ports of the API server behind its Service: network policies see those of the machine that answers.
_API_PORTS = (443, 6443)
_DNS_PORT = 53

# A release that waits for another is looked at again after this time; upstream's 30 s are for hundreds of releases.
_REQUEUE = "5s"


def controllers(images: Mapping[str, str], namespace: str, ports: Iterable[int]) -> list[dict[str, Any]]:
    """Return the objects of Flux's installation in the order in which they are applied.

    Args:
        images: the image of each controller by name.
        namespace: the namespace of the controllers, and the only one in which they look for Flux's objects.
        ports: TCP ports at which repositories answer.
    """
    return [
        _namespace(namespace),
        *(_account(name, namespace) for name in images),
        *_rights(namespace),
        *_policies(namespace, sorted({443, *ports})),
        _service(namespace),
        *(_deployment(name, image, namespace) for name, image in images.items()),
    ]


def _namespace(name: str) -> dict[str, Any]:
    level = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {**_PART_OF, **level}}}


def _metadata(name: str, namespace: str) -> dict[str, Any]:
    return {"name": name, "namespace": namespace, "labels": dict(_PART_OF)}


def _account(name: str, namespace: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": _metadata(name, namespace)}


def _rights(namespace: str) -> list[dict[str, Any]]:
    """Return what each controller may do.

    Charts hold objects of every kind, and who makes a role must hold its rights: helm-controller may do all. The others
    are held to what they do: one reads repositories, one applies namespaces and Flux's own objects.
    """
    events = _rule("", ["events"], ["create", "patch"])
    sources = [
        events,
        _rule(_SOURCE, ["*"], _CHANGE),
        _rule("", ["secrets", "serviceaccounts"], _READ),
    ]
    kustomizations = [
        events,
        *(_rule(group, ["*"], _CHANGE) for group in (_SOURCE, _KUSTOMIZE, _HELM)),
        _rule("", ["configmaps"], _CHANGE),
        _rule("", ["secrets", "serviceaccounts"], _READ),
    ]
    namespaces = [_rule("", ["namespaces"], _CHANGE)]
    return [
        *_granted("Role", "source-controller", namespace, sources),
        *_granted("Role", "kustomize-controller", namespace, kustomizations),
        *_granted("ClusterRole", "kustomize-controller", namespace, namespaces),
        _binding("ClusterRole", "helm-controller", namespace, "cluster-admin"),
    ]


def _rule(group: str, resources: list[str], verbs: list[str]) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": resources, "verbs": verbs}


def _granted(kind: str, name: str, namespace: str, rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    role = _named(kind, name, namespace)
    made = {"apiVersion": f"{_RBAC}/v1", "kind": kind, "metadata": role, "rules": rules}
    return [made, _binding(kind, name, namespace, role["name"])]


def _binding(kind: str, name: str, namespace: str, role: str) -> dict[str, Any]:
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": f"{kind}Binding",
        "metadata": _named(kind, name, namespace),
        "roleRef": {"apiGroup": _RBAC, "kind": kind, "name": role},
        "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": namespace}],
    }


def _named(kind: str, name: str, namespace: str) -> dict[str, Any]:
    if kind == "Role":
        return _metadata(name, namespace)
    return {"name": f"{namespace}:{name}", "labels": dict(_PART_OF)}


def _policies(namespace: str, ports: list[int]) -> list[dict[str, Any]]:
    """Return who may talk to whom: nobody, but for the cluster's own services, repositories and their content."""
    consumers = [_pods("kustomize-controller"), _pods("helm-controller")]
    return [
        _policy("default-deny", namespace, {}, ingress=[], egress=[]),
        _policy("cluster-services", namespace, {}, egress=[_dns(), {"ports": _tcp(*_API_PORTS)}]),
        _policy("repositories", namespace, _labels("source-controller"), egress=[{"ports": _tcp(*ports)}]),
        _policy(
            "artifacts",
            namespace,
            _labels("source-controller"),
            ingress=[{"from": consumers, "ports": _tcp(_PORTS["http"])}],
        ),
        *(
            _policy(
                f"artifacts-{name}",
                namespace,
                _labels(name),
                egress=[{"to": [_pods("source-controller")], "ports": _tcp(_PORTS["http"])}],
            )
            for name in ("kustomize-controller", "helm-controller")
        ),
    ]


def _policy(
    name: str,
    namespace: str,
    labels: dict[str, str],
    ingress: list[dict[str, Any]] | None = None,
    egress: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    rules = {"Ingress": ingress, "Egress": egress}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": _metadata(name, namespace),
        "spec": {
            "podSelector": {"matchLabels": labels} if labels else {},
            "policyTypes": [kind for kind, given in rules.items() if given is not None],
            **{kind.lower(): given for kind, given in rules.items() if given},
        },
    }


def _dns() -> dict[str, Any]:
    return {
        "to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}],
        "ports": [{"protocol": protocol, "port": _DNS_PORT} for protocol in ("UDP", "TCP")],
    }


def _tcp(*ports: int) -> list[dict[str, Any]]:
    return [{"protocol": "TCP", "port": port} for port in ports]


def _labels(name: str) -> dict[str, str]:
    return {"app": name}


def _pods(name: str) -> dict[str, Any]:
    return {"podSelector": {"matchLabels": _labels(name)}}


def _service(namespace: str) -> dict[str, Any]:
    """Return where the other controllers fetch what source-controller has read."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _metadata("source-controller", namespace),
        "spec": {
            "selector": _labels("source-controller"),
            "ports": [{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}],
        },
    }


def _deployment(name: str, image: str, namespace: str) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {**_metadata(name, namespace), "labels": {**_PART_OF, **_labels(name)}},
        "spec": {
            "replicas": 1,
            # Two at once would undo each other's work, and a lone pod would only wait for its election as leader.
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": _labels(name)},
            "template": {"metadata": {"labels": {**_PART_OF, **_labels(name)}}, "spec": _pod(name, image)},
        },
    }


def _pod(name: str, image: str) -> dict[str, Any]:
    volumes = ["tmp", *(["data"] if name == "source-controller" else [])]
    return {
        "serviceAccountName": name,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 30,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 65532,
            "runAsGroup": 65532,
            "fsGroup": 65532,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(name, image, volumes)],
        "volumes": [{"name": volume, "emptyDir": {}} for volume in volumes],
    }


def _container(name: str, image: str, volumes: list[str]) -> dict[str, Any]:
    source = name == "source-controller"
    ports = _PORTS if source else {port: _PORTS[port] for port in ("http-prom", "healthz")}
    return {
        "name": "manager",
        "image": image,
        "args": _arguments(name),
        "env": [
            {"name": "RUNTIME_NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
            {"name": "TUF_ROOT", "value": "/tmp/.sigstore"},  # noqa: S108 - in the container
        ],
        "ports": [{"name": port, "containerPort": number, "protocol": "TCP"} for port, number in ports.items()],
        "readinessProbe": {
            # source-controller is of use once it hands out files, which its health does not say.
            "httpGet": {"path": "/", "port": "http"} if source else {"path": "/readyz", "port": "healthz"},
            "periodSeconds": 2,
        },
        "livenessProbe": {"httpGet": {"path": "/healthz", "port": "healthz"}, "timeoutSeconds": 5},
        "resources": {"requests": {"cpu": "20m", "memory": "64Mi"}, "limits": {"memory": "1Gi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": [{"name": volume, "mountPath": f"/{volume}"} for volume in volumes],
    }


def _arguments(name: str) -> list[str]:
    own = {
        "source-controller": [
            "--storage-path=/data",
            "--storage-adv-addr=source-controller.$(RUNTIME_NAMESPACE).svc.cluster.local.",
        ],
        "kustomize-controller": ["--no-remote-bases", "--no-cross-namespace-refs", f"--requeue-dependency={_REQUEUE}"],
        "helm-controller": ["--no-cross-namespace-refs", f"--requeue-dependency={_REQUEUE}"],
    }
    return ["--watch-all-namespaces=false", "--log-level=info", "--log-encoding=json", *own[name]]
