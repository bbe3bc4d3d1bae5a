"""Section `networks.<network>.nodes`: groups of execution and consensus client pairs."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ethgen.spec.ethereum import Api, Retention
from ethgen.spec.section import Section
from ethgen.spec.types import DIFFER, Cpu, Duration, Image, Quantity, Version


class Resources(Section):
    """What one client process asks of its machine."""

    cpu: Cpu | None = Field(default=None, description="CPU requested, in cores (`500m` is half a core).")
    memory: Quantity | None = Field(default=None, description="Memory requested.")
    memory_limit: Quantity | None = Field(default=None, description="Memory at which the process is killed.")


class Client(Section):
    """One client of a pair; both layers share these fields."""

    version: Version | None = Field(default=None, description="Version of the client; the catalogue's own if absent.")
    image: Image | None = Field(default=None, description="Image reference in place of the client's official one.")
    extra_args: list[str] = Field(
        default_factory=list,
        description=(
            "Arguments added after all generated ones, as Kubernetes takes them: `$(POD_NAME)`, `$(POD_NAMESPACE)`, "
            "`$(POD_IP)` and `$(POD_INDEX)` are those of the pod, and `$$` is a dollar."
        ),
    )
    resources: Resources = Field(default_factory=Resources, description="Requests and limits of the process.")


class ExecutionClient(Client):
    """The execution client of a pair."""

    client: str = Field(description="Execution client, by its name in the catalogue.")
    retention: Retention = Field(
        default="full",
        description=(
            "How much history stays: `archive` (all states), `full` (all blocks), `post-merge` (blocks since the "
            "merge), `post-prague` (blocks since Prague), `rolling` (the blocks of the last months; a year on "
            "nethermind) or `minimal` (as little as the client can keep)."
        ),
    )
    apis: Annotated[list[Api], DIFFER] = Field(
        default=["eth", "net", "web3"], description="JSON-RPC namespaces served over HTTP."
    )


class ConsensusClient(Client):
    """The consensus client of a pair."""

    client: str = Field(description="Consensus client, by its name in the catalogue.")


class Health(Section):
    """When a pair counts as ready, and gets calls."""

    max_head_age: Duration | None = Field(
        default=None,
        description=(
            "Oldest head that still is the chain's, in whole slots; three slots if absent, or 16 seconds where slots "
            "are shorter than five."
        ),
    )
    max_sync_distance: Annotated[int, Field(ge=0, le=8192)] = Field(
        default=4, description="Slots that a node may be behind what its peers announce."
    )


class NodeGroup(Section):
    """Replicas of one pair of execution and consensus client."""

    execution: ExecutionClient = Field(description="The execution client.")
    consensus: ConsensusClient = Field(description="The consensus client.")
    replicas: Annotated[int, Field(ge=0, le=64)] = Field(default=1, description="Number of pods.")
    storage: Quantity = Field(description="Size of the volume that both clients of a pod share.")
    health: Health = Field(default_factory=Health, description="When the group's nodes are ready.")
