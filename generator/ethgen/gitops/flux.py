"""Prints the releases of an environment as objects of Flux: what is applied once, and what Flux then reads from git."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ethgen.gitops.helmfile import HISTORY
from ethgen.gitops.namespaces import namespaces
from ethgen.gitops.repository import inside, installed, values_file
from ethgen.stack.release import repository_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ethgen.spec import NetworkSpec
    from ethgen.spec.gitops import Gitops
    from ethgen.stack.release import Release

_SOURCE = "source.toolkit.fluxcd.io/v1"
_HELM = "helm.toolkit.fluxcd.io/v2"
_KUSTOMIZE = "kustomize.toolkit.fluxcd.io/v1"

# A namespace holds volumes, which nobody wants to lose with the release that made them.
_KEPT = {"kustomize.toolkit.fluxcd.io/prune": "disabled"}

# Of Kubernetes' recommended labels the one for "the application that this is a part of": the environment.
_PART_OF = "app.kubernetes.io/part-of"

# From gitops/<env>/flux/ to ethgen's root.
_UP = "../../.."

# How soon what has failed is tried again, and how often an upgrade is before the last good one comes back for good.
_RETRY_INTERVAL = "1m"
_RETRIES = 3


def files(spec: NetworkSpec, gitops: Gitops, releases: Sequence[Release]) -> dict[str, list[dict[str, Any]]]:
    """Return the documents of every file, by path from `gitops/<env>/`.

    `flux.yaml` is applied once; what Flux reads from then on stands in `flux/`.
    """
    here = installed(releases)
    repositories = [
        _helm_repository(spec, gitops, url)
        for url in sorted({each.chart.repository for each in here if not each.chart.own})
    ]
    listed = {
        **({"namespaces.yaml": namespaces(here, _KEPT)} if here else {}),
        **({"repositories.yaml": repositories} if repositories else {}),
        **{f"releases/{release.name}.yaml": [_helm_release(spec, gitops, release)] for release in here},
    }
    others = [release for release in here if not release.chart.own]
    return {
        "flux.yaml": [_git_repository(spec, gitops), _kustomization(spec, gitops, here)],
        "flux/kustomization.yaml": [_listing(spec, gitops, sorted(listed), others)],
        **({"flux/kustomizeconfig.yaml": [_name_reference()]} if others else {}),
        **{f"flux/{name}": documents for name, documents in listed.items()},
    }


def _git_repository(spec: NetworkSpec, gitops: Gitops) -> dict[str, Any]:
    return {
        "apiVersion": _SOURCE,
        "kind": "GitRepository",
        "metadata": _metadata(spec, gitops, spec.environment),
        "spec": {
            "interval": gitops.interval,
            "url": gitops.repository,
            "ref": {"branch": gitops.branch},
            **({"secretRef": {"name": gitops.flux.secret}} if gitops.flux.secret else {}),
            "ignore": _ignored(spec, gitops),
        },
    }


def _ignored(spec: NetworkSpec, gitops: Gitops) -> str:
    """Return, in the notation of .gitignore, that only charts and the environment's own files are of interest."""
    wanted: dict[str, list[str]] = {}
    for folder in ("charts", f"gitops/{spec.environment}", f"values/{spec.environment}"):
        parent = ""
        for part in inside(gitops, folder).split("/"):
            children = wanted.setdefault(parent, [])
            parent = f"{parent}/{part}"
            if parent not in children:
                children.append(parent)
    # What is below an ignored folder cannot be taken back, so each folder on the way is.
    lines = [[f"{parent}/*", *(f"!{child}" for child in children)] for parent, children in wanted.items()]
    return "".join(f"{line}\n" for part in lines for line in part)


def _kustomization(spec: NetworkSpec, gitops: Gitops, releases: Sequence[Release]) -> dict[str, Any]:
    return {
        "apiVersion": _KUSTOMIZE,
        "kind": "Kustomization",
        "metadata": _metadata(spec, gitops, spec.environment),
        "spec": {
            "interval": gitops.interval,
            "retryInterval": _RETRY_INTERVAL,
            "timeout": f"{_longest(releases)}s",
            "sourceRef": {"kind": "GitRepository", "name": spec.environment},
            "path": f"./{inside(gitops, f'gitops/{spec.environment}/flux')}",
            "prune": True,
            "wait": True,
            "healthCheckExprs": [
                {
                    "apiVersion": _HELM,
                    "kind": "HelmRelease",
                    # A release that has failed is told at once, and not when the time is over.
                    "failed": _some_condition("Released=False", "Stalled=True"),
                    "current": _some_condition("Ready=True"),
                }
            ],
        },
    }


def _some_condition(*wanted: str) -> str:
    """Return, in the Common Expression Language, that an object has one of these conditions, as in Ready=True."""
    return f"has(status.conditions) && status.conditions.exists(c, c.type + '=' + c.status in {list(wanted)})"


