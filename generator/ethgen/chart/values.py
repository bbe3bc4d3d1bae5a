"""Types of the values that the chart `ethereum-infrastructure` draws its objects from.

The chart knows no client: `stack` resolves every image, argument, port and file before they come here. The defaults of
nodes and validators stand here and in the templates, and a test holds the two together; all others stand in
`values.yaml`, which is made from these types.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from ethgen.chart import standard

if TYPE_CHECKING:
    from collections.abc import Sequence

# RFC 1123 label, 40 characters at most: Kubernetes allows 63, and the chart appends up to 23 of its own.
Name = Annotated[str, Field(pattern=r"^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$")]

# RFC 1035 label: the name of a Secret or namespace that is not the chart's own.
ObjectName = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]

# RFC 1123 subdomain: the name of an object of any other kind.
SubdomainName = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")]

# Keys and values of labels (k8s.io/apimachinery, pkg/util/validation), as far as Go's expressions, which Helm reads the
# schema with, can count.
_WORD = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
LabelKey = Annotated[str, Field(pattern=rf"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?{_WORD}$")]
LabelValue = Annotated[str, Field(pattern=rf"^({_WORD})?$")]

# IANA service name (RFC 6335), as Kubernetes asks of the name of a port.
PortName = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$")]

# The notation of k8s.io/apimachinery/pkg/api/resource.
Quantity = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi)?$")]

PortNumber = Annotated[int, Field(ge=1, le=65535)]
Image = Annotated[str, Field(min_length=1, pattern=r"^[^\s]+$")]
Url = Annotated[str, Field(pattern=r"^https?://[^\s]+$")]
Cidr = Annotated[str, Field(pattern=r"^([0-9]{1,3}(\.[0-9]{1,3}){3}/[0-9]{1,2}|[0-9a-fA-F:]+/[0-9]{1,3})$")]

# `<ordinal>.<file name>`, within what Kubernetes allows as a key of a ConfigMap.
FileKey = Annotated[str, Field(pattern=r"^[0-9]+\.[-._a-zA-Z0-9]{1,240}$")]


class Values(BaseModel):
    """A closed object with camelCase keys, as Helm values are written."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, validate_by_name=True)


class Resources(Values):
    """Requests and limits of one container."""

    requests: dict[Literal["cpu", "memory"], Quantity] = Field(
        default_factory=dict, description="What the container is sure of."
    )
    limits: dict[Literal["cpu", "memory"], Quantity] = Field(
        default_factory=dict, description="What the container never gets more of."
    )


class Port(Values):
    """A port that a container listens on."""

    name: PortName = Field(description="Name of the port, of its own within the pod.")
    port: PortNumber = Field(description="Number of the port.")
    protocol: Literal["TCP", "UDP"] = Field(default="TCP", description="Transport protocol.")
    purpose: Literal["p2p", "rpc", "metrics", "beacon"] = Field(
        description="Who reaches it: peers (p2p), users (rpc), validators (beacon) or Prometheus (metrics). On a port "
        "with purpose `beacon` the client listens on localhost, and the agent passes connections on while the node is "
        "ready."
    )


class Container(Values):
    """One client process: everything its container needs beyond what the chart gives every container."""

    client: Name = Field(description="Name of the client, a label of its pods and metrics.")
    image: Image = Field(description="Image reference.")
    command: list[str] = Field(default_factory=list, description="Replaces the image's entrypoint; empty keeps it.")
    args: list[str] = Field(
        description="Arguments; `$(POD_INDEX)`, `$(POD_NAME)`, `$(POD_NAMESPACE)`, `$(POD_IP)` are known."
    )
    init: list[list[str]] = Field(
        default_factory=list,
        description="Argument lists that init containers of the same image run in turn before the client starts.",
    )
    init_command: list[str] = Field(default_factory=list, description="Entrypoint of the init containers.")
    env: dict[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")], str] = Field(
        default_factory=dict, description="Environment variables."
    )
    ports: list[Port] = Field(
        description="Ports that may be reached from outside the pod. The engine API is none of them. Of the ports with "
        "purpose `rpc`, the first speaks JSON-RPC over HTTP."
    )
    metrics_path: str = Field(default="/metrics", description="Path of the Prometheus page on the ports that have one.")
    resources: Resources = Field(default_factory=Resources, description="Requests and limits of the process.")


