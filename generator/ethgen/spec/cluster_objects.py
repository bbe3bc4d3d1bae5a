"""What the release cluster-base makes in a cluster: classes of storage and priority, quotas, and rights of people."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ethgen.spec.counts import Positive
from ethgen.spec.section import Section
from ethgen.spec.types import DIFFER, Cpu, Group, ObjectName, Quantity


class StorageClass(Section):
    """A kind of volume that a CSI driver makes."""

    provisioner: ObjectName = Field(description="CSI driver that makes the volumes, such as ebs.csi.aws.com.")
    parameters: dict[str, str] = Field(default_factory=dict, description="What the driver is told, in its own words.")
    reclaim_policy: Literal["Retain", "Delete"] = Field(
        default="Retain", description="What becomes of a volume whose claim is removed; a chain takes days to sync."
    )
    is_default: bool = Field(default=False, description="Take it for claims that name no class.")


class PriorityClass(Section):
    """How much more some pods matter than others where hosts are full."""

    value: Annotated[int, Field(ge=1, le=1_000_000_000)] = Field(
        description="Pods of a higher number stay, and others make room for them; pods without a class have 0."
    )
    preempts: bool = Field(default=True, description="Remove pods of lower numbers where there is no room otherwise.")


class Quota(Section):
    """What all pods of a network may request together."""

    cpu: Cpu | None = Field(default=None, description="Cores; without limit if absent.")
    memory: Quantity | None = Field(default=None, description="Memory; without limit if absent.")
    storage: Quantity | None = Field(default=None, description="Volumes; without limit if absent.")
    pods: Positive | None = Field(default=None, description="Number of pods; without limit if absent.")


class Access(Section):
    """Groups of people, as the cluster's identity provider names them, and their rights in all networks' namespaces."""

    viewers: Annotated[list[Group], DIFFER] = Field(
        default_factory=list, description="Groups that may look at everything but Secrets."
    )
    operators: Annotated[list[Group], DIFFER] = Field(
        default_factory=list,
        description="Groups that may also forward ports, scale, and delete pods (they start anew); not see Secrets.",
    )
