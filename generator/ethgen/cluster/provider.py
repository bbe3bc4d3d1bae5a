"""What every way of having a cluster can do, and the choice between them.

A provider makes, removes and describes one cluster for one environment. It never touches the user's own kubeconfig:
what it writes lies in the environment's private state, under a context name of its own.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ethgen.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


class Progress(Protocol):
    """Is told of each step that has ended and how long it took."""

    def __call__(self, step: str, seconds: float) -> None:
        """Take note that `step` is done after `seconds`."""


def silent(step: str, seconds: float) -> None:
    """Take note of nothing."""


@contextmanager
def timed(progress: Progress, step: str) -> Iterator[None]:
    """Report `step` with its duration once the body has ended without an error."""
    started = time.monotonic()
    yield
    progress(step, time.monotonic() - started)


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a provider can work on this machine, and if not, why and what to do."""

    ok: bool
    why_not: str = ""
    cure: str = ""


@dataclass(frozen=True, slots=True)
class Subnets:
    """The IPv4 networks of a local cluster, in CIDR notation; two clusters on one machine must differ in all three."""

    link: str = "10.88.0.0/30"
    pods: str = "10.244.0.0/16"
    services: str = "10.96.0.0/16"


@dataclass(frozen=True, slots=True)
class ClusterConfig:
    """Which cluster an environment has.

    Attributes:
        environment: the environment's name; names the cluster `ethgen-<environment>` and its context.
        state: the environment's private working state, `.ethgen/<environment>` in the repository.
        provider: `auto`, or the name of one of `PROVIDERS`.
        context: the kube context of an existing cluster; no other provider reads it.
        existing_kubeconfig: the file that holds this context; None is `$KUBECONFIG`, else `~/.kube/config`.
        subnets: the networks of a cluster that is made here.
        metrics: whether metrics-server runs (`bare` only; kind and k3d bring what they bring).
    """

    environment: str
    state: Path
    provider: str = "auto"
    context: str = ""
    existing_kubeconfig: Path | None = None
    subnets: Subnets = field(default_factory=Subnets)
    metrics: bool = True

    @property
    def name(self) -> str:
        """The cluster's name, which is also its kube context and its node's name."""
        return f"ethgen-{self.environment}"

    @property
    def kubeconfig(self) -> Path:
        """Where the kubeconfig of a cluster that was made here lies."""
        return self.state / "kubeconfig"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster that answers: how to reach it.

    Attributes:
        provider: the name of the provider that runs it.
        context: the kube context to use, in `kubeconfig`.
        kubeconfig: the file that holds the context.
        addresses: the nodes' addresses as this machine reaches them; empty where they are not known.
    """

    provider: str
    context: str
    kubeconfig: Path
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """What is known about a cluster.

    Attributes:
        provider: the name of the provider that was asked.
        name: the cluster's name.
        state: `running` (answers and is ready), `starting`, `stopped` (its data is kept), `broken` (parts of it are
            left) or `absent`.
        detail: one line for people.
        context: the kube context, where there is one.
        kubeconfig: the kubeconfig's path, where there is one.
        addresses: the nodes' addresses.
    """

    provider: str
    name: str
    state: str
    detail: str = ""
    context: str = ""
    kubeconfig: str = ""
    addresses: tuple[str, ...] = ()


class Provider(Protocol):
    """One way of having a cluster."""

    name: str

    def available(self) -> Availability:
        """Say whether this provider can work on this machine; changes nothing."""

    def up(self, config: ClusterConfig, progress: Progress = silent) -> Cluster:
        """Make the cluster, or return at once when it runs.

        Raises:
            ClusterError: it cannot be made or does not become ready.
        """

    def down(self, config: ClusterConfig, *, keep_data: bool = False, progress: Progress = silent) -> None:
        """Remove the cluster and all it left behind; a cluster that is not there is no error.

        Raises:
            ClusterError: something of it could not be removed.
        """

    def status(self, config: ClusterConfig) -> Status:
        """Describe the cluster; changes nothing."""

    def load_image(self, config: ClusterConfig, archive: Path) -> bool:
        """Put a docker-archive into the nodes' image store; returns False when it was there already.

        Raises:
            ClusterError: the cluster is not there or refuses the archive.
        """


def select(config: ClusterConfig, providers: Mapping[str, Provider], automatic: Sequence[str]) -> Provider:
    """Return the provider `config` names, or for `auto` the first of `automatic` that can work here.

    Raises:
        ClusterError: the name is unknown, the named provider cannot work here, or none can.
    """
    if config.provider != "auto":
        return _named(config.provider, providers)
    reasons: list[str] = []
    for name in automatic:
        answer = providers[name].available()
        if answer.ok:
            return providers[name]
        reasons.append(f"{name}: {answer.why_not} ({answer.cure})")
    raise ClusterError(
        "no local cluster can be made on this machine: " + "; ".join(reasons),
        cure="mend one of these, or set cluster.provider to `existing` and cluster.context to a context of yours",
    )


def _named(name: str, providers: Mapping[str, Provider]) -> Provider:
    if name not in providers:
        known = ", ".join(["auto", *providers])
        raise ClusterError(f"unknown cluster provider {name!r}", cure=f"use one of {known}")
    answer = providers[name].available()
    if not answer.ok:
        raise ClusterError(f"the cluster provider {name} cannot work here: {answer.why_not}", cure=answer.cure)
    return providers[name]
