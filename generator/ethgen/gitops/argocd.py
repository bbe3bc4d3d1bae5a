"""Prints the releases of an environment as objects of Argo CD: what is applied once, and what comes from git then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ethgen.gitops.namespaces import namespaces
from ethgen.gitops.repository import inside, installed, values_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ethgen.spec import NetworkSpec
    from ethgen.spec.gitops import Gitops
    from ethgen.stack.release import Release

_API = "argoproj.io/v1alpha1"
_SYNC_OPTIONS = "argocd.argoproj.io/sync-options"
_COMPARE_OPTIONS = "argocd.argoproj.io/compare-options"
_SYNC_WAVE = "argocd.argoproj.io/sync-wave"

# A namespace holds volumes, which nobody wants to lose with the release that made them.
_KEPT = {_SYNC_OPTIONS: "Prune=false,Delete=false", _COMPARE_OPTIONS: "IgnoreExtraneous"}

# Deletes what an Application has installed when it is deleted itself. A project has none: the root Application, which
# owns it, would wait for its end, and it for that of the root.
_FINALIZER = "resources-finalizer.argocd.argoproj.io"

OWN_CLUSTER = "in-cluster"
"""What Argo CD calls the cluster that it runs in itself."""

# Groups of the kinds that an autoscaler may own the replicas of.
_GROUPS = {"Deployment": "apps", "StatefulSet": "apps"}

# What a project does not permit any more Argo CD does not delete either: a release whose namespace left the project in
# the same commit would go on running. What may be installed is held by the sources.
_ANY_NAMESPACE = "*"

# What an Application says to the one above it, whose sync goes on to the next wave, and ends, when all are healthy:
# until then no new commit is read there. So a mistake is told at once, for the next try takes a newer commit; and only
# what others wait for must be ready. Argo CD's Lua has no library for texts.
_HEALTH = """\
local status = obj.status or {}
local operation = status.operationState or {}
local mistakes = {
  ComparisonError = true, DeletionError = true, InvalidSpecError = true, SyncError = true, UnknownError = true
}
for _, condition in ipairs(status.conditions or {}) do
  if mistakes[condition.type] then
    return {status = "Degraded", message = condition.message}
  end
end
if operation.phase == "Failed" or operation.phase == "Error" then
  return {status = "Degraded", message = operation.message or ""}
end
if operation.phase ~= "Succeeded" then
  return {status = "Progressing", message = "not installed yet"}
end
local labels = obj.metadata.labels or {}
if labels.wait == "true" then
  local health = status.health or {}
  return {status = health.status or "Progressing", message = health.message or ""}
