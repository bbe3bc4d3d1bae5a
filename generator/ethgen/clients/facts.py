"""The types that a client is described with.

A client and its processes are themselves only, whatever they have in common: what is made of them is kept by them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

from ethgen.clients.version import order

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ethgen.networks.facts import Chain
    from ethgen.spec.ethereum import Api, Retention

# Where a pod's containers find what they share; the chart mounts these.
DATA = "/data"
GENESIS = "/genesis"
NODE = "/node"
KEYSTORES = "/keystores"
JWT = f"{NODE}/jwt.hex"

# What lies in /keystores. `together`: the keystores `keystore-<index>.json` and one file `password` for all. `paired`:
# the keystores and beside each its password, `keystore-<index>.txt`. `by-key`: `secrets` with a password file named
# like each public key (0x and 96 hex digits); the keystores are in the validators' folder, `<key>/keystore.json`.
# `definitions`: as `together`, and the validators' folder has the file `validator_definitions.yml` that leads there.
KeystoreLayout = Literal["together", "paired", "by-key", "definitions"]

Arguments = tuple[str, ...]
_NOTHING: Mapping[str, str] = MappingProxyType({})


class Port(NamedTuple):
    """A port that a client listens on, and for whom: peers, users, validators or Prometheus."""

    name: str
    number: int
    purpose: Literal["p2p", "rpc", "beacon", "metrics"]
    protocol: Literal["TCP", "UDP"] = "TCP"


class Logs(NamedTuple):
    """How a client's log lines are to be read.

    Attributes:
        level: JSON key of the level; where there is a pattern, its group.
        message: JSON key of the message; where there is a pattern, its group.
        time: JSON key of the time; where there is a pattern, its group.
        pattern: RE2 expression of a line of a client that writes no JSON; empty where it does.
    """

    level: str
    message: str
    time: str
    pattern: str = ""


class Change(NamedTuple):
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

    def taken_by(self, version: str) -> bool:
        """Return whether a version takes the flag."""
        since = not self.since or order(self.since) <= order(version)
        return since and (not self.until or order(version) < order(self.until))


class DatabaseChange(NamedTuple):
    """A release from which on a client's database is another one.

    Attributes:
        since: the first version that has it.
        source: where that is said.
        upgrade: why a version from `since` on does not take over the database of one before `readable`; empty where it
            takes over all of them.
        downgrade: why a version before `readable` does not read what one from `since` on has written; empty where it
            does.
        readable: the first version on the older side that is not concerned; that of `since` if absent.
    """

    since: str
    source: str
    upgrade: str = ""
    downgrade: str = ""
    readable: str = ""

    def objection(self, old: str, new: str) -> str:
        """Return why a version cannot go on with another one's database; empty where it can, as far as this change."""
        border = order(self.readable or self.since)
        if order(old) < border and order(new) >= order(self.since):
            return self.upgrade
        if order(old) >= order(self.since) and order(new) < border:
            return self.downgrade
        return ""


class Metrics(NamedTuple):
    """Names on a process's Prometheus page.

    Attributes:
        head: block number (execution) or slot (consensus) of the head; empty for a validator process.
        peers: number of connected peers; empty for a validator process.
        finalized: epoch of the finalized checkpoint; of consensus clients only.
    """

    head: str = ""
    peers: str = ""
    finalized: str = ""


class Sizing(NamedTuple):
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


class Heap(NamedTuple):
    """How a Java process is told how large its heap may grow; left alone, it takes a quarter of the host's memory.

    Attributes:
        variable: environment variable with the options of Java.
        percent: share of the process's memory; the rest is for what it keeps outside of the heap.
        most: GiB above which a larger heap is of no use; 0 where there is no such bound.
    """

    variable: str
    percent: int
    most: int = 0


@dataclass(frozen=True, slots=True, eq=False)
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
        exclusive: flags of which only one can be meant, such as those that name the network, in groups.
        metrics: names on its Prometheus page.
        env: environment variables it needs.
        heap: how its heap is bounded; absent where it is no Java process.
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
    exclusive: tuple[Arguments, ...] = ()
    metrics: Metrics = field(default_factory=Metrics)
    env: Mapping[str, str] = field(default_factory=dict)
    heap: Heap | None = None

    def reference(self, version: str) -> str:
        """Return the image reference of a version."""
        return f"{self.image}:{self.tag.format(version=version)}"

    def port(self, name: str) -> int:
        """Return the number of the port called `name`."""
        return next(port.number for port in self.ports if port.name == name)


