"""helmfile, Flux and Argo CD install the same: releases, charts, values and, one by one, objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dialects import (
    CASES,
    argocd_installations,
    argocd_namespaces,
    argocd_objects,
    by_identity,
    draw_by_helmfile,
    flux_installations,
    flux_objects,
    helmfile_installations,
    packaged,
)
from ethgen.spec import load
from ethgen.stack import releases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dialects import Fleet

KEPT = {
    "flux": {"kustomize.toolkit.fluxcd.io/prune": "disabled"},
    "argocd": {
        "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
        "argocd.argoproj.io/compare-options": "IgnoreExtraneous",
    },
}


def installed() -> Iterator[tuple[str, str]]:
    """Yield every case with each release that its environment installs."""
    for name, case in CASES.items():
        for release in releases(load(case.spec)):
            if release.installed:
                yield name, release.name


@pytest.fixture(params=CASES)
def fleet(request: pytest.FixtureRequest, fleets: Callable[[str], Fleet]) -> Fleet:
    """Give the repository of each case in turn."""
    return fleets(request.param)


def test_the_same_releases_are_installed_from_the_same_charts(fleet: Fleet):
    """Names, namespaces, charts with their versions and repositories are those of the helmfile in all dialects."""
    expected = {name: found[:3] for name, found in helmfile_installations(fleet).items()}
    assert expected
    assert {name: found[:3] for name, found in flux_installations(fleet).items()} == expected
    assert {name: found[:3] for name, found in argocd_installations(fleet).items()} == expected


def test_the_same_namespaces_are_made(fleet: Fleet):
    """Each dialect makes the namespaces of the helmfile, and marks them as to be kept in its own way."""
    expected = by_identity(fleet.documents(f"values/{fleet.environment}/namespaces.yaml"))
    made = {
        "flux": [each for each in flux_objects(fleet) if each["kind"] == "Namespace"],
        "argocd": argocd_namespaces(fleet),
    }
    for tool, objects in made.items():
        found = by_identity(objects)
        assert {each["metadata"].pop("annotations") == KEPT[tool] for each in found.values()} == {True}
        assert found == expected


def test_the_order_of_releases_is_the_same(fleet: Fleet):
    """What a release needs in the helmfile is what it depends on in Flux, and in an earlier wave of Argo CD."""
    _, main = fleet.documents(f"values/{fleet.environment}/helmfile.yaml")
    needs = {each["name"]: [name.partition("/")[2] for name in each.get("needs", [])] for each in main["releases"]}
    waves = {
        each["spec"]["sources"][0]["helm"]["releaseName"]: int(each["metadata"]["annotations"][WAVE])
        for each in argocd_objects(fleet)
        if "sources" in each["spec"]
    }
    depends = {
        each["metadata"]["name"]: [name["name"] for name in each["spec"].get("dependsOn", [])]
        for each in flux_objects(fleet)
        if each["kind"] == "HelmRelease"
    }
    assert depends == {name: needs[name] for name in depends}
    assert all(waves[need] < waves[name] for name in waves for need in needs[name])


WAVE = "argocd.argoproj.io/sync-wave"


@pytest.mark.parametrize(("case", "release"), list(installed()))
def test_every_object_is_the_same(case: str, release: str, fleets: Callable[[str], Fleet]):
    """helmfile, Flux and Argo CD draw equal objects of a release: none more, none fewer, each field alike."""
    fleet = fleets(case)
    by_helmfile = helmfile_installations(fleet)[release]
    if packaged(by_helmfile.chart, fleet.top) is None:
        chart = by_helmfile.chart
        pytest.skip(f"the chart {chart.name} {chart.version} is not in a folder that ETHGEN_CHARTS names")
    expected = by_identity(draw_by_helmfile(fleet, by_helmfile))
    assert expected
    for found in (flux_installations(fleet)[release], argocd_installations(fleet)[release]):
        drawn = by_identity(fleet.draw(found))
        assert sorted(drawn) == sorted(expected)
        for name, each in expected.items():
            assert drawn[name] == each


def test_a_difference_would_be_seen(fleets: Callable[[str], Fleet]):
    """The readers read the values that the objects name: other values there give other objects."""
    fleet = fleets("several")
    expected = by_identity(draw_by_helmfile(fleet, helmfile_installations(fleet)["main"]))
    for found in (flux_installations(fleet)["main"], argocd_installations(fleet)["main"]):
        other: dict[str, Any] = {"labels": {"team": "another"}}
        path = fleet.scratch / "other.yaml"
        path.write_text(str(other))
        drawn = by_identity(fleet.draw(found._replace(values=(*found.values, path))))
        assert sorted(drawn) == sorted(expected)
        assert drawn != expected
