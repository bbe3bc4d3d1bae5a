"""What each execution client is told, held against what its releases take."""

from __future__ import annotations

import itertools
import json
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, get_args
from xml.etree import ElementTree as ET

import pytest
import yaml

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.clients.facts import ConsensusContext, ExecutionContext
from ethgen.clients.version import order
from ethgen.networks.chain import PUBLIC
from ethgen.networks.facts import Chain
from ethgen.networks.upgrades import UPGRADES
from ethgen.spec.ethereum import Api, Retention

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.clients.facts import Arguments, ExecutionClient

FIXTURES = Path(__file__).parents[2] / "fixtures"
PRIVATE = Chain("custom", 3151908, 2, 32, fork="electra", proof_of_stake_only=True)
CLIENTS = list(EXECUTION_CLIENTS.values())
PEERS = ("enode://aa@a.devnet.svc.cluster.local:30303", "enode://bb@b.devnet.svc.cluster.local:30303")
RETENTIONS: tuple[Retention, ...] = get_args(Retention)
# Whoever is let in by a Service stands outside of these.
LOOPBACK = "127.0.0.1"
ENGINE = 8551
FLAG = re.compile(r"--?[A-Za-z][^=]*")

each = pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)


class Listing(NamedTuple):
    """The names that one release has, from `<client>-<version>.txt`."""

    client: ExecutionClient
    version: str
    names: frozenset[str]


def listings(kind: str) -> list[Listing]:
    """Read all lists of a kind; a list without its source is none."""
    found = []
    for path in sorted((FIXTURES / kind / "execution").glob("*.txt")):
        client, version = path.stem.split("-", 1)
        source, *names = path.read_text().splitlines()
        assert source.startswith("# ")
        found.append(Listing(EXECUTION_CLIENTS[client], version, frozenset(names)))
    return found


lists = pytest.mark.parametrize("listing", listings("flags"), ids=lambda it: f"{it.client.name}-{it.version}")


def kept(client: ExecutionClient, network: str) -> Iterator[Retention]:
    """Yield the retention modes that a client has on a public network."""
    return (mode for mode in client.retentions if (network, mode) not in client.unavailable)


def ways(client: ExecutionClient, version: str) -> Iterator[Arguments]:
    """Yield the arguments of a client and of what runs before it, for every way to use it."""
    apis: tuple[tuple[Api, ...], ...] = (("eth",), get_args(Api))
    outside = next(name for name, other in CONSENSUS_CLIENTS.items() if not other.inside)
    insides = [name for name, other in CONSENSUS_CLIENTS.items() if other.inside == client.name]
    for chain, choice, consensus in itertools.product(PUBLIC.values(), apis, (outside, *insides)):
        for mode in kept(client, chain.name):
            context = ExecutionContext(chain, mode, choice, version=version, consensus=consensus)
            yield (*client.arguments(context), *client.retention_arguments(chain.name, mode))
            if consensus in insides:
                inner = ConsensusContext(chain, mode, "https://checkpoint.example.org", "", version=version)
                yield CONSENSUS_CLIENTS[consensus].arguments(inner)
    if not client.no_private:
        context = ExecutionContext(PRIVATE, "full", apis[0], PEERS, version, outside)
        yield client.arguments(context)
        yield from client.init(context)


def flags(client: ExecutionClient, version: str) -> set[str]:
    """Return every flag that a version is given in any way."""
    found = (FLAG.match(argument) for arguments in ways(client, version) for argument in arguments)
    return {match[0] for match in found if match}


@lists
def test_every_flag_is_one_that_the_release_takes(listing: Listing) -> None:
    """What a release is told is in its list; what later ones are told is in it, or was added later by a change."""
    client, process = listing.client, listing.client.process
    assert flags(client, listing.version) <= listing.names
    later = {change.flag for change in process.changes if change.since and order(change.since) > order(listing.version)}
    for version in {client.oldest, client.version}:
        assert flags(client, version) <= listing.names | later, version


@lists
def test_changes_agree_with_the_release(listing: Listing) -> None:
    """A flag that a release has is not said to come later or to be gone, and one that it lacks not to be there."""
    for change in listing.client.process.changes:
        added = not change.since or order(listing.version) >= order(change.since)
        removed = change.until and order(listing.version) >= order(change.until)
        if change.flag in listing.names:
            assert added, change
            assert not removed, change
        elif change.since and added:
            assert removed, change


