"""Where users reach a network from outside its cluster."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from ethgen.operate import endpoints

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Cluster
    from ethgen.operate.kube import Api
    from ethgen.operate.plan import NetworkPlan

SERVICE = "/api/v1/namespaces/devnet/services/rpc"


@pytest.fixture
def json_rpc() -> Iterator[int]:
    """Run a JSON-RPC of chain 1337 on loopback and give its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": "0x539"}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def serve(cluster: Cluster, kind: str, port: dict[str, Any], **spec: object) -> None:
    """Let the Service `rpc` be of a kind, and the cluster have one node on loopback."""
    ports = [{"name": "ws", "port": 8546}, {"name": "rpc", **port}]
    cluster.pages[SERVICE] = {"spec": {"type": kind, "ports": ports, **spec}, "status": {}}
    cluster.items("/api/v1/nodes", {"status": {"addresses": [{"type": "InternalIP", "address": "127.0.0.1"}]}})


def test_a_node_port_is_reached_at_a_nodes_address(
    api: Api, cluster: Cluster, plan: NetworkPlan, json_rpc: int
) -> None:
    """The JSON-RPC port is found among others, and answers its chain id."""
    serve(cluster, "NodePort", {"port": 8545, "nodePort": json_rpc}, clusterIP="None")
    address = endpoints.outside_url(api, plan)
    assert address == endpoints.Address(f"http://127.0.0.1:{json_rpc}", "NodePort")
    assert endpoints.rpc_answers(address, plan) == 1337


def test_a_cluster_ip_counts_where_this_machine_has_a_route(
    api: Api, cluster: Cluster, plan: NetworkPlan, json_rpc: int
) -> None:
    """Local clusters route their Services to the machine they run on."""
    serve(cluster, "ClusterIP", {"port": json_rpc}, clusterIP="127.0.0.1")
    assert endpoints.outside_url(api, plan).way == "ClusterIP"


def test_without_a_way_a_port_forward_is_offered(api: Api, cluster: Cluster, plan: NetworkPlan) -> None:
    """A Service that is not reachable from outside leads to the command that makes it so."""
    serve(cluster, "ClusterIP", {"port": 8545}, clusterIP="None")
    address = endpoints.outside_url(api, plan)
    assert address.way == "after `kubectl --namespace devnet port-forward service/rpc 8545:8545`"
    assert "no address outside the cluster" in str(endpoints.rpc_answers(address, plan))


def test_a_closed_port_is_told(api: Api, cluster: Cluster, plan: NetworkPlan) -> None:
    """Where nothing answers the first address is named, with the reason."""
    serve(cluster, "NodePort", {"port": 8545, "nodePort": 9}, clusterIP="None")
    address = endpoints.outside_url(api, plan)
    assert address.url == "http://127.0.0.1:9"
    assert "refused" in str(endpoints.rpc_answers(address, plan))


def test_the_page_names_addresses_and_commands(api: Api, cluster: Cluster, plan: NetworkPlan, json_rpc: int) -> None:
    """A user can copy a line and see a block."""
    serve(cluster, "NodePort", {"port": 8545, "nodePort": json_rpc}, clusterIP="None")
    text = endpoints.network_page(api, plan)
    assert f"JSON-RPC    http://127.0.0.1:{json_rpc} (NodePort)" in text
    assert "eth_blockNumber" in text
    assert "from web3 import Web3" in text
    assert "port-forward service/beacon 3500:3500" in text
