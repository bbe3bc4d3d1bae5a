"""Every release that a spec may ask for by name, beside its networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.stack import alloy, kube_prometheus_stack, loki, mimir
from ethgen.stack.foundation import FOUNDATION

if TYPE_CHECKING:
    from ethgen.stack.known import Known

KNOWN: dict[str, Known] = {
    known.release.name: known
    for known in (*FOUNDATION, kube_prometheus_stack.KNOWN, loki.KNOWN, mimir.KNOWN, alloy.KNOWN)
}
"""By name, in the order of `LAYERS`; what is needed stands before what needs it."""
