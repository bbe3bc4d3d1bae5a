"""Prints the releases of an environment as a helmfile: plain, resolved, without templates."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from ethgen.gitops.namespaces import FIELD_MANAGER
from ethgen.stack.release import repository_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ethgen.spec import NetworkSpec
    from ethgen.stack.release import Chart, Release

_NAMESPACES = "namespaces.yaml"

# Revisions kept for `helm rollback`; each is a Secret with the whole release in it.
HISTORY = 5


def documents(spec: NetworkSpec, releases: Sequence[Release]) -> list[dict[str, Any]]:
    """Return the documents of `values/<env>/helmfile.yaml`, in order; environments need one of their own."""
    return [{"environments": {spec.environment: {}}}, _main(spec, releases)]


def _main(spec: NetworkSpec, releases: Sequence[Release]) -> dict[str, Any]:
    namespaces = {release.name: release.namespace for release in releases}
    # To uninstall a release takes no chart, and helmfile would ask each repository that is listed.
    listed = (release.chart for release in releases if release.installed and _is_listed(release.chart))
    repositories = sorted({chart.repository for chart in listed})
    return {
        **(
            {"repositories": [{"name": repository_name(url), "url": url} for url in repositories]}
            if repositories
            else {}
        ),
        "helmDefaults": {
            "kubeContext": spec.context,
            "cleanupOnFail": True,
            "historyMax": HISTORY,
            "createNamespace": True,
        },
        "missingFileHandler": "Error",
        "releases": [_release(release, namespaces, spec.context) for release in releases],
    }


def _release(release: Release, namespaces: Mapping[str, str], context: str) -> dict[str, Any]:
    printed: dict[str, Any] = {
        "name": release.name,
        "namespace": release.namespace,
        "labels": {"layer": release.layer},
        **_chart(release.chart),
        "values": [f"{release.name}.yaml"],
        "wait": release.wait,
        "timeout": release.timeout,
        # What it needs may bring kinds that the cluster does not have yet when differences are looked for.
        "disableValidationOnInstall": True,
        # Charts of this repository have no dependencies to look up, and those of others come with theirs. Not among the
        # defaults, where it would also keep helmfile from adding the repositories (pkg/app/run.go of helmfile 1.8).
        "skipDeps": True,
    }
    if release.needs:
        printed["needs"] = [f"{namespaces[name]}/{name}" for name in release.needs]
    if release.installed:
        printed["hooks"] = [_namespaces_hook(context)]
    else:
        printed["installed"] = False
    return printed


def _namespaces_hook(context: str) -> dict[str, Any]:
    """Return what helmfile runs before it installs a release, and never when it only shows something.

    All namespaces of the environment, for cluster-base has objects in those of networks. Helm would make a release's
    own, but without its level of Pod Security.
    """
    options = ["--server-side", "--force-conflicts", f"--field-manager={FIELD_MANAGER}"]
    return {
        "name": "namespaces",
        "events": ["presync"],
        "command": "kubectl",
        "args": [f"--context={context}", "apply", *options, f"--filename={_NAMESPACES}"],
    }


def _chart(chart: Chart) -> dict[str, str]:
    if chart.own:
        return {"chart": f"../../{chart.folder}"}
    folder = chart.repository_name if _is_listed(chart) else chart.repository
    return {"chart": f"{folder}/{chart.name}", "version": chart.version}


def _is_listed(chart: Chart) -> bool:
    """Return whether a chart's repository must be listed by a name: a registry's charts have a whole address each."""
    return not chart.own and not chart.repository.startswith("oci://")


def with_local_charts(
    documents: Sequence[dict[str, Any]], folder: str, charts: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return a helmfile that may stand anywhere on this machine and reads charts of other repositories from folders.

    Args:
        documents: of the helmfile in `folder`, as `documents` gives them.
        folder: absolute path of `values/<env>`.
        charts: absolute path of the folder of each release's chart; the charts of releases that are not named stay
            where they are.
    """
    environments, main = documents
    releases = [
        {
            **{key: value for key, value in release.items() if key not in _left_out(at_hand=release["name"] in charts)},
            "chart": charts.get(release["name"]) or _from(folder, release["chart"]),
            "values": [posixpath.join(folder, name) for name in release["values"]],
        }
        for release in main["releases"]
    ]
    used = {release["chart"].partition("/")[0] for release in releases}
    kept = {key: value for key, value in main.items() if key != "repositories"}
    repositories = [each for each in main.get("repositories", ()) if each["name"] in used]
    return [environments, {**({"repositories": repositories} if repositories else {}), **kept, "releases": releases}]


def _left_out(*, at_hand: bool) -> set[str]:
    """Return the keys that a release does not need here: a deployment has made its namespaces already."""
    return {"hooks", "version"} if at_hand else {"hooks"}


def _from(folder: str, chart: str) -> str:
    """Return a chart's place: what is relative is so to `folder`."""
    return posixpath.normpath(posixpath.join(folder, chart)) if chart.startswith("../") else chart
