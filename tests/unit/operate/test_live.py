"""Every live check passes on a fleet that is well, and fails, with a cure, on the fault it is there for."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING, Any

import pytest

from ethgen.operate import checks_chain, checks_cluster, endpoints
from ethgen.operate.checks import CheckFailedError, Live, NotApplicableError
from ethgen.operate.live import CHECKS, as_json, run_checks

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Cluster
    from ethgen.operate.kube import Api
    from ethgen.operate.plan import NetworkPlan

NAMESPACE = "/api/v1/namespaces/devnet"
NODE = "geth-prysm-0"


@pytest.fixture(autouse=True)
def outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the network be reached from outside without a network."""
    address = endpoints.Address("http://192.0.2.1:30545", "NodePort")
    monkeypatch.setattr(checks_chain, "outside_url", lambda *_: address)
    monkeypatch.setattr(checks_chain, "rpc_answers", lambda *_: 1337)


def test_all_checks_pass_on_a_fleet_that_is_well(api: Api, well: Cluster, plan: NetworkPlan) -> None:
    """More than twenty checks, no failure, and each says what it saw."""
    assert well.pages
    told: list[str] = []
    results = run_checks(api, [plan], lambda result: told.append(result.check))
    assert [(result.check, result.detail) for result in results if result.outcome != "passed"] == []
    assert [result.check for result in results] == [check.name for check in CHECKS]
    assert sorted(told) == sorted(check.name for check in CHECKS)
    assert len(results) >= 20
    assert all(result.detail for result in results)
    assert as_json(results[0])["outcome"] == "passed"


def test_names_of_checks_are_unique() -> None:
    """A result is found by its check's name."""
    names = [check.name for check in CHECKS]
    assert len(set(names)) == len(names)


def test_an_api_server_that_fails_fails_its_checks_and_no_more(api: Api, well: Cluster, plan: NetworkPlan) -> None:
    """An error of the API server is a failed check with a cure, never a traceback."""
    well.pages[f"{NAMESPACE}/persistentvolumeclaims"] = (500, "etcd is gone")
    failed = [result for result in run_checks(api, [plan]) if result.outcome == "failed"]
    assert [(result.check, "etcd is gone" in result.detail, bool(result.cure)) for result in failed] == [
        ("volumes", True, True)
    ]


def change_pod(well: Cluster, name: str, **status: Any) -> None:  # noqa: ANN401 - parts of a Kubernetes object
    """Change the status of a pod, in the list and alone."""
    for pod in (*well.pages[f"{NAMESPACE}/pods"]["items"], well.pages[f"{NAMESPACE}/pods/{name}"]):
        if pod["metadata"]["name"] == name:
            pod["status"].update(status)


def change_agent(well: Cluster, *names: str, **changes: Any) -> None:  # noqa: ANN401 - parts of a status
    """Change what agents say."""
    for name in names:
        page = well.pod_page(name, 9300, "/status")
        answer = well.pages[page](None)
        for key, value in changes.items():
            answer[key] = {**answer[key], **value} if isinstance(value, dict) else value
        well.pages[page] = answer


def not_ready(well: Cluster) -> None:
    change_pod(well, NODE, conditions=[{"type": "Ready", "status": "False"}])


def absent(well: Cluster) -> None:
    well.items(f"{NAMESPACE}/pods")


