"""kube-prometheus-stack: the Prometheus operator, Prometheus, Alertmanager, Grafana and what they watch hosts with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ethgen.spec.checks import Problem
from ethgen.stack.foundation import FOUNDATION
from ethgen.stack.known import Known, Promise, installed_of, is_installed
from ethgen.stack.monitoring import (
    CLUSTER_LABEL,
    LOKI_URL,
    MIMIR_URL,
    NAMESPACE,
    PROMETHEUS,
    REPLICA_LABEL,
    storage_class,
)
from ethgen.stack.release import Chart, Release

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.spec import NetworkSpec

BASE = Release(
    name=PROMETHEUS,
    namespace=NAMESPACE,
    layer="observability",
    chart=Chart("kube-prometheus-stack", "88.5.3", "https://prometheus-community.github.io/helm-charts"),
    values={},
    # Its CRDs alone take a while.
    timeout=900,
    # The node exporter reads the host's own files and network.
    pod_security="privileged",
)

_RETENTION_DAYS = {"local": 1, "staging": 7, "production": 15}
_STORAGE = {"local": "10Gi", "staging": "50Gi", "production": "200Gi"}
_MEMORY = {"local": "512Mi", "staging": "2Gi", "production": "8Gi"}
_ALERTMANAGER_STORAGE = "2Gi"

# Prometheus deletes blocks before the volume is full; the write-ahead log and compaction take the rest.
_FULL_PERCENT = 85

# The chart's own budget keeps one of the pods; with maxUnavailable beside it the API server refuses the object.
_BUDGET = {"enabled": True}


def release(spec: NetworkSpec) -> Release:
    """Return the release of kube-prometheus-stack."""
    values = {
        "crds": {"enabled": True},
        "prometheusOperator": _operator(spec),
        "prometheus": _prometheus(spec),
        "alertmanager": _alertmanager(spec),
        "grafana": _grafana(spec),
        # Most clusters show these to nobody, and rules about what cannot be seen fire for ever.
        **{name: {"enabled": False} for name in ("kubeControllerManager", "kubeScheduler", "kubeEtcd", "kubeProxy")},
        "kube-state-metrics": {"resources": {"requests": {"cpu": "10m", "memory": "128Mi"}}},
        "prometheus-node-exporter": {"resources": {"requests": {"cpu": "10m", "memory": "32Mi"}}},
    }
    return BASE._replace(values=values, needs=installed_of(spec, "cert-manager"))


def _operator(spec: NetworkSpec) -> dict[str, Any]:
    with_certificates = is_installed(spec, "cert-manager")
    return {
        # Without cert-manager, Jobs of the chart make the certificate of its webhook.
        "admissionWebhooks": {"failurePolicy": "Ignore", "certManager": {"enabled": with_certificates}},
        "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}},
    }


def _prometheus(spec: NetworkSpec) -> dict[str, Any]:
    chosen, profile = spec.observability.prometheus, spec.profile
    storage = chosen.storage or _STORAGE[profile]
    return {
        "prometheusSpec": {
            # By default it reads what this release has made, and nothing of any network.
            "ruleSelectorNilUsesHelmValues": False,
            "serviceMonitorSelectorNilUsesHelmValues": False,
            "podMonitorSelectorNilUsesHelmValues": False,
            "probeSelectorNilUsesHelmValues": False,
            "scrapeConfigSelectorNilUsesHelmValues": False,
            "replicas": 2 if profile == "production" else 1,
            "externalLabels": {CLUSTER_LABEL: spec.environment},
            # As the operator has it by default; Mimir takes the samples of one replica, and drops the label.
            "replicaExternalLabelName": REPLICA_LABEL,
            "retention": f"{chosen.retention_days or _RETENTION_DAYS[profile]}d",
            "retentionSize": _part_of(storage),
            "storageSpec": {"volumeClaimTemplate": {"spec": _claim(spec, storage)}},
            "resources": {"requests": {"cpu": "250m", "memory": _MEMORY[profile]}},
            "remoteWrite": [{"url": f"{MIMIR_URL}/api/v1/push"}] if is_installed(spec, "mimir") else [],
        },
        "additionalPodMonitors": list(_pod_monitors(spec)),
        **({"podDisruptionBudget": dict(_BUDGET)} if profile == "production" else {}),
    }


def _pod_monitors(spec: NetworkSpec) -> Iterator[dict[str, Any]]:
    """Yield a PodMonitor of every installed release below this layer that has metrics."""
    for known in FOUNDATION:
        if known.scrape and is_installed(spec, known.release.name):
            scrape = known.scrape
            endpoint: dict[str, Any] = {"port": scrape.port, "path": scrape.path}
            if scrape.scheme == "https":
                endpoint |= {"scheme": "https", "tlsConfig": {"insecureSkipVerify": True}}
            yield {
                "name": known.release.name,
                "namespaceSelector": {"matchNames": [known.release.namespace]},
                "selector": {"matchLabels": dict(scrape.labels)},
                "podMetricsEndpoints": [endpoint],
            }


def _alertmanager(spec: NetworkSpec) -> dict[str, Any]:
    production = spec.profile == "production"
    return {
        "alertmanagerSpec": {
            # Three agree on what was sent, also where one is gone.
            "replicas": 3 if production else 1,
            "storage": {"volumeClaimTemplate": {"spec": _claim(spec, _ALERTMANAGER_STORAGE)}},
            "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}},
            # An AlertmanagerConfig routes what its namespace's rules find, in whatever namespace the pods are.
            "alertmanagerConfigMatcherStrategy": {"type": "None"},
        },
        **({"podDisruptionBudget": dict(_BUDGET)} if production else {}),
    }


def _grafana(spec: NetworkSpec) -> dict[str, Any]:
    secret = spec.observability.grafana.existing_secret
    return {
        # The chart makes another password for each rendering otherwise.
        **({"admin": {"existingSecret": secret}} if secret else {"adminPassword": "admin"}),
        "sidecar": {
            "dashboards": {
                "enabled": True,
                "searchNamespace": "ALL",
                "folderAnnotation": "grafana_folder",
                "provider": {"foldersFromFilesStructure": True},
            },
            "datasources": {"enabled": True, "searchNamespace": "ALL"},
        },
        "additionalDataSources": list(_data_sources(spec)),
        "grafana.ini": {"analytics": {"reporting_enabled": False, "check_for_updates": False}},
        "resources": {"requests": {"cpu": "50m", "memory": "256Mi"}},
    }


def _data_sources(spec: NetworkSpec) -> Iterator[dict[str, Any]]:
    """Yield the sources of data beside Prometheus and Alertmanager, which the chart has itself."""
    if is_installed(spec, "loki"):
        yield {"name": "Loki", "uid": "loki", "type": "loki", "access": "proxy", "url": LOKI_URL}
    if is_installed(spec, "mimir"):
        yield {
            "name": "Mimir",
            "uid": "mimir",
            "type": "prometheus",
            "access": "proxy",
            "url": f"{MIMIR_URL}/prometheus",
            "jsonData": {"prometheusType": "Mimir", "httpMethod": "POST"},
        }


def _claim(spec: NetworkSpec, size: str) -> dict[str, Any]:
    return {
        **storage_class(spec, "storageClassName"),
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": size}},
    }


def _part_of(storage: str) -> str:
    """Return how much of a volume blocks may take, in Prometheus's notation of bytes."""
    from ethgen.spec.types import bytes_of  # noqa: PLC0415 - only where it is asked for

    return f"{int(bytes_of(storage) * _FULL_PERCENT / 100) // 1024**2}MB"


