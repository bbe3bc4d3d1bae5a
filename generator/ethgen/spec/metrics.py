"""Section `metrics`: who scrapes the pods of all networks."""

from __future__ import annotations

from pydantic import Field

from ethgen.spec.section import Section
from ethgen.spec.types import Namespace


class Metrics(Section):
    """How Prometheus finds the pods, and from where it may reach them."""

    service_monitor: bool = Field(
        default=False, description="Draw a ServiceMonitor for each group; needs the CRDs of the Prometheus operator."
    )
    from_namespace: Namespace = Field(default="monitoring", description="Namespace whose pods may scrape.")
