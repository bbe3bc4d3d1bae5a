"""Section `cluster`: where an environment runs."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ethgen.spec.types import Cidr, Name, Section


class Storage(Section):
    """The storage that volumes are made of."""

    class_: Name | None = Field(
        default=None, alias="class", description="StorageClass of every volume; the cluster's default if absent."
    )


class Subnets(Section):
    """IPv4 networks of a bare cluster; two of them on one machine must differ in all three."""

    link: Cidr = Field(default="10.88.0.0/30", description="Between this machine and the node.")
    pods: Cidr = Field(default="10.244.0.0/16", description="Addresses of pods.")
    services: Cidr = Field(default="10.96.0.0/16", description="Addresses of Services.")


class Cluster(Section):
    """The Kubernetes cluster of an environment."""

    provider: Literal["auto", "bare", "kind", "k3d", "existing"] = Field(
        default="existing",
        description=(
            "Who makes the cluster: `bare` (upstream Kubernetes in namespaces of this machine), "
            "`kind` and `k3d` (where a Docker engine runs), `auto` (the first of these that works here), "
            "or `existing` (it is there already)."
        ),
    )
    context: str | None = Field(
        default=None,
        description="Kube context; every command refuses any other. Default: `ethgen-<environment>`.",
    )
    registry: str = Field(
        default="localhost",
        description="Registry and path that hold the project's own images; local clusters have them loaded instead.",
    )
    storage: Storage = Field(default_factory=Storage, description="Storage of the cluster.")
    subnets: Subnets = Field(default_factory=Subnets, description="Networks of a bare cluster.")
