"""The cluster of an environment, as what is deployed and destroyed there needs it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ethgen.cluster import providers
from ethgen.cluster.guard import require_context
from ethgen.cluster.provider import ClusterConfig, Subnets
from ethgen.cluster.tools import tool_path
from ethgen.errors import ClusterError
from ethgen.operate.kubectl import Kubectl

if TYPE_CHECKING:
    from pathlib import Path

    from ethgen.cluster.provider import Cluster, Progress, Provider
    from ethgen.operate.deploy.steps import Report
    from ethgen.spec import NetworkSpec


class Target:
    """An environment and its cluster.

    Args:
        spec: the environment.
        root: the repository.
    """

    def __init__(self, spec: NetworkSpec, root: Path) -> None:
        self.spec, self.root = spec, root

    @cached_property
    def config(self) -> ClusterConfig:
        """What the cluster's provider is told."""
        return cluster_config(self.spec, self.root)

    @cached_property
    def provider(self) -> Provider:
        """The provider that the spec names, or that `auto` finds."""
        return providers.choose(self.config)

    @property
    def local(self) -> bool:
        """Whether the cluster is made on this machine."""
        return self.provider.name in providers.LOCAL

    @cached_property
    def cluster(self) -> Cluster:
        """The cluster, once it was reached."""
        raise ClusterError("the step `cluster` has not run")

    @cached_property
    def kubectl(self) -> Kubectl:
        """The cluster, through kubectl."""
        return Kubectl(tool_path("kubectl"), self.cluster.kubeconfig, self.cluster.context)

    def reach(self, report: Report) -> str:
        """Make the cluster where it is ours to make and is not there, reach it, and return a line about it.

        Raises:
            ClusterError: it cannot be made, does not answer, or has another context than the spec's.
        """
        self.cluster = self.provider.up(self.config, told(report))
        require_context(self.spec.context, self.cluster.kubeconfig, self.cluster.context)
        return f"{self.provider.name}, context {self.cluster.context}"


def told(report: Report) -> Progress:
    """Return what tells the steps of a provider as details of a report."""
    return lambda step, seconds: report.detail(f"{step} ({seconds:.1f} s)")


def cluster_config(spec: NetworkSpec, root: Path) -> ClusterConfig:
    """Return what a provider is told about an environment's cluster."""
    return ClusterConfig(
        environment=spec.environment,
        state=root / ".ethgen" / spec.environment,
        provider=spec.cluster.provider,
        context=spec.context,
        subnets=Subnets(**spec.cluster.subnets.model_dump()),
    )
