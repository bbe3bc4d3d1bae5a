"""Section `cluster`: where an environment runs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ethgen.spec.cluster_objects import Access, PriorityClass, StorageClass
from ethgen.spec.internet import ChartRepository, Cidr
from ethgen.spec.scheduling import Toleration
from ethgen.spec.section import Section
from ethgen.spec.types import DIFFER, LabelKey, LabelValue, ObjectName, Registry, Zone


class Storage(Section):
    """The storage that volumes are made of."""

    class_: ObjectName | None = Field(
        default=None, alias="class", description="StorageClass of every volume; the cluster's default if absent."
    )
    classes: dict[ObjectName, StorageClass] = Field(
        default_factory=dict, description="StorageClasses that the release cluster-base makes, by name."
    )


class Subnets(Section):
    """IPv4 networks of a bare cluster; two of them on one machine must differ in all three."""

    link: Cidr = Field(default="10.88.0.0/30", description="Between this machine and the node.")
    pods: Cidr = Field(default="10.244.0.0/16", description="Addresses of pods.")
    services: Cidr = Field(default="10.96.0.0/16", description="Addresses of Services.")


class Cluster(Section):
    """The Kubernetes cluster of an environment."""

    provider: Literal["auto", "bare", "kind", "k3d", "existing"] = Field(
        default="existing",
        description=(
            "Who makes the cluster: `bare` (upstream Kubernetes in namespaces of this machine), "
            "`kind` and `k3d` (where a Docker engine runs), `auto` (the first of these that works here), "
            "or `existing` (it is there already)."
        ),
    )
    context: str | None = Field(
        default=None,
        description="Kube context; every command refuses any other. Default: `ethgen-<environment>`.",
    )
    registry: Registry = Field(
        default="localhost",
        description="Registry and path that hold the project's own images; local clusters have them loaded instead.",
    )
    chart_repository: ChartRepository | None = Field(
        default=None,
        description=(
            "Helm repository that all charts of others are taken from, as `ethgen mirror` makes it; "
            "each chart's own if absent."
        ),
    )
    image_pull_secrets: Annotated[list[ObjectName], DIFFER] = Field(
        default_factory=list, description="Secrets with access to private registries, in each network's namespace."
    )
    storage: Storage = Field(default_factory=Storage, description="Storage of the cluster.")
    priority_classes: dict[ObjectName, PriorityClass] = Field(
        default_factory=dict, description="PriorityClasses that the release cluster-base makes, by name."
    )
    access: Access = Field(default_factory=Access, description="Rights that the release cluster-base gives to groups.")
    subnets: Subnets = Field(default_factory=Subnets, description="Networks of a bare cluster.")
    zones: Annotated[list[Zone], DIFFER] = Field(
        default_factory=list,
        description="Zones that pods run in and are spread over (label topology.kubernetes.io/zone); any if empty.",
    )
    zone_spread: Literal["ScheduleAnyway", "DoNotSchedule"] | None = Field(
        default=None,
        description=(
            "What becomes of a pod that would make one zone hold more of its group than another: it runs all the same, "
            "or waits. Default: `DoNotSchedule` in profile `production` with zones given, else `ScheduleAnyway`."
        ),
    )
    node_selector: dict[LabelKey, LabelValue] = Field(
        default_factory=dict, description="Labels of the hosts that pods may run on."
    )
    tolerations: Annotated[list[Toleration], DIFFER] = Field(
        default_factory=list, description="Taints of hosts that pods put up with."
    )
    labels: dict[LabelKey, LabelValue] = Field(
        default_factory=dict, description="Labels of all objects, beside the chart's own."
    )
