"""The types that a client is described with."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ethgen.networks.facts import Chain
    from ethgen.spec.node import Api, Retention

# Where a pod's containers find what they share; the chart mounts these.
DATA = "/data"
GENESIS = "/genesis"
NODE = "/node"
KEYSTORES = "/keystores"
JWT = f"{NODE}/jwt.hex"

Arguments = tuple[str, ...]
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Port:
    """A port that a client listens on, and for whom: peers, users, validators or Prometheus."""

    name: str
    number: int
    purpose: Literal["p2p", "rpc", "beacon", "metrics"]
    protocol: Literal["TCP", "UDP"] = "TCP"


@dataclass(frozen=True, slots=True)
class Logs:
    """How a client's log lines are to be read: `json` keys of the level, message and time."""

    level: str
    message: str
    time: str


@dataclass(frozen=True, slots=True)
class Change:
    """What releases did to one flag.

    Attributes:
        flag: the flag with its dashes, as in `--p2p.allowed-ports`.
        since: the first version that takes it; empty where all do that the catalogue knows.
        until: the first version that does not take it any more; empty where all later ones do.
        instead: what to write in its place, as in "use --p2p.port"; empty where there is nothing.
    """

    flag: str
    since: str = ""
    until: str = ""
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Metrics:
    """Names on a process's Prometheus page.

    Attributes:
        head: block number (execution) or slot (consensus) of the head; empty for a validator process.
        peers: number of connected peers; empty for a validator process.
        finalized: epoch of the finalized checkpoint; of consensus clients only.
    """

    head: str = ""
    peers: str = ""
    finalized: str = ""


@dataclass(frozen=True, slots=True)
class Sizing:
    """What one process needs on one network, by measurement of others.

    Attributes:
        cpu: cores to request, a Kubernetes quantity.
        memory: memory to request, a Kubernetes quantity.
        disk: GiB after a first sync.
        growth: GiB that the disk grows by in a week.
        source: where the figures are from.
    """

    cpu: str
    memory: str
    disk: int
    growth: float
    source: str


@dataclass(frozen=True, slots=True)
class Process:
    """One long-running process of a client.

    Attributes:
        image: repository of the official image.
        tag: the tag of a version, `{version}` standing for it.
        command: the program inside the image; empty where the image's entrypoint is it.
        ports: all ports it listens on.
        metrics_path: path of the Prometheus page on the port with purpose `metrics`.
        logs: how to read its log lines.
        stop_seconds: the longest a clean stop takes; killing it sooner loses state.
        cpu: cores requested where no sizing is known.
        memory: memory requested where no sizing is known.
        changes: flags that came or went with a release the catalogue supports, generated ones or not.
        equivalents: flags that say the same as a generated one, or its opposite, by the generated one's name.
        metrics: names on its Prometheus page.
    """

    image: str
    tag: str
    command: Arguments
    ports: tuple[Port, ...]
    metrics_path: str
    logs: Logs
    stop_seconds: int
    cpu: str
    memory: str
    changes: tuple[Change, ...] = ()
    equivalents: Mapping[str, str] = field(default_factory=dict)
    metrics: Metrics = field(default_factory=Metrics)

    def reference(self, version: str) -> str:
        """Return the image reference of a version."""
        return f"{self.image}:{self.tag.format(version=version)}"

    def port(self, name: str) -> int:
        """Return the number of the port called `name`."""
        return next(port.number for port in self.ports if port.name == name)


@dataclass(frozen=True, slots=True)
class ExecutionContext:
    """What an execution client's arguments depend on; `peers` are enode URLs, and `consensus` is the other client."""

    chain: Chain
    retention: Retention
    apis: tuple[Api, ...]
    peers: tuple[str, ...] = ()
    version: str = ""
    consensus: str = ""


@dataclass(frozen=True, slots=True)
class ConsensusContext:
    """What a consensus client's arguments depend on; `peers` are multiaddrs."""

    chain: Chain
    retention: Retention
    checkpoint_url: str
    fee_recipient: str
    peers: tuple[str, ...] = ()
    version: str = ""


@dataclass(frozen=True, slots=True)
class ValidatorContext:
    """What a validator process depends on; `beacon` gives the address of a beacon port by its name."""

    chain: Chain
    fee_recipient: str
    graffiti: str
    beacon: Mapping[str, str]
    version: str = ""


@dataclass(frozen=True, slots=True)
class ExecutionClient:
    """An execution client.

    Attributes:
        version: the version used where a spec names none.
        oldest: the first version that all generated arguments are for.
        process: the process, its image and ports.
        retentions: the retention modes it has, as arguments.
        arguments: the process's arguments, without those of the retention.
        upgrades: the first version for each network upgrade that it supports, by the upgrade's name.
        sizing: what it needs, by network and retention.
        no_private: why it cannot be part of a private network; empty where it can.
        init: argument lists to run, in order, before the process starts.
        files: files it reads from /node, by name.
    """

    name: str
    version: str
    oldest: str
    process: Process
    retentions: Mapping[Retention, Arguments]
    arguments: Callable[[ExecutionContext], Arguments]
    upgrades: Mapping[str, str]
    sizing: Mapping[tuple[str, Retention], Sizing]
    no_private: str = ""
    init: Callable[[ExecutionContext], tuple[Arguments, ...]] = lambda _: ()
    files: Callable[[ExecutionContext], Mapping[str, str]] = lambda _: _NOTHING


@dataclass(frozen=True, slots=True)
class Validator:
    """A client's validator process: its arguments, and what imports the keystores before it starts.

    Attributes:
        beacon_port: name of the beacon node's port it talks to.
    """

    process: Process
    beacon_port: str
    arguments: Callable[[ValidatorContext], Arguments]
    init: Callable[[ValidatorContext], tuple[Arguments, ...]]


@dataclass(frozen=True, slots=True)
class ConsensusClient:
    """A consensus client.

    Attributes:
        version: the version used where a spec names none.
        oldest: the first version that all generated arguments are for.
        process: the beacon node's process, its image and ports.
        api_port: name of the port with the Beacon API.
        arguments: the beacon node's arguments.
        files: files it reads from /node, by name.
        validator: its validator process.
        upgrades: the first version for each network upgrade that it supports, by the upgrade's name.
        sizing: what its beacon node needs, by network and whether it keeps all states (`archive`, else `full`).
        genesis_forks: forks it can begin a private network on.
        short_epochs: forks on which it takes SLOTS_PER_EPOCH from config.yaml although its preset says otherwise.
    """

    name: str
    version: str
    oldest: str
    process: Process
    api_port: str
    arguments: Callable[[ConsensusContext], Arguments]
    validator: Validator
    upgrades: Mapping[str, str]
    sizing: Mapping[tuple[str, Literal["archive", "full"]], Sizing]
    genesis_forks: tuple[str, ...]
    files: Callable[[ConsensusContext], Mapping[str, str]] = lambda _: _NOTHING
    short_epochs: tuple[str, ...] = field(default=())
