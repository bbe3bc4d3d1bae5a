"""Putting Flux's controllers into a cluster on this machine, and telling whether a cluster has them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ethgen.cluster.gobuild import WrapperModule
from ethgen.cluster.images import FLUX_CONTROLLERS, RECIPES, versions
from ethgen.cluster.module_files import ModuleFiles, ensure_files
from ethgen.errors import DeployError
from ethgen.operate.deploy.readiness import why
from ethgen.operate.flux.controllers import controllers
from ethgen.package_data import package_data

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ethgen.operate.deploy.steps import Report
    from ethgen.operate.kubectl import Kubectl

# Kinds that the controllers serve, by controller; its own module publishes their definitions.
_KINDS = {
    "source-controller": (
        "source.toolkit.fluxcd.io",
        ("buckets", "externalartifacts", "gitrepositories", "helmcharts", "helmrepositories", "ocirepositories"),
    ),
    "kustomize-controller": ("kustomize.toolkit.fluxcd.io", ("kustomizations",)),
    "helm-controller": ("helm.toolkit.fluxcd.io", ("helmreleases",)),
}

# Ports of the schemes that repositories have, where a URL names none.
_SCHEME_PORTS = {"http": 80, "https": 443, "ssh": 22}

# Seconds until the controllers are ready: they load tens of megabytes each.
_READY_SECONDS = 180
_INTERVAL = 0.5


def controller_versions() -> dict[str, str]:
    """Return the version of each controller that ethgen builds, by name.

    Raises:
        ImageError: the sources of the images do not pin one.
    """
    recipes = {recipe.name: recipe for recipe in RECIPES}
    return {name: versions(recipes[name], package_data())[0] for name in FLUX_CONTROLLERS}


def controller_images() -> dict[str, str]:
    """Return the official image of each controller by name, which can be pulled or built.

    Raises:
        ImageError: the sources of the images do not pin one.
    """
    return {name: f"ghcr.io/fluxcd/{name}:{version}" for name, version in controller_versions().items()}


def definitions(report: Report) -> tuple[Path, ...]:
    """Return the files with the CustomResourceDefinitions of Flux's kinds, as the pinned modules publish them.

    Raises:
        ToolError: there is no Go to fetch the modules with, or they cannot be had.
    """
    module = WrapperModule(package_data() / "docker" / "flux")
    found: list[Path] = []
    for name, version in controller_versions().items():
        group, kinds = _KINDS[name]
        files = tuple(f"config/crd/bases/{group}_{kind}.yaml" for kind in kinds)
        found += ensure_files(ModuleFiles(f"github.com/fluxcd/{name}", version, module, files), report.progress)
    return tuple(found)


def installed_by(kubectl: Kubectl, namespace: str) -> str:
    """Return who installed Flux into a namespace: `ethgen`, `others`, or nobody, as an empty text.

    Raises:
        ClusterError: the cluster does not answer.
    """
    found = kubectl.get("deployment", "helm-controller", namespace)
    if found is None:
        return ""
    ours = found["metadata"].get("labels", {}).get("app.kubernetes.io/managed-by") == "ethgen"
    return "ethgen" if ours else "others"


def install(kubectl: Kubectl, namespace: str, urls: tuple[str, ...], report: Report) -> str:
    """Install Flux, or bring what ethgen installed up to date, and wait until it is ready.

    Args:
        kubectl: the cluster.
        namespace: Flux's namespace.
        urls: addresses of the repositories that it reads.
        report: is told what is waited for.

    Returns:
        A line about it.

    Raises:
        DeployError: the controllers do not become ready.
    """
    if installed_by(kubectl, namespace) == "others":
        return f"Flux is in {namespace} already"
    files = definitions(report)
    report.progress("applying the definitions of Flux's kinds")
    chosen = [f"--filename={file}" for file in files]
    kubectl.run("apply", "--server-side", "--force-conflicts", "--field-manager=ethgen", *chosen, timeout="60s")
    kubectl.run("wait", "--for=condition=Established", *chosen, "--timeout=60s", timeout="0")
    images = controller_images()
    kubectl.apply(controllers(images, namespace, {port_of(url) for url in urls}))
    _wait_ready(kubectl, namespace, images, report)
    return f"Flux in {namespace}: {', '.join(f'{name} {version}' for name, version in controller_versions().items())}"


def require_kinds(kubectl: Kubectl) -> None:
    """Refuse a cluster that does not know Flux's kinds.

    Raises:
        DeployError: Flux is not installed there.
    """
    served = kubectl.run("api-resources", "--api-group=helm.toolkit.fluxcd.io", "--output=name").split()
    if "helmreleases.helm.toolkit.fluxcd.io" not in served:
        raise DeployError(
            f"Flux is not installed in the cluster {kubectl.context}",
            cure="install it as you like (`flux bootstrap`, the chart flux2), or deploy without --with flux",
        )


def port_of(url: str) -> int:
    """Return the TCP port at which a repository answers."""
    parts = urlsplit(url)
    return parts.port or _SCHEME_PORTS.get(parts.scheme, 443)


def _wait_ready(kubectl: Kubectl, namespace: str, images: Mapping[str, str], report: Report) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while True:
        found = {each["metadata"]["name"]: each for each in kubectl.list("deployments", namespace)}
        waiting = [name for name in images if not _is_available(found.get(name, {}))]
        if not waiting:
            return
        pods = {each["metadata"]["labels"].get("app", ""): why(each) for each in kubectl.list("pods", namespace)}
        words = ", ".join(f"{name} ({pods.get(name, 'no pod')})" for name in waiting)
        report.detail(words)
        if time.monotonic() > deadline:
            raise DeployError(
                f"Flux is not ready after {_READY_SECONDS} s: {words}",
                cure=f"look at it: kubectl --context {kubectl.context} --namespace {namespace} describe pods",
            )
        report.wait(_INTERVAL)


def _is_available(deployment: Mapping[str, Any]) -> bool:
    """Return whether a Deployment's pods are those of its present form, and ready."""
    status = deployment.get("status", {})
    now = status.get("observedGeneration") == deployment.get("metadata", {}).get("generation", 0)
    return bool(now) and status.get("updatedReplicas") == 1 and status.get("availableReplicas") == 1
