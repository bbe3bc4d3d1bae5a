"""`ethgen destroy`: the way back from a deployment."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from ethgen.cluster import providers
from ethgen.cluster.tools import tool_path
from ethgen.operate.deploy.deployment import LOCAL_PROVIDERS, cluster_config
from ethgen.operate.deploy.flux import uninstall
from ethgen.operate.kubectl import Kubectl
from ethgen.stack import releases

if TYPE_CHECKING:
    from pathlib import Path

    from ethgen.spec import NetworkSpec


def destroy_environment(spec: NetworkSpec, root: Path, *, keep_data: bool = False) -> str:
    """Remove what a deployment made, and return a line about it.

    A cluster that was made here is removed with all it holds; in one that was there before, only the namespaces of the
    environment's releases are.

    Args:
        spec: the environment.
        root: the repository.
        keep_data: keep volumes and images of a local cluster for its next start.

    Raises:
        ClusterError: something could not be removed.
    """
    config = cluster_config(spec, root)
    provider = providers.choose(config)
    if provider.name in LOCAL_PROVIDERS:
        provider.down(config, keep_data=keep_data)
        if not keep_data:
            shutil.rmtree(config.state, ignore_errors=True)
        return f"the cluster {config.name} is gone" + (", its data is kept" if keep_data else "")
    cluster = provider.up(config)
    kubectl = Kubectl(tool_path("kubectl"), cluster.kubeconfig, cluster.context)
    # First of all: Flux would install again what is removed.
    uninstall(kubectl, spec)
    names = sorted({release.namespace for release in releases(spec) if release.installed})
    for name in names:
        kubectl.delete_namespace(name)
    return f"removed the namespaces {', '.join(names)} from {cluster.context}"
