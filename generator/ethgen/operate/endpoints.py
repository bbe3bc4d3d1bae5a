"""Where users reach a network from outside its cluster, with commands to try."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ethgen.operate.kube import ApiError, connected

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ethgen.operate.kube import Api
    from ethgen.operate.plan import NetworkPlan
    from ethgen.spec import NetworkSpec

_SECONDS = 3.0
_RPC_PORTS = ("rpc", "http")


@dataclass(frozen=True, slots=True)
class Address:
    """A URL, and the way that leads to it: NodePort, LoadBalancer, ClusterIP or port-forward."""

    url: str
    way: str


def outside_url(api: Api, plan: NetworkPlan, service: str = "rpc") -> Address:
    """Return where a Service of a network is reached from here, the best way that answers first.

    Tried in turn: its load balancer, a node's address and NodePort, and its ClusterIP where this machine has a route
    to it (local clusters). Where none of them answers, the first is returned; where there is none, a port-forward.

    Raises:
        ApiError: the API server does not answer, or there is no such Service.
    """
    found = api.get(f"/api/v1/namespaces/{plan.name}/services/{service}")
    nodes = api.items("/api/v1/nodes") if found["spec"]["type"] != "ClusterIP" else []
    addresses = list(_addresses(found, nodes))
    for address in addresses:
        if _connects(address.url):
            return address
    port = _port(found)["port"]
    forward = Address(f"http://127.0.0.1:{port}", f"after `{port_forward(plan, service, port)}`")
    return addresses[0] if addresses and found["spec"]["type"] != "ClusterIP" else forward


def rpc_answers(address: Address, plan: NetworkPlan) -> int | str:
    """Return the chain id that the JSON-RPC at an address answers, or why it does not."""
    parts = urlsplit(address.url)
    if address.way.startswith("after"):
        return f"{plan.name} has no address outside the cluster; {address.way}"
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_SECONDS)
    request = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}
    try:
        connection.request("POST", "/", json.dumps(request), {"Content-Type": "application/json"})
        with connection.getresponse() as answer:
            document = json.loads(answer.read())
        return int(document["result"], 16)
    except (OSError, http.client.HTTPException) as error:
        return f"{error}"
    except (ValueError, KeyError, TypeError):
        return "an answer that is no JSON-RPC"
    finally:
        connection.close()


def port_forward(plan: NetworkPlan, service: str, port: int) -> str:
    """Return the command that forwards a local port to a Service."""
    return f"kubectl --namespace {plan.name} port-forward service/{service} {port}:{port}"


def network_page(api: Api, plan: NetworkPlan) -> str:
    """Return the endpoints of one network and commands to try, as text.

    Raises:
        ApiError: the API server does not answer, or the network's Services are not there.
    """
    rpc = outside_url(api, plan)
    call = """'{"jsonrpc": "2.0", "id": 1, "method": "eth_blockNumber", "params": []}'"""
    python = f'from web3 import Web3; print(Web3(Web3.HTTPProvider("{rpc.url}")).eth.get_block("latest"))'
    beacon_port = plan.groups[0].beacon_port
    return "\n".join(
        (
            f"{plan.name} (chain id {plan.chain_id})",
            f"  JSON-RPC    {rpc.url} ({rpc.way})",
            f"  Beacon API  http://127.0.0.1:{beacon_port} after `{port_forward(plan, 'beacon', beacon_port)}`",
            "  try",
            f"    curl -s -H 'Content-Type: application/json' -d {call} {rpc.url}",
            f"    python3 -c '{python}'",
            f"    kubectl --namespace {plan.name} get pods",
        )
    )


def page(spec: NetworkSpec, root: Path) -> str:
    """Return the endpoints of every network of an environment, as text.

    Raises:
        ClusterError: there is no cluster, or it does not answer.
    """
    from ethgen.operate.plan import kubectl_of, plans_of  # noqa: PLC0415 - callers with a plan need no catalogue

    kubectl = kubectl_of(spec, root)
    with connected(kubectl) as api:
        pages = [_page_or_reason(api, plan) for plan in plans_of(spec)]
    setup = f"export KUBECONFIG={kubectl.kubeconfig}\nkubectl config use-context {kubectl.context}"
    return "\n\n".join([*pages, setup])


def _page_or_reason(api: Api, plan: NetworkPlan) -> str:
    try:
        return network_page(api, plan)
    except ApiError as error:
        return f"{plan.name}: {error.message}"


def _addresses(service: dict[str, Any], nodes: list[dict[str, Any]]) -> Iterator[Address]:
    port = _port(service)
    for ingress in service.get("status", {}).get("loadBalancer", {}).get("ingress") or []:
        yield Address(_url(ingress.get("hostname") or ingress["ip"], port["port"]), "LoadBalancer")
    if "nodePort" in port:
        for kind in ("ExternalIP", "InternalIP"):
            for node in nodes:
                for address in node["status"].get("addresses", []):
                    if address["type"] == kind:
                        yield Address(_url(address["address"], port["nodePort"]), "NodePort")
    cluster_ip = service["spec"].get("clusterIP")
    if cluster_ip and cluster_ip != "None":
        yield Address(_url(cluster_ip, port["port"]), "ClusterIP")


def _port(service: dict[str, Any]) -> dict[str, Any]:
    """Return the port of JSON-RPC over HTTP, or whatever comes first."""
    ports: list[dict[str, Any]] = service["spec"]["ports"]
    return next((port for port in ports if port.get("name") in _RPC_PORTS), ports[0])


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _connects(url: str) -> bool:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_SECONDS)
    try:
        connection.connect()
    except OSError:
        return False
    finally:
        connection.close()
    return True
