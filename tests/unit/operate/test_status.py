"""What `ethgen status` says of a fleet."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from ethgen.operate.status import as_json, duration, fleet_status, headline, table

if TYPE_CHECKING:
    from conftest import Cluster
    from ethgen.operate.kube import Api
    from ethgen.operate.plan import NetworkPlan

NOW = datetime(2026, 1, 1, 1, tzinfo=UTC)


def test_a_fleet_that_is_well(api: Api, well: Cluster, plan: NetworkPlan) -> None:
    """Each node shows its head, finality and peers; the network its validators."""
    assert well.pages
    (status,) = fleet_status(api, [plan], NOW)
    assert status.healthy
    assert (status.validators_active, status.validators_expected) == (64, 64)
    node = status.nodes[0]
    assert (node.pod.name, node.block, node.head_slot, node.finalized_epoch) == ("geth-prysm-0", 100, 100, 10)
    assert (node.execution_peers, node.consensus_peers, node.state) == (1, 1, "at head")
    assert node.pod.age_seconds == 3600
    assert "devnet, well" in headline(status, NOW)
    assert "validators 64/64 active" in headline(status, NOW)


def test_a_node_whose_agent_is_silent_still_has_its_row(api: Api, well: Cluster, plan: NetworkPlan) -> None:
    """Figures that are not known are question marks, and the reason stands in the row."""
    well.pages[well.pod_page("geth-prysm-1", 9300, "/status")] = (503, "connection refused")
    (status,) = fleet_status(api, [plan], NOW)
    row = next(row for row in table(status) if row[0] == "geth-prysm-1")
    assert row[4:9] == ["?", "?", "?", "?", "?/?"]
    assert "connection refused" in row[9]


def test_what_a_pod_waits_for_is_said(api: Api, well: Cluster, plan: NetworkPlan) -> None:
    """An image that cannot be had is the reason why the agent does not answer, and stands in its place."""
    pods = well.pages["/api/v1/namespaces/devnet/pods"]["items"]
    pod = next(pod for pod in pods if pod["metadata"]["name"] == "geth-prysm-1")
    waiting = {"name": "execution-init-0", "state": {"waiting": {"reason": "ImagePullBackOff"}}}
    pod["status"] = {"phase": "Pending", "initContainerStatuses": [waiting]}
    well.pages[well.pod_page("geth-prysm-1", 9300, "/status")] = (503, "connection refused")
    (status,) = fleet_status(api, [plan], NOW)
    row = next(row for row in table(status) if row[0] == "geth-prysm-1")
    assert row[9] == "execution-init-0 waits (ImagePullBackOff)"
    assert as_json(status)["nodes"][1]["pod"]["trouble"] == row[9]


def test_pods_that_do_not_exist_are_shown_as_absent(api: Api, well: Cluster, plan: NetworkPlan) -> None:
    """An expected pod that is not there makes the network not well."""
    pods = well.pages["/api/v1/namespaces/devnet/pods"]["items"]
    well.items("/api/v1/namespaces/devnet/pods", *(pod for pod in pods if pod["metadata"]["name"] != "validator-b-0"))
    (status,) = fleet_status(api, [plan], NOW)
    assert not status.healthy
    assert [(pod.name, pod.phase) for pod in status.validators] == [
        ("validator-a-0", "Running"),
        ("validator-b-0", "absent"),
    ]


def test_an_empty_namespace_is_said(api: Api, cluster: Cluster, plan: NetworkPlan) -> None:
    """Where nothing was deployed the headline says so."""
    cluster.items("/api/v1/namespaces/devnet/pods")
    (status,) = fleet_status(api, [plan], NOW)
    assert headline(status, NOW).startswith("devnet, nothing runs in namespace devnet")


def test_json_has_the_keys_of_kubernetes(api: Api, well: Cluster, plan: NetworkPlan) -> None:
    """The JSON is camelCase, serialisable, and says whether the network is well."""
    assert well.pages
    document = json.loads(json.dumps(as_json(fleet_status(api, [plan], NOW)[0])))
    assert document["healthy"] is True
    assert document["validatorsActive"] == 64
    assert document["nodes"][0]["finalizedEpoch"] == 10
    assert document["nodes"][0]["pod"]["ageSeconds"] == 3600
    assert document["validators"][0]["ageSeconds"] == 3600


def test_a_public_network_counts_no_validators(api: Api, well: Cluster, plan: NetworkPlan) -> None:
    """A million validators of others are nobody's business here."""
    import dataclasses  # noqa: PLC0415 - only here

    public = dataclasses.replace(plan, private=False, key_sets={})
    (status,) = fleet_status(api, [public], NOW)
    assert status.validators_active is None
    assert not [line for line in well.asked if "validator_count" in line]


def test_a_network_that_has_not_begun_says_when_it_will(api: Api, well: Cluster, plan: NetworkPlan) -> None:
    """Before the genesis time the headline counts down."""
    assert well.pages
    (status,) = fleet_status(api, [plan], NOW)
    assert status.genesis_time is not None
    before = datetime.fromtimestamp(status.genesis_time - 42, UTC)
    assert "begins in 42s" in headline(status, before)
    assert abs(status.genesis_time - time.time()) < 1000


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (119, "119s"), (120, "2m"), (7199, "119m"), (7200, "2h"), (200_000, "2d")]
)
def test_durations_are_in_their_largest_fitting_unit(seconds: float, text: str) -> None:
    """Two of a unit at least, for the sake of precision."""
    assert duration(seconds) == text
