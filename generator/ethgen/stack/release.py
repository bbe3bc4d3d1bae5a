"""One Helm release of an environment, before any tool's dialect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Release(NamedTuple):
    """A chart and the values it is installed with.

    Attributes:
        name: the release's name, unique in its environment.
        namespace: where it is installed.
        layer: the part of the fleet it belongs to; what `make deploy-<layer>` selects.
        chart: folder of a chart in the repository, from its root.
        values: all values, resolved.
        needs: names of releases that must be installed before.
        wait: whether what follows waits until its pods are ready.
        installed: false uninstalls it.
        pod_security: level of the Pod Security admission in its namespace.
    """

    name: str
    namespace: str
    layer: str
    chart: str
    values: Mapping[str, Any]
    needs: tuple[str, ...] = ()
    wait: bool = False
    installed: bool = True
    pod_security: str = "restricted"