class Health(Values):
    """What the agent of a pod asks of its clients before it calls them ready."""

    chain_id: Annotated[int, Field(ge=1)] = Field(description="Chain id that the execution client must have (EIP-155).")
    seconds_per_slot: Annotated[int, Field(ge=1)] = Field(description="Length of a slot, in seconds.")
    max_head_age_slots: Annotated[int, Field(ge=1)] = Field(
        description="Oldest head that still counts as young, in slots."
    )
    max_sync_distance_slots: Annotated[int, Field(ge=0)] = Field(description="Largest distance to the head, in slots.")
    execution_url: Url = Field(default=standard.EXECUTION_URL, description="JSON-RPC, as seen from the agent.")
    consensus_url: Url = Field(description="Beacon API, as seen from the agent.")


class NodeGroup(Values):
    """Replicas of one pair of execution and consensus client, in two processes or one: a StatefulSet."""

    replicas: Annotated[int, Field(ge=0)] = Field(description="Number of nodes.")
    execution: Container = Field(description="The execution client.")
    consensus: Container | None = Field(
        default=None, description="The consensus client; absent where it is part of the execution client's process."
    )
    health: Health = Field(description="When the pair is ready.")
    files: dict[FileKey, str] = Field(
        default_factory=dict,
        description="Files for /node, keyed `<ordinal>.<file name>`; a replica receives those of its own ordinal.",
    )
    node_keys: bool = Field(
        default=False, description="Mount Secret `node-keys-<group>` (keys `<ordinal>.execution` and `.consensus`)."
    )
    storage: Quantity = Field(description="Size of the volume at /data that both clients share.")
    storage_class: str | None = Field(
        default=None, description="StorageClass of the volume; the cluster's default if absent."
    )
    termination_grace_period_seconds: Annotated[int, Field(ge=1)] = Field(
        description="Longest time that a clean stop takes, after `drainSeconds`: killed sooner, clients lose state."
    )
    drain_seconds: Annotated[int, Field(ge=1)] = Field(
        default=standard.DRAIN_SECONDS,
        description="Time a stopping client goes on serving while its callers learn that it leaves.",
    )

    @model_validator(mode="after")
    def _ports_differ(self) -> Self:
        """Refuse what two processes of one pod cannot both have."""
        _refuse_clashes((*self.execution.ports, *(self.consensus.ports if self.consensus else ())))
        return self


class KeySet(Values):
    """One set of validator keys and the single replica that signs with it.

    Two replicas of one key set get its validators slashed, so the schema accepts no count but one.
    """

    replicas: Literal[1] = Field(default=1, description="Always one: two signers of one key get its validator slashed.")
    container: Container = Field(
        description="The validator client; its first port with purpose `metrics` is its probe."
    )
    secret: ObjectName = Field(description="Secret with the EIP-2335 keystores and the file `password`.")
    keys: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Number of keystores in the Secret; the pod starts with no other. Any if absent."
    )
    keystores: Literal["together", "paired", "by-key", "definitions"] = Field(
        default="together",
        description="How the client finds them at /keystores: as in the Secret (together), each with its password in a "
        "`.txt` beside it (paired), in folders `<public key>` of `validatorsDir` with passwords in `secrets` (by-key), "
        "or as in the Secret with `validator_definitions.yml` in `validatorsDir` (definitions).",
    )
    validators_dir: Annotated[str, Field(pattern=r"^(/data/[-._a-zA-Z0-9/]+)?$")] = Field(
        default="", description="Folder at /data that the client reads its validators from, if not /keystores."
    )
    storage: Quantity = Field(description="Size of the volume at /data, the slashing-protection database.")
    storage_class: str | None = Field(
        default=None, description="StorageClass of the volume; the cluster's default if absent."
    )
    termination_grace_period_seconds: Annotated[int, Field(ge=1)] = Field(
        default=60, description="Time from the request to stop to the kill."
    )

    @model_validator(mode="after")
    def _ports_differ(self) -> Self:
        """Refuse what one pod cannot have twice."""
        _refuse_clashes(self.container.ports)
        return self


class Genesis(Values):
    """Where the pods of a private network find its genesis."""

    parts: Annotated[int, Field(ge=1, le=16)] = Field(
        description="Number of ConfigMaps `genesis-<n>` that together hold the compressed genesis."
    )


class Agent(Values):
    """The container beside every pair of clients that tells Kubernetes how they are."""

    image: Image = Field(description="Image reference.")
    port: PortNumber = Field(default=standard.AGENT_PORT, description="Port of its health pages and metrics.")
    resources: Resources = Field(
        default=Resources.model_validate({"requests": standard.AGENT_REQUESTS, "limits": standard.AGENT_LIMITS}),
        description="Requests and limits of the agent, and of the init container that unpacks the genesis.",
    )


