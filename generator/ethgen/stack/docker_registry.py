"""A registry of images and charts inside the cluster."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from ethgen.spec.checks import Problem
from ethgen.stack.known import Known, Scrape
from ethgen.stack.release import Chart, Release

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.spec import NetworkSpec

BASE = Release(
    name="docker-registry",
    namespace="registry",
    layer="registry",
    chart=Chart("docker-registry", "3.0.0", "https://twuni.github.io/docker-registry.helm"),
    values={},
    # Pods of later layers may come from it.
    wait=True,
)
_LABELS = {"app": "docker-registry", "release": "docker-registry"}
_USERS = "/etc/registry-users"


def release(spec: NetworkSpec) -> Release:
    """Return the release of the registry."""
    chosen = spec.registry
    users = chosen.existing_secret
    values = {
        **(_bucket(spec) if chosen.bucket else _volume(spec)),
        "service": {"type": chosen.service},
        "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}},
        **({"tlsSecretName": chosen.tls_secret} if chosen.tls_secret else {}),
        # The chart makes another one for each rendering. It signs what a client hands back in the course of an upload,
        # and is no secret here: the registry holds that against the upload itself, and users are asked for a password.
        "secrets": {
            "haSharedSecret": hashlib.sha256(f"upload state of {spec.environment}".encode()).hexdigest()[:32],
            # Asked for by the chart where there is a bucket; the variables below are what the registry reads.
            **({"s3": {"secretRef": ""}} if chosen.bucket else {}),
        },
        "configData": {
            "storage": {"delete": {"enabled": True}},
            "http": {"debug": {"prometheus": {"enabled": True}}},
            **({"auth": {"htpasswd": {"realm": "registry", "path": f"{_USERS}/htpasswd"}}} if users else {}),
        },
        "metrics": {"enabled": True},
        **_cleanup(chosen.cleanup),
    }
    if users:
        values["extraVolumes"] = [{"name": "users", "secret": {"secretName": users}}]
        values["extraVolumeMounts"] = [{"name": "users", "mountPath": _USERS, "readOnly": True}]
    return BASE._replace(values=values)


def _cleanup(schedule: str | None) -> dict[str, Any]:
    """Return when layers are collected that nothing names; never by default, for the registry must rest meanwhile.

    A layer that is pushed between the collector's two phases is named by no manifest yet, and is taken away
    (distribution.github.io/distribution/about/garbage-collection).
    """
    if schedule is None:
        return {"garbageCollect": {"enabled": False}}
    # Not what has no tag: images of several platforms have such manifests.
    return {"garbageCollect": {"enabled": True, "schedule": schedule, "deleteUntagged": False}}


def _volume(spec: NetworkSpec) -> dict[str, Any]:
    storage_class = spec.cluster.storage.class_
    return {
        "replicaCount": 1,
        # One pod at a time: the volume is on one host, and so must be the clean-up.
        "updateStrategy": {"type": "Recreate"},
        "affinity": {
            "podAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": [
                    {"labelSelector": {"matchLabels": _LABELS}, "topologyKey": "kubernetes.io/hostname"}
                ]
            }
        },
        "storage": "filesystem",
        "persistence": {
            "enabled": True,
            "size": spec.registry.storage,
            **({"storageClass": storage_class} if storage_class else {}),
        },
    }


def _bucket(spec: NetworkSpec) -> dict[str, Any]:
    store = spec.registry.object_storage
    if store is None:
        # `problems` reports it.
        return {}
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    secret = store.existing_secret
    variables = [{"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": name}}} for name in names]
    production = spec.profile == "production"
    return {
        "replicaCount": 2 if production else 1,
        **({"podDisruptionBudget": {"maxUnavailable": 1}} if production else {}),
        "storage": "s3",
        "s3": {
            "region": store.region,
            "regionEndpoint": f"{'http' if store.insecure else 'https'}://{store.endpoint}",
            "bucket": spec.registry.bucket,
            "secure": not store.insecure,
            "forcepathstyle": store.path_style,
        },
        **({"extraEnvVars": variables} if secret else {}),
    }


def problems(spec: NetworkSpec) -> Iterator[Problem]:
    """Yield what the registry's section lacks."""
    chosen = spec.registry
    if spec.profile != "local" and chosen.existing_secret is None:
        text = f"profile {spec.profile} needs the Secret of its users: anybody could push otherwise"
        yield Problem(("registry", "existingSecret"), text)
    elif chosen.service != "ClusterIP" and chosen.existing_secret is None:
        text = f"{chosen.service} lets everybody who reaches it push what pods run; name the Secret of its users"
        yield Problem(("registry", "service"), f"{text} in registry.existingSecret")
    if spec.profile != "local" and chosen.tls_secret is None:
        text = f"profile {spec.profile} needs the Secret of its certificate: passwords would be sent in the clear"
        yield Problem(("registry", "tlsSecret"), text)
    if chosen.bucket and chosen.object_storage is None:
        yield Problem(("registry", "bucket"), "needs registry.objectStorage, the store that it is in")


KNOWN = Known(
    BASE,
    release,
    # The chart reads the credentials of a store, and has no defaults for them.
    free=(("configData",), ("secrets", "s3")),
    scrape=Scrape(_LABELS, "http-metrics"),
    check=problems,
)
