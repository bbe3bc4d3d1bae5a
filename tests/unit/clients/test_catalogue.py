"""What holds for every client of the catalogue."""

from __future__ import annotations

import itertools
import re
import tomllib
from typing import TYPE_CHECKING, get_args

import pytest
import yaml

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.clients.facts import DATA, GENESIS, JWT, ConsensusContext, ExecutionContext, ValidatorContext
from ethgen.networks.chain import PUBLIC
from ethgen.networks.facts import Chain
from ethgen.spec.ethereum import Retention
from ethgen.spec.section import Section
from ethgen.spec.types import Image, Version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ethgen.clients.facts import Arguments, ConsensusClient, ExecutionClient, Process

EXECUTION = list(EXECUTION_CLIENTS.values())
CONSENSUS = list(CONSENSUS_CLIENTS.values())
# Those with a process of their own.
APART = [client for client in CONSENSUS if not client.inside]
# The port that only the two clients of a pod speak over (execution-apis, src/engine/authentication.md).
ENGINE = 8551
AGENT = 9300
ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
PRIVATE = Chain("custom", 3151908, 2, 8, fork="electra", proof_of_stake_only=True)
CHAINS = [*PUBLIC.values(), PRIVATE]

PROCESSES = [
    *((client.name, client.process) for client in EXECUTION),
    *((client.name, client.process) for client in APART),
    *((f"{client.name} validator", client.validator.process) for client in CONSENSUS if client.validator),
]
processes = pytest.mark.parametrize(
    "process", [process for _, process in PROCESSES], ids=[name for name, _ in PROCESSES]
)


def execution_arguments(client: ExecutionClient, chain: Chain) -> Iterable[Arguments]:
    """Yield the arguments of an execution client and of what runs before it, for every way to use it on a network."""
    if chain.private and client.no_private:
        return
    for retention in client.retentions:
        context = ExecutionContext(chain, retention, ("eth", "net"), ("enode://a@b:30303",))
        kept = () if chain.private else client.retention_arguments(chain.name, retention)
        yield tuple(itertools.chain(client.arguments(context), kept, *client.init(context)))


def consensus_arguments(client: ConsensusClient, chain: Chain) -> Iterable[Arguments]:
    """Yield the arguments of a beacon node and of what runs before it, for every way to use it on a network."""
    if chain.private and not client.genesis_forks:
        return
    for retention in ("full", "archive"):
        context = ConsensusContext(chain, retention, "https://checkpoint.example.org", ADDRESS)
        yield tuple(itertools.chain(client.arguments(context), *client.init(context)))


def validator_arguments(client: ConsensusClient, chain: Chain) -> Iterable[Arguments]:
    """Yield the arguments of a validator process with and without graffiti."""
    if client.validator is None:
        return
    beacon = {port.name: f"beacon:{port.number}" for port in client.process.ports if port.purpose == "beacon"}
    for graffiti in ("", "ethgen"):
        yield client.validator.arguments(ValidatorContext(chain, ADDRESS, graffiti, beacon))


@processes
def test_ports_differ_and_have_names_that_kubernetes_takes(process: Process) -> None:
    """Names are IANA service names of 15 characters at most (RFC 6335), and no name or number stands twice."""
    names = [port.name for port in process.ports]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"(?=.*[a-z])[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?", name) for name in names), names
    numbers = [(port.number, port.protocol) for port in process.ports]
    assert len(set(numbers)) == len(numbers)


@processes
def test_the_engine_api_is_not_published(process: Process) -> None:
    """The engine API and the agent's port are no port of a client, so no Service and no policy opens them."""
    assert {ENGINE, AGENT}.isdisjoint(port.number for port in process.ports)


@processes
def test_a_process_is_described_in_full(process: Process) -> None:
    """A metrics port and path, an image with a tag for each version, a time to stop, and requests."""
    assert [port for port in process.ports if port.purpose == "metrics"]
    assert process.metrics_path.startswith("/")
    assert re.fullmatch(r"[^:]+:(multiarch-)?v?1\.2\.3", process.reference("1.2.3"))
    assert process.stop_seconds >= 30
    assert process.logs.level
    assert re.fullmatch(r"\d+m?", process.cpu)
    assert re.fullmatch(r"\d+[MG]i", process.memory)


@pytest.mark.parametrize("client", [*EXECUTION, *CONSENSUS], ids=lambda client: client.name)
def test_a_client_has_a_version_and_image_that_a_spec_could_name(client: ExecutionClient | ConsensusClient) -> None:
    """The catalogue's own version and image are in the notation that a spec's are held to."""

    class Chosen(Section):
        version: Version
        image: Image

    Chosen(version=client.version, image=client.process.reference(client.version))


