"""A network whose beacon nodes have one port under different numbers, and validators of every client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.spec import load
from ethgen.stack import releases

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Object = dict[str, Any]

RECIPIENT = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
# Not in order of their names: the first of the spec is not the first of the chart.
GROUPS = {"geth-teku": "teku", "geth-lighthouse": "lighthouse", "geth-prysm": "prysm", "geth-lodestar": "lodestar"}
SIGNERS = sorted(client.name for client in CONSENSUS_CLIENTS.values() if client.validator)


@pytest.fixture(scope="module", name="drawn")
def objects_of_a_mixed_network(
    template: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[str, str], Object]:
    """Return the objects of a network of several clients, by kind and name."""
    folder = tmp_path_factory.mktemp("mixed")
    geth = {"client": "geth", "retention": "full"}
    network = {
        "chain": "hoodi",
        "nodes": {
            name: {"execution": geth, "consensus": {"client": client}, "storage": "800Gi"}
            for name, client in GROUPS.items()
        },
        "validators": {name: {"client": name, "keys": 1, "feeRecipient": RECIPIENT} for name in SIGNERS},
    }
    cluster = {"context": "mixed", "registry": "registry.example.org"}
    spec = folder / "mixed.yaml"
    spec.write_text(yaml.safe_dump({"profile": "staging", "cluster": cluster, "networks": {"hoodi": network}}))
    (release,) = (found for found in releases(load(spec)) if found.name == "hoodi")
    values: Path = folder / "values.yaml"
    values.write_text(yaml.safe_dump(release.values))
    objects = [found for found in yaml.safe_load_all(template(values)) if found]
    return {(found["kind"], found["metadata"]["name"]): found for found in objects}


def container(drawn: dict[tuple[str, str], Object], pod: str, name: str) -> Object:
    """Return a container or init container of a StatefulSet's pod."""
    spec = drawn["StatefulSet", pod]["spec"]["template"]["spec"]
    (found,) = (one for one in (*spec["initContainers"], *spec["containers"]) if one["name"] == name)
    return found


def beacon_ports(drawn: dict[tuple[str, str], Object]) -> dict[str, Object]:
    """Return the ports of the Service that validators talk to, by name."""
    return {port["name"]: port for port in drawn["Service", "beacon"]["spec"]["ports"]}


def test_one_service_port_leads_to_every_number(drawn: dict[tuple[str, str], Object]) -> None:
    """The Service names its target; each pod has a port of that name with its own number, which the agent opens."""
    port = beacon_ports(drawn)["beacon-api"]
    assert port["targetPort"] == "beacon-api"
    numbers = set()
    for group, client in GROUPS.items():
        own = CONSENSUS_CLIENTS[client].process.port("beacon-api")
        ports = {found["name"]: found["containerPort"] for found in container(drawn, group, "consensus")["ports"]}
        assert ports["beacon-api"] == own
        assert f"--gate={own}" in container(drawn, group, "agent")["args"]
        numbers.add(own)
    assert len(numbers) == len(GROUPS)
    assert port["port"] in numbers


@pytest.mark.parametrize("name", SIGNERS)
def test_validators_call_the_number_of_the_service(drawn: dict[tuple[str, str], Object], name: str) -> None:
    """A validator of any client calls the Service at a port that it has, whichever group the spec names first."""
    arguments = " ".join(container(drawn, f"validator-{name}", "validator")["args"])
    called = [port for port in beacon_ports(drawn).values() if f"beacon:{port['port']}" in arguments]
    assert len(called) == 1
    assert arguments.count("beacon:") == 1


def test_validators_may_reach_every_number(drawn: dict[tuple[str, str], Object]) -> None:
    """NetworkPolicies see the pods' own numbers, so those open all of them."""
    wanted = {CONSENSUS_CLIENTS[client].process.port("beacon-api") for client in GROUPS.values()}
    opened = [
        {port["port"] for rule in found["spec"].get("ingress") or () for port in rule.get("ports") or ()}
        for (kind, _), found in drawn.items()
        if kind == "NetworkPolicy"
    ]
    assert any(wanted <= ports for ports in opened)


@pytest.mark.parametrize("name", SIGNERS)
def test_keystores_are_laid_out_for_their_client(drawn: dict[tuple[str, str], Object], name: str) -> None:
    """The agent is told the layout, client and claim of the catalogue, and the client can lock what it gets."""
    validator = CONSENSUS_CLIENTS[name].validator
    assert validator is not None
    agent = container(drawn, f"validator-{name}", "keystores")
    given = dict(argument.split("=", 1) for argument in agent["args"] if "=" in argument)
    assert given["--layout"] == validator.keystores
    assert given.get("--validators", "") == validator.validators
    assert given["--client"] == name
    assert int(given["--keys"]) > 0
    written = {given["--keystores"], given["--claim"], given["--empty"]}
    assert written <= {mount["mountPath"] for mount in agent["volumeMounts"] if not mount.get("readOnly")}
    mounts = {mount["mountPath"]: mount for mount in container(drawn, f"validator-{name}", "validator")["volumeMounts"]}
    assert not mounts["/keystores"].get("readOnly")
    # What it has signed lies on the volume that is mounted at the claim's folder, in both of them.
    assert mounts[given["--claim"]]["name"] == "data"
    assert {mount["name"] for mount in agent["volumeMounts"] if mount["mountPath"] == given["--claim"]} == {"data"}
