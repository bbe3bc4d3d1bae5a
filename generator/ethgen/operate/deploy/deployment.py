"""`ethgen deploy` as steps: tools, cluster, images, genesis, render, install, readiness, blocks, checks."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ethgen.cluster.cache import locked
from ethgen.cluster.charts.rendering import Helm
from ethgen.cluster.charts.supply import Supply, charts_folder
from ethgen.cluster.image_supply import SupplyOptions, supply
from ethgen.cluster.tools import tool_environment
from ethgen.errors import DeployError, EthgenError
from ethgen.gitops.namespaces import namespaces
from ethgen.operate.deploy import chain, genesis
from ethgen.operate.deploy.charts import bring_charts, local_helmfile, require_charts
from ethgen.operate.deploy.definitions import bring_definitions
from ethgen.operate.deploy.explanation import explained
from ethgen.operate.deploy.flux import Flux, require_committed
from ethgen.operate.deploy.helmfile import Helmfile
from ethgen.operate.deploy.interrupted import forget_interrupted
from ethgen.operate.deploy.management import require_unmanaged
from ethgen.operate.deploy.preflight import inspect
from ethgen.operate.deploy.readiness import wait_ready
from ethgen.operate.deploy.recreation import make_way
from ethgen.operate.deploy.steps import Step
from ethgen.operate.deploy.target import Target
from ethgen.operate.flux import installation
from ethgen.operate.flux.entry import entry_of
from ethgen.operate.kube import connected
from ethgen.operate.plan import kubeconfig_of, plans_of
from ethgen.render import build, writer
from ethgen.stack import releases
from ethgen.stack.images import images_of
from ethgen.stack.release import LAYERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from ethgen.operate.deploy.steps import Report
    from ethgen.operate.flux.entry import Entry
    from ethgen.operate.gitops_section import Installer
    from ethgen.operate.plan import NetworkPlan
    from ethgen.spec import NetworkSpec
    from ethgen.stack.release import Layer, Release

# Seconds until the pods of a fresh network must be ready: a private one begins half a minute after its deployment, a
# public one syncs for hours and is not waited for.
_READY_SECONDS = 300


@dataclass(frozen=True)
class Options:
    """How a deployment is done.

    Attributes:
        layer: install the releases of this layer only; None for all.
        strict: an image that can neither be pulled nor built is an error.
        offline: never try to pull.
        new_genesis: remove the private networks with all their data first, and begin anew.
        tool: what installs the releases; Flux and Argo CD take them from the repository, in all layers.
    """

    layer: str | None = None
    strict: bool = False
    offline: bool = False
    new_genesis: bool = False
    tool: Installer = "helmfile"


class Deployment(Target):
    """One run of `ethgen deploy`: its steps, and what they learn on the way.

    Args:
        spec: the environment.
        root: the repository.
        options: how it is done.
    """

    def __init__(self, spec: NetworkSpec, root: Path, options: Options) -> None:
        super().__init__(spec, root)
        self.options = options
        self.left_out: dict[str, str] = {}
        self.changed = False
        self.charts: dict[str, Path] = {}
        self.known = releases(spec)
        if options.layer is not None and options.tool == "flux":
            raise EthgenError("Flux installs all layers of a commit", cure="leave --layer out")
        layers = sorted({release.layer for release in self.known})
        if options.layer is not None and options.layer not in layers:
            raise EthgenError(
                f"{spec.environment} has no layer {options.layer!r}", cure=f"name one of: {', '.join(layers)}"
            )
        if options.new_genesis and options.layer not in {None, "ethereum"}:
            raise EthgenError(
                f"the layer {options.layer} has no networks to begin anew", cure="leave --layer or --new-genesis out"
            )
        self.releases = tuple(
            release for release in self.known if release.installed and options.layer in {None, release.layer}
        )

    def steps(self) -> list[Step]:
        """Return the steps in the order a person would do them."""
        flux = [Step("flux", self._flux, needs=("images", "tools"))] if self.options.tool == "flux" else []
        return [
            Step("tools", self._tools),
            Step("cluster", self.reach),
            # Nothing is written for a cluster that cannot be made or reached.
            Step("render", self._render, needs=("cluster",)),
            Step("images", self._images, needs=("cluster",)),
            *flux,
            # Building images and starting Flux take long the first time, and slots pass from the genesis on.
            Step("genesis", self._genesis, needs=("images", "tools", *(step.name for step in flux))),
            Step("install", self._install, needs=("images", "genesis", "render", "tools")),
            Step("pods", self._pods, needs=("install",)),
            Step("blocks", self._blocks, needs=("pods",)),
        ]

    def layers(self) -> list[Layer]:
        """Return the layers with something to install or to uninstall, in their order."""
        here = {release.layer for release in self.known if release.name not in self.left_out}
        return [layer for layer in LAYERS if layer in here and self.options.layer in {None, layer}]

    def preparation(self) -> list[Step]:
        """Return the steps that come before anything is installed, for who installs by other means."""
        before = ("tools", "cluster", "render", "images", "genesis")
        return [step for step in self.steps() if step.name in before]

    def require_possible(self) -> None:
        """Refuse what cannot be done here, before anything is built or written.

        Raises:
            ClusterError: no provider can work here, or no kubeconfig has the spec's context.
            DeployError: its nodes could not pull the agent's image.
            SpecError: Flux is to install, and the spec does not say from where; or the folder of packaged charts lacks
                one of a release.
            EthgenError: a file that is to be generated cannot be.
        """
        if not self.local:
            self._require_registry()
            kubeconfig_of(self.spec, self.root)
        changes = self._changes()
        if self.options.tool == "flux":
            require_committed(self.entry, self.root, (change.path for change in changes))
        require_charts(self.spec, self.releases, self.supply)

    def _require_registry(self) -> None:
        """Refuse images that the nodes of a cluster which ethgen did not make cannot have."""
        if self.spec.cluster.registry == "localhost":
            raise DeployError(
                f"{self.spec.where('cluster')}: cluster.registry: the nodes of {self.spec.context} cannot pull the "
                "agent's image from localhost",
                cure='push it (`ethgen help tools-and-images "your own"`) and name the registry in the spec',
            )

    @cached_property
    def supply(self) -> Supply:
        """Where charts of other repositories come from."""
        return Supply(charts_folder(), lambda: tool_environment(("helm",)))

    @cached_property
    def entry(self) -> Entry:
        """How Flux installs the environment."""
        return entry_of(self.spec)

    def _tools(self, report: Report) -> str:
        tool_environment(progress=report.progress)
        self.charts = bring_charts(self.spec, self.releases, self.supply, report.progress)
        charts = f"; charts of {', '.join(self.charts)}" if self.charts else ""
        return f"helm, helmfile, helm-diff, kubectl{charts}"

    def _render(self, report: Report) -> str:
        del report
        changes = self._changes()
        writer.apply(self.root, changes)
        return f"{len(changes)} files changed" if changes else "all files are up to date"

    def _changes(self) -> list[writer.Change]:
        files = build.build(self.spec)
        return writer.plan(self.root, f"values/{self.spec.environment}/.generated.json", files)

    def _images(self, report: Report) -> str:
        flux = installation.controller_images().values() if self._brings_flux else ()
        outcomes = supply(
            (*images_of(self.releases), *flux),
            lambda archive: self.provider.load_image(self.config, archive),
            SupplyOptions(
                nodes_pull=not self.local,
                offline=self.options.offline,
                strict=self.options.strict,
            ),
            report.progress,
        )
        missing = {outcome.reference: outcome.detail for outcome in outcomes if outcome.how == "left out"}
        for release in self.releases:
            reasons = [missing[image] for image in images_of([release]) if image in missing]
            if reasons:
                self.left_out[release.name] = "; ".join(reasons)
        if self.left_out and self.options.tool == "flux":
            words = "".join(f"\n  {name}: {reason}" for name, reason in self.left_out.items())
            raise DeployError(
                f"Flux would install what has no image here:{words}",
                cure="make the registries reachable, name versions that can be built here, or switch the releases off "
                "in the spec (releases.<name>.enabled: false) and commit",
            )
        return _counted(outcome.how for outcome in outcomes)

    @property
    def _brings_flux(self) -> bool:
        """Whether Flux's controllers are ours to install: elsewhere they are there, by means of their own."""
        return self.options.tool == "flux" and self.local

    def _flux(self, report: Report) -> str:
        if not self._brings_flux:
            installation.require_kinds(self.kubectl)
            return "its controllers are there"
        return installation.install(self.kubectl, self.entry.namespace, self.entry.urls, report)

    def _genesis(self, report: Report) -> str:
        # Before anything is removed or changed.
        require_unmanaged(self.kubectl, self.spec, self.options.tool)
        chosen = {release.name for release in self.releases} - set(self.left_out)
        private = [name for name, network in self.spec.networks.items() if network.genesis and name in chosen]
        if self.options.new_genesis:
            for name in private:
                report.detail(f"removing {name} with all its data")
                self.kubectl.delete_namespace(name)
        for name in sorted({release.namespace for release in self.releases}):
            report.detail(f"looking whether {name} is being removed")
            self.kubectl.wait_removed(name)
        self.kubectl.apply(namespaces(self.releases))
        lines = [genesis.ensure(self.kubectl, self.spec, name, self.root) for name in private]
        return "; ".join(lines) or "no private network"

    def _install(self, report: Report) -> str:
        installed = [release for release in self.releases if release.name not in self.left_out]
        if self.releases and not installed:
            raise DeployError(
                "every release lacks an image: " + "; ".join(self.left_out.values()),
                cure="make their registries reachable, or name a version in the spec that can be built here",
            )
        alone = self.local
        with locked(f"install-{self.cluster.context}", report.progress):
            forget_interrupted(self.kubectl, installed, alone=alone)
            self.changed = self._apply(installed, report)
        names = ", ".join(release.name for release in installed) or "no release"
        return f"{names}: {'changed' if self.changed else 'nothing to do'}"

    def _apply(self, installed: Sequence[Release], report: Report) -> bool:
        flux = Flux(self.kubectl, self.entry, self.root) if self.options.tool == "flux" else None
        variables = tool_environment(kubeconfig=self.cluster.kubeconfig)
        local = local_helmfile(self.spec, self.known, self.root, self.charts)
        helmfile = Helmfile(self.root, self.spec.environment, variables, local)
        found = inspect(self.kubectl, helmfile, installed, report)
        if flux is not None:
            return flux.apply(report, found)
        make_way(self.kubectl, found.changes, report)
        bring_definitions(self.kubectl, installed, self.charts, Helm(variables), report.detail)
        if found.incomplete:
            helmfile.sync(report, found.incomplete)
        # One layer after the other: differences are looked for when the kinds of earlier layers are there.
        changed = [helmfile.apply(report, layer, without=tuple(self.left_out)) for layer in self.layers()]
        return any(changed) or bool(found.incomplete)

    def _pods(self, report: Report) -> str:
        plans = self.private_networks()
        with connected(self.kubectl) as api:
            for plan in plans:
                with explained(api, plan):
                    wait_ready(api, plan, _READY_SECONDS, report)
        count = sum(len(plan.node_pods) + len(plan.validator_pods) for plan in plans)
        return f"{count} ready" if plans else "public networks sync for hours: see `ethgen status`"

    def _blocks(self, report: Report) -> str:
        lines = []
        with connected(self.kubectl) as api:
            for plan in self.private_networks():
                with explained(api, plan):
                    lines.append(chain.wait_finalized(api, plan, report))
        return "; ".join(lines) or "not waited for"

    def private_networks(self) -> list[NetworkPlan]:
        """Return the private networks that this run installs; they are ready in minutes and can be waited for."""
        installed = {release.name for release in self.releases} - set(self.left_out)
        return [plan for plan in plans_of(self.spec) if plan.private and plan.name in installed]


def _counted(words: Iterable[str]) -> str:
    """Return how often each word occurs, the words in the order of their first."""
    return ", ".join(f"{count} {word}" for word, count in Counter(words).items())
