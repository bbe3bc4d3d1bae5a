"""What each consensus client is told, held against what its releases take."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET

import pytest
import yaml

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.facts import DATA, ConsensusContext, ValidatorContext
from ethgen.clients.version import order
from ethgen.networks.chain import PUBLIC
from ethgen.networks.facts import Chain
from ethgen.networks.upgrades import UPGRADES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.clients.facts import Arguments, ConsensusClient, Process

FIXTURES = Path(__file__).parents[2] / "fixtures"
ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
CHECKPOINT = "https://checkpoint.example.org"
PRIVATE = Chain("custom", 3151908, 2, 32, fork="electra", proof_of_stake_only=True)
OWN = [client for client in CONSENSUS_CLIENTS.values() if not client.inside]
FLAG = re.compile(r"--?[A-Za-z][^=]*")

each = pytest.mark.parametrize("client", OWN, ids=lambda client: client.name)


class Listing(NamedTuple):
    """The names that one release of one program has, from `<client>-<program>-<version>.txt`."""

    client: ConsensusClient
    program: str
    version: str
    names: frozenset[str]

    @property
    def process(self) -> Process:
        """The process of the catalogue that the program is."""
        if self.program == "beacon":
            return self.client.process
        assert self.client.validator is not None
        return self.client.validator.process


def listings(kind: str) -> list[Listing]:
    """Read all lists of a kind; a list without its source is none."""
    found = []
    for path in sorted((FIXTURES / kind / "consensus").glob("*.txt")):
        client, program, version = path.stem.split("-", 2)
        source, *names = path.read_text().splitlines()
        assert source.startswith("# ")
        assert version in source
        if client in CONSENSUS_CLIENTS:
            found.append(Listing(CONSENSUS_CLIENTS[client], program, version, frozenset(names)))
    return found


def chains(client: ConsensusClient) -> Iterator[Chain]:
    """Yield every kind of network that a client's beacon node can be part of."""
    yield from PUBLIC.values()
    if client.genesis_forks:
        yield PRIVATE


def ways(client: ConsensusClient, program: str, version: str) -> Iterator[Arguments]:
    """Yield the arguments of a program and of what runs before it, for every way to use it."""
    if program == "beacon":
        for chain in chains(client):
            for retention in ("full", "archive"):
                context = ConsensusContext(chain, retention, CHECKPOINT, ADDRESS, version=version)
                yield client.arguments(context)
                yield from client.init(context)
        return
    assert client.validator is not None
    grpc = {"beacon-api": "beacon:3500", "beacon-grpc": "beacon:4000"}
    for chain in (*PUBLIC.values(), PRIVATE):
        for graffiti in ("", "ethgen"):
            for beacon in (grpc, {"beacon-api": "beacon:5052"}):
                signing = ValidatorContext(chain, ADDRESS, graffiti, beacon, version)
                yield client.validator.arguments(signing)
                yield from client.validator.init(signing)


def flags(client: ConsensusClient, program: str, version: str) -> set[str]:
    """Return every flag that a version is given in any way."""
    found = (FLAG.match(argument) for arguments in ways(client, program, version) for argument in arguments)
    return {match[0] for match in found if match}


@pytest.mark.parametrize("listing", listings("flags"), ids=lambda it: f"{it.client.name}-{it.program}-{it.version}")
def test_every_flag_is_one_that_the_release_takes(listing: Listing) -> None:
    """What a release is told is in its list; what later ones are told is in it, or was added later by a change."""
    client, process = listing.client, listing.process
    assert flags(client, listing.program, listing.version) <= listing.names
    later = {change.flag for change in process.changes if change.since and order(change.since) > order(listing.version)}
    for version in {client.oldest, client.version}:
        assert flags(client, listing.program, version) <= listing.names | later, version


@pytest.mark.parametrize("listing", listings("flags"), ids=lambda it: f"{it.client.name}-{it.program}-{it.version}")
def test_changes_agree_with_the_release(listing: Listing) -> None:
    """A flag that a release has is not said to come later or to be gone, and one that it lacks not to be there."""
    for change in listing.process.changes:
        added = not change.since or order(listing.version) >= order(change.since)
        removed = change.until and order(listing.version) >= order(change.until)
        if change.flag in listing.names:
            assert added, change
            assert not removed, change
        elif change.since and added:
            assert removed, change


@pytest.mark.parametrize("listing", listings("flags"), ids=lambda it: f"{it.client.name}-{it.program}-{it.version}")
def test_equivalents_are_of_generated_flags(listing: Listing) -> None:
    """What an equivalent stands for is generated in some way, and no list of arguments has both."""
    client, program = listing.client, listing.program
    for one, other in listing.process.equivalents.items():
        assert other in flags(client, program, client.version)
        for arguments in ways(client, program, client.version):
            names = {argument.partition("=")[0] for argument in arguments}
            assert not {one, other} <= names, (one, other)


