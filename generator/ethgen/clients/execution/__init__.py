"""Execution clients by name."""

from __future__ import annotations

from ethgen.clients.execution import besu, erigon, ethrex, geth, nethermind, reth

EXECUTION_CLIENTS = {
    client.name: client
    for client in (besu.CLIENT, erigon.CLIENT, ethrex.CLIENT, geth.CLIENT, nethermind.CLIENT, reth.CLIENT)
}
