"""The own chart cluster-base: classes of storage and priority, quotas, and rights of people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.spec.checks import Problem
from ethgen.spec.near import nearest
from ethgen.stack.known import Known
from ethgen.stack.release import Chart, Release

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.spec import NetworkSpec

NAME = "cluster-base"

# The API server refuses others of these names (k8s.io/kubernetes, pkg/apis/scheduling/validation).
_RESERVED = "system-"

BASE = Release(name=NAME, namespace=NAME, layer="infrastructure", chart=Chart(NAME), values={})


def release(spec: NetworkSpec) -> Release:
    """Return the release of what a cluster's networks share."""
    cluster = spec.cluster
    # Only those that are installed have a namespace.
    networks = {
        name: network
        for name, network in spec.networks.items()
        if name not in spec.releases or spec.releases[name].enabled
    }
    values = {
        "storageClasses": {name: each.model_dump(by_alias=True) for name, each in cluster.storage.classes.items()},
        "priorityClasses": {name: each.model_dump(by_alias=True) for name, each in cluster.priority_classes.items()},
        "quotas": {
            name: network.quota.model_dump(by_alias=True, exclude_none=True)
            for name, network in networks.items()
            if network.quota is not None
        },
        "namespaces": list(networks),
        "access": cluster.access.model_dump(by_alias=True),
        "labels": cluster.labels,
    }
    return BASE._replace(values=values)


def without(spec: NetworkSpec) -> Iterator[Problem]:
    """Yield what a spec says to this release, where that is not installed."""
    cluster, text = spec.cluster, f"is made by the release {NAME}, which is not installed; add releases.{NAME}: {{}}"
    if cluster.storage.classes:
        yield Problem(("cluster", "storage", "classes"), text)
    if cluster.priority_classes:
        yield Problem(("cluster", "priorityClasses"), text)
    if cluster.access.viewers or cluster.access.operators:
        yield Problem(("cluster", "access"), text)
    for name, network in spec.networks.items():
        if network.quota is not None:
            yield Problem(("networks", name, "quota"), text)


def problems(spec: NetworkSpec) -> Iterator[Problem]:
    """Yield classes that contradict one another or are Kubernetes' own, and quotas of nothing."""
    for name in spec.cluster.priority_classes:
        if name.startswith(_RESERVED):
            text = f"names that begin with {_RESERVED} are Kubernetes' own; choose another"
            yield Problem(("cluster", "priorityClasses", name), text)
    for name, network in spec.networks.items():
        if network.quota is not None and not network.quota.model_dump(exclude_none=True):
            text = "limits nothing; give cpu, memory, storage or pods, or remove it"
            yield Problem(("networks", name, "quota"), text)
    defaults = [name for name, each in spec.cluster.storage.classes.items() if each.is_default]
    for name in defaults[1:]:
        here = ("cluster", "storage", "classes", name, "isDefault")
        yield Problem(here, f"{defaults[0]} is the default already, and there is one; remove one of them")


def warnings(spec: NetworkSpec) -> Iterator[Problem]:
    """Yield networks of a class that the spec does not make; their pods are refused where the cluster has none."""
    known = list(spec.cluster.priority_classes)
    for name, network in spec.networks.items():
        chosen = network.priority_class
        if known and chosen is not None and chosen not in known and not chosen.startswith(_RESERVED):
            near = nearest(chosen, known) or f"; there are: {', '.join(known)}"
            text = f"no class {chosen!r} is among cluster.priorityClasses, and without it no pod can start{near}"
            yield Problem(("networks", name, "priorityClass"), text)


KNOWN = Known(BASE, release, check=problems)
