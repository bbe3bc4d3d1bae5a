"""Argo CD from its pinned Go module: the program, and the objects that every installation of it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.cluster import module_files
from ethgen.cluster.cache import silent
from ethgen.cluster.gobuild import BuildRequest, WrapperModule, build
from ethgen.cluster.module_files import ModuleFiles
from ethgen.cluster.process import run
from ethgen.package_data import package_data

if TYPE_CHECKING:
    from pathlib import Path

    from ethgen.cluster.cache import Progress
    from ethgen.cluster.process import Runner

ARGOCD_MODULE = "github.com/argoproj/argo-cd/v3"
ARGOCD_VERSION = "v3.5.7"
"""The newest whose gitops-engine, a module of the same repository, the Go module proxy hands out as well."""

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
        module=pinning_module(),
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
    wanted = ModuleFiles(ARGOCD_MODULE, ARGOCD_VERSION, pinning_module(), (*MANIFESTS, *SCRIPTS))
    found = module_files.ensure_files(wanted, progress, runner)
    return found[: len(MANIFESTS)], found[len(MANIFESTS) :]


def pinning_module() -> WrapperModule:
    """Return the Go module that pins Argo CD."""
    return WrapperModule(package_data() / "tools" / "argocd")