class ExecutionContext(NamedTuple):
    """What an execution client's arguments depend on; `peers` are enode URLs, and `consensus` is the other client."""

    chain: Chain
    retention: Retention
    apis: tuple[Api, ...]
    peers: tuple[str, ...] = ()
    version: str = ""
    consensus: str = ""


class ConsensusContext(NamedTuple):
    """What a consensus client's arguments depend on; `peers` are multiaddrs."""

    chain: Chain
    retention: Retention
    checkpoint_url: str
    fee_recipient: str
    peers: tuple[str, ...] = ()
    version: str = ""


class ValidatorContext(NamedTuple):
    """What a validator process depends on; `beacon` gives the address of a beacon port by its name."""

    chain: Chain
    fee_recipient: str
    graffiti: str
    beacon: Mapping[str, str]
    version: str = ""


@dataclass(frozen=True, slots=True, eq=False)
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
        history: further arguments of a retention mode, by network and mode: numbers of blocks, mostly.
        unavailable: why it cannot keep a mode on one network, by network and mode.
        no_private: why it cannot be part of a private network; empty where it can.
        init: argument lists to run, in order, before the process starts.
        files: files it reads from /node, by name.
        databases: releases that changed its database, the first one first.
    """

    name: str
    version: str
    oldest: str
    process: Process
    retentions: Mapping[Retention, Arguments]
    arguments: Callable[[ExecutionContext], Arguments]
    upgrades: Mapping[str, str]
    sizing: Mapping[tuple[str, Retention], Sizing]
    history: Mapping[tuple[str, Retention], Arguments] = field(default_factory=dict)
    unavailable: Mapping[tuple[str, Retention], str] = field(default_factory=dict)
    no_private: str = ""
    init: Callable[[ExecutionContext], tuple[Arguments, ...]] = lambda _: ()
    files: Callable[[ExecutionContext], Mapping[str, str]] = lambda _: _NOTHING
    databases: tuple[DatabaseChange, ...] = ()

    def retention_arguments(self, network: str, retention: Retention) -> Arguments:
        """Return the arguments of a retention mode on a public network.

        Raises:
            KeyError: the client does not have the mode.
        """
        return (*self.retentions[retention], *self.history.get((network, retention), ()))


@dataclass(frozen=True, slots=True, eq=False)
class Validator:
    """A client's validator process: its arguments, and what imports the keystores before it starts.

    Attributes:
        beacon_port: name of the beacon node's port it talks to.
        slashing_protection: file or folder with what it has signed, on the claim that outlives its pods.
        keystores: how it wants its keystores (EIP-2335) laid out; `init` imports them from there, if it has to.
        validators: folder that it reads its validators from; empty where that is /keystores. Both clients that have one
            keep their slashing protection in it.
    """

    process: Process
    beacon_port: str
    arguments: Callable[[ValidatorContext], Arguments]
    slashing_protection: str
    init: Callable[[ValidatorContext], tuple[Arguments, ...]] = lambda _: ()
    keystores: KeystoreLayout = "together"
    validators: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class ConsensusClient:
    """A consensus client.

    Attributes:
        version: the version used where a spec names none.
        oldest: the first version that all generated arguments are for.
        process: the beacon node's process, its image and ports.
        api_port: name of the port with the Beacon API.
        arguments: the beacon node's arguments.
        files: files it reads from /node, by name.
        validator: its validator process; absent where it has none that runs apart from the beacon node.
        init: argument lists to run, in order, before the beacon node starts.
        upgrades: the first version for each network upgrade that it supports, by the upgrade's name.
        sizing: what its beacon node needs, by network and whether it keeps all states (`archive`, else `full`).
        genesis_forks: forks it can begin a private network on.
        short_epochs: forks on which it takes SLOTS_PER_EPOCH from config.yaml although its preset says otherwise.
        inside: the execution client in whose process it runs, with its arguments and ports; empty for a process of its
            own.
        databases: releases that changed its beacon node's database, the first one first.
    """

    name: str
    version: str
    oldest: str
    process: Process
    api_port: str
    arguments: Callable[[ConsensusContext], Arguments]
    validator: Validator | None
    upgrades: Mapping[str, str]
    sizing: Mapping[tuple[str, Literal["archive", "full"]], Sizing]
    genesis_forks: tuple[str, ...]
    files: Callable[[ConsensusContext], Mapping[str, str]] = lambda _: _NOTHING
    init: Callable[[ConsensusContext], tuple[Arguments, ...]] = lambda _: ()
    short_epochs: tuple[str, ...] = field(default=())
    inside: str = ""
    databases: tuple[DatabaseChange, ...] = ()
