"""The namespaces of an environment, which are there before anything is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ethgen.stack.release import POD_SECURITY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ethgen.stack.release import PodSecurity, Release

FIELD_MANAGER = "ethgen"
"""Whose fields they are to the API server, whether `ethgen deploy` applies them or helmfile."""


def namespaces(releases: Sequence[Release], annotations: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """Return the Namespace of every release, with the level of Pod Security it enforces and these annotations."""
    levels: dict[str, PodSecurity] = {}
    for release in releases:
        if release.installed:
            # A namespace admits what the least restricted of its releases needs.
            others = levels.get(release.namespace, release.pod_security)
            levels[release.namespace] = min(others, release.pod_security, key=POD_SECURITY.index)
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
                **({"annotations": dict(annotations)} if annotations else {}),
            },
        }
        for name, level in levels.items()
    ]
