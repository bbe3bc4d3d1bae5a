"""Removing what Flux or Argo CD have installed by their own means, so that they install nothing again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ethgen.errors import ClusterError, DeployError
from ethgen.operate.deploy.management import argocd_namespace, flux_namespace
from ethgen.operate.flux.rest import MANAGER
from ethgen.operate.flux.state import OWNER, full_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ethgen.operate.deploy.steps import Report
    from ethgen.operate.kubectl import Kubectl
    from ethgen.spec import NetworkSpec

_APPLICATION = "application.argoproj.io"

# Seconds for the releases of a layer, or for all of Argo CD's: pods have up to five minutes to stop.
_SECONDS = 600


@dataclass(frozen=True)
class FluxRemoval:
    """Flux as what uninstalls the releases that it has installed, a layer at a time.

    Attributes:
        kubectl: the cluster.
        spec: the environment.
    """

    kubectl: Kubectl
    spec: NetworkSpec

    def begin(self, *, leaving: Sequence[str] = ()) -> None:
        """Let the Kustomization rest, which would make anew what is removed.

        Args:
            leaving: releases that are to stay: what is suspended is forgotten without being uninstalled.

        Raises:
            ClusterError: the cluster refuses.
        """
        self._suspend("Kustomization", self.spec.environment)
        for name in leaving:
            if self.kubectl.get(full_name("HelmRelease"), name, flux_namespace(self.spec)):
                self._suspend("HelmRelease", name)

    def remove(self, layer: str) -> None:
        """Remove the HelmReleases of a layer, with which Flux uninstalls what they have installed.

        Raises:
            DeployError: one of them is still there when its time is over.
        """
        self._delete(full_name("HelmRelease"), f"--selector={OWNER}={self.spec.environment},layer={layer}")

    def end(self) -> None:
        """Remove what is left: the rest of what the Kustomization has applied but namespaces, and the entry itself.

        Raises:
            DeployError: something of it is still there when its time is over.
        """
        chosen = f"--selector={OWNER}={self.spec.environment}"
        for kind in (full_name("HelmRelease"), full_name("HelmRepository"), "configmap"):
            self._delete(kind, chosen)
        for kind in ("Kustomization", "GitRepository"):
            self._delete(full_name(kind), self.spec.environment)

    def _suspend(self, kind: str, name: str) -> None:
        options = ("--type=merge", f"--field-manager={MANAGER}", '--patch={"spec": {"suspend": true}}')
        self._run("patch", full_name(kind), name, *options)

    def _delete(self, kind: str, chosen: str) -> None:
        try:
            self._run("delete", kind, chosen, "--ignore-not-found", f"--timeout={_SECONDS}s", timeout="0")
        except ClusterError as error:
            raise DeployError(
                f"Flux did not remove what it has installed: {error.message}",
                cure=f"do its controllers run? See `ethgen gitops status --env {self.spec.environment}`",
            ) from error

    def _run(self, verb: str, *arguments: str, **options: str) -> None:
        self.kubectl.run(verb, *arguments, f"--namespace={flux_namespace(self.spec)}", **options)


def remove_with_argocd(kubectl: Kubectl, spec: NetworkSpec, report: Report) -> None:
    """Let Argo CD delete all Applications of an environment with what they have installed, then their project.

    Raises:
        DeployError: they are still there when their time is over.
    """
    namespace = f"--namespace={argocd_namespace(spec)}"
    report.detail("Argo CD deletes its Applications and what they have installed")
    try:
        kubectl.run(
            "delete", _APPLICATION, spec.environment, namespace, f"--timeout={_SECONDS}s", "--ignore-not-found",
            timeout="0",
        )  # fmt: skip
    except ClusterError as error:
        raise DeployError(
            f"Argo CD did not delete the Application {spec.environment}: {error.message}",
            cure="does its controller run? It ends an Application, and its project has to be there until then",
        ) from error
    # It permits nothing more, but may be the project of another environment, too.
    project = (spec.gitops.argocd.project if spec.gitops else None) or spec.environment
    left = kubectl.list(_APPLICATION, argocd_namespace(spec))
    if not any(each["spec"].get("project") == project for each in left):
        kubectl.run("delete", "appproject.argoproj.io", project, namespace, "--ignore-not-found")
