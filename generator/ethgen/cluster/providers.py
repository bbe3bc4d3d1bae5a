"""The providers there are, and which of them an environment uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.cluster.bare.provider import BareProvider
from ethgen.cluster.existing import ExistingProvider
from ethgen.cluster.k3d import K3dProvider
from ethgen.cluster.kind import KindProvider
from ethgen.cluster.provider import select

if TYPE_CHECKING:
    from ethgen.cluster.provider import ClusterConfig, Provider

AUTOMATIC = ("kind", "k3d", "bare")
"""What `auto` tries, in this order."""

LOCAL = ("bare", "kind", "k3d")
"""Providers that make a cluster on this machine, and take images from files; others are reached by a kube context."""


def providers() -> dict[str, Provider]:
    """Return every provider by its name."""
    return {one.name: one for one in (KindProvider(), K3dProvider(), BareProvider(), ExistingProvider())}


def choose(config: ClusterConfig) -> Provider:
    """Return the environment's provider: the one it names, or for `auto` the one that can work here.

    A bare cluster that is there already keeps being used, also after a Docker engine was started.

    Raises:
        ClusterError: the named provider cannot work here, or none can; every reason is told.
    """
    known = providers()
    automatic = ("bare",) if (config.state / "bare").is_dir() else AUTOMATIC
    return select(config, known, automatic)