@each
def test_every_program_has_a_list(client: ConsensusClient) -> None:
    """No client is without a list of the flags of its beacon node, and of its validator process if it has one."""
    programs = {listing.program for listing in listings("flags") if listing.client is client}
    assert programs == ({"beacon", "validator"} if client.validator else {"beacon"})


@pytest.mark.parametrize("listing", listings("metrics"), ids=lambda it: f"{it.client.name}-{it.version}")
def test_metrics_are_ones_that_the_release_has(listing: Listing) -> None:
    """Head, peers and finality of a beacon node have names, and the release exposes them."""
    metrics = listing.process.metrics
    assert {metrics.head, metrics.peers, metrics.finalized} <= listing.names


@each
def test_every_beacon_node_has_metrics(client: ConsensusClient) -> None:
    """No client is without a list of metrics, so none escapes the test above."""
    assert any(listing.client is client for listing in listings("metrics"))


@each
def test_versions_are_in_order(client: ConsensusClient) -> None:
    """The pinned version is not older than the oldest one, and supports what mainnet has taken."""
    assert order(client.oldest) <= order(client.version)
    assert set(client.upgrades) <= set(UPGRADES)
    assert order(client.upgrades["pectra"]) < order(client.upgrades["fusaka"]) <= order(client.version)
    assert order(client.upgrades["fusaka"]) <= order(client.oldest)


@each
def test_apis_are_on_localhost(client: ConsensusClient) -> None:
    """The Beacon API and gRPC listen on localhost, for the agent stands before them; metrics are open to Prometheus."""
    for chain in chains(client):
        text = " ".join(client.arguments(ConsensusContext(chain, "full", CHECKPOINT, ADDRESS)))
        for port in client.process.ports:
            if port.purpose == "p2p":
                continue
            address = "127.0.0.1" if port.purpose == "beacon" else "0.0.0.0"  # noqa: S104 - in the pod alone
            written = re.search(
                rf"--([\w.-]+?)[-.](?:interface|address|host)={re.escape(address)} --\1[-.]port={port.number}\b", text
            )
            assert written, (port.name, text)


@each
def test_sizing_names_its_source(client: ConsensusClient) -> None:
    """Every public network has figures for a full node, each with where it is from."""
    for chain in PUBLIC:
        sizing = client.sizing[chain, "full"]
        assert sizing.disk > 0
        assert 0 < sizing.growth < sizing.disk
        assert re.fullmatch(r"\d+Gi", sizing.memory)
        assert sizing.source


@each
def test_files_of_a_client_are_its_own(client: ConsensusClient) -> None:
    """Files are plain names, and each is one that an argument or a variable names."""
    for chain in chains(client):
        context = ConsensusContext(chain, "full", CHECKPOINT, ADDRESS)
        named = " ".join((*client.arguments(context), *client.process.env.values()))
        for name in client.files(context):
            assert f"/node/{name}" in named


@pytest.mark.parametrize("client", [client for client in OWN if client.process.logs.pattern], ids=lambda it: it.name)
def test_a_pattern_has_the_groups_that_are_named(client: ConsensusClient) -> None:
    """Lines that are no JSON are read by a pattern with a group for level, message and time."""
    logs = client.process.logs
    assert {logs.level, logs.message, logs.time} == set(re.compile(logs.pattern).groupindex)


def test_grandine_lines_are_read() -> None:
    """A line as tracing-subscriber's compact format writes it gives its time, level and message."""
    line = "[2025-11-27T16:19:09.123+00:00]  INFO runtime::runtime: 512: starting HTTP API peers=[0/80]"
    match = re.match(CONSENSUS_CLIENTS["grandine"].process.logs.pattern, line)
    assert match is not None
    assert match["level"] == "INFO"
    assert match["time"] == "2025-11-27T16:19:09.123+00:00"


def test_teku_validator_lines_are_read() -> None:
    """A console line gives its time, level and message, with and without a date."""
    validator = CONSENSUS_CLIENTS["teku"].validator
    assert validator is not None
    for line in ("12:00:01.234 INFO  - Validator   *** Epoch", "2026-11-21 12:00:01.234 WARN  - Validator   *** x"):
        match = re.match(validator.process.logs.pattern, line)
        assert match is not None
        assert match["message"].startswith("Validator")


