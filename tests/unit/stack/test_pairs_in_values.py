"""What the two clients of a pod become in the values of the chart: one container or two, their requests and files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.spec import NetworkSpec
from ethgen.stack import ethereum

if TYPE_CHECKING:
    from collections.abc import Callable

    from ethgen.spec.model import Profile
    from ethgen.spec.network import Network

    Make = Callable[..., Network]


ADDRESS = "0x000000000000000000000000000000000000dEaD"


def drawn(network: Network, profile: Profile = "staging") -> dict[str, Any]:
    """Return the values of the network's group `a`."""
    cluster = {"context": "x", "registry": "registry.example.org"}
    spec = NetworkSpec.model_validate({"profile": profile, "cluster": cluster if profile != "local" else {}})
    group: dict[str, Any] = ethereum.release(spec, "x", network).values["nodes"]["a"]
    return group


@pytest.mark.parametrize("client", ["lighthouse", "prysm", "teku", "nimbus", "lodestar"])
def test_text_of_a_spec_is_no_variable_of_kubernetes(network: Make, client: str) -> None:
    """Graffiti and a checkpoint's URL keep their dollars, which Kubernetes would expand; extra arguments do not."""
    url = "https://example.org/$(POD_IP)"
    key_set = {"client": client, "keys": 1, "feeRecipient": ADDRESS, "graffiti": "$(POD_NAME) $$ $"}
    extra = {"client": client, "extraArgs": ["--name=$(POD_NAME)"]}
    made = network("mainnet", consensus=extra, validators={"v": key_set}).model_copy(update={"checkpoint_url": url})
    spec = NetworkSpec.model_validate({"profile": "staging", "cluster": {"context": "x", "registry": "r.example.org"}})
    values = ethereum.release(spec, "x", made).values
    (graffiti,) = [
        text for text in values["validators"]["v"]["container"]["args"] if text.startswith("--") and "POD" in text
    ]
    assert graffiti.partition("=")[2] == "$$(POD_NAME) $$$$ $$"
    container = values["nodes"]["a"]["consensus"]
    arguments = [*(text for step in container["init"] for text in step), *container["args"]]
    assert {text.partition("=")[2] for text in arguments if "POD_IP" in text} == {"https://example.org/$$(POD_IP)"}
    assert arguments[-1] == "--name=$(POD_NAME)"


@pytest.mark.parametrize("retention", ["archive", "full", "minimal"])
def test_requests_are_what_is_known_of_the_network(network: Make, retention: str) -> None:
    """Outside of profile local a client asks for what its sizing on that network and retention says."""
    sizing = EXECUTION_CLIENTS["geth"].sizing
    for chain in ("mainnet", "hoodi"):
        group = drawn(network(chain, execution={"client": "geth", "retention": retention}))
        known = sizing[chain, retention]  # type: ignore[index]
        assert group["execution"]["resources"]["requests"] == {"cpu": known.cpu, "memory": known.memory}
    assert sizing["mainnet", "full"].memory != sizing["hoodi", "full"].memory


def test_a_spec_and_a_laptop_know_better(network: Make) -> None:
    """What a spec asks for wins, one by one; profile local asks for what a laptop can spare."""
    chosen = {"client": "geth", "resources": {"memory": "7Gi"}}
    cpu = EXECUTION_CLIENTS["geth"].sizing["mainnet", "full"].cpu
    asked = drawn(network("mainnet", execution=chosen))["execution"]["resources"]["requests"]
    assert asked == {"cpu": cpu, "memory": "7Gi"}
    local = drawn(network("mainnet"), "local")["execution"]["resources"]["requests"]
    assert local == {"cpu": "50m", "memory": "128Mi"}


