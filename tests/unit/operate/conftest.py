"""An API server for tests: real HTTP on a Unix socket, and a fleet of two nodes behind it."""

from __future__ import annotations

import copy
import json
import socketserver
import threading
import time
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from ethgen.operate.checks import Live
from ethgen.operate.kube import Api
from ethgen.operate.plan import GroupPlan, NetworkPlan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMESPACE = "/api/v1/namespaces/devnet"
_PRYSM = "gcr.io/offchainlabs/prysm"
_IMAGES = {
    "execution": "ethereum/client-go:v1.17.8",
    "consensus": f"{_PRYSM}/beacon-chain:v7.0.0",
    "agent": "localhost/ethgen/agent:0.1.0",
    "validator": f"{_PRYSM}/validator:v7.0.0",
}
HASH = "0x" + "ab" * 32
ROOT = "0x" + "cd" * 32


class Cluster:
    """What the API server answers: a document per path, or a status and a reason where it refuses.

    A key may carry the method in front (`POST /path`); a value may be a function of the request's body.
    """

    def __init__(self) -> None:
        self.pages: dict[str, Any] = {}
        self.headers: dict[str, list[tuple[str, str]]] = {}
        self.asked: list[str] = []

    def items(self, path: str, *objects: dict[str, Any]) -> None:
        """Let a list hold these objects."""
        self.pages[path] = {"items": list(objects)}

    def pod_page(self, pod: str, port: int, path: str) -> str:
        """Return the path of a pod's own page."""
        return f"{NAMESPACE}/pods/{pod}:{port}/proxy{path}"


class _Handler(BaseHTTPRequestHandler):
    cluster: Cluster

    def address_string(self) -> str:
        return "unix"

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        plain = urlsplit(self.path).path
        self.cluster.asked.append(f"{self.command} {self.path}")
        keys = (f"{self.command} {self.path}", f"{self.command} {plain}", self.path, plain)
        key = next((key for key in keys if key in self.cluster.pages), None)
        found = self.cluster.pages[key] if key else (404, "not found")
        if callable(found):
            found = found(body)
        status = 200
        if isinstance(found, tuple):
            status, message = found
            found = {"kind": "Status", "message": message}
        content = found.encode() if isinstance(found, str) else json.dumps(found).encode()
        self.send_response(status)
        for name, value in self.cluster.headers.get(plain, []):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = _answer  # noqa: N815 - names that the base class looks for
    do_POST = _answer  # noqa: N815 - likewise
    do_PATCH = _answer  # noqa: N815 - likewise

    def log_message(self, *_: object) -> None:
        pass


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 64


@pytest.fixture
def cluster() -> Cluster:
    """Give an API server's answers; none so far."""
    return Cluster()


