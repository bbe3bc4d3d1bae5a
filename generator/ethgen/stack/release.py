"""One Helm release of an environment, before any tool's dialect."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

Layer = Literal["infrastructure", "registry", "istio", "observability", "ethereum", "bitcoin"]

LAYERS: tuple[Layer, ...] = ("infrastructure", "registry", "istio", "observability", "ethereum", "bitcoin")
"""The parts of a fleet, in the order that they are installed in."""

PodSecurity = Literal["restricted", "baseline", "privileged"]

POD_SECURITY: tuple[PodSecurity, ...] = ("privileged", "baseline", "restricted")
"""The levels of the Pod Security admission, from the one that admits most."""


class Chart(NamedTuple):
    """A Helm chart, in this repository or in another's.

    Attributes:
        name: the chart's own name.
        version: the pinned version; empty for a chart of this repository, which has that of its Chart.yaml.
        repository: address of the Helm repository (https://…), or of the folder of a registry (oci://…), that it is
            taken from; empty for a chart of this repository.
        published: the repository that it is published in, where `repository` is a mirror of that; else empty.
    """

    name: str
    version: str = ""
    repository: str = ""
    published: str = ""

    @property
    def own(self) -> bool:
        """Whether it is a chart of this repository."""
        return not self.repository

    def mirrored(self, mirror: str | None) -> Chart:
        """Return another's chart as it is taken from a mirror; an own chart, or without a mirror, as it is."""
        if mirror is None or self.own:
            return self
        return self._replace(repository=mirror, published=self.published or self.repository)

    @property
    def upstream(self) -> Chart:
        """The chart as it is taken from where it is published."""
        return self._replace(repository=self.published or self.repository, published="")

    @property
    def folder(self) -> str:
        """The folder of a chart of this repository, from its root."""
        return f"charts/{self.name}"

    @property
    def repository_name(self) -> str:
        """A name for the repository of another's chart."""
        return repository_name(self.repository)


def repository_name(url: str) -> str:
    """Return a name for a Helm repository: its address in what names of Helm and Kubernetes may hold."""
    return re.sub(r"[^a-z0-9.]+", "-", url.partition("://")[2].lower()).strip("-")


class Release(NamedTuple):
    """A chart and the values it is installed with.

    Attributes:
        name: the release's name, unique in its environment.
        namespace: where it is installed.
        layer: the part of the fleet it belongs to; what `make deploy-<layer>` selects.
        chart: what is installed.
        values: all values that differ from the chart's own.
        needs: names of releases that must be installed before.
        wait: whether what follows waits until its pods are ready.
        timeout: seconds that Helm waits for it; a first start pulls images of several hundred megabytes.
        installed: false uninstalls it.
        pod_security: level of the Pod Security admission that its pods need.
        autoscaled: objects whose replicas an autoscaler owns, as (kind, name).
    """

    name: str
    namespace: str
    layer: Layer
    chart: Chart
    values: Mapping[str, Any]
    needs: tuple[str, ...] = ()
    wait: bool = False
    timeout: int = 600
    installed: bool = True
    pod_security: PodSecurity = "restricted"
    autoscaled: tuple[tuple[str, str], ...] = ()
