"""What should run, in plain values: all that looking at a fleet needs to know of its spec."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ethgen.errors import ClusterError

if TYPE_CHECKING:
    from pathlib import Path

    from ethgen.operate.kubectl import Kubectl
    from ethgen.spec import NetworkSpec

AGENT_CONTAINER = "agent"


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """A node group as it should run.

    Attributes:
        name: the group, which is its StatefulSet's name.
        replicas: how many pods it has.
        rpc_port: port of the execution client's JSON-RPC.
        beacon_port: port of the consensus client's Beacon API.
        metrics: container and path of each client's metrics, by port.
        clients: layer, client and version of each container whose image the spec leaves to the catalogue.
    """

    name: str
    replicas: int
    rpc_port: int = 8545
    beacon_port: int = 3500
    metrics: tuple[tuple[str, int, str], ...] = ()
    clients: tuple[tuple[str, str, str], ...] = ()

    @property
    def pods(self) -> tuple[str, ...]:
        """Names of its pods."""
        return tuple(f"{self.name}-{ordinal}" for ordinal in range(self.replicas))


@dataclass(frozen=True, slots=True)
class NetworkPlan:
    """A network as it should run, in plain values.

    Attributes:
        name: the network, which is its namespace.
        chain_id: EIP-155 chain id.
        private: it has a genesis of its own, and the fleet holds all its nodes.
        seconds_per_slot: length of a slot, in seconds.
        slots_per_epoch: slots of an epoch.
        groups: its node groups.
        key_sets: number of validators by key set, in the order of their indices.
        service: type of the Service `rpc`.
    """

    name: str
    chain_id: int
    private: bool
    seconds_per_slot: int
    slots_per_epoch: int
    groups: tuple[GroupPlan, ...]
    key_sets: dict[str, int] = field(default_factory=dict)
    service: str = "ClusterIP"

    @property
    def node_pods(self) -> tuple[str, ...]:
        """Names of all pods that run a node."""
        return tuple(pod for group in self.groups for pod in group.pods)

    @property
    def validator_pods(self) -> tuple[str, ...]:
        """Names of all pods that run a validator process."""
        return tuple(f"validator-{key_set}-0" for key_set in self.key_sets)

    def group_of(self, pod: str) -> GroupPlan:
        """Return the group that a node's pod belongs to."""
        return next(group for group in self.groups if pod in group.pods)


def plans_of(spec: NetworkSpec) -> list[NetworkPlan]:
    """Return the plan of every network of an environment."""
    return [plan_of(spec, name) for name in spec.networks]


def plan_of(spec: NetworkSpec, name: str) -> NetworkPlan:
    """Return the plan of one network."""
    from ethgen.networks.chain import chain_of  # noqa: PLC0415 - this module's types are for callers without a spec

    network = spec.networks[name]
    chain = chain_of(network)
    return NetworkPlan(
        name=name,
        chain_id=chain.chain_id,
        private=chain.private,
        seconds_per_slot=chain.seconds_per_slot,
        slots_per_epoch=chain.slots_per_epoch,
        groups=tuple(_group(spec, name, group) for group in network.nodes),
        key_sets={key_set: network.validators[key_set].keys for key_set in network.validators},
        service=network.rpc.service,
    )


def kubectl_of(spec: NetworkSpec, root: Path) -> Kubectl:
    """Return kubectl, bound to the cluster of an environment and to no other context.

    Raises:
        ClusterError: there is no kubeconfig of this environment.
        ToolError: there is no kubectl.
    """
    from ethgen.cluster.tools import tool_path  # noqa: PLC0415 - likewise
    from ethgen.operate.kubectl import Kubectl  # noqa: PLC0415 - likewise

    return Kubectl(tool_path("kubectl"), kubeconfig_of(spec, root), spec.context)


def kubeconfig_of(spec: NetworkSpec, root: Path) -> Path:
    """Return the kubeconfig of an environment: its own where its cluster was made here, else the user's.

    Raises:
        ClusterError: there is none.
    """
    from ethgen.cluster.kubeconfig import find_context, search_path  # noqa: PLC0415 - likewise

    if spec.cluster.provider == "existing":
        found = find_context(spec.context, search_path())
        if found is None:
            raise ClusterError(
                f"no kubeconfig names the context {spec.context}",
                cure="set KUBECONFIG to a file that has it, or `cluster.context` in the spec to one that exists",
            )
        return found[0]
    own = root / ".ethgen" / spec.environment / "kubeconfig"
    if not own.is_file():
        raise ClusterError(
            f"no cluster runs for the environment {spec.environment}",
            cure=f"bring it up with `ethgen deploy --env {spec.environment}`",
        )
    return own


def _group(spec: NetworkSpec, name: str, group_name: str) -> GroupPlan:
    from ethgen.clients.consensus import CONSENSUS_CLIENTS  # noqa: PLC0415 - likewise
    from ethgen.clients.execution import EXECUTION_CLIENTS  # noqa: PLC0415 - likewise

    group = spec.networks[name].nodes[group_name]
    execution = EXECUTION_CLIENTS[group.execution.client]
    consensus = CONSENSUS_CLIENTS[group.consensus.client]
    chosen = [("execution", execution.name, group.execution.version or execution.version, group.execution.image)]
    if not consensus.inside:
        version = group.consensus.version or consensus.version
        chosen.append(("consensus", consensus.name, version, group.consensus.image))
    scraped = ((execution.name, execution.process), (consensus.name, consensus.process))
    return GroupPlan(
        name=group_name,
        replicas=group.replicas,
        rpc_port=next(port.number for port in execution.process.ports if port.purpose == "rpc"),
        beacon_port=consensus.process.port(consensus.api_port),
        metrics=tuple(
            (client, port.number, process.metrics_path)
            for client, process in scraped
            for port in process.ports
            if port.purpose == "metrics"
        ),
        clients=tuple((layer, client, version) for layer, client, version, image in chosen if image is None),
    )
