"""Consensus clients by name."""

from __future__ import annotations

from ethgen.clients.consensus import lighthouse, prysm

CONSENSUS_CLIENTS = {client.name: client for client in (lighthouse.CLIENT, prysm.CLIENT)}
