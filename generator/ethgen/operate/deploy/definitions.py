"""Definitions that charts have in folders crds/: Helm installs them with a release and leaves them as they are then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.cluster.charts.rendering import definitions_in_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from ethgen.cluster.cache import Progress
    from ethgen.cluster.charts.rendering import Helm
    from ethgen.operate.kubectl import Kubectl
    from ethgen.stack.release import Release


def bring_definitions(
    kubectl: Kubectl, releases: Iterable[Release], charts: Mapping[str, Path], helm: Helm, progress: Progress
) -> None:
    """Make the definitions of releases, or bring those that are there to what the charts say.

    On the server's side: some are larger than what kubectl would keep of them in an annotation (256 KiB).

    Args:
        kubectl: the cluster.
        releases: what is about to be installed.
        charts: the folder of each chart of another repository, by its release's name.
        helm: how charts are drawn.
        progress: told what is done.

    Raises:
        ChartError: a chart cannot be drawn.
        ClusterError: the API server refuses a definition.
    """
    for release in releases:
        if release.name not in charts:
            continue
        found = definitions_in_files(release, charts[release.name], helm)
        if found:
            progress(f"bringing {len(found)} definitions of {release.name} up to date")
            kubectl.apply(found)