class Access(Values):
    """Who may call the JSON-RPC of the network's nodes."""

    service_type: Literal["ClusterIP", "NodePort", "LoadBalancer"] = Field(
        default="ClusterIP", description="Type of the Service `rpc`."
    )
    annotations: dict[LabelKey, str] = Field(
        default_factory=dict, description="Annotations of the Service `rpc`, as load balancers of clouds ask for."
    )
    from_cidrs: list[Cidr] = Field(
        default_factory=list, description="Address ranges outside the cluster that may call."
    )
    from_namespaces: list[ObjectName] = Field(default_factory=list, description="Namespaces whose pods may call.")


class Metrics(Values):
    """Who scrapes the pods, and how they are told."""

    service_monitor: bool = Field(
        default=False, description="Draw ServiceMonitors (needs the Prometheus operator's CRDs)."
    )
    from_namespace: ObjectName = Field(default="monitoring", description="Namespace whose pods may scrape.")


class Toleration(Values):
    """A taint that pods put up with; see the Kubernetes API, core/v1 Toleration."""

    key: str | None = Field(default=None, description="Taint key; every taint if absent.")
    operator: Literal["Exists", "Equal"] = Field(default="Equal", description="How the value is compared.")
    value: str | None = Field(default=None, description="Taint value.")
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = Field(
        default=None, description="Taint effect; every effect if absent."
    )
    toleration_seconds: int | None = Field(default=None, description="How long a NoExecute taint is put up with.")


class ChartValues(Values):
    """All values of the chart `ethereum-infrastructure`, for one network in a namespace of its own."""

    network: Name = Field(description="Name of the network, a label of its pods and metrics.")
    chain_id: Annotated[int, Field(ge=1)] = Field(
        description="Chain id of the network (EIP-155), asked for by `helm test`."
    )
    genesis: Genesis | None = Field(default=None, description="Genesis of a private network; absent on public ones.")
    agent: Agent = Field(description="The agent beside every pair of clients.")
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] = Field(
        default=standard.IMAGE_PULL_POLICY, description="When images are pulled."
    )
    image_pull_secrets: list[SubdomainName] = Field(default_factory=list, description="Secrets for private registries.")
    nodes: dict[Name, NodeGroup] = Field(default_factory=dict, description="Groups of nodes, by name.")
    validators: dict[Name, KeySet] = Field(default_factory=dict, description="Sets of validator keys, by name.")
    access: Access = Field(default=Access(), description="Who may call JSON-RPC.")
    metrics: Metrics = Field(default=Metrics(), description="Who may scrape metrics.")
    p2p_from_anywhere: bool = Field(
        default=False,
        alias="p2pFromAnywhere",  # the generated name would be p2PFromAnywhere
        description="Open peer-to-peer ports to every address; a private network only needs its own pods.",
    )
    labels: dict[LabelKey, LabelValue] = Field(
        default_factory=dict, description="Labels of all objects, beside the chart's own."
    )
    zones: list[LabelValue] = Field(
        default_factory=list,
        description="Zones that pods run in, by the label topology.kubernetes.io/zone of their hosts; any if empty.",
    )
    zone_spread: Literal["ScheduleAnyway", "DoNotSchedule"] = Field(
        default="ScheduleAnyway",
        description="What becomes of a pod that would make one zone hold more of its kind than another.",
    )
    node_selector: dict[LabelKey, LabelValue] = Field(
        default_factory=dict, description="Labels of the hosts that pods may run on."
    )
    tolerations: list[Toleration] = Field(default_factory=list, description="Taints of hosts that pods put up with.")
    priority_class_name: SubdomainName | None = Field(
        default=None, description="PriorityClass of all pods; the cluster's default if absent."
    )
    global_: dict[str, object] = Field(default_factory=dict, alias="global", description="Helm's own; not used here.")


def _refuse_clashes(ports: Sequence[Port]) -> None:
    if len({port.name for port in ports}) == len({(port.port, port.protocol) for port in ports}) == len(ports):
        return
    names = Counter(port.name for port in ports)
    numbers = Counter(f"{port.port}/{port.protocol}" for port in ports)
    for what, counts in (("name", names), ("number", numbers)):
        if twice := sorted(key for key, count in counts.items() if count > 1):
            raise ValueError(f"two ports of one pod have the same {what}: {', '.join(twice)}")
