"""Types of the values that the chart `ethereum-infrastructure` draws its objects from.

The chart knows no client: `stack` resolves every image, argument, port and file before they come here.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Name = Annotated[str, Field(pattern=r"^[a-z]([-a-z0-9]*[a-z0-9])?$", max_length=40)]
Quantity = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$")]


class Values(BaseModel):
    """A closed object with camelCase keys, as Helm values are written."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, validate_by_name=True)


class Resources(Values):
    """Requests and limits of one container."""

    requests: dict[Literal["cpu", "memory"], Quantity] = Field(default_factory=dict)
    limits: dict[Literal["cpu", "memory"], Quantity] = Field(default_factory=dict)


class Port(Values):
    """A port that a container listens on."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=15)]
    port: Annotated[int, Field(ge=1, le=65535)]
    protocol: Literal["TCP", "UDP"] = "TCP"
    purpose: Literal["p2p", "rpc", "metrics", "beacon"] = Field(
        description="p2p: peers dial it; rpc: users call it; beacon: validators call it; metrics: Prometheus scrapes it."
    )


class Container(Values):
    """One client process: everything its container needs beyond what the chart gives every container."""

    client: Name = Field(description="Name of the client, the container's name and a label of its metrics.")
    image: str
    command: list[str] = Field(default_factory=list, description="Replaces the image's entrypoint; empty keeps it.")
    args: list[str]
    init: list[list[str]] = Field(
        default_factory=list,
        description="Argument lists run one after the other by init containers of the same image before the client starts.",
    )
    init_command: list[str] = Field(default_factory=list, description="Entrypoint of the init containers.")
    env: dict[str, str] = Field(default_factory=dict)
    ports: list[Port]
    metrics_path: str = "/metrics"
    resources: Resources = Field(default_factory=Resources)


class Health(Values):
    """What the agent of a pod asks of its clients before it calls them ready."""

    chain_id: Annotated[int, Field(ge=1)]
    seconds_per_slot: Annotated[int, Field(ge=1)]
    max_head_age_slots: Annotated[int, Field(ge=1)] = Field(description="Oldest head that still counts as young, in slots.")
    max_sync_distance_slots: Annotated[int, Field(ge=0)] = Field(description="Largest distance to the head, in slots.")
    execution_url: str = "http://127.0.0.1:8545"
    consensus_url: str


class NodeGroup(Values):
    """Replicas of one pair of execution and consensus client: a StatefulSet."""

    replicas: Annotated[int, Field(ge=0)]
    execution: Container
    consensus: Container
    health: Health
    files: dict[str, str] = Field(
        default_factory=dict,
        description="Files for /node, keyed `<ordinal>.<file name>`; a replica receives those of its own ordinal.",
    )
    node_keys: bool = Field(
        default=False, description="Mount Secret `node-keys-<group>` (keys `<ordinal>.execution` and `.consensus`)."
    )
    storage: Quantity
    storage_class: str | None = None
    termination_grace_period_seconds: Annotated[int, Field(ge=1)]


class KeySet(Values):
    """One set of validator keys and the single replica that signs with it.

    Two replicas of one key set get its validators slashed, so the schema accepts no count but one.
    """

    replicas: Literal[1] = 1
    container: Container
    secret: str = Field(description="Secret with the EIP-2335 keystores and the file `password`.")
    storage: Quantity
    storage_class: str | None = None
    termination_grace_period_seconds: Annotated[int, Field(ge=1)] = 60


class Genesis(Values):
    """Where the pods of a private network find its genesis."""

    parts: Annotated[int, Field(ge=1, le=16)] = Field(
        description="Number of ConfigMaps `genesis-<n>` that together hold the compressed genesis."
    )


class Agent(Values):
    """The container beside every pair of clients that tells Kubernetes how they are."""

    image: str
    port: Annotated[int, Field(ge=1, le=65535)] = 9300
    resources: Resources = Field(default_factory=Resources)


class Access(Values):
    """Who may call the JSON-RPC of the network's nodes."""

    service_type: Literal["ClusterIP", "NodePort", "LoadBalancer"] = "ClusterIP"
    from_cidrs: list[str] = Field(default_factory=list, description="Address ranges outside the cluster that may call.")
    from_namespaces: list[Name] = Field(default_factory=list, description="Namespaces whose pods may call.")


class Metrics(Values):
    """Who scrapes the pods, and how they are told."""

    service_monitor: bool = Field(default=False, description="Draw ServiceMonitors (needs the Prometheus operator's CRDs).")
    from_namespace: Name = "monitoring"


class ChartValues(Values):
    """All values of the chart `ethereum-infrastructure`, for one network in a namespace of its own."""

    network: Name
    chain_id: Annotated[int, Field(ge=1)]
    genesis: Genesis | None = Field(default=None, description="Only of private networks.")
    agent: Agent
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] = "IfNotPresent"
    image_pull_secrets: list[str] = Field(default_factory=list)
    nodes: dict[Name, NodeGroup] = Field(default_factory=dict)
    validators: dict[Name, KeySet] = Field(default_factory=dict)
    access: Access = Field(default_factory=Access)
    metrics: Metrics = Field(default_factory=Metrics)
    p2p_from_anywhere: bool = Field(
        default=False, description="Open peer-to-peer ports to every address; a private network only needs its own pods."
    )
    labels: dict[str, str] = Field(default_factory=dict)
    node_selector: dict[str, str] = Field(default_factory=dict)
    tolerations: list[dict[str, str]] = Field(default_factory=list)
    global_: dict[str, object] = Field(default_factory=dict, alias="global", description="Helm's own; not used here.")


def schema() -> dict[str, object]:
    """Return the JSON schema that the chart ships as `values.schema.json`."""
    return ChartValues.model_json_schema(by_alias=True)
