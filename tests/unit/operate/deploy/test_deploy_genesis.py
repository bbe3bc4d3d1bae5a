"""A private network's genesis as objects of its namespace."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from ethgen.errors import DeployError
from ethgen.operate.deploy import genesis
from ethgen.spec import load

if TYPE_CHECKING:
    from pathlib import Path

SPEC = """
profile: local
networks:
  devnet:
    chain: custom
    chainId: 1337
    genesis: {{mnemonic: test test test test test test test test test test test junk, slotSeconds: {slot_seconds}}}
    nodes:
      node:
        execution: {{client: geth}}
        consensus: {{client: prysm}}
        replicas: {replicas}
        storage: 1Gi
    validators:
      a: {{client: prysm, keys: 32, feeRecipient: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"}}
"""


class Cluster:
    """A cluster that keeps what is applied to it, in order."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], dict[str, Any]] = {}
        self.volumes = ["data-node-0"]

    def get(self, kind: str, name: str, namespace: str) -> dict[str, Any] | None:
        assert namespace == "devnet"
        return self.objects.get((kind, name))

    def list(self, kind: str, namespace: str) -> list[str]:
        assert (kind, namespace) == ("persistentvolumeclaims", "devnet")
        return self.volumes

    def apply(self, objects: list[dict[str, Any]]) -> None:
        for item in objects:
            self.objects[item["kind"].lower(), item["metadata"]["name"]] = item


def ensure(cluster: Cluster, root: Path, slot_seconds: int = 12, replicas: int = 2) -> str:
    """Make sure that the network of a spec with such slots and replicas has begun."""
    path = root / "local.yaml"
    path.write_text(SPEC.format(slot_seconds=slot_seconds, replicas=replicas))
    return genesis.ensure(cluster, load(path), "devnet", root)  # type: ignore[arg-type]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch):
    """The time of deployment, which a test may move."""
    now = [1_700_000_000.0]
    monkeypatch.setattr(genesis.time, "time", lambda: now[0])
    return now


@pytest.mark.usefixtures("clock")
def test_everything_a_pod_mounts_is_there_and_the_marker_comes_last(tmp_path: Path):
    """The parts, the keys of nodes and validators, and at last the ConfigMap that says that the network has begun."""
    cluster = Cluster()
    assert ensure(cluster, tmp_path) == "devnet begins in 30 s with 32 validators"
    assert list(cluster.objects) == [
        ("secret", "node-keys-node"),
        ("configmap", "genesis-0"),
        ("secret", "keystores-a"),
        ("configmap", "genesis"),
    ]
    keys = cluster.objects["secret", "node-keys-node"]["data"]
    assert sorted(keys) == ["0.consensus", "0.execution", "1.consensus", "1.execution"]
    keystores = {f"keystore-{index}.json" for index in range(32)}
    assert set(cluster.objects["secret", "keystores-a"]["data"]) == {*keystores, "password"}


@pytest.mark.usefixtures("clock")
def test_the_marker_identifies_the_genesis(tmp_path: Path):
    """The marker has the genesis time and the digest of exactly the bytes in the parts."""
    cluster = Cluster()
    ensure(cluster, tmp_path)
    part = base64.b64decode(cluster.objects["configmap", "genesis-0"]["binaryData"]["part"])
    marker = cluster.objects["configmap", "genesis"]["data"]
    assert marker["sha256"] == hashlib.sha256(part).hexdigest()
    assert (marker["genesisTime"], marker["parts"]) == ("1700000030", "1")


def test_a_network_that_has_begun_keeps_its_genesis(tmp_path: Path, clock: list[float]):
    """A second deployment of the same spec changes no object."""
    cluster = Cluster()
    ensure(cluster, tmp_path)
    before = dict(cluster.objects)
    clock[0] += 100
    assert ensure(cluster, tmp_path) == "devnet began 70 s ago"
    assert cluster.objects == before


@pytest.mark.usefixtures("clock")
def test_another_genesis_than_the_running_one_is_refused(tmp_path: Path):
    """A spec whose genesis changed is refused at its place, with the way to begin anew."""
    cluster = Cluster()
    ensure(cluster, tmp_path)
    before = dict(cluster.objects)
    with pytest.raises(DeployError) as error:
        ensure(cluster, tmp_path, slot_seconds=6)
    assert str(error.value) == (
        f"{tmp_path}/local.yaml:7:14: networks.devnet: the network that runs began with another genesis than this one\n"
        "  cure: undo the change, or give the network up and begin anew with --new-genesis"
    )
    assert cluster.objects == before


@pytest.mark.usefixtures("clock")
def test_a_group_that_grows_gets_keys(tmp_path: Path):
    """More replicas are no other genesis: the running network goes on, and the new nodes have keys."""
    cluster = Cluster()
    ensure(cluster, tmp_path)
    first = cluster.objects["secret", "node-keys-node"]["data"]
    ensure(cluster, tmp_path, replicas=3)
    grown = cluster.objects["secret", "node-keys-node"]["data"]
    assert set(grown) - set(first) == {"2.execution", "2.consensus"}
    assert first.items() <= grown.items()


def test_a_genesis_that_no_node_has_used_is_made_anew(tmp_path: Path, clock: list[float]):
    """A deployment that was interrupted before the nodes were installed begins when it goes on."""
    cluster = Cluster()
    cluster.volumes = []
    ensure(cluster, tmp_path)
    clock[0] += 3600
    assert ensure(cluster, tmp_path) == "devnet begins in 30 s with 32 validators"
    assert cluster.objects["configmap", "genesis"]["data"]["genesisTime"] == "1700003630"
