"""What a change of values changes: pods that must roll, roll; others stay."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

Object = dict[str, Any]

LOCAL = Path(__file__).parents[2] / "charts" / "ethereum-infrastructure" / "ci" / "local-values.yaml"
NODES = "nodes.geth-prysm"


def pod_of(objects: list[Object], name: str) -> Object:
    """Return the pod template of a StatefulSet."""
    (found,) = [item for item in objects if item["kind"] == "StatefulSet" and item["metadata"]["name"] == name]
    template: Object = found["spec"]["template"]
    return template


def spec_of(objects: list[Object], kind: str, name: str) -> Object:
    """Return the spec of one object."""
    (found,) = [item for item in objects if item["kind"] == kind and item["metadata"]["name"] == name]
    spec: Object = found["spec"]
    return spec


@pytest.mark.parametrize(
    ("change", "rolling"),
    [
        (f"{NODES}.files.0\\.geth\\.toml=changed", {"geth-prysm"}),
        ("genesis.parts=2", {"geth-prysm", "validator-a", "validator-b"}),
        (f"{NODES}.execution.image=localhost/other", {"geth-prysm"}),
        ("validators.a.container.image=localhost/other", {"validator-a"}),
        (f"{NODES}.replicas=3", set()),
        ("access.serviceType=LoadBalancer", set()),
        ("metrics.serviceMonitor=false", set()),
    ],
)
def test_only_pods_that_a_change_concerns_roll(objects: Callable[..., list[Object]], change: str, rolling: set[str]):
    """A pod's template changes with its own values, files and genesis, and with nothing else."""
    before, after = objects(LOCAL), objects(LOCAL, "--set", change)
    names = {"geth-prysm", "validator-a", "validator-b"}
    assert {name for name in names if pod_of(before, name) != pod_of(after, name)} == rolling


def test_labels_of_the_user_change_no_selector(objects: Callable[..., list[Object]]):
    """A label of the user's is on every object, and takes the place of none of the chart's."""
    drawn = objects(LOCAL, "--set", "labels.team=ops,labels.node-group=mine")
    assert all(item["metadata"]["labels"]["team"] == "ops" for item in drawn)
    assert pod_of(drawn, "geth-prysm")["metadata"]["labels"]["node-group"] == "geth-prysm"
    assert spec_of(drawn, "Service", "rpc")["selector"] == spec_of(objects(LOCAL), "Service", "rpc")["selector"]


def test_genesis_parts_are_joined_in_their_order(objects: Callable[..., list[Object]]):
    """Part n of the genesis comes from ConfigMap `genesis-<n>` and sorts as n does."""
    volumes = pod_of(objects(LOCAL, "--set", "genesis.parts=11"), "geth-prysm")["spec"]["volumes"]
    (parts,) = [volume["projected"]["sources"] for volume in volumes if volume["name"] == "genesis-parts"]
    names = [(part["configMap"]["name"], part["configMap"]["items"][0]["path"]) for part in parts]
    assert names == [(f"genesis-{number}", f"part-{number:03}") for number in range(11)]
    assert [path for _, path in names] == sorted(path for _, path in names)


def test_a_public_network_asks_for_no_genesis(objects: Callable[..., list[Object]]):
    """Without `genesis` no pod waits for a ConfigMap that nobody makes."""
    drawn = objects(LOCAL.with_name("hoodi-values.yaml"))
    pod = pod_of(drawn, "geth-lighthouse")["spec"]
    assert not any("genesis-parts" in volume["name"] for volume in pod["volumes"])
    (prepare,) = pod["initContainers"]
    assert not any("genesis" in argument for argument in prepare["args"])
    assert "--private-network" not in pod["containers"][-1]["args"]


def test_peer_to_peer_is_open_only_where_asked(objects: Callable[..., list[Object]]):
    """A private network dials its own pods alone; a public one everybody but private ranges."""
    private, public = (
        spec_of(objects(LOCAL.with_name(f"{name}-values.yaml")), "NetworkPolicy", "p2p") for name in ("local", "hoodi")
    )
    assert all(rule["from"] for rule in private["ingress"])
    assert not any("ipBlock" in peer for rule in private["egress"] for peer in rule["to"])
    (ingress,) = public["ingress"]
    assert "from" not in ingress
    blocks = [peer["ipBlock"] for rule in public["egress"] for peer in rule["to"] if "ipBlock" in peer]
    assert {block["cidr"] for block in blocks} == {"0.0.0.0/0", "::/0"}
    excepted = {cidr for block in blocks for cidr in block["except"]}
    assert excepted >= {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7"}


def test_callers_are_those_of_the_values(objects: Callable[..., list[Object]]):
    """JSON-RPC is open to the ranges and namespaces named, the beacon API to validators, metrics to one namespace."""
    drawn = objects(LOCAL, "--set", "access.fromNamespaces={ingress},metrics.fromNamespace=prometheus")
    (rpc,) = spec_of(drawn, "NetworkPolicy", "rpc")["ingress"]
    test, namespace, block = rpc["from"]
    assert test["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "test"
    assert namespace == {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress"}}}
    assert block == {"ipBlock": {"cidr": "10.88.0.1/32"}}
    (beacon,) = spec_of(drawn, "NetworkPolicy", "beacon")["ingress"]
    (validators,) = beacon["from"]
    assert validators["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "validator"
    for policy in ("node-metrics", "validator-metrics"):
        (rule,) = spec_of(drawn, "NetworkPolicy", policy)["ingress"]
        (scraper,) = rule["from"]
        assert scraper == {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "prometheus"}}}


def test_outside_callers_keep_their_address(objects: Callable[..., list[Object]]):
    """Behind a node port or load balancer, the address that the policy sees is the caller's own."""
    for kind in ("NodePort", "LoadBalancer"):
        spec = spec_of(objects(LOCAL, "--set", f"access.serviceType={kind}"), "Service", "rpc")
        assert spec["externalTrafficPolicy"] == "Local"
    assert "externalTrafficPolicy" not in spec_of(
        objects(LOCAL, "--set", "access.serviceType=ClusterIP"), "Service", "rpc"
    )


def test_a_stopping_node_has_its_whole_grace_period(objects: Callable[..., list[Object]]):
    """The time for a clean stop begins when the drain has ended."""
    pod = pod_of(objects(LOCAL, "--set", f"{NODES}.drainSeconds=15"), "geth-prysm")["spec"]
    assert pod["terminationGracePeriodSeconds"] == 120 + 15
    # All three containers drain: without its agent, the pod would not count as serving any more.
    assert [container["lifecycle"] for container in pod["containers"]] == [{"preStop": {"sleep": {"seconds": 15}}}] * 3


def test_large_chain_ids_stay_whole_numbers(objects: Callable[..., list[Object]]):
    """Numbers that Helm holds as floating point reach the agent as they were written."""
    pod = pod_of(objects(LOCAL, "--set", f"{NODES}.health.chainId=12345678901"), "geth-prysm")["spec"]
    assert "--chain-id=12345678901" in pod["containers"][-1]["args"]