end
return {status = "Healthy", message = "installed; what follows does not wait until it is ready"}
"""


def files(spec: NetworkSpec, gitops: Gitops, releases: Sequence[Release]) -> dict[str, list[dict[str, Any]]]:
    """Return the documents of every file, by path from `gitops/<env>/`.

    `argocd-cm.yaml` and `argocd.yaml` are applied once; what Argo CD reads from then on stands in `argocd/`.
    """
    here = installed(releases)
    waves = _waves(here)
    project = _project(spec, gitops, here)
    applications = [_release_application(spec, gitops, release, waves[release.name]) for release in here]
    printed: dict[str, list[dict[str, Any]]] = {
        "argocd-cm.yaml": [_settings(gitops)],
        "argocd.yaml": [project, _root(spec, gitops)],
        # A new chart repository needs no one who applies it: the project comes from git, too.
        "argocd/project.yaml": [project],
    }
    if here:
        applications.append(_namespaces_application(spec, gitops))
        printed["argocd/namespaces/namespaces.yaml"] = namespaces(here, _KEPT)
    return printed | {f"argocd/{each['metadata']['name']}.yaml": [each] for each in applications}


def _settings(gitops: Gitops) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "argocd-cm",
            "namespace": gitops.argocd.namespace,
            "labels": {"app.kubernetes.io/name": "argocd-cm", "app.kubernetes.io/part-of": "argocd"},
        },
        "data": {
            "resource.customizations.health.argoproj.io_Application": _HEALTH,
            "timeout.reconciliation": gitops.interval,
        },
    }


def _project(spec: NetworkSpec, gitops: Gitops, releases: Sequence[Release]) -> dict[str, Any]:
    charts = [release.chart for release in releases if not release.chart.own]
    return {
        "apiVersion": _API,
        "kind": "AppProject",
        "metadata": {
            "name": _project_name(spec, gitops),
            "namespace": gitops.argocd.namespace,
            "annotations": {_SYNC_OPTIONS: "Prune=false,Delete=false", _SYNC_WAVE: "-2"},
        },
        "spec": {
            "description": f"The releases of environment {spec.environment}.",
            "sourceRepos": [gitops.repository, *sorted({_chart_repository(chart.repository) for chart in charts})],
            "destinations": [
                _destination(cluster, namespace)
                for cluster, namespace in sorted(
                    {(OWN_CLUSTER, gitops.argocd.namespace), (gitops.argocd.cluster, _ANY_NAMESPACE)}
                )
            ],
            "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
        },
    }


def _root(spec: NetworkSpec, gitops: Gitops) -> dict[str, Any]:
    source = {**_source(gitops), "path": inside(gitops, f"gitops/{spec.environment}/argocd")}
    destination = _destination(OWN_CLUSTER, gitops.argocd.namespace)
    return _application(spec, gitops, spec.environment, {"source": source, "destination": destination})


def _namespaces_application(spec: NetworkSpec, gitops: Gitops) -> dict[str, Any]:
    source = {**_source(gitops), "path": inside(gitops, f"gitops/{spec.environment}/argocd/namespaces")}
    # What is in there belongs to no namespace, but a project permits no Application that names none.
    destination = _destination(gitops.argocd.cluster, gitops.argocd.namespace)
    content = {"source": source, "destination": destination}
    return _application(spec, gitops, f"{spec.environment}-namespaces", content, wave=-1)


def _release_application(spec: NetworkSpec, gitops: Gitops, release: Release, wave: int) -> dict[str, Any]:
    helm = {"releaseName": release.name, "valueFiles": [f"$values/{inside(gitops, values_file(spec, release))}"]}
    content = {
        "sources": [
            {**_chart(gitops, release), "helm": helm},
            {**_source(gitops), "ref": "values"},
        ],
        "destination": _destination(gitops.argocd.cluster, release.namespace),
        **_ignored(release),
    }
    name = f"{spec.environment}-{release.name}"
    labels = {"layer": release.layer, "wait": "true" if release.wait else "false"}
    return _application(spec, gitops, name, content, wave=wave, labels=labels)


def _application(  # noqa: PLR0913 - what tells one Application from another
    spec: NetworkSpec,
    gitops: Gitops,
    name: str,
    content: dict[str, Any],
    *,
    wave: int | None = None,
    labels: dict[str, str] | None = None,
) -> dict[str, Any]:
    annotations = {_COMPARE_OPTIONS: "ServerSideDiff=true"}
    if wave is not None:
        annotations[_SYNC_WAVE] = str(wave)
    return {
        "apiVersion": _API,
        "kind": "Application",
        "metadata": {
            "name": name,
            "namespace": gitops.argocd.namespace,
            **({"labels": labels} if labels else {}),
            "annotations": annotations,
            "finalizers": [_FINALIZER],
        },
        "spec": {
            "project": _project_name(spec, gitops),
            **content,
            "syncPolicy": {
                "automated": {"prune": True, "selfHeal": True},
                "syncOptions": [
                    "CreateNamespace=false",
                    "ServerSideApply=true",
                    "RespectIgnoreDifferences=true",
                    "PruneLast=true",
                ],
                # Without a limit, as what failed may have been a server's; the next try takes the newest commit.
                "retry": {
                    "limit": -1,
                    "refresh": True,
                    "backoff": {"duration": "10s", "factor": 2, "maxDuration": "3m"},
                },
            },
        },
    }


def _waves(releases: Sequence[Release]) -> dict[str, int]:
    """Return the sync wave of each release: one after those of all that it needs."""
    by_name = {release.name: release for release in releases}

    def wave_of(release: Release) -> int:
        return max((wave_of(by_name[name]) + 1 for name in release.needs if name in by_name), default=0)

    return {release.name: wave_of(release) for release in releases}


def _chart(gitops: Gitops, release: Release) -> dict[str, Any]:
    chart = release.chart
    if chart.own:
        return {**_source(gitops), "path": inside(gitops, chart.folder)}
    return {"repoURL": _chart_repository(chart.repository), "chart": chart.name, "targetRevision": chart.version}


def _source(gitops: Gitops) -> dict[str, Any]:
    return {"repoURL": gitops.repository, "targetRevision": gitops.branch}


def _chart_repository(url: str) -> str:
    """Return the address of a chart repository, which Argo CD takes for a registry where it has no scheme."""
    return url.removeprefix("oci://")


def _destination(cluster: str, namespace: str) -> dict[str, str]:
    return {"name": cluster, "namespace": namespace}


def _ignored(release: Release) -> dict[str, Any]:
    """Return the replicas that an autoscaler owns as differences that are left alone."""
    rules: Iterable[dict[str, Any]] = (
        {"group": _GROUPS[kind], "kind": kind, "name": name, "jsonPointers": ["/spec/replicas"]}
        for kind, name in release.autoscaled
    )
    return {"ignoreDifferences": list(rules)} if release.autoscaled else {}


def _project_name(spec: NetworkSpec, gitops: Gitops) -> str:
    return gitops.argocd.project or spec.environment
