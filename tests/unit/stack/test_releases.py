"""The releases of an environment: each network once, its values resolved from the spec and the catalogue."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from ethgen.errors import SpecError
from ethgen.spec import load
from ethgen.stack import releases
from ethgen.stack.genesis_parts import MAX_PARTS, MAX_VALIDATORS, PART_BYTES, parts_of, validators_of
from ethgen.stack.peers import files, node_key

SEVERAL = Path(__file__).parents[2] / "fixtures" / "valid" / "several.yaml"


@pytest.fixture(name="values")
def values_of_several() -> dict[str, Any]:
    """Return the values of every network of the fixture, by name."""
    return {release.name: release.values for release in releases(load(SEVERAL))}


def test_every_network_is_a_release_in_its_own_namespace() -> None:
    """Releases come in the order of the spec; name, namespace and network are the same word."""
    found = [(release.name, release.namespace, release.installed) for release in releases(load(SEVERAL))]
    assert found == [
        ("holder", "holder", False),
        ("main", "main", True),
        ("fast", "fast", True),
        ("fulu", "fulu", True),
    ]


def test_values_of_a_release_are_merged_over_the_generated_ones(values: dict[str, Any]) -> None:
    """What a spec adds under `releases` wins, key by key, and leaves the rest as it was."""
    assert values["main"]["labels"] == {"team": "infrastructure", "ready": "yes"}
    assert values["main"]["metrics"] == {"serviceMonitor": True, "fromNamespace": "monitoring"}
    assert values["fast"]["metrics"]["serviceMonitor"] is False


def test_a_client_runs_as_the_spec_says(values: dict[str, Any]) -> None:
    """Version, image, extra arguments, retention and resources of a spec arrive at the container."""
    archive = values["main"]["nodes"]["archive"]
    assert archive["execution"]["image"] == "ethereum/client-go:v1.17.10"
    assert archive["execution"]["args"][-2:] == ["--cache=8192", "--identity=node #1"]
    assert "--gcmode=archive" in archive["execution"]["args"]
    assert "--http.api=eth,net,web3,debug" in archive["execution"]["args"]
    assert archive["execution"]["resources"] == {
        "requests": {"cpu": "4", "memory": "32Gi"},
        "limits": {"memory": "48Gi"},
    }
    assert archive["consensus"]["image"] == "registry.example.org/lighthouse:v8.3.3"
    assert "--archive" in archive["consensus"]["args"]
    assert "--checkpoint-sync-url=https://checkpoint.example.org" in archive["consensus"]["args"]
    assert archive["storageClass"] == "standard"
    assert values["main"]["agent"]["image"].startswith("registry.example.org/project/ethgen/agent:")


def test_a_public_network_has_no_genesis_and_open_peering(values: dict[str, Any]) -> None:
    """Only a private network carries a genesis, node keys and files, and keeps its peers to itself."""
    assert "genesis" not in values["main"]
    assert values["main"]["p2pFromAnywhere"] is True
    assert values["main"]["nodes"]["archive"]["files"] == {}
    assert values["fast"]["genesis"] == {"parts": 1}
    assert values["fast"]["p2pFromAnywhere"] is False
    assert values["fast"]["nodes"]["geth-prysm"]["nodeKeys"] is True


def test_every_replica_dials_every_other_and_never_itself(values: dict[str, Any]) -> None:
    """The files of a replica name all other replicas of the network, of its own and of other groups."""
    hosts = [
        f"{name}-p2p.fast.svc.cluster.local" for name in ("geth-prysm-0", "geth-prysm-1", "geth-prysm-2", "second-0")
    ]
    places = [("geth-prysm", 0), ("geth-prysm", 1), ("geth-prysm", 2), ("second", 0)]
    for (group, ordinal), file in itertools.product(places, ("geth.toml", "prysm.yaml")):
        text = values["fast"]["nodes"][group]["files"][f"{ordinal}.{file}"]
        assert [host for host in hosts if host in text] == [
            host for host in hosts if not host.startswith(f"{group}-{ordinal}-")
        ]


def test_no_two_nodes_share_a_key() -> None:
    """Node keys differ by network, group, replica and layer, also where networks have one mnemonic."""
    spec = load(SEVERAL)
    keys = [
        node_key(name, spec.networks[name], group, ordinal, layer).hex
        for name in ("fast", "fulu")
        for group, ordinal in (("geth-prysm", 0), ("geth-prysm", 1), ("second", 0))
        for layer in ("execution", "consensus")
    ]
    assert len(set(keys)) == len(keys) == 12


def test_the_files_of_a_group_are_those_of_its_replicas() -> None:
    """Each replica has one file of each client that reads any."""
    network = load(SEVERAL).networks["fast"]
    assert sorted(files("fast", network, "second")) == ["0.geth.toml", "0.prysm.yaml"]


def test_the_genesis_of_more_validators_takes_more_parts() -> None:
    """The number of ConfigMaps grows with the validators, each part within what Kubernetes takes."""
    network = load(SEVERAL).networks["fulu"]
    assert network.genesis is not None
    assert (validators_of(network), parts_of(network)) == (80, 1)

    def parts(validators: int) -> int:
        genesis = network.genesis.model_copy(update={"validators": validators})  # type: ignore[union-attr]
        return parts_of(network.model_copy(update={"genesis": genesis}))

    assert parts(10_000) == 2
    assert parts(MAX_VALIDATORS) == MAX_PARTS
    assert parts(MAX_VALIDATORS + 1) == MAX_PARTS + 1
    assert PART_BYTES < 1024 * 1024


def test_a_chart_that_would_refuse_is_told_before(tmp_path: Path) -> None:
    """Values that the chart's types do not take are reported at their place in the spec."""
    text = SEVERAL.read_text().replace("metrics: {serviceMonitor: true}", "metrics: {serviceMonitor: maybe}")
    (tmp_path / "several.yaml").write_text(text)
    (tmp_path / "base.yaml").write_text((SEVERAL.parent / "base.yaml").read_text())
    with pytest.raises(SpecError) as caught:
        releases(load(tmp_path / "several.yaml"))
    line, column = next((n, row.index("maybe") + 1) for n, row in enumerate(text.splitlines(), 1) if "maybe" in row)
    assert str(caught.value) == (
        f"{tmp_path}/several.yaml:{line}:{column}: "
        "releases.main.values.metrics.serviceMonitor: expected true or false, found 'maybe'"
    )