def test_teku_writes_json_lines() -> None:
    """The logging configuration is XML whose pattern, with its fields filled in, is one JSON object a line."""
    client = CONSENSUS_CLIENTS["teku"]
    text = client.files(ConsensusContext(PUBLIC["hoodi"], "full", CHECKPOINT, ADDRESS))["log4j2-teku.xml"]
    layout = ET.fromstring(text).find("./Appenders/Console/PatternLayout")  # noqa: S314 - the catalogue's own text
    assert layout is not None
    pattern = layout.attrib["pattern"]
    assert pattern.endswith("}%n")
    line = re.sub(r"%(?:enc\{%\w+\}\{JSON\}|d\{[^}]*\}|\w+)", "x", pattern.removesuffix("%n"))
    logs = client.process.logs
    assert {logs.level, logs.message, logs.time} <= set(yaml.safe_load(line))


def test_teku_reads_its_peers_from_yaml() -> None:
    """The file of a private network is YAML with the peers of a replica, and is still right without any."""
    client = CONSENSUS_CLIENTS["teku"]
    for peers in ((), ("/dns4/a/tcp/1/p2p/b", "/dns4/c/tcp/2/p2p/d")):
        files = client.files(ConsensusContext(PRIVATE, "full", "", "", peers))
        assert yaml.safe_load(files["teku.yaml"]) == {"p2p-static-peers": list(peers)}


def test_prysm_speaks_to_nodes_of_other_clients() -> None:
    """A validator of Prysm uses gRPC where a Prysm node is, and the Beacon API where there is none."""
    validator = CONSENSUS_CLIENTS["prysm"].validator
    assert validator is not None
    both = {"beacon-api": "beacon:5052", "beacon-grpc": "beacon:4000"}
    one = validator.arguments(ValidatorContext(PRIVATE, ADDRESS, "", both))
    assert "--beacon-rpc-provider=beacon:4000" in one
    assert "--enable-beacon-rest-api" not in one
    other = validator.arguments(ValidatorContext(PRIVATE, ADDRESS, "", {"beacon-api": "beacon:5052"}))
    assert "--beacon-rest-api-provider=http://beacon:5052" in other
    assert not any("rpc-provider" in argument for argument in other)


@pytest.mark.parametrize(
    ("name", "version", "retention", "flag", "there"),
    [
        ("lighthouse", "8.1.3", "archive", "--reconstruct-historic-states", True),
        ("lighthouse", "8.1.3", "archive", "--archive", False),
        ("lighthouse", "8.2.0", "archive", "--archive", True),
        ("prysm", "7.0.0", "full", "--disable-ephemeral-log-file", False),
        ("prysm", "7.1.3", "full", "--disable-ephemeral-log-file", True),
        ("teku", "26.6.1", "full", "--p2p-quic-port=9001", False),
        ("teku", "26.7.0", "full", "--p2p-quic-port=9001", True),
    ],
)
def test_arguments_follow_the_version(name: str, version: str, retention: str, flag: str, *, there: bool) -> None:
    """A flag is given from the release on that added it, and what it replaced before."""
    client = CONSENSUS_CLIENTS[name]
    context = ConsensusContext(PUBLIC["mainnet"], retention, CHECKPOINT, ADDRESS, version=version)  # type: ignore[arg-type]
    assert (flag in client.arguments(context)) == there


def test_grandine_serves_older_blocks_whatever_it_keeps() -> None:
    """A node fetches the blocks from before its checkpoint, for peers ask it for them."""
    for retention in ("full", "archive"):
        context = ConsensusContext(PUBLIC["hoodi"], retention, CHECKPOINT, ADDRESS)
        assert "--back-sync" in CONSENSUS_CLIENTS["grandine"].arguments(context)


@pytest.mark.parametrize("client", [client for client in OWN if client.validator], ids=lambda client: client.name)
def test_what_was_signed_outlives_the_pod(client: ConsensusClient) -> None:
    """Every validator client keeps its slashing protection on the claim, and its arguments lead it there.

    By the flag for the validators' folder where that decides, and else by the one for all data; none moves it away.
    """
    assert client.validator is not None
    path = Path(client.validator.slashing_protection)
    assert path.is_relative_to(DATA)
    for chain in (*PUBLIC.values(), PRIVATE):
        arguments = client.validator.arguments(ValidatorContext(chain, ADDRESS, "", {"beacon-api": "beacon:5052"}))
        given = dict(argument.split("=", 1) for argument in arguments if "=" in argument)
        folders = [given[flag] for flag in ("--validators-dir",) if flag in given]
        folders = folders or [
            given[flag] for flag in ("--data-dir", "--datadir", "--dataDir", "--data-path") if flag in given
        ]
        assert len(folders) == 1
        assert path.is_relative_to(folders[0])
        assert not {"--validatorsDbDir", "--data-validator-path"} & set(given)
        if client.validator.validators:
            assert given["--validators-dir"] == client.validator.validators == str(path.parent)
        assert (client.validator.keystores in {"by-key", "definitions"}) == bool(client.validator.validators)
