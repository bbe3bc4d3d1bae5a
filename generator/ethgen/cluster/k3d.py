"""The provider `k3d`: k3s in containers, made by the k3d program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.cluster.docker_based import CREATE_SECONDS, DockerBasedProvider

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ethgen.cluster.provider import ClusterConfig


class K3dProvider(DockerBasedProvider):
    """K3s in Docker (https://k3d.io)."""

    name = "k3d"
    install = "see https://k3d.io/stable/#installation"

    def names(self) -> Sequence[str]:
        """Return the argument list that prints a table of all clusters, their names first."""
        return ["k3d", "cluster", "list", "--no-headers"]

    def create(self, config: ClusterConfig) -> Sequence[str]:
        """Return the argument list that makes the cluster and leaves the user's own kubeconfig alone."""
        return [
            "k3d",
            "cluster",
            "create",
            config.name,
            "--kubeconfig-update-default=false",
            "--kubeconfig-switch-context=false",
            "--wait",
            f"--timeout={CREATE_SECONDS - 60}s",
            f"--k3s-arg=--cluster-cidr={config.subnets.pods}@server:*",
            f"--k3s-arg=--service-cidr={config.subnets.services}@server:*",
        ]

    def delete(self, config: ClusterConfig) -> Sequence[str]:
        """Return the argument list that removes the cluster."""
        return ["k3d", "cluster", "delete", config.name]

    def credentials(self, config: ClusterConfig) -> Sequence[str]:
        """Return the argument list that prints the cluster's kubeconfig."""
        return ["k3d", "kubeconfig", "get", config.name]

    def load(self, config: ClusterConfig, archive: Path) -> Sequence[str]:
        """Return the argument list that loads a docker-archive."""
        return ["k3d", "image", "import", str(archive), f"--cluster={config.name}"]
