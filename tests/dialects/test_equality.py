"""helmfile, Flux and Argo CD install the same: releases, charts, values and, one by one, objects."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from dialects import (
    CASES,
    Chart,
    Installation,
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
from ethgen.cluster.charts.packaged import read_chart
from ethgen.spec import load
from ethgen.stack import releases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dialects import Fleet
    from ethgen.cluster.charts.packaged import PackagedChart

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


def asks_which_revision(chart: PackagedChart) -> bool:
    """Return whether a chart draws an upgrade in another way than an installation."""
    texts = chart.templates.values()
    return any(map(REVISION.search, texts)) or any(map(asks_which_revision, chart.subcharts.values()))


REVISION = re.compile(r"\.Release\.(?:IsInstall|IsUpgrade|Revision)\b")


def test_an_upgrade_has_the_same_objects(fleet: Fleet):
    """What helmfile and Flux upgrade to is what Argo CD draws, which takes every time for the first one.

    Charts of others that do not ask which it is are not drawn.
    """
    by_flux, by_argocd = flux_installations(fleet), argocd_installations(fleet)
    for name, by_helmfile in helmfile_installations(fleet).items():
        path = packaged(by_helmfile.chart, fleet.top)
        if path is None or (by_helmfile.chart.repository and not asks_which_revision(read_chart(path))):
            continue
        expected = by_identity(fleet.draw(by_argocd[name]))
        for found in (by_helmfile, by_flux[name]):
            upgraded = by_identity(fleet.draw(found, "--is-upgrade"))
            assert sorted(upgraded) == sorted(expected)
            for identity, each in expected.items():
                assert upgraded[identity] == each


def test_an_upgrade_that_differs_would_be_seen(fleets: Callable[[str], Fleet], tmp_path: Path):
    """A chart that asks which it is is known to, and drawn otherwise."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("{apiVersion: v2, name: asks, version: 1.0.0}")
    template = "{kind: ConfigMap, apiVersion: v1, metadata: {name: a}, data: {first: '{{ .Release.IsInstall }}'}}"
    (tmp_path / "templates" / "all.yaml").write_text(template)
    assert asks_which_revision(read_chart(tmp_path))
    fleet = fleets("several")
    found = Installation("asks", "default", Chart("asks"), (), crds=True, made=tmp_path)
    assert [each["data"]["first"] for each in fleet.draw(found)] == ["true"]
    assert [each["data"]["first"] for each in fleet.draw(found, "--is-upgrade")] == ["false"]


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
