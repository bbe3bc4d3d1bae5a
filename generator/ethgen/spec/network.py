"""Section `networks`: the Ethereum networks of an environment, each a release of the chart in its own namespace."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ethgen.spec.cluster_objects import Quota
from ethgen.spec.ethereum import Address, Graffiti  # noqa: TC001 - pydantic reads the types at run time
from ethgen.spec.genesis import Genesis
from ethgen.spec.internet import Cidr, HttpUrl
from ethgen.spec.node import Client, NodeGroup
from ethgen.spec.section import Section
from ethgen.spec.types import DIFFER, LabelKey, Name, Namespace, ObjectName, Quantity

# Kubernetes refuses a Secret over 1 MiB (Kubernetes documentation, "Secrets"); a keystore is 900 bytes.
KEYS_PER_SECRET = 1000

# The largest whole number that every reader of JSON keeps as it is (RFC 8259, section 6); Helm reads values as such.
ChainId = Annotated[int, Field(ge=1, le=2**53 - 1)]


class KeySet(Client):
    """A set of validator keys; exactly one process signs with it."""

    client: str = Field(description="Client whose validator process signs, by its name in the catalogue.")
    keys: Annotated[int, Field(ge=1, le=KEYS_PER_SECRET)] = Field(
        description="Number of validators in the set; all their keystores stand in one Secret."
    )
    fee_recipient: Address = Field(description="Address that receives the fees of proposed blocks.")
    graffiti: Graffiti = Field(default="", description="Text in proposed blocks, 32 bytes at most.")
    storage: Quantity = Field(default="1Gi", description="Size of the volume with the slashing protection database.")


class Rpc(Section):
    """Who may call the JSON-RPC of a network's nodes."""

    service: Literal["ClusterIP", "NodePort", "LoadBalancer"] = Field(
        default="ClusterIP", description="Type of the Service `rpc`."
    )
    from_cidrs: Annotated[list[Cidr], DIFFER] = Field(
        default_factory=list, description="Address ranges outside the cluster that may call."
    )
    from_namespaces: Annotated[list[Namespace], DIFFER] = Field(
        default_factory=list, description="Namespaces whose pods may call."
    )
    any_address: bool = Field(
        default=False,
        description="Says that all addresses may call on purpose: profile `production` refuses 0.0.0.0/0 without it.",
    )
    annotations: dict[LabelKey, str] = Field(
        default_factory=dict, description="Annotations of the Service `rpc`, as load balancers of clouds ask for."
    )


class Network(Section):
    """One Ethereum network."""

    chain: str = Field(description="mainnet, sepolia, hoodi, or custom for a private network.")
    chain_id: ChainId | None = Field(default=None, description="Chain id of a private network (EIP-155).")
    genesis: Genesis | None = Field(default=None, description="Beginning of a private network.")
    nodes: dict[Name, NodeGroup] = Field(description="Groups of nodes, by name.")
    validators: dict[Name, KeySet] = Field(default_factory=dict, description="Sets of validator keys, by name.")
    rpc: Rpc = Field(default_factory=Rpc, description="Access to JSON-RPC.")
    checkpoint_url: HttpUrl | None = Field(
        default=None, description="Beacon API to take the first finalized state from, in place of the network's own."
    )
    priority_class: ObjectName | None = Field(default=None, description="PriorityClass of all pods; none if absent.")
    quota: Quota | None = Field(
        default=None, description="Bounds of what its pods request, which the release cluster-base draws."
    )
