"""What a module of this room says of a release of another chart, or of an own one that is no network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ethgen.spec import NetworkSpec
    from ethgen.spec.checks import Problem
    from ethgen.stack.release import Release

    Draw = Callable[[NetworkSpec], Release]
    Check = Callable[[NetworkSpec], Iterator[Problem]]


class Promise(NamedTuple):
    """A value that a spec may not change at will, for ethgen or another release relies on it.

    Attributes:
        path: where it stands in the values.
        allowed: the values that keep the promise, None for none at all; empty where only the generated one does.
        reason: why, and what to do instead.
    """

    path: tuple[str, ...]
    allowed: tuple[Any, ...]
    reason: str


class Scrape(NamedTuple):
    """Where the pods of a release have their metrics.

    Attributes:
        labels: the labels that its pods are found by, in its namespace.
        port: name of the port in the pods.
        path: path of the page.
        scheme: `https` where the certificate is one of the pod's own making.
    """

    labels: Mapping[str, str]
    port: str
    path: str = "/metrics"
    scheme: str = "http"


class Known(NamedTuple):
    """A release that a spec may ask for by its name, in `releases`.

    Attributes:
        release: all of it that does not depend on a spec; without values.
        draw: makes the release of a spec.
        requires: names of releases that it cannot run without.
        promises: values that a spec may not change at will.
        free: paths of values that the chart hands on unread, as configuration of what it runs; its own values name
            only some of what may stand there.
        scrape: where Prometheus finds the metrics of its pods. Not a ServiceMonitor of its own chart: what is in a
            layer below Prometheus's must not need its CRDs.
        check: yields what a spec must not say, or must say, where the release is installed.
        kept: why it must not be switched off, and what to do instead; empty where it may.
    """

    release: Release
    draw: Draw
    requires: tuple[str, ...] = ()
    promises: tuple[Promise, ...] = ()
    free: tuple[tuple[str, ...], ...] = ()
    scrape: Scrape | None = None
    check: Check | None = None
    kept: str = ""


def is_installed(spec: NetworkSpec, name: str) -> bool:
    """Return whether a spec asks for a release of another chart, and does not switch it off."""
    chosen = spec.releases.get(name)
    return chosen is not None and chosen.enabled


def installed_of(spec: NetworkSpec, *names: str) -> tuple[str, ...]:
    """Return those of the releases that a spec installs, in the order they are given in."""
    return tuple(name for name in names if is_installed(spec, name))


def value_at(values: Mapping[str, Any], path: tuple[str, ...]) -> Any:  # noqa: ANN401 - plain data of any type
    """Return the value at a path of mappings; None where there is none."""
    current: Any = values
    for part in path:
        current = current.get(part) if isinstance(current, dict) else None
    return current
