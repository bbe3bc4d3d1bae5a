"""The provider `kind`: nodes that are containers, made by the kind program."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ethgen.cluster.docker_based import CREATE_SECONDS, DockerBasedProvider
from ethgen.cluster.kubeconfig import write_private

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ethgen.cluster.provider import ClusterConfig


class KindProvider(DockerBasedProvider):
    """Kubernetes in Docker (https://kind.sigs.k8s.io)."""

    name = "kind"
    install = "go install sigs.k8s.io/kind@latest, or see https://kind.sigs.k8s.io/docs/user/quick-start"

    def names(self) -> Sequence[str]:
        """Return the argument list that prints the names of all clusters."""
        return ["kind", "get", "clusters"]

    def create(self, config: ClusterConfig) -> Sequence[str]:
        """Return the argument list that makes the cluster, from a file with its subnets."""
        document = {
            "kind": "Cluster",
            "apiVersion": "kind.x-k8s.io/v1alpha4",
            "networking": {"podSubnet": config.subnets.pods, "serviceSubnet": config.subnets.services},
        }
        file = config.state / "kind.json"
        write_private(file, json.dumps(document, indent=2).encode())
        # kind would otherwise write to the user's own kubeconfig.
        kubeconfig = f"--kubeconfig={config.kubeconfig}"
        wait = f"--wait={CREATE_SECONDS - 60}s"
        return ["kind", "create", "cluster", f"--name={config.name}", f"--config={file}", kubeconfig, wait]

    def delete(self, config: ClusterConfig) -> Sequence[str]:
        """Return the argument list that removes the cluster."""
        return ["kind", "delete", "cluster", f"--name={config.name}", f"--kubeconfig={config.kubeconfig}"]

    def credentials(self, config: ClusterConfig) -> Sequence[str]:
        """Return the argument list that prints the cluster's kubeconfig."""
        return ["kind", "get", "kubeconfig", f"--name={config.name}"]

    def load(self, config: ClusterConfig, archive: Path) -> Sequence[str]:
        """Return the argument list that loads a docker-archive."""
        return ["kind", "load", "image-archive", str(archive), f"--name={config.name}"]
