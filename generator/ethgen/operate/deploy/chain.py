"""Waiting for a private network's first blocks and its first finality, seen through the API server."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ethgen.errors import DeployError
from ethgen.operate.status import agent_status

if TYPE_CHECKING:
    from ethgen.operate.deploy.steps import Report
    from ethgen.operate.kube import Api
    from ethgen.operate.plan import NetworkPlan

# Epochs until a healthy network has finalised for the first time, with as many again to spare
# (consensus-specs, phase0, "Justification and finalization": at the end of the fourth).
_PATIENCE_EPOCHS = 8


def wait_finalized(api: Api, plan: NetworkPlan, report: Report) -> str:
    """Wait until a private network has a finalized epoch, and return a line with its head and that epoch.

    Raises:
        DeployError: no block, or no finality, in twice the time a healthy network takes.
    """
    marker = api.get(f"/api/v1/namespaces/{plan.name}/configmaps/genesis")
    begin = int(marker["data"]["genesisTime"])
    patience = _PATIENCE_EPOCHS * plan.slots_per_epoch * plan.seconds_per_slot
    deadline = max(time.time(), begin) + patience
    while True:
        head, finalized = max((_head(api, plan, pod) for pod in plan.node_pods), default=(0, 0))
        if finalized > 0:
            return f"{plan.name}: head slot {head}, finalized epoch {finalized}"
        until = begin - time.time()
        state = f"begins in {until:.0f} s" if until > 0 else f"head slot {head}, not finalized yet"
        report.detail(f"{plan.name}: {state}")
        if time.time() > deadline:
            lacking = "finality" if head else "block"
            raise DeployError(f"{plan.name} has no {lacking} after {patience} s; its head is slot {head}")
        report.wait(1)


def _head(api: Api, plan: NetworkPlan, pod: str) -> tuple[int, int]:
    """Return the head slot and the finalized epoch that a node's agent sees; zeros while it sees none."""
    answer = agent_status(api, plan.name, pod)
    view = {} if isinstance(answer, str) else answer["consensus"]
    return view.get("headSlot") or 0, view.get("finalizedEpoch") or 0
