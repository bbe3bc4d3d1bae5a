"""The releases of the layers below observability, which watches them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.stack import (
    cert_manager,
    cluster_base,
    docker_registry,
    external_secrets,
    istio,
    keda,
    metrics_server,
    snapshot_controller,
)

if TYPE_CHECKING:
    from ethgen.stack.known import Known

FOUNDATION: tuple[Known, ...] = (
    cluster_base.KNOWN,
    metrics_server.KNOWN,
    cert_manager.KNOWN,
    external_secrets.KNOWN,
    snapshot_controller.KNOWN,
    keda.KNOWN,
    docker_registry.KNOWN,
    istio.KNOWN_BASE,
    istio.KNOWN_ISTIOD,
    istio.KNOWN_GATEWAY,
)
