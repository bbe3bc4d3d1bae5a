"""The environments of this repository: what each is for."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.render.build import build
from ethgen.spec import load
from ethgen.stack import warnings

FOLDER = Path(__file__).parents[3] / "environments"
ENVIRONMENTS = sorted(path.stem for path in FOLDER.glob("*.yaml") if path.stem != "base")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_an_environment_has_no_warning(environment: str) -> None:
    """Versions are ready for what is announced, volumes hold what is written, and no client has too many validators."""
    assert warnings(load(FOLDER / f"{environment}.yaml")) == []


def test_the_local_network_becomes_sepolia_by_one_line(tmp_path: Path) -> None:
    """Naming the other network in one line of local.yaml gives a valid environment on Sepolia, and no private one."""
    shutil.copytree(FOLDER, tmp_path / "environments")
    path = tmp_path / "environments" / "local.yaml"
    old = path.read_text()
    new = old.replace("\nextends: networks/devnet.yaml\n", "\nextends: networks/sepolia.yaml\n")
    assert sum(one != other for one, other in zip(old.splitlines(), new.splitlines(), strict=True)) == 1
    path.write_text(new)
    spec = load(path)
    assert [network.chain for network in spec.networks.values()] == ["sepolia"]
    assert warnings(spec) == []
    assert "values/local/sepolia.yaml" in build(spec)
    path.write_text(old)
    assert [network.chain for network in load(path).networks.values()] == ["custom"]


def test_production_uses_every_client_of_the_catalogue() -> None:
    """Each client of either layer, and each validator client, runs somewhere on mainnet, in three zones."""
    spec = load(FOLDER / "production.yaml")
    network = spec.networks["mainnet"]
    groups = network.nodes.values()
    assert {group.execution.client for group in groups} == set(EXECUTION_CLIENTS)
    assert {group.consensus.client for group in groups} == set(CONSENSUS_CLIENTS)
    signing = {name for name, client in CONSENSUS_CLIENTS.items() if client.validator is not None}
    assert {key_set.client for key_set in network.validators.values()} == signing
    assert (spec.profile, network.chain, len(spec.cluster.zones)) == ("production", "mainnet", 3)
    assert network.rpc.from_cidrs == []


def test_staging_runs_several_clients_on_both_test_networks() -> None:
    """Hoodi and Sepolia each have several clients of both layers."""
    networks = load(FOLDER / "staging.yaml").networks
    assert sorted(networks) == ["hoodi", "sepolia"]
    for network in networks.values():
        assert len({group.execution.client for group in network.nodes.values()}) > 1
        assert len({group.consensus.client for group in network.nodes.values()}) > 1
