"""How what a cluster installs reaches it: outside of a laptop, encrypted and from a server that proves who it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.spec.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.spec.model import NetworkSpec


def problems_of(spec: NetworkSpec) -> Iterator[Problem]:
    """Yield addresses at which whoever is on the way could put in what the cluster runs."""
    if spec.profile == "local":
        return
    addresses = {
        ("gitops", "repository"): spec.gitops.repository if spec.gitops else None,
        ("cluster", "chartRepository"): spec.cluster.chart_repository,
    }
    for path, address in addresses.items():
        if address is not None and address.startswith("http://"):
            better = "https or ssh" if path[0] == "gitops" else "https or oci"
            text = f"over http, whoever is on the way says what is installed, and profile is {spec.profile}"
            yield Problem(path, f"{text}; use {better}")
