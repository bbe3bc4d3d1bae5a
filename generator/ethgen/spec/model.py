"""The whole spec of one environment."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, PrivateAttr

from ethgen.spec.cluster import Cluster
from ethgen.spec.environment import Environment
from ethgen.spec.gitops import Gitops
from ethgen.spec.metrics import Metrics
from ethgen.spec.network import Network
from ethgen.spec.observability import Observability
from ethgen.spec.positions import Positions
from ethgen.spec.registry import Registry
from ethgen.spec.release import Release
from ethgen.spec.section import Section
from ethgen.spec.types import Name

Profile = Literal["local", "staging", "production"]


class NetworkSpec(Environment, Section):
    """Everything people decide about one environment."""

    profile: Profile = Field(description="Sets the defaults of hardening and sizing; each can be overridden.")
    cluster: Cluster = Field(default_factory=Cluster, description="Where it runs.")
    networks: dict[Name, Network] = Field(default_factory=dict, description="Ethereum networks, by name and namespace.")
    metrics: Metrics = Field(default_factory=Metrics, description="Who scrapes the pods of all networks.")
    observability: Observability = Field(default_factory=Observability, description="Metrics, logs and dashboards.")
    registry: Registry = Field(default_factory=Registry, description="The registry that docker-registry installs.")
    releases: dict[str, Release] = Field(
        default_factory=dict,
        description=(
            "Releases of other charts to install (`ethgen help releases` names them; an empty mapping is enough), "
            "and changes to those of networks, by release name."
        ),
    )
    gitops: Gitops | None = Field(
        default=None, description="The git repository that Flux or Argo CD install the environment from."
    )

    _environment: str = PrivateAttr(default="")
    _positions: Positions = PrivateAttr(default_factory=Positions)
