"""Consensus clients by name."""

from __future__ import annotations

from ethgen.clients.consensus import caplin, grandine, lighthouse, lodestar, nimbus, prysm, teku

CONSENSUS_CLIENTS = {
    client.name: client
    for client in (
        caplin.CLIENT,
        grandine.CLIENT,
        lighthouse.CLIENT,
        lodestar.CLIENT,
        nimbus.CLIENT,
        prysm.CLIENT,
        teku.CLIENT,
    )
}