def restarted(well: Cluster) -> None:
    ended = {"exitCode": 137, "reason": "OOMKilled", "finishedAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
    container = {"name": "execution", "restartCount": 1, "ready": True, "state": {"running": {}}}
    change_pod(well, NODE, containerStatuses=[{**container, "lastState": {"terminated": ended}}])


def unbound(well: Cluster) -> None:
    well.pages[f"{NAMESPACE}/persistentvolumeclaims"]["items"][0]["status"]["phase"] = "Pending"


def uncovered(well: Cluster) -> None:
    well.items("/apis/policy/v1/namespaces/devnet/poddisruptionbudgets")


def insecure(well: Cluster) -> None:
    well.pages[NAMESPACE] = {"metadata": {}}
    warning = '299 - "geth-prysm-0: allowPrivilegeEscalation != false"'
    well.headers[NAMESPACE] = [("Warning", warning)]


def open_egress(well: Cluster) -> None:
    policy = {"spec": {"podSelector": {}, "policyTypes": ["Ingress"]}}
    well.items("/apis/networking.k8s.io/v1/namespaces/devnet/networkpolicies", policy)


def other_version(well: Cluster) -> None:
    for item in well.pages[f"{NAMESPACE}/pods"]["items"]:
        item["spec"]["containers"][0]["image"] = "ethereum/client-go:v1.17.10"


def no_endpoints(well: Cluster) -> None:
    well.items("/apis/discovery.k8s.io/v1/namespaces/devnet/endpointslices")


def no_metrics(well: Cluster) -> None:
    well.pages[well.pod_page(NODE, 8080, "/metrics")] = (503, "connection refused")


def empty_metrics(well: Cluster) -> None:
    well.pages[well.pod_page(NODE, 6060, "/debug/metrics/prometheus")] = "# HELP x\n"


def open_engine(well: Cluster) -> None:
    well.pages[well.pod_page(NODE, 8551, "/")] = (401, "missing token")


def agent_not_ready(well: Cluster) -> None:
    reasons = [{"name": "optimistic", "text": "the head is optimistic"}]
    change_agent(well, NODE, ready=False, state="not ready", reasons=reasons)


def agent_silent(well: Cluster) -> None:
    well.pages[well.pod_page(NODE, 9300, "/status")] = (503, "connection refused")


def standstill(well: Cluster) -> None:
    change_agent(well, NODE, "geth-prysm-1", state="chain stands still")


def other_chain(well: Cluster) -> None:
    change_agent(well, NODE, execution={"chainId": 1})


def other_block_0(well: Cluster) -> None:
    page = well.pod_page("geth-prysm-1", 8545, "/")
    well.pages[page] = lambda request: {"id": request["id"], "result": {"hash": "0x" + "00" * 32}}


def other_state(well: Cluster) -> None:
    page = well.pod_page(NODE, 3500, "/eth/v1/beacon/genesis")
    well.pages[page] = {"data": {"genesis_validators_root": "0x" + "00" * 32, "genesis_time": "1800000000"}}


def no_genesis(well: Cluster) -> None:
    del well.pages[f"{NAMESPACE}/configmaps/genesis"]


def no_growth(well: Cluster) -> None:
    change_agent(well, NODE)


def no_finality(well: Cluster) -> None:
    change_agent(well, NODE, consensus={"finalizedEpoch": 7})


def lonely(layer: str) -> Callable[[Cluster], None]:
    return lambda well: change_agent(well, NODE, **{layer: {"peers": 0}})


def inactive(well: Cluster) -> None:
    for name in (NODE, "geth-prysm-1"):
        page = well.pod_page(name, 3500, "/eth/v1/beacon/states/head/validator_count")
        well.pages[page] = {"data": [{"status": "active", "count": "63"}]}


def key_set_silent(well: Cluster) -> None:
    def alive(indices: list[str]) -> dict[str, Any]:
        return {"data": [{"index": index, "is_live": int(index) < 40} for index in indices]}

    for epoch in range(20):
        well.pages[well.pod_page(NODE, 3500, f"/eth/v1/validator/liveness/{epoch}")] = alive


@pytest.mark.parametrize(
    ("check", "fault", "words"),
    [
        ("pods", not_ready, f"pod {NODE} is not ready"),
        ("pods", absent, f"pod {NODE} does not exist"),
        ("restarts", restarted, f"execution of {NODE} ended"),
        ("volumes", unbound, f"no volume for data-{NODE}"),
        ("disruption budget", uncovered, "covers 0 of 2 nodes"),
        ("pod security", insecure, "allowPrivilegeEscalation"),
        ("network policies", open_egress, "no policy denies Egress"),
        ("versions", other_version, f"{NODE} runs geth 1.17.10, and the spec says 1.17.8"),
        ("services", no_endpoints, "Service rpc leads to nobody"),
        ("metrics", no_metrics, f"prysm of {NODE} gives no metrics"),
        ("metrics", empty_metrics, f"geth of {NODE} gives an empty page"),
        ("engine API", absent, f"pod {NODE} does not exist"),
        ("engine API", open_engine, f"{NODE} answers on port 8551 with status 401"),
        ("agents", agent_not_ready, "the head is optimistic"),
        ("agents", agent_silent, f"the agent of {NODE} does not answer"),
        ("agents", standstill, "blocks have stopped"),
        ("chain id", other_chain, f"{NODE} has chain id 1, not 1337"),
        ("genesis block", other_block_0, "block 0 of geth-prysm-1 is"),
        ("genesis block", no_genesis, "no ConfigMap `genesis`"),
        ("genesis state", other_state, f"genesis_validators_root of {NODE}"),
        ("blocks", no_growth, f"no new block in 24 s on {NODE}"),
        ("agreement", other_block_0, "nodes differ at block"),
        ("finality", no_finality, f"{NODE} is in epoch 12 and its finalized epoch is 7"),
        ("execution peers", lonely("execution"), f"the execution client of {NODE} has 0 peers"),
        ("consensus peers", lonely("consensus"), f"the consensus client of {NODE} has 0 peers"),
        ("validators", inactive, "63 of 64 validators are active"),
        ("attestations", key_set_silent, "8 of 32 validators of key set b attested in epoch 11"),
    ],
)
def test_each_check_finds_its_fault(
    live: Live, well: Cluster, check: str, fault: Callable[[Cluster], None], words: str
) -> None:
    """The fault is named and a cure is given."""
    fault(well)
    look = next(known.look for known in CHECKS if known.name == check)
    with pytest.raises(CheckFailedError) as caught:
        look(live)
    assert words in caught.value.message
    assert caught.value.cure


def test_a_version_that_cannot_go_back_says_why(live: Live, well: Cluster) -> None:
    """Where a deployment would be refused for the sake of the database, its reason stands in place of the cure."""
    group = dataclasses.replace(live.plan.groups[0], clients=(("execution", "geth", "1.14.0"),))
    assert well.pages
    with pytest.raises(CheckFailedError, match=r"runs geth 1\.17\.8, and the spec says 1\.14\.0") as caught:
        checks_cluster.look_at_versions(Live(live.api, dataclasses.replace(live.plan, groups=(group,))))
    assert "1.15.0 rewrote it" in caught.value.cure


def test_pods_are_judged_by_admission_where_the_namespace_enforces_nothing(live: Live, well: Cluster) -> None:
    """A dry run without warnings passes, and asks for a dry run only."""
    well.pages[NAMESPACE] = {"metadata": {}}
    assert "4 pods fit" in checks_cluster.look_at_pod_security(live)
    assert f"PATCH {NAMESPACE}?dryRun=All" in well.asked


def test_a_public_network_leaves_out_what_only_private_ones_have(api: Api, well: Cluster, plan: NetworkPlan) -> None:
    """Genesis and validators of a public network are not ours to check."""
    assert well.pages
    public = dataclasses.replace(plan, private=False, key_sets={})
    left_out = {result.check for result in run_checks(api, [public]) if result.outcome == "left out"}
    assert left_out == {"genesis block", "genesis state", "validators", "attestations"}
    with pytest.raises(NotApplicableError):
        checks_chain.look_at_attestations(Live(api, public))


@pytest.mark.parametrize(("answer", "words"), [("connection refused", "does not answer"), (1, "has chain id 1")])
def test_a_json_rpc_that_users_cannot_reach_fails(
    live: Live, well: Cluster, monkeypatch: pytest.MonkeyPatch, answer: object, words: str
) -> None:
    """No answer, or that of another chain, from outside the cluster is a failure."""
    assert well.pages
    monkeypatch.setattr(checks_chain, "rpc_answers", lambda *_: answer)
    with pytest.raises(CheckFailedError, match=words):
        checks_chain.look_at_outside(live)