@lists
def test_equivalents_are_of_generated_flags(listing: Listing) -> None:
    """What an equivalent stands for is generated in some way, and no list of arguments has both."""
    client = listing.client
    generated = flags(client, client.version)
    for one, other in client.process.equivalents.items():
        assert other in generated
        for arguments in ways(client, client.version):
            assert not {one, other} <= {argument.partition("=")[0] for argument in arguments}, (one, other)


@each
def test_every_client_has_lists(client: ExecutionClient) -> None:
    """A release that is supported, the pinned one or before it, has a list of flags and of metrics."""
    for kind in ("flags", "metrics"):
        versions = [order(it.version) for it in listings(kind) if it.client is client]
        assert any(order(client.oldest) <= version <= order(client.version) for version in versions), kind


@each
def test_no_version_is_told_what_it_does_not_take(client: ExecutionClient) -> None:
    """Every version with a change, and the one pinned, is told no flag that came later or was gone by then."""
    changes = client.process.changes
    told = {version for change in changes for version in (change.since, change.until) if version} | {client.version}
    for version in (it for it in told if order(client.oldest) <= order(it)):
        given = flags(client, version)
        for change in (it for it in changes if it.flag in given):
            assert not change.since or order(change.since) <= order(version), (version, change)
            assert not change.until or order(version) < order(change.until), (version, change)


@pytest.mark.parametrize("listing", listings("metrics"), ids=lambda it: f"{it.client.name}-{it.version}")
def test_metrics_are_ones_that_the_release_has(listing: Listing) -> None:
    """Head and peers have names, and the release exposes them; labels in braces say which series is meant."""
    metrics = listing.client.process.metrics
    assert {name.partition("{")[0] for name in (metrics.head, metrics.peers)} <= listing.names


@each
def test_versions_are_in_order(client: ExecutionClient) -> None:
    """The pinned version is not older than the oldest one, and supports what mainnet has taken."""
    assert order(client.oldest) <= order(client.version)
    assert set(client.upgrades) <= set(UPGRADES)
    assert order(client.upgrades["pectra"]) <= order(client.upgrades["fusaka"]) <= order(client.version)


@each
def test_no_flag_is_given_twice(client: ExecutionClient) -> None:
    """No way to use a client gives one flag two values, as a retention beside the network's arguments could."""
    for arguments in ways(client, client.version):
        names = [argument.partition("=")[0] for argument in arguments if argument.startswith("-")]
        assert len(set(names)) == len(names), sorted(names)


@each
def test_ports_are_the_ones_that_it_is_told(client: ExecutionClient) -> None:
    """JSON-RPC is at 8545 for the agent, WebSockets at 8546, and every port of the process stands in its arguments."""
    text = " ".join(itertools.chain(*ways(client, client.version)))
    assert (client.process.port("http"), client.process.port("ws")) == (8545, 8546)
    for port in client.process.ports:
        assert re.search(rf"[=:]{port.number}\b", text), port


@each
def test_the_engine_is_not_for_everybody(client: ExecutionClient) -> None:
    """The engine API listens on localhost, or, where it has no address of its own, answers to its name alone."""
    for chain in PUBLIC.values():
        text = " ".join(client.arguments(ExecutionContext(chain, "full", ("eth",), version=client.version)))
        assert re.search(rf"=127\.0\.0\.1 --\S*[Pp]ort={ENGINE}\b", text) or "--engine-host-allowlist=localhost" in text
        assert f"0.0.0.0:{ENGINE}" not in text


@each
def test_namespaces_are_those_that_are_asked_for(client: ExecutionClient) -> None:
    """Every namespace of the spec is passed on, and none besides."""
    asked: tuple[Api, ...] = ("eth", "txpool")
    arguments = client.arguments(ExecutionContext(PUBLIC["mainnet"], "full", asked, version=client.version))
    found = [argument.partition("=")[2].lower() for argument in arguments if re.match(r".*(api|Modules)=", argument)]
    assert found
    assert set(found) == {"eth,txpool"}


@each
def test_retentions_differ_on_every_network(client: ExecutionClient) -> None:
    """No two modes of a client come to the same arguments where a network has history before the merge."""
    for network in ("mainnet", "sepolia"):
        chain = PUBLIC[network]
        found = [
            (
                *client.arguments(ExecutionContext(chain, mode, ("eth",), version=client.version)),
                *client.retention_arguments(network, mode),
            )
            for mode in kept(client, network)
        ]
        assert len(set(found)) == len(found)


