"""What the names and the needs of releases must be to one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.spec.checks import Problem
from ethgen.spec.near import nearest
from ethgen.stack import cluster_base
from ethgen.stack.catalogue import KNOWN
from ethgen.stack.known import is_installed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.spec import NetworkSpec


def problems(spec: NetworkSpec) -> Iterator[Problem]:
    """Yield every release that does not exist, is of two minds, or lacks what it needs."""
    yield from _unknown(spec)
    yield from _taken(spec)
    yield from _needs(spec)
    yield from _kept(spec)
    for name, known in KNOWN.items():
        if known.check and is_installed(spec, name):
            yield from known.check(spec)
    if not is_installed(spec, cluster_base.NAME):
        yield from cluster_base.without(spec)


def _unknown(spec: NetworkSpec) -> Iterator[Problem]:
    networks = sorted(spec.networks)
    for name in spec.releases:
        if name not in KNOWN and name not in networks:
            near = nearest(name, [*networks, *KNOWN])
            here = f" (releases here: {', '.join(networks)})" if networks else ""
            others = "" if near else f"; of other charts there are: {', '.join(KNOWN)}"
            yield Problem(("releases", name), f"no such release{near}{here}{others}")


def _taken(spec: NetworkSpec) -> Iterator[Problem]:
    namespaces = {known.release.namespace: name for name, known in KNOWN.items()}
    for name in spec.networks:
        if name in KNOWN:
            text = f"releases.{name} is a release of the chart {KNOWN[name].release.chart.name}; choose another name"
            yield Problem(("networks", name), text)
        elif name in namespaces:
            text = f"the namespace {name!r} is that of releases.{namespaces[name]}; choose another name"
            yield Problem(("networks", name), text)


def _needs(spec: NetworkSpec) -> Iterator[Problem]:
    for name in spec.releases:
        if name in KNOWN and is_installed(spec, name):
            for other in KNOWN[name].requires:
                if not is_installed(spec, other):
                    yield Problem(("releases", name), f"{name} needs {other}, {_lacking(spec, other)}")


def _kept(spec: NetworkSpec) -> Iterator[Problem]:
    """Yield releases that are switched off although what people made would go with them."""
    for name, chosen in spec.releases.items():
        if name in KNOWN and KNOWN[name].kept and not chosen.enabled:
            yield Problem(("releases", name, "enabled"), KNOWN[name].kept)


def _lacking(spec: NetworkSpec, name: str) -> str:
    if name in spec.releases:
        return f"and releases.{name}.enabled is false; switch both on or both off"
    return f"which is not installed; add releases.{name}: {{}}"
