"""What the catalogue gives a client is what that version of it takes, whatever a spec chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.clients.version import order
from ethgen.networks.chain import PUBLIC
from ethgen.spec import NetworkSpec
from ethgen.stack import ethereum
from ethgen.stack.checks import check, check_arguments

if TYPE_CHECKING:
    from ethgen.clients.facts import ConsensusClient, ExecutionClient
    from ethgen.spec.network import Network

HERE = ("networks", "x")
ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
CLIENTS = [*EXECUTION_CLIENTS.values(), *CONSENSUS_CLIENTS.values()]


def group(execution: dict[str, Any], consensus: dict[str, Any]) -> dict[str, Any]:
    """Return a node group with room for anything."""
    return {"execution": execution, "consensus": consensus, "storage": "50Ti"}


def groups(version: str, client: ExecutionClient | ConsensusClient) -> dict[str, Any]:
    """Return a node group for every way to keep history, each with this version of the client."""
    chosen = {"client": client.name, "version": version}
    if client.name in EXECUTION_CLIENTS:
        other = {"client": "lighthouse"}
        return {mode: group({**chosen, "retention": mode}, other) for mode in EXECUTION_CLIENTS[client.name].retentions}
    inside = CONSENSUS_CLIENTS[client.name].inside
    around = {"client": inside, "version": version} if inside else {"client": "geth"}
    inner = {"client": client.name} if inside else chosen
    return {mode: group({**around, "retention": mode}, inner) for mode in ("full", "archive")}


def network_of(chain: str, client: ExecutionClient | ConsensusClient, version: str) -> Network:
    """Return a public network where a client runs in every way that it can there."""
    found = {}
    for name, each in groups(version, client).items():
        section: dict[str, Any] = {"chain": chain, "nodes": {name: each}}
        if not check(HERE, NetworkSpec.model_validate(_spec(section)).networks["x"]).prevents:
            found[name] = each
    section = {"chain": chain, "nodes": found}
    if client.name in CONSENSUS_CLIENTS and CONSENSUS_CLIENTS[client.name].validator is not None:
        key_set = {"client": client.name, "version": version, "keys": 1, "feeRecipient": ADDRESS}
        section["validators"] = {"v": {**key_set, "graffiti": "g"}}
    return NetworkSpec.model_validate(_spec(section)).networks["x"]


def versions(client: ExecutionClient | ConsensusClient) -> set[str]:
    """Return the versions of a client between which the flags that it takes may differ."""
    processes = [client.process]
    if client.name in CONSENSUS_CLIENTS and (validator := CONSENSUS_CLIENTS[client.name].validator):
        processes.append(validator.process)
    changed = {
        version for process in processes for change in process.changes for version in (change.since, change.until)
    }
    between = {
        version for version in changed if version and order(client.oldest) <= order(version) <= order(client.version)
    }
    return {client.oldest, client.version, *between}


def _spec(section: dict[str, Any]) -> dict[str, Any]:
    return {"profile": "staging", "networks": {"x": section}}


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
@pytest.mark.parametrize("chain", list(PUBLIC))
def test_a_version_takes_what_it_is_given(client: ExecutionClient | ConsensusClient, chain: str) -> None:
    """The oldest version, the newest, and each between them that changed a flag are given none they do not know."""
    for version in versions(client):
        network = network_of(chain, client, version)
        assert network.nodes
        spec = NetworkSpec.model_validate({"profile": "staging", "networks": {"x": network.model_dump(by_alias=True)}})
        values = ethereum.release(spec, "x", network).values
        assert list(check_arguments(HERE, network, values)) == []


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_the_newest_version_is_not_older_than_the_oldest(client: ExecutionClient | ConsensusClient) -> None:
    """A client's own version is one that its arguments are for."""
    assert order(client.oldest) <= order(client.version)
