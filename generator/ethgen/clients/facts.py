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
        cpu: cores requested by default.
        memory: memory requested by default.
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

    def reference(self, version: str) -> str:
        """Return the image reference of a version."""
        return f"{self.image}:{self.tag.format(version=version)}"

    def port(self, name: str) -> int:
        """Return the number of the port called `name`."""
        return next(port.number for port in self.ports if port.name == name)


@dataclass(frozen=True, slots=True)
class ExecutionContext:
    """What an execution client's arguments depend on; `peers` are enode URLs."""

    chain: Chain
    retention: Retention
    apis: tuple[Api, ...]
    peers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConsensusContext:
    """What a consensus client's arguments depend on; `peers` are multiaddrs."""

    chain: Chain
    retention: Retention
    checkpoint_url: str
    fee_recipient: str
    peers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ValidatorContext:
    """What a validator process depends on; `beacon` gives the address of a beacon port by its name."""

    chain: Chain
    fee_recipient: str
    graffiti: str
    beacon: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ExecutionClient:
    """An execution client.

    Attributes:
        version: the version used where a spec names none.
        process: the process, its image and ports.
        retentions: the retention modes it has, as arguments.
        arguments: the process's arguments, without those of the retention.
        init: argument lists to run, in order, before the process starts.
        files: files it reads from /node, by name.
    """

    name: str
    version: str
    process: Process
    retentions: Mapping[Retention, Arguments]
    arguments: Callable[[ExecutionContext], Arguments]
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
        process: the beacon node's process, its image and ports.
        api_port: name of the port with the Beacon API.
        arguments: the beacon node's arguments.
        files: files it reads from /node, by name.
        validator: its validator process.
        short_epochs: forks on which it takes SLOTS_PER_EPOCH from config.yaml although its preset says otherwise.
        forks: forks it can begin a private network on.
    """

    name: str
    version: str
    process: Process
    api_port: str
    arguments: Callable[[ConsensusContext], Arguments]
    validator: Validator
    forks: tuple[str, ...]
    files: Callable[[ConsensusContext], Mapping[str, str]] = lambda _: _NOTHING
    short_epochs: tuple[str, ...] = field(default=())