@pytest.fixture
def api(cluster: Cluster, tmp_path: Path) -> Iterator[Api]:
    """Run the API server and give what asks it."""
    path = tmp_path / "api"
    handler = type("Handler", (_Handler,), {"cluster": cluster})
    server = _Server(str(path), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Api(path, "ethgen-test")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def plan() -> NetworkPlan:
    """Plan two nodes and two key sets of a private network."""
    metrics = (("geth", 6060, "/debug/metrics/prometheus"), ("prysm", 8080, "/metrics"))
    clients = (("execution", "geth", "1.17.8"), ("consensus", "prysm", "7.0.0"))
    group = GroupPlan("geth-prysm", 2, 8545, 3500, metrics, clients)
    return NetworkPlan("devnet", 1337, True, 2, 8, (group,), {"a": 32, "b": 32})  # noqa: FBT003 - the plan's third word


@pytest.fixture
def well(cluster: Cluster, plan: NetworkPlan) -> Cluster:
    """Let the API server answer as for a fleet in which all is well, whose head grows with each look at it."""
    now = time.time()
    names = (*plan.node_pods, *plan.validator_pods)
    cluster.pages["/version"] = {"gitVersion": "v1.36.3"}
    cluster.pages[NAMESPACE] = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}
    cluster.items(f"{NAMESPACE}/pods", *(pod(name) for name in names))
    for name in names:
        cluster.pages[f"{NAMESPACE}/pods/{name}"] = pod(name)
    cluster.items(f"{NAMESPACE}/events")
    cluster.items(f"{NAMESPACE}/persistentvolumeclaims", *(claim(name) for name in names))
    cluster.items("/apis/policy/v1/namespaces/devnet/poddisruptionbudgets", {"status": {"expectedPods": 2}})
    deny = {"spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}}
    cluster.items("/apis/networking.k8s.io/v1/namespaces/devnet/networkpolicies", deny)
    cluster.items(
        "/apis/discovery.k8s.io/v1/namespaces/devnet/endpointslices",
        *(endpoint_slice(service, plan.node_pods) for service in ("rpc", "beacon")),
    )
    cluster.pages[f"{NAMESPACE}/configmaps/genesis"] = {
        "data": {"genesisBlockHash": HASH, "genesisValidatorsRoot": ROOT, "genesisTime": "1800000000"}
    }
    for name in plan.node_pods:
        _node(cluster, name, now)
    return cluster


@pytest.fixture
def live(api: Api, plan: NetworkPlan) -> Live:
    """Give the network as checks see it, with a clock that runs only while a check waits."""
    clock = [0.0]

    def pause(seconds: float) -> None:
        clock[0] += seconds

    return Live(api, plan, lambda: clock[0], pause)


def pod(name: str, **status: Any) -> dict[str, Any]:  # noqa: ANN401 - parts of a Kubernetes object
    """Describe a pod that runs and is ready, with changes to its status."""
    running = {"state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}, "restartCount": 0, "ready": True}
    containers = ("execution", "consensus", "agent") if "validator" not in name else ("validator",)
    known = {
        "phase": "Running",
        "conditions": [{"type": "Ready", "status": "True"}],
        "containerStatuses": [{"name": container, **copy.deepcopy(running)} for container in containers],
    }
    return {
        "metadata": {"name": name, "creationTimestamp": "2026-01-01T00:00:00Z", "labels": {}},
        "spec": {"containers": [{"name": container, "image": _IMAGES[container]} for container in containers]},
        "status": {**known, **status},
    }


def claim(name: str) -> dict[str, Any]:
    """Describe a bound volume claim."""
    return {"metadata": {"name": f"data-{name}"}, "status": {"phase": "Bound"}}


def endpoint_slice(service: str, pods: tuple[str, ...]) -> dict[str, Any]:
    """Describe the ready endpoints of a Service."""
    return {
        "metadata": {"labels": {"kubernetes.io/service-name": service}},
        "endpoints": [{"conditions": {"ready": True}, "targetRef": {"name": name}} for name in pods],
    }


def agent(now: float, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - parts of a status
    """Describe what the agent of a node at the head says."""
    known = {
        "ready": True,
        "passes": True,
        "state": "at head",
        "reasons": [],
        "syncDistanceSlots": 0,
        "execution": {"chainId": 1337, "blockNumber": 100, "blockTimestamp": now, "peers": 1, "version": "Geth/v1"},
        "consensus": {
            "headSlot": 100, "peers": 1, "finalizedEpoch": 10, "isOptimistic": False, "genesisTime": int(now) - 200,
            "version": "Prysm/v7",
        },
    }  # fmt: skip
    for key, value in changes.items():
        if isinstance(value, dict):
            known[key] = {**known[key], **value}  # type: ignore[dict-item]
        else:
            known[key] = value
    return known


def _node(cluster: Cluster, name: str, now: float) -> None:
    looks = iter(range(100, 10_000))

    def status(_: object) -> dict[str, Any]:
        return agent(now, execution={"blockNumber": next(looks)})

    def rpc(request: dict[str, Any]) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": request["id"], "result": {"hash": HASH}}

    def alive(indices: list[str]) -> dict[str, Any]:
        return {"data": [{"index": index, "is_live": True} for index in indices]}

    page = cluster.pod_page
    cluster.pages[page(name, 9300, "/status")] = status
    cluster.pages[page(name, 9300, "/metrics")] = "agent_ready 1\n"
    cluster.pages[page(name, 6060, "/debug/metrics/prometheus")] = "chain_head_block 100\n"
    cluster.pages[page(name, 8080, "/metrics")] = "beacon_head_slot 100\n"
    cluster.pages[page(name, 8551, "/")] = (503, "connection refused")
    cluster.pages[page(name, 8545, "/")] = rpc
    beacon = "/eth/v1/beacon"
    cluster.pages[page(name, 3500, f"{beacon}/genesis")] = {
        "data": {"genesis_validators_root": ROOT, "genesis_time": "1800000000"}
    }
    count = f"{beacon}/states/head/validator_count"
    cluster.pages[page(name, 3500, count)] = {"data": [{"status": "active", "count": "64"}]}
    for epoch in range(20):
        cluster.pages[page(name, 3500, f"/eth/v1/validator/liveness/{epoch}")] = alive