def problems(spec: NetworkSpec) -> Iterator[Problem]:
    """Yield what the section of observability lacks."""
    if spec.profile != "local" and spec.observability.grafana.existing_secret is None:
        text = f"profile {spec.profile} needs the Secret of Grafana's first user, or its password would stand in git"
        yield Problem(("observability", "grafana", "existingSecret"), text)


_EVERYTHING = "ethgen counts on Prometheus reading the monitors and rules of all releases"
KNOWN = Known(
    BASE,
    release,
    promises=(
        *(
            Promise(("prometheus", "prometheusSpec", f"{kind}SelectorNilUsesHelmValues"), (False,), _EVERYTHING)
            for kind in ("rule", "serviceMonitor", "podMonitor", "probe", "scrapeConfig")
        ),
        Promise(("crds", "enabled"), (True,), "without them no ServiceMonitor can be written"),
        Promise(
            ("prometheusOperator", "admissionWebhooks", "failurePolicy"),
            ("Ignore", "Fail"),
            "Helm would set another one from the second revision on, and Argo CD would not",
        ),
        Promise(
            ("prometheus", "prometheusSpec", "replicaExternalLabelName"),
            (REPLICA_LABEL,),
            "Mimir tells by it which samples are of two Prometheus that see the same, and would count them twice",
        ),
        Promise(
            ("prometheus", "prometheusSpec", "externalLabels", CLUSTER_LABEL),
            (),
            "Mimir tells by it which Prometheus see the same, and logs have it as well",
        ),
    ),
    free=(("grafana", "grafana.ini"),),
    check=problems,
)
