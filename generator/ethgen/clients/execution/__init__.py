"""Execution clients by name."""

from __future__ import annotations

from ethgen.clients.execution import geth

EXECUTION_CLIENTS = {client.name: client for client in (geth.CLIENT,)}
