"""Types of the values that the chart `cluster-base` draws its objects from."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ethgen.chart.values import LabelKey, LabelValue, ObjectName, Quantity, SubdomainName, Values


class StorageClass(Values):
    """A kind of volume that a CSI driver makes."""

    provisioner: SubdomainName = Field(description="CSI driver that makes the volumes.")
    parameters: dict[Annotated[str, Field(pattern=r"^\S+$")], str] = Field(
        default_factory=dict, description="What the driver is told, in its own words."
    )
    reclaim_policy: Literal["Retain", "Delete"] = Field(
        default="Retain", description="What becomes of a volume whose claim is removed."
    )
    is_default: bool = Field(default=False, description="Take it for claims that name no class.")


class PriorityClass(Values):
    """How much more some pods matter than others where hosts are full."""

    value: Annotated[int, Field(ge=1, le=1_000_000_000)] = Field(
        description="Pods of a higher number stay, and others make room for them."
    )
    preempts: bool = Field(default=True, description="Remove pods of lower numbers where there is no room otherwise.")


class Quota(Values):
    """What all pods of a namespace may request together."""

    cpu: Quantity | None = Field(default=None, description="Cores.")
    memory: Quantity | None = Field(default=None, description="Memory.")
    storage: Quantity | None = Field(default=None, description="Volumes.")
    pods: Annotated[int, Field(ge=1)] | None = Field(default=None, description="Number of pods.")


class Access(Values):
    """Groups of people and their rights in the namespaces."""

    viewers: list[str] = Field(default_factory=list, description="Groups that may look at everything but Secrets.")
    operators: list[str] = Field(
        default_factory=list,
        description="Groups that may also read logs, forward ports, scale, and restart pods.",
    )


class ClusterBaseValues(Values):
    """All values of the chart `cluster-base`, for one cluster."""

    storage_classes: dict[SubdomainName, StorageClass] = Field(default_factory=dict, description="By name.")
    priority_classes: dict[SubdomainName, PriorityClass] = Field(default_factory=dict, description="By name.")
    quotas: dict[ObjectName, Quota] = Field(
        default_factory=dict, description="By namespace, each with defaults for containers that request nothing."
    )
    namespaces: list[ObjectName] = Field(default_factory=list, description="Namespaces that groups have rights in.")
    access: Access = Field(default=Access(), description="Who has rights.")
    labels: dict[LabelKey, LabelValue] = Field(
        default_factory=dict, description="Labels of all objects, beside the chart's own."
    )
    global_: dict[str, object] = Field(default_factory=dict, alias="global", description="Helm's own; not used here.")
