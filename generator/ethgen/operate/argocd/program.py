"""Argo CD from its pinned Go module: the program, and the objects that every installation of it has."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from ethgen.cluster.cache import cache_root, disk_errors, locked, silent
from ethgen.cluster.gobuild import BuildRequest, WrapperModule, build, go_environment
from ethgen.cluster.gotoolchain import find_go
from ethgen.cluster.process import Command, run
from ethgen.errors import ToolError
from ethgen.package_data import package_data

if TYPE_CHECKING:
    from ethgen.cluster.cache import Progress
    from ethgen.cluster.process import Runner

ARGOCD_MODULE = "github.com/argoproj/argo-cd/v3"
ARGOCD_VERSION = "v3.5.7"
"""The newest whose gitops-engine, a module of the same repository, the Go module proxy hands out as well."""

_GO = "1.26.3"

MANIFESTS = (
    "manifests/crds/application-crd.yaml",
    "manifests/crds/applicationset-crd.yaml",
    "manifests/crds/appproject-crd.yaml",
    "manifests/base/config/argocd-cm.yaml",
    "manifests/base/config/argocd-secret.yaml",
)
"""What the parts need to find in the cluster, in the order it is applied in: paths in the module."""

SCRIPTS = ("hack/git-verify-wrapper.sh",)
"""Scripts that the repository server calls by name, as its image has them on PATH: paths in the module."""


def build_request() -> BuildRequest:
    """Return how the program is built."""
    return BuildRequest(
        binary="argocd-headless",
        version=ARGOCD_VERSION,
        module=WrapperModule(build_folder()),
        package=".",
        ldflags=f"-s -w -X {ARGOCD_MODULE}/common.version={ARGOCD_VERSION.removeprefix('v')}",
    )


def ensure_program(progress: Progress = silent, runner: Runner = run) -> Path:
    """Return the program, building it into the cache where it is not there.

    Raises:
        ToolError: it cannot be built; the message names the log.
    """
    return build(build_request(), progress, runner)


def ensure_files(progress: Progress = silent, runner: Runner = run) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Return the files of `MANIFESTS` and of `SCRIPTS` as the pinned module publishes them.

    Raises:
        ToolError: there is no Go to fetch the module with, or it cannot be had.
    """
    folder = cache_root() / "definitions" / f"argo-cd-{ARGOCD_VERSION}"
    wanted = [folder / name for name in (*MANIFESTS, *SCRIPTS)]
    if not all(path.is_file() for path in wanted):
        with locked("argocd-definitions", progress), disk_errors(folder):
            scratch = folder.with_suffix(".new")
            shutil.rmtree(scratch, ignore_errors=True)
            source = _module(progress, runner)
            for name in (*MANIFESTS, *SCRIPTS):
                (scratch / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source / name, scratch / name)
            shutil.rmtree(folder, ignore_errors=True)
            scratch.replace(folder)
    return tuple(wanted[: len(MANIFESTS)]), tuple(wanted[len(MANIFESTS) :])


def _module(progress: Progress, runner: Runner) -> Path:
    """Return the folder of the module's sources, held to the checksum in tools/argocd/go.sum."""
    go = find_go(_GO, progress, runner)
    argv = [str(go.program), "mod", "download", "-json", ARGOCD_MODULE]
    result = runner(Command(argv, go_environment(go, cgo=False), build_folder()))
    if not result.ok:
        raise ToolError(
            f"cannot download {ARGOCD_MODULE} {ARGOCD_VERSION}", cure="check the network and `go env GOPROXY`"
        )
    return Path(json.loads(result.output)["Dir"])


def build_folder() -> Path:
    """Return the folder of the Go module that pins Argo CD."""
    return package_data() / "tools" / "argocd"
