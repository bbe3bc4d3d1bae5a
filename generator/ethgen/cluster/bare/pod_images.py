"""The images of the node's own pods, assembled from the built programs."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from ethgen.cluster.archive import Entry, ImageConfig, write_archive
from ethgen.cluster.bare.addons import COREDNS_IMAGE, METRICS_IMAGE
from ethgen.cluster.bare.configuration import PAUSE_IMAGE
from ethgen.cluster.cache import cache_root

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ethgen.cluster.bare.settings import Settings


def ensure_pod_images(cluster: Settings, binaries: Mapping[str, Path]) -> tuple[Path, ...]:
    """Return the docker-archives of the images the cluster needs, most urgent first; each is written once.

    Raises:
        ImageError: a program cannot be read.
    """
    wanted = [("pause", PAUSE_IMAGE), ("coredns", COREDNS_IMAGE)]
    if cluster.metrics:
        wanted.append(("metrics-server", METRICS_IMAGE))
    return tuple(_archive(binaries[name], name, reference) for name, reference in wanted)


def _archive(program: Path, name: str, reference: str) -> Path:
    # The program's folder in the cache is named for what it was built from.
    build = hashlib.sha256(f"{program}\n{reference}".encode()).hexdigest()[:12]
    archive = cache_root() / "images" / f"node-{name}-{build}.tar"
    if not archive.is_file():
        write_archive(archive, reference, [Entry.program(name, program)], ImageConfig(entrypoint=(f"/{name}",)))
    return archive