@pytest.mark.parametrize(
    ("chosen", "profile", "besu", "teku"),
    [
        # By sizing: 16Gi and 10Gi on mainnet.
        ({}, "staging", "-Xmx8192m", "-Xmx7680m"),
        ({}, "local", "-Xmx8192m", "-Xmx7680m"),
        ({"memory": "4Gi"}, "staging", "-Xmx2048m", "-Xmx3072m"),
        ({"memory": "4Gi", "memoryLimit": "6Gi"}, "staging", "-Xmx2048m", "-Xmx3072m"),
        ({"memory": "64Gi"}, "staging", "-Xmx8192m", "-Xmx49152m"),
        ({"memoryLimit": "2Gi"}, "local", "-Xmx1024m", "-Xmx1536m"),
        ({"memory": "1500M"}, "staging", "-Xmx715m", "-Xmx1072m"),
    ],
)
def test_the_heap_of_java_is_of_the_memory_that_there_is(
    network: Make, chosen: dict[str, str], profile: Profile, besu: str, teku: str
) -> None:
    """Besu and Teku bound their heaps by the request, or the limit, so that there is room for what is beside it."""
    clients = [{"client": name, "resources": chosen} for name in ("besu", "teku")]
    group = drawn(network("mainnet", execution=clients[0], consensus=clients[1]), profile)
    assert group["execution"]["env"]["BESU_OPTS"] == besu
    assert group["consensus"]["env"]["JAVA_OPTS"] == teku


def test_the_heap_of_a_validator_process_is_of_its_memory(network: Make) -> None:
    """Teku's validator process has three quarters of its own memory, and no other client has options of Java."""
    key_set: dict[str, Any] = {"keys": 1, "feeRecipient": ADDRESS}
    sets: dict[str, dict[str, Any]] = {
        "a": {"client": "teku"},
        "b": {"client": "teku", "resources": {"memory": "1Gi"}},
        "c": {"client": "nimbus"},
    }
    made = network("mainnet", validators={name: {**key_set, **chosen} for name, chosen in sets.items()})
    spec = NetworkSpec.model_validate({"profile": "staging", "cluster": {"context": "x", "registry": "r.example.org"}})
    values = ethereum.release(spec, "x", made).values["validators"]
    envs = {name: values[name]["container"]["env"] for name in sets}
    assert envs == {"a": {"JAVA_OPTS": "-Xmx1536m"}, "b": {"JAVA_OPTS": "-Xmx768m"}, "c": {}}


def test_a_client_inside_another_is_part_of_its_container(network: Make) -> None:
    """There is one container, with the arguments and ports of both, and the agent asks its Beacon API."""
    consensus = {"client": "caplin", "extraArgs": ["--caplin.max-peer-count=64"]}
    execution = {"client": "erigon", "extraArgs": ["--maxpeers=50"]}
    group = drawn(network("mainnet", execution=execution, consensus=consensus))
    assert "consensus" not in group
    arguments = group["execution"]["args"]
    assert "--externalcl" not in arguments
    assert {"--beacon.api.addr=127.0.0.1", "--caplin.max-peer-count=64", "--maxpeers=50"} <= set(arguments)
    ports = {port["name"]: (port["port"], port["purpose"]) for port in group["execution"]["ports"]}
    assert ports["beacon-api"] == (5555, "beacon")
    assert ports["http"] == (8545, "rpc")
    assert group["health"]["consensusUrl"] == "http://127.0.0.1:5555"


def test_a_client_beside_another_has_its_own_container(network: Make) -> None:
    """Erigon with another consensus client leaves that to it."""
    group = drawn(network("mainnet", execution={"client": "erigon"}))
    assert group["consensus"]["client"] == "lighthouse"
    assert "--externalcl" in group["execution"]["args"]
    assert not [argument for argument in group["execution"]["args"] if argument.startswith(("--caplin", "--beacon"))]


def test_files_are_given_on_public_networks_too(network: Make) -> None:
    """A replica of a public network receives the files of its clients, and no peers."""
    nethermind = drawn(network("mainnet", execution={"client": "nethermind"}))
    assert set(nethermind["files"]) == {"0.NLog.config"}
    assert drawn(network("mainnet"))["files"] == {}
    assert drawn(network("custom", execution={"client": "besu"}, consensus={"client": "prysm"}))["files"].keys() == {
        "0.static-nodes.json",
        "0.prysm.yaml",
    }


def test_block_numbers_are_those_of_the_network(network: Make) -> None:
    """A retention that begins at an upgrade begins at that upgrade's block on the network."""
    for chain, block in (("mainnet", 22_431_084), ("sepolia", 7_836_331), ("hoodi", 60_412)):
        group = drawn(network(chain, execution={"client": "reth", "retention": "post-prague"}))
        assert f"--prune.bodies.before={block}" in group["execution"]["args"]
