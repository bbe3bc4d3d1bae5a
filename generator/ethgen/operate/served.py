"""What `ethgen gitops serve` serves, and where: the spec's repository, at this machine's end of its cluster's link."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ethgen.cluster import providers
from ethgen.errors import EthgenError, SpecError
from ethgen.operate.deploy.target import cluster_config
from ethgen.operate.flux.entry import local_url, require_gitops
from ethgen.operate.git_server import Served

if TYPE_CHECKING:
    from pathlib import Path

    from ethgen.spec import NetworkSpec


def served_of(spec: NetworkSpec, directory: str, root: Path) -> Served:
    """Return how an environment's repository is served to its own cluster.

    Args:
        spec: the environment.
        directory: the repository itself.
        root: the folder that it is the repository of.

    Raises:
        SpecError: the spec names another repository than one on this machine.
        EthgenError: the environment's cluster does not reach this machine at an address that is known.
    """
    gitops = require_gitops(spec)
    provider = providers.choose(cluster_config(spec, root))
    if provider.name != "bare":
        raise EthgenError(
            f"pods of {spec.context} (provider {provider.name}) reach this machine at no address that is known",
            cure="push to a git server that they reach, and name it as gitops.repository",
        )
    url, wanted = urlsplit(gitops.repository), local_url(spec)
    address = urlsplit(wanted).hostname or ""
    if url.scheme != "http" or url.hostname != address:
        text = (
            f"{gitops.repository} is not on this machine, where the cluster would reach it; write {wanted} to serve it"
        )
        raise SpecError([f"{spec.where('gitops', 'repository')}: gitops.repository: {text}"])
    subnets = spec.cluster.subnets
    return Served(
        directory=directory,
        branch=gitops.branch,
        address=address,
        port=url.port or 80,
        path=url.path.rstrip("/"),
        # Services have no traffic of their own: what comes from a pod or the node has their addresses.
        clients=(str(IPv4Network(subnets.link)), str(IPv4Network(subnets.pods))),
    )
