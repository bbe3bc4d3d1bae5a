"""Checking the releases of an environment against their charts, from the keys to an API server's dry run."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ethgen.cluster.charts.rendering import render_all
from ethgen.cluster.charts.supply import Place, locate, obtain
from ethgen.cluster.charts.values_check import known_of, wrong_keys
from ethgen.errors import ChartError
from ethgen.gitops.namespaces import namespaces
from ethgen.spec.positions import dotted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ethgen.cluster.cache import Progress
    from ethgen.cluster.charts.acceptance import Schemas, Server
    from ethgen.cluster.charts.rendering import Helm, Rendered
    from ethgen.cluster.charts.supply import Supply
    from ethgen.spec import NetworkSpec
    from ethgen.stack.release import Release

    Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Checked:
    """What is known of one release.

    Attributes:
        release: the release.
        place: where its chart is.
        missing: why its chart cannot be had; empty where it can.
        objects: how many objects it draws; None where it was not drawn.
        valid: how many of them the schemas take; None where there were no schemas.
        accepted: how many of them the API server takes; None where none was asked.
        waiting: how many of them an API server could not judge before their definitions are installed.
        problems: one line for each mistake.
    """

    release: Release
    place: Place
    missing: str = ""
    objects: int | None = None
    valid: int | None = None
    accepted: int | None = None
    waiting: int = 0
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Checks:
    """What is checked beside the keys of the values.

    Attributes:
        root: the repository, with its own charts.
        supply: where others' charts come from.
        helm: how charts are drawn.
        schemas: judges without a cluster; None for not at all.
        server: judges on a cluster; None for not at all.
        install: make the definitions and namespaces on that cluster, which must be a throw-away one.
        progress: told what goes on.
    """

    root: Path
    supply: Supply
    helm: Helm
    schemas: Schemas | None
    server: Server | None
    install: bool
    progress: Progress


@dataclass(slots=True)
class _Run:
    """The state of one check."""

    charts: dict[str, Path] = field(default_factory=dict)
    found: dict[str, Checked] = field(default_factory=dict)


def check(spec: NetworkSpec, releases: Sequence[Release], checks: Checks) -> list[Checked]:
    """Return what is known of every release that an environment installs, in their order.

    Raises:
        ChartError: the API server does not answer.
    """
    run = _Run()
    for release in (each for each in releases if each.installed):
        _find(release, spec, checks, run)
    chosen = {each.name: (each, run.charts[each.name]) for each in releases if each.name in run.charts}
    checks.progress(f"drawing {len(chosen)} charts")
    drawn = render_all(chosen, checks.helm)
    for name, rendered in drawn.items():
        here = run.found[name]
        problems = (*here.problems, *([_at(spec, name, rendered.problem)] if rendered.problem else []))
        run.found[name] = replace(here, objects=len(rendered.objects), problems=problems)
    _judge(spec, drawn, checks, run.found)
    return list(run.found.values())


def keys_at_hand(spec: NetworkSpec, releases: Sequence[Release], supply: Supply) -> list[str]:
    """Return a line for each wrong key of releases whose charts are here already, and for each chart that is odd.

    Nothing is fetched.
    """
    problems: list[str] = []
    for release in releases:
        if release.installed and not release.chart.own and _is_here(release, supply):
            problems += _of_chart(release, spec, supply)[1]
    return problems


def _of_chart(release: Release, spec: NetworkSpec, supply: Supply) -> tuple[Path | None, tuple[str, ...]]:
    """Return the chart of a release, where it is here and can be read, and what is wrong with it or the values."""
    try:
        path = obtain(release.chart, supply)
        return path, tuple(wrong_keys(release, spec, known_of(path)))
    except ChartError as error:
        return None, (_at(spec, release.name, _in_one_line(error)),)


def _in_one_line(error: ChartError) -> str:
    text = f"{error.message}; {error.cure}" if error.cure else error.message
    return re.sub(r"\s+", " ", text)


def _is_here(release: Release, supply: Supply) -> bool:
    try:
        return locate(release.chart, supply).path is not None
    except ChartError:
        # A folder without it is told of by what needs the chart itself.
        return False


def _find(release: Release, spec: NetworkSpec, checks: Checks, run: _Run) -> None:
    if release.chart.own:
        run.charts[release.name] = checks.root / release.chart.folder
        run.found[release.name] = Checked(release, Place("own"))
        return
    try:
        place = locate(release.chart, checks.supply)
        if place.path is None:
            obtain(release.chart, checks.supply, checks.progress)
    except ChartError as error:
        missing = _at(spec, release.name, _in_one_line(error))
        run.found[release.name] = Checked(release, Place("repository"), missing=missing)
        return
    path, problems = _of_chart(release, spec, checks.supply)
    if path is not None:
        run.charts[release.name] = path
    run.found[release.name] = Checked(release, place, problems=problems)


def _judge(spec: NetworkSpec, drawn: Mapping[str, Rendered], checks: Checks, found: dict[str, Checked]) -> None:
    """Add what the schemas and the API server say of the objects of every release."""
    releases = [found[name].release for name in drawn]
    everything = [each for rendered in drawn.values() for each in rendered.objects]
    definitions = [each for each in everything if each["kind"] == "CustomResourceDefinition"]
    if checks.server is not None:
        checks.server.connect()
        if checks.install:
            checks.progress(f"installing {len(definitions)} definitions")
            checks.server.install([*namespaces(releases), *definitions])
    for name, rendered in drawn.items():
        here = found[name]
        if checks.schemas is not None:
            checks.progress(f"schemas: {name}")
            verdict = checks.schemas.judge(rendered.objects, definitions)
            problems = (*here.problems, *(_at(spec, name, each) for each in verdict.problems))
            here = replace(here, valid=verdict.accepted, problems=problems)
        if checks.server is not None:
            checks.progress(f"API server: {name}")
            if checks.install:
                # A release's pods must be what it says they are, also where others lower the namespace's level.
                checks.server.label(namespaces([here.release]))
            verdict = checks.server.judge(rendered.objects, here.release.namespace, definitions)
            problems = (*here.problems, *(_at(spec, name, each) for each in verdict.problems))
            here = replace(here, accepted=verdict.accepted, waiting=verdict.waiting, problems=problems)
        found[name] = here
    if checks.server is not None and checks.install:
        checks.server.label(namespaces(releases))


def _at(spec: NetworkSpec, name: str, text: str) -> str:
    """Return a line about a release, at its place in the spec."""
    path = ("networks", name) if name in spec.networks else ("releases", name)
    return f"{spec.positions.where(path, key=True)}: {dotted(path)}: {text}"
