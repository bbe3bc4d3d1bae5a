"""Waiting for a private network's first blocks and its first finality, seen through the API server."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.errors import ClusterError, DeployError

if TYPE_CHECKING:
    from ethgen.operate.deploy.steps import Report
    from ethgen.operate.kubectl import Kubectl
    from ethgen.spec.network import Network

# Epochs until a healthy network has finalised for the first time, with as many again to spare
# (consensus-specs, phase0, "Justification and finalization": at the end of the fourth).
_PATIENCE_EPOCHS = 8


def wait_finalized(kubectl: Kubectl, name: str, network: Network, report: Report) -> str:
    """Wait until a network has a finalized epoch, and return a line with its head and that epoch.

    Raises:
        DeployError: no block, or no finality, in twice the time a healthy network takes.
    """
    genesis = network.genesis
    if genesis is None:
        raise ValueError(name)
    marker = kubectl.get("configmap", "genesis", name)
    begin = int(marker["data"]["genesisTime"]) if marker else int(time.time())
    patience = _PATIENCE_EPOCHS * genesis.slots_per_epoch * genesis.slot_seconds
    deadline = max(time.time(), begin) + patience
    while True:
        head, finalized = _head(kubectl, name, network)
        if finalized > 0:
            return f"{name}: head slot {head}, finalized epoch {finalized}"
        until = begin - time.time()
        report.detail(
            f"{name}: begins in {until:.0f} s" if until > 0 else f"{name}: head slot {head}, not finalized yet"
        )
        if time.time() > deadline:
            raise DeployError(
                f"{name} has {'no finality' if head else 'no block'} after {patience} s; its head is slot {head}",
                cure=f"see `ethgen validate --live`, and `kubectl --namespace {name} logs validator-<key set>-0`",
            )
        report.wait(1)


def _head(kubectl: Kubectl, name: str, network: Network) -> tuple[int, int]:
    """Return the highest head slot and finalized epoch that any ready node knows."""
    best = (0, 0)
    for group_name, group in network.nodes.items():
        client = CONSENSUS_CLIENTS[group.consensus.client]
        port = client.process.port(client.api_port)
        for ordinal in range(group.replicas):
            pod = f"{group_name}-{ordinal}:{port}"
            header = _get(kubectl, name, pod, "/eth/v1/beacon/headers/head")
            checkpoints = _get(kubectl, name, pod, "/eth/v1/beacon/states/head/finality_checkpoints")
            if header and checkpoints:
                slot = int(header["data"]["header"]["message"]["slot"])
                best = max(best, (slot, int(checkpoints["data"]["finalized"]["epoch"])))
    return best


def _get(kubectl: Kubectl, namespace: str, pod: str, path: str) -> dict[str, Any] | None:
    """Return what a pod answers through the API server's proxy, or None while it does not."""
    try:
        text = kubectl.run("get", "--raw", f"/api/v1/namespaces/{namespace}/pods/{pod}/proxy{path}")
        answer = json.loads(text)
    except (ClusterError, ValueError):
        return None
    return answer if isinstance(answer, dict) else None