@pytest.mark.parametrize(
    ("execution", "consensus"), list(itertools.product(EXECUTION, CONSENSUS)), ids=lambda client: client.name
)
def test_any_pair_fits_in_one_pod(execution: ExecutionClient, consensus: ConsensusClient) -> None:
    """Two clients of a pod share its network: no port of one is a port of the other, by name or number."""
    one = {(port.number, port.protocol) for port in execution.process.ports} | {
        port.name for port in execution.process.ports
    }
    other = {(port.number, port.protocol) for port in consensus.process.ports} | {
        port.name for port in consensus.process.ports
    }
    assert one.isdisjoint(other)


@pytest.mark.parametrize("client", EXECUTION, ids=lambda client: client.name)
@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: chain.name)
def test_an_execution_client_keeps_to_its_place(client: ExecutionClient, chain: Chain) -> None:
    """Data goes to the volume, the engine API listens on localhost with the pod's JWT, and no argument is empty."""
    for arguments in execution_arguments(client, chain):
        assert all(arguments)
        text = " ".join(arguments)
        assert f"{DATA}/execution" in text
        assert JWT in text
        assert re.search(rf"[Pp]ort={ENGINE}\b", text)
        assert (f"{GENESIS}/genesis.json" if chain.private else chain.name) in text


@pytest.mark.parametrize("client", APART, ids=lambda client: client.name)
@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: chain.name)
def test_a_beacon_node_keeps_to_its_place(client: ConsensusClient, chain: Chain) -> None:
    """Data goes to the volume, the engine is on localhost with the pod's JWT, and a public network has a checkpoint."""
    for arguments in consensus_arguments(client, chain):
        assert all(arguments)
        text = " ".join(arguments)
        assert f"{DATA}/consensus" in text
        assert JWT in text
        assert f"http://127.0.0.1:{ENGINE}" in text
        assert ("https://checkpoint.example.org" in text) != chain.private
        assert ADDRESS in text


@pytest.mark.parametrize("client", CONSENSUS, ids=lambda client: client.name)
@pytest.mark.parametrize("chain", list(PUBLIC.values()), ids=lambda chain: chain.name)
def test_a_validator_of_a_public_network_looks_for_its_double(client: ConsensusClient, chain: Chain) -> None:
    """On a public network a validator waits to see that nobody else signs with its keys; it talks to ready nodes."""
    for arguments in validator_arguments(client, chain):
        assert any("doppelganger" in argument for argument in arguments)
        assert any("beacon:" in argument for argument in arguments)


def test_every_retention_is_one_that_a_spec_knows() -> None:
    """Clients have no retention beyond those of the spec, and each has the default one."""
    for client in EXECUTION:
        assert set(client.retentions) <= set(get_args(Retention))
        assert "full" in client.retentions


def test_ports_of_peers_have_the_names_that_peers_ask_for() -> None:
    """Enodes and multiaddrs are made from the ports execution-tcp and consensus-tcp."""
    assert all(client.process.port("execution-tcp") for client in EXECUTION)
    assert all(client.process.port("consensus-tcp") for client in CONSENSUS)
    assert all(client.process.port(client.api_port) for client in CONSENSUS)


def test_geth_reads_its_static_nodes_from_toml() -> None:
    """The file of a private network is TOML with the peers of a replica, and is still right without any."""
    client = EXECUTION_CLIENTS["geth"]
    for peers in ((), ("enode://a@b:1", "enode://c@d:2")):
        files = client.files(ExecutionContext(PRIVATE, "full", (), peers))
        assert tomllib.loads(files["geth.toml"]) == {"Node": {"P2P": {"StaticNodes": list(peers)}}}
        assert any(
            argument.endswith("/geth.toml") for argument in client.arguments(ExecutionContext(PRIVATE, "full", ()))
        )
    assert client.files(ExecutionContext(PUBLIC["hoodi"], "full", ())) == {}
    assert client.init(ExecutionContext(PUBLIC["hoodi"], "full", ())) == ()


def test_prysm_reads_its_peers_from_yaml() -> None:
    """The file of a private network is YAML with the peers of a replica, and is still right without any."""
    client = CONSENSUS_CLIENTS["prysm"]
    for peers in ((), ("/dns4/a/tcp/1/p2p/b", "/dns4/c/tcp/2/p2p/d")):
        files = client.files(ConsensusContext(PRIVATE, "full", "", "", peers))
        assert yaml.safe_load(files["prysm.yaml"]) == ({"peer": list(peers)} if peers else {})
    assert client.files(ConsensusContext(PUBLIC["hoodi"], "full", "", "")) == {}
