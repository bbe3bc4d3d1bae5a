"""`ethgen destroy`: the way back from a deployment."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from ethgen.cluster.tools import tool_environment
from ethgen.operate.deploy.charts import uninstalling_helmfile
from ethgen.operate.deploy.helmfile import Helmfile
from ethgen.operate.deploy.management import managers
from ethgen.operate.deploy.steps import Step
from ethgen.operate.deploy.target import Target, told
from ethgen.operate.deploy.uninstallation import FluxRemoval, remove_with_argocd
from ethgen.operate.gitops_section import NAMES
from ethgen.stack import releases
from ethgen.stack.catalogue import KNOWN
from ethgen.stack.release import LAYERS

if TYPE_CHECKING:
    from pathlib import Path

    from ethgen.operate.deploy.steps import Report
    from ethgen.spec import NetworkSpec
    from ethgen.spec.gitops import Tool
    from ethgen.stack.release import Layer

# Seconds in which the objects of one release must be gone: clients may take five minutes to stop.
_UNINSTALL_SECONDS = 600

# The layer whose releases are networks: namespaces with data that ethgen has made.
_NETWORKS: Layer = "ethereum"


class Destruction(Target):
    """One run of `ethgen destroy`.

    A cluster that was made here is removed with all it holds. In one that was there before, the releases are
    uninstalled, networks first and what others need last, and the namespaces of networks removed. Webhooks, API
    services and roles of the whole cluster go with their releases, so that nothing waits for what has gone. A release
    with which all objects of its kinds would go, whoever has made them, is left to a person.

    Args:
        spec: the environment.
        root: the repository.
        keep_data: keep volumes and images of a local cluster for its next start; elsewhere the networks' namespaces,
            with volumes and genesis.
    """

    def __init__(self, spec: NetworkSpec, root: Path, *, keep_data: bool = False) -> None:
        super().__init__(spec, root)
        self.keep_data = keep_data
        here = [release for release in releases(spec) if release.installed]
        self.left = [release for release in here if release.name in KNOWN and KNOWN[release.name].kept]
        self.installed = [release for release in here if release not in self.left]
        self.networks = sorted({each.namespace for each in self.installed if each.layer == _NETWORKS})
        self.managers: list[Tool] = []

    @property
    def what(self) -> str:
        """What is removed, as the end of a question."""
        name, context = self.spec.environment, self.spec.context
        if self.local:
            return f"remove {name} with all its data from the cluster {context!r}"
        gone = "" if self.keep_data or not self.networks else f", and delete {_namespaces(self.networks)} with all data"
        return f"uninstall {self._names() or 'no release'} from the cluster {context!r}{gone}"

    def steps(self) -> list[Step]:
        """Return what is done, one after the other."""
        if self.local:
            return [Step("cluster", self._remove_cluster)]
        return [
            Step("cluster", self.reach),
            Step("gitops", self._leave, needs=("cluster",)),
            Step("releases", self._uninstall, needs=("gitops",)),
        ]

    def _remove_cluster(self, report: Report) -> str:
        self.provider.down(self.config, keep_data=self.keep_data, progress=told(report))
        if not self.keep_data:
            shutil.rmtree(self.config.state, ignore_errors=True)
        return f"the cluster {self.config.name} is gone" + (", its data is kept" if self.keep_data else "")

    def _leave(self, report: Report) -> str:
        self.managers = managers(self.kubectl, self.spec)
        if "argocd" in self.managers:
            remove_with_argocd(self.kubectl, self.spec, report)
        if "flux" in self.managers:
            # From now on it installs nothing again; it uninstalls a layer at a time below.
            FluxRemoval(self.kubectl, self.spec).begin(leaving=[release.name for release in self.left])
        names = " and ".join(NAMES[tool] for tool in self.managers)
        return f"{names} installs nothing any more" if names else "neither Flux nor Argo CD installs it"

    def _uninstall(self, report: Report) -> str:
        flux = FluxRemoval(self.kubectl, self.spec) if "flux" in self.managers else None
        variables = tool_environment(kubeconfig=self.cluster.kubeconfig, progress=report.progress)
        file = uninstalling_helmfile(self.spec, self.installed, self.root, _UNINSTALL_SECONDS)
        helmfile = Helmfile(self.root, self.spec.environment, variables, file)
        here = {release.layer for release in self.installed}
        for layer in (layer for layer in reversed(LAYERS) if layer in here):
            report.progress(f"uninstalling the layer {layer}")
            if flux is not None:
                flux.remove(layer)
            helmfile.destroy(report, layer)
            if layer == _NETWORKS and not self.keep_data:
                # Before the controllers go that end volumes, snapshots and the like.
                self._remove_namespaces(report)
        if flux is not None:
            flux.end()
        return self._summary()

    def _remove_namespaces(self, report: Report) -> None:
        for name in self.networks:
            report.progress(f"removing the namespace {name}")
            self.kubectl.delete_namespace(name)

    def _summary(self) -> str:
        removed = [] if self.keep_data else self.networks
        kept = sorted({release.namespace for release in self.installed} - {*removed})
        lines = [f"uninstalled {self._names() or 'no release'}"]
        lines += [f"removed {_namespaces(removed)}"] if removed else []
        lines += [f"kept {_namespaces(kept)} with what charts leave there"] if kept else []
        lines += [
            f"left {release.name} installed, with which all objects of its kinds would go: helm --kube-context "
            f"{self.cluster.context} --namespace {release.namespace} uninstall {release.name}"
            for release in self.left
        ]
        return "; ".join(lines)

    def _names(self) -> str:
        return ", ".join(release.name for release in reversed(self.installed))


def _namespaces(names: list[str]) -> str:
    return f"the namespace{'' if len(names) == 1 else 's'} {', '.join(names)}"