def _longest(releases: Sequence[Release]) -> int:
    """Return the seconds that the longest row of releases, each of which needs the one before, may take."""
    by_name = {release.name: release for release in releases}

    def seconds_of(release: Release) -> int:
        before = [seconds_of(by_name[name]) for name in release.needs if name in by_name]
        return release.timeout + max(before, default=0)

    return max((seconds_of(release) for release in releases), default=60)


def _listing(spec: NetworkSpec, gitops: Gitops, resources: Sequence[str], others: Sequence[Release]) -> dict[str, Any]:
    listing: dict[str, Any] = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": list(resources),
        # Also makes a listing of nothing one that can be built, by which the last release is taken out.
        "generatorOptions": {"immutable": True, "labels": _labels(spec)},
    }
    if others:
        # The name of each ConfigMap ends in a hash of what it holds: other values are another object.
        listing["configMapGenerator"] = [
            {
                "name": _config_map(release),
                "namespace": gitops.flux.namespace,
                "files": [f"values.yaml={_UP}/{values_file(spec, release)}"],
            }
            for release in others
        ]
        listing["configurations"] = ["kustomizeconfig.yaml"]
    return listing


def _name_reference() -> dict[str, Any]:
    return {
        "nameReference": [
            {
                "kind": "ConfigMap",
                "version": "v1",
                "fieldSpecs": [{"path": "spec/valuesFrom/name", "kind": "HelmRelease"}],
            }
        ]
    }


def _helm_repository(spec: NetworkSpec, gitops: Gitops, url: str) -> dict[str, Any]:
    return {
        "apiVersion": _SOURCE,
        "kind": "HelmRepository",
        "metadata": _metadata(spec, gitops, repository_name(url)),
        "spec": {
            **({"type": "oci"} if url.startswith("oci://") else {}),
            "interval": gitops.interval,
            "url": url,
        },
    }


def _helm_release(spec: NetworkSpec, gitops: Gitops, release: Release) -> dict[str, Any]:
    waits = {} if release.wait else {"disableWait": True}
    return {
        "apiVersion": _HELM,
        "kind": "HelmRelease",
        "metadata": _metadata(spec, gitops, release.name, layer=release.layer),
        "spec": {
            "interval": gitops.interval,
            # With labels for the HelmChart that is made of it.
            "chart": {"metadata": {"labels": _labels(spec)}, "spec": _chart(spec, gitops, release)},
            **({} if release.chart.own else {"valuesFrom": [{"kind": "ConfigMap", "name": _config_map(release)}]}),
            "releaseName": release.name,
            "targetNamespace": release.namespace,
            # Where Helm keeps it too, so that either can go on with what the other has installed.
            "storageNamespace": release.namespace,
            **({"dependsOn": [{"name": name} for name in release.needs]} if release.needs else {}),
            "timeout": f"{release.timeout}s",
            "maxHistory": HISTORY,
            "install": {
                "crds": "CreateReplace",
                **waits,
                # Without taking away what is there already.
                "strategy": {"name": "RetryOnFailure", "retryInterval": _RETRY_INTERVAL},
            },
            "upgrade": {
                "crds": "CreateReplace",
                **waits,
                "cleanupOnFail": True,
                "remediation": {"retries": _RETRIES, "strategy": "rollback", "remediateLastFailure": True},
            },
            "rollback": {**waits, "cleanupOnFail": True},
            "driftDetection": {"mode": "enabled", **_ignore(release)},
        },
    }


def _chart(spec: NetworkSpec, gitops: Gitops, release: Release) -> dict[str, Any]:
    chart = release.chart
    if not chart.own:
        source = {"kind": "HelmRepository", "name": chart.repository_name}
        return {"chart": chart.name, "version": chart.version, "sourceRef": source}
    folder = inside(gitops, chart.folder)
    return {
        "chart": f"./{folder}",
        "sourceRef": {"kind": "GitRepository", "name": spec.environment},
        # Else a change of the values would wait for one of the chart's version.
        "reconcileStrategy": "Revision",
        "valuesFiles": [f"{folder}/values.yaml", inside(gitops, values_file(spec, release))],
    }


def _ignore(release: Release) -> dict[str, Any]:
    if not release.autoscaled:
        return {}
    return {
        "ignore": [
            {"paths": ["/spec/replicas"], "target": {"kind": kind, "name": name}} for kind, name in release.autoscaled
        ]
    }


def _metadata(spec: NetworkSpec, gitops: Gitops, name: str, **labels: str) -> dict[str, Any]:
    return {"name": name, "namespace": gitops.flux.namespace, "labels": {**_labels(spec), **labels}}


def _labels(spec: NetworkSpec) -> dict[str, str]:
    """Return what tells the environment's objects from those of others that share Flux's namespace."""
    return {_PART_OF: spec.environment}


def _config_map(release: Release) -> str:
    return f"values-{release.name}"
