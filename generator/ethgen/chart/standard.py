"""Defaults of the chart's values that generated values spell out, apart from the types, which take long to import."""

from __future__ import annotations

from typing import Final

AGENT_PORT = 9300
AGENT_REQUESTS = {"cpu": "10m", "memory": "32Mi"}
AGENT_LIMITS = {"memory": "128Mi"}

# JSON-RPC, as seen from the agent.
EXECUTION_URL = "http://127.0.0.1:8545"

# Seconds that a stopping client goes on serving while its callers learn that it leaves.
DRAIN_SECONDS = 5

IMAGE_PULL_POLICY: Final = "IfNotPresent"
