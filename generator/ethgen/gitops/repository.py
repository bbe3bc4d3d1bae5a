"""The repository of an environment as Flux and Argo CD see it: where its files are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ethgen.spec import NetworkSpec
    from ethgen.spec.gitops import Gitops
    from ethgen.stack.release import Release


def inside(gitops: Gitops, path: str) -> str:
    """Return the path of a file or folder from the root of the git repository, by that from ethgen's root."""
    return f"{gitops.path}/{path}" if gitops.path else path


def values_file(spec: NetworkSpec, release: Release) -> str:
    """Return where a release's values stand, from ethgen's root."""
    return f"values/{spec.environment}/{release.name}.yaml"


def installed(releases: Sequence[Release]) -> list[Release]:
    """Return the releases that are not switched off: what is not printed is removed from the cluster."""
    return [release for release in releases if release.installed]