@each
def test_sizing_has_every_mode_of_every_network_and_its_source(client: ExecutionClient) -> None:
    """Figures are there for all that a spec can choose, each with its source, and less history never takes more."""
    for chain in PUBLIC.values():
        modes = [mode for mode in RETENTIONS if mode in kept(client, chain.name)]
        sensible = [mode for mode in modes if mode != "post-merge" or not chain.proof_of_stake_only]
        found = [client.sizing[chain.name, mode] for mode in sensible]
        assert [sizing.disk for sizing in found] == sorted((sizing.disk for sizing in found), reverse=True)
        for sizing in found:
            assert 0 < sizing.growth < sizing.disk
            assert re.fullmatch(r"\d+", sizing.cpu)
            assert re.fullmatch(r"\d+Gi", sizing.memory)
            assert sizing.source
    assert set(client.sizing) <= set(itertools.product(PUBLIC, client.retentions))


@each
def test_nothing_is_written_outside_the_volume(client: ExecutionClient) -> None:
    """Every path that an argument names is on the volume, or is read: the container's own file system is read-only."""
    for arguments in ways(client, client.version):
        for argument in arguments:
            path = argument.partition("=")[2] or argument
            if path.startswith("/"):
                assert path.startswith(("/data/", "/node/", "/genesis/")), argument


@each
def test_a_private_network_has_its_genesis_key_and_peers(client: ExecutionClient) -> None:
    """A client of a private network reads the prepared genesis and node key, and knows its peers by their names."""
    if client.no_private:
        assert re.match(r"it [a-z]", client.no_private)
        return
    context = ExecutionContext(PRIVATE, "full", ("eth",), PEERS, client.version)
    text = " ".join(itertools.chain(client.arguments(context), *client.init(context)))
    assert "/genesis/genesis.json" in text
    assert "/node/execution.key" in text
    files = client.files(context)
    assert all(f"/node/{name}" in text for name in files)
    assert all(any(peer in content for content in files.values()) for peer in PEERS)
    assert re.search(r"nodiscover|disable-discovery|discovery-enabled=false|DiscoveryEnabled=false", text)


@pytest.mark.parametrize("peers", [(), PEERS], ids=["alone", "with peers"])
def test_files_are_in_the_formats_that_clients_read(peers: tuple[str, ...]) -> None:
    """Static nodes are JSON for besu and nethermind, YAML for erigon and TOML for reth, and still right without any."""
    files = {client.name: client.files(ExecutionContext(PRIVATE, "full", (), peers)) for client in CLIENTS}
    assert json.loads(files["besu"]["static-nodes.json"]) == list(peers)
    assert json.loads(files["nethermind"]["static-nodes.json"]) == list(peers)
    assert yaml.safe_load(files["erigon"]["erigon.yaml"]) == ({"staticpeers": list(peers)} if peers else {})
    assert tomllib.loads(files["reth"]["reth.toml"]) == {"peers": {"trusted_nodes": list(peers)}}


def test_nethermind_writes_json_to_its_console_alone() -> None:
    """NLog's configuration has one target, the console, whose attributes are the keys that the catalogue names."""
    client = EXECUTION_CLIENTS["nethermind"]
    for chain in (*PUBLIC.values(), PRIVATE):
        root = ET.fromstring(client.files(ExecutionContext(chain, "full", ()))["NLog.config"])  # noqa: S314 - our own
        space = {"nlog": "http://www.nlog-project.org/schemas/NLog.xsd"}
        targets = root.findall("nlog:targets/nlog:target", space)
        assert [target.get("{http://www.w3.org/2001/XMLSchema-instance}type") for target in targets] == ["Console"]
        names = {attribute.get("name") for attribute in targets[0].findall("nlog:layout/nlog:attribute", space)}
        assert {client.process.logs.level, client.process.logs.message, client.process.logs.time} <= names


def test_nethermind_keeps_the_history_of_a_flat_archive() -> None:
    """An archive is flat with its history since 2.0.0, from the first block on; other modes have the usual database."""
    client, chain = EXECUTION_CLIENTS["nethermind"], PUBLIC["sepolia"]
    for version, flat in (("1.39.3", False), ("2.0.0", True), ("2.2.2", True), ("", True)):
        archive = client.arguments(ExecutionContext(chain, "archive", ("eth",), version=version))
        full = client.arguments(ExecutionContext(chain, "full", ("eth",), version=version))
        assert "--config=sepolia_archive" in archive
        assert ("--FlatDb.HistoryEnabled=true" in archive) is flat, version
        assert "--config=sepolia" in full
        assert not any(argument.startswith("--FlatDb.") for argument in full), version


def test_nethermind_writes_every_state_of_a_private_network() -> None:
    """No release keeps the latest states in memory alone: where a fresh database would be flat, it is not."""
    client = EXECUTION_CLIENTS["nethermind"]
    for version, given in (("1.39.3", False), ("2.2.2", True)):
        arguments = client.arguments(ExecutionContext(PRIVATE, "full", ("eth",), PEERS, version))
        assert "--Pruning.Mode=None" in arguments
        assert ("--FlatDb.Enabled=false" in arguments) is given, version


