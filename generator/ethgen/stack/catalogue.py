"""Every release that a spec may ask for by name, beside its networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.stack import cert_manager, metrics_server

if TYPE_CHECKING:
    from ethgen.stack.known import Known

KNOWN: dict[str, Known] = {
    known.release.name: known
    for known in (
        metrics_server.KNOWN,
        cert_manager.KNOWN,
    )
}
"""By name, in the order of `LAYERS`; what is needed stands before what needs it."""
