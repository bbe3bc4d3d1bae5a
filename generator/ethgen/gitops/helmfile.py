"""Prints the releases of an environment as a helmfile: plain, resolved, without templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ethgen.spec import NetworkSpec
    from ethgen.stack.release import Release

# Seconds that Helm waits for one release; a first start pulls images of several hundred megabytes.
_TIMEOUT_SECONDS = 600

# Revisions kept for `helm rollback`; each is a Secret with the whole release in it.
_HISTORY = 5


def documents(spec: NetworkSpec, releases: Sequence[Release]) -> list[dict[str, Any]]:
    """Return the documents of `values/<env>/helmfile.yaml`, in order; environments need one of their own."""
    return [{"environments": {spec.environment: {}}}, _main(spec, releases)]


def _main(spec: NetworkSpec, releases: Sequence[Release]) -> dict[str, Any]:
    namespaces = {release.name: release.namespace for release in releases}
    return {
        "helmDefaults": {
            "kubeContext": spec.context,
            "timeout": _TIMEOUT_SECONDS,
            "cleanupOnFail": True,
            "historyMax": _HISTORY,
            "createNamespace": True,
            # Charts of this repository have no dependencies to look up.
            "skipDeps": True,
        },
        "missingFileHandler": "Error",
        "releases": [_release(release, namespaces) for release in releases],
    }


def _release(release: Release, namespaces: Mapping[str, str]) -> dict[str, Any]:
    printed: dict[str, Any] = {
        "name": release.name,
        "namespace": release.namespace,
        "labels": {"layer": release.layer},
        "chart": f"../../{release.chart}",
        "values": [f"{release.name}.yaml"],
        "wait": release.wait,
    }
    if release.needs:
        printed["needs"] = [f"{namespaces[name]}/{name}" for name in release.needs]
    if not release.installed:
        printed["installed"] = False
    return printed


def namespaces(releases: Sequence[Release]) -> list[dict[str, Any]]:
    """Return the Namespace of every release, with the level of Pod Security it enforces."""
    levels = {release.namespace: release.pod_security for release in releases if release.installed}
    return [
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "name": name,
                "labels": {
                    "app.kubernetes.io/managed-by": "ethgen",
                    "pod-security.kubernetes.io/enforce": level,
                    "pod-security.kubernetes.io/warn": level,
                },
            },
        }
        for name, level in levels.items()
    ]