def test_besu_writes_json_where_its_release_can() -> None:
    """Releases without the option are not given it."""
    client, chain = EXECUTION_CLIENTS["besu"], PUBLIC["mainnet"]
    for version, can in (("26.7.1", False), ("26.8.0", True), ("26.11.0", True), ("", True)):
        arguments = client.arguments(ExecutionContext(chain, "full", ("eth",), version=version))
        assert ("--logging-format=LOGSTASH" in arguments) is can, version


@pytest.mark.parametrize("client", [it for it in CLIENTS if it.process.logs.pattern], ids=lambda it: it.name)
def test_a_pattern_has_the_groups_that_are_named(client: ExecutionClient) -> None:
    """Lines that are no JSON are read by a pattern with a group for level, message and time."""
    logs = client.process.logs
    match = re.match(logs.pattern, "2026-11-21T12:00:00.123456Z  INFO ethrex::cli: Starting")
    assert match
    assert [match[name] for name in (logs.time, logs.level, logs.message)] == [
        "2026-11-21T12:00:00.123456Z",
        "INFO",
        "ethrex::cli: Starting",
    ]


def test_erigon_is_told_who_its_consensus_client_is() -> None:
    """With any other client Caplin stays off; with Caplin its Beacon API listens on localhost, behind the agent."""
    erigon, caplin, chain = EXECUTION_CLIENTS["erigon"], CONSENSUS_CLIENTS["caplin"], PUBLIC["mainnet"]
    for name, other in CONSENSUS_CLIENTS.items():
        arguments = erigon.arguments(ExecutionContext(chain, "full", ("eth",), consensus=name))
        assert ("--externalcl" in arguments) is not (other.inside == "erigon")
    own = caplin.arguments(ConsensusContext(chain, "full", "https://checkpoint.example.org", ""))
    assert "--beacon.api.addr=127.0.0.1" in own
    assert f"--beacon.api.port={caplin.process.port('beacon-api')}" in own
    assert any(argument.startswith("--caplin.checkpoint-sync-url=https://checkpoint.example.org/") for argument in own)
    assert "--caplin.states-archive" not in own
    assert "--caplin.states-archive" in caplin.arguments(ConsensusContext(chain, "archive", "", ""))


def test_caplin_has_quic_where_its_release_can() -> None:
    """Since 3.7.1 it has a port for QUIC, which is one of its ports."""
    caplin, chain = CONSENSUS_CLIENTS["caplin"], PUBLIC["mainnet"]
    flag = f"--caplin.discovery.quicport={caplin.process.port('consensus-quic')}"
    for version, can in (("3.5.0", False), ("3.7.0", False), ("3.7.1", True), ("3.8.2", True), ("", True)):
        arguments = caplin.arguments(ConsensusContext(chain, "full", "https://x.example.org", "", version=version))
        assert (flag in arguments) is can, version


def test_caplin_is_as_old_as_erigon() -> None:
    """Both are one program: version and image are the same, and no port of one is the other's.

    It supports the same upgrades, and none in an earlier release than Erigon.
    """
    erigon, caplin = EXECUTION_CLIENTS["erigon"], CONSENSUS_CLIENTS["caplin"]
    assert (caplin.version, caplin.oldest) == (erigon.version, erigon.oldest)
    assert caplin.upgrades.keys() == erigon.upgrades.keys()
    assert all(order(caplin.upgrades[upgrade]) >= order(first) for upgrade, first in erigon.upgrades.items())
    assert caplin.process.reference(caplin.version) == erigon.process.reference(caplin.version)
    assert not {port.name for port in caplin.process.ports} & {port.name for port in erigon.process.ports}
    assert not {port.number for port in caplin.process.ports} & {port.number for port in erigon.process.ports}


def test_what_was_measured_of_geth_is_no_estimate() -> None:
    """The row of geth 1.17.2 in ethdocker's table, April 2026, stands as published; what it lacks is an estimate."""
    sizing = EXECUTION_CLIENTS["geth"].sizing
    measured = {mode: sizing["mainnet", mode] for mode in ("full", "post-merge", "post-prague")}
    assert {mode: one.disk for mode, one in measured.items()} == {"full": 1230, "post-merge": 830, "post-prague": 580}
    assert not any(one.source.startswith("estimate") for one in measured.values())
    assert sizing["mainnet", "minimal"].source.startswith("estimate")
