"""Every key of generated values is one that its chart knows: charts swallow misspelt ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml
from upstream_cases import ENVIRONMENTS, PROFILES, REPOSITORY

from ethgen.cluster.charts.known_keys import known_keys
from ethgen.cluster.charts.packaged import PackagedChart
from ethgen.cluster.charts.values_check import wrong_keys
from ethgen.spec import load
from ethgen.stack import releases
from ethgen.stack.catalogue import KNOWN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ethgen.spec import NetworkSpec
    from ethgen.stack.release import Chart, Release

OTHERS = [name for name, known in KNOWN.items() if not known.release.chart.own]


def described(chart: Chart, folder: Path) -> PackagedChart:
    """Return a chart of which nothing is there but its values, their schema and those of its subcharts."""
    stem = f"{chart.name}-{chart.version}"
    values, schema = folder / f"{stem}.yaml", folder / f"{stem}.schema.json"
    if not values.is_file():
        pytest.skip(f"{values} is not there")
    subcharts = {
        path.name.removeprefix(f"{stem}.subchart-").removesuffix(".yaml"): PackagedChart({}, path.read_text())
        for path in sorted(folder.glob(f"{stem}.subchart-*.yaml"))
    }
    return PackagedChart(
        {"name": chart.name, "version": chart.version},
        values=values.read_text(),
        schema=schema.read_text() if schema.is_file() else "",
        subcharts=subcharts,
    )


def drawn(spec: NetworkSpec, name: str) -> Release:
    """Return a release of a spec."""
    return next(release for release in releases(spec) if release.name == name)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", OTHERS)
def test_a_chart_knows_every_generated_key(
    name: str, profile: str, every_release: Callable[[str], NetworkSpec], chart_values: Path
) -> None:
    """No key of a release's generated values is unknown to its chart, in any profile."""
    spec = every_release(profile)
    release = drawn(spec, name)
    assert wrong_keys(release, spec, known_keys(described(release.chart, chart_values))) == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_charts_know_every_key_of_this_repositorys_values(environment: str, chart_values: Path) -> None:
    """The committed values of every environment hold no key that their chart does not know."""
    spec = load(REPOSITORY / "environments" / f"{environment}.yaml")
    for release in releases(spec):
        if not release.chart.own:
            committed = REPOSITORY / "values" / environment / f"{release.name}.yaml"
            as_committed = release._replace(values=yaml.safe_load(committed.read_text()))
            assert wrong_keys(as_committed, spec, known_keys(described(release.chart, chart_values))) == []


@pytest.mark.parametrize("name", OTHERS)
def test_a_misspelt_key_is_found(name: str, every_release: Callable[[str], NetworkSpec], chart_values: Path) -> None:
    """With each key of the generated values misspelt in turn at the top, the check tells it."""
    spec = every_release("production")
    release = drawn(spec, name)
    known = known_keys(described(release.chart, chart_values))
    for key in release.values:
        values = {(f"{each}Z" if each == key else each): value for each, value in release.values.items()}
        lines = wrong_keys(release._replace(values=values), spec, known)
        assert [line for line in lines if f"{key}Z" in line], key
