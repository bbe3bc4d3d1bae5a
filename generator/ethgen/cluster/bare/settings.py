"""Names, addresses and paths of one bare cluster, all derived from its configuration."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from ethgen.errors import ClusterError
from ethgen.spec.subnets import faults

if TYPE_CHECKING:
    from pathlib import Path

    from ethgen.cluster.provider import ClusterConfig

NODE = "/run/ethgen"
"""The node's own folder, on a file system in memory that only the node sees."""
NODE_STATE = f"{NODE}/state"
"""Where the node sees its state: a short path, since a socket's path has at most 107 bytes (unix(7))."""
NODE_BIN = f"{NODE}/bin"
NODE_PKI = f"{NODE_STATE}/pki"
NODE_CONFIG = f"{NODE_STATE}/config"
KUBELET_ROOT = f"{NODE_STATE}/kubelet"
CONTAINERD_SOCKET = "/run/containerd/containerd.sock"
API_PORT = 6443
CLUSTER_DOMAIN = "cluster.local"
CSI_DRIVER = "directory.csi.ethgen.local"
MADE_FOR = "made-for"
"""The file beside the certificates that says for which addresses they were issued."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything about a cluster that is known before it is made.

    Attributes:
        name: the cluster's and its node's name, and that of its cgroup.
        root: the cluster's folder on this machine.
        pods: the pods' network in CIDR notation.
        services: the services' network in CIDR notation.
        host_address: this machine's end of the link.
        node_address: the node's end of the link.
        link_prefix: the length of the link's network prefix.
        api_service: the address of the service `kubernetes`: the first one of the services' network.
        dns_service: the address of cluster DNS: the tenth one, as kubeadm has it.
        metrics: whether metrics-server runs.
    """

    name: str
    root: Path
    pods: str
    services: str
    host_address: str
    node_address: str
    link_prefix: int
    api_service: str
    dns_service: str
    metrics: bool

    @property
    def server(self) -> str:
        """The API server's URL, from this machine and from the node alike."""
        return f"https://{self.node_address}:{API_PORT}"

    @property
    def addresses(self) -> str:
        """What the certificates and the objects of a running cluster cannot change any more."""
        return f"{self.node_address} {self.pods} {self.services}\n"

    @property
    def host_link(self) -> str:
        """This machine's end of the link; at most 15 characters (IFNAMSIZ), so a long name is digested."""
        return f"ethgen-{hashlib.sha256(self.name.encode()).hexdigest()[:8]}"

    @property
    def pki(self) -> Path:
        """Keys and certificates."""
        return self.root / "pki"

    @property
    def configuration(self) -> Path:
        """The components' configuration files."""
        return self.root / "config"

    @property
    def logs(self) -> Path:
        """The components' logs, one file each."""
        return self.root / "log"

    @property
    def record(self) -> Path:
        """Where the node's first process is written down: its number and start time."""
        return self.root / "node.json"


def settings(config: ClusterConfig) -> Settings:
    """Derive a cluster's settings.

    Raises:
        ClusterError: a subnet is not an IPv4 network in CIDR notation, too small, or overlaps another one.
    """
    subnets = {role: getattr(config.subnets, role) for role in ("link", "pods", "services")}
    if fault := next(faults(subnets), None):
        raise ClusterError(fault.text, cure=fault.cure)
    link, pods, services = (IPv4Network(subnet) for subnet in subnets.values())
    return Settings(
        name=config.name,
        root=config.state / "bare",
        pods=str(pods),
        services=str(services),
        host_address=str(link[1]),
        node_address=str(link[2]),
        link_prefix=link.prefixlen,
        api_service=str(services[1]),
        dns_service=str(services[10]),
        metrics=config.metrics,
    )
