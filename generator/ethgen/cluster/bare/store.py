"""The node's image store, filled from docker-archives through containerd."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from ethgen.cluster.archive import archive_identity
from ethgen.cluster.bare.machine import ENVIRONMENT
from ethgen.cluster.bare.node import enter
from ethgen.cluster.bare.settings import CONTAINERD_SOCKET, NODE_BIN
from ethgen.cluster.process import Command, run
from ethgen.errors import ClusterError

if TYPE_CHECKING:
    from pathlib import Path

    from ethgen.cluster.process import Runner

CTR = (f"{NODE_BIN}/ctr", f"--address={CONTAINERD_SOCKET}", "--namespace=k8s.io")
"""The CRI keeps its images in containerd's namespace `k8s.io`."""


def answers(pid: int, runner: Runner = run) -> bool:
    """Return whether containerd takes calls."""
    return runner(Command(enter(pid, [*CTR, "version"]), ENVIRONMENT, timeout=10)).ok


def holds(pid: int, reference: str, image_id: str, runner: Runner = run) -> bool:
    """Return whether the store has exactly this image under this reference."""
    images = runner(Command(enter(pid, [*CTR, "images", "list", "--quiet"]), ENVIRONMENT, timeout=30))
    if reference not in images.output.split():
        return False
    # The reference says which image it was; its configuration's digest is in the store only if it still is this one.
    content = runner(Command(enter(pid, [*CTR, "content", "list", "--quiet"]), ENVIRONMENT, timeout=30))
    return image_id in content.output.split()


def load(pid: int, archive: Path, runner: Runner = run) -> bool:
    """Import a docker-archive unless the store has its image; return whether it was imported.

    Raises:
        ClusterError: containerd refuses it.
        ImageError: it is no docker-archive of one image.
    """
    reference, image_id = archive_identity(archive)
    if holds(pid, reference, image_id, runner):
        return False
    with archive.open("rb") as content:
        argv = enter(pid, [*CTR, "images", "import", "-"])
        done = subprocess.run(argv, stdin=content, capture_output=True, env=ENVIRONMENT, check=False)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise ClusterError(f"containerd refuses {archive.name}: {said[-1] if said else 'no reason given'}")
    return True
