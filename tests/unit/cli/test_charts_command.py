"""`ethgen charts`, and what `ethgen validate` says of keys that a chart does not know."""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING

import pytest

from ethgen.cluster.charts import supply
from ethgen.errors import ChartError
from ethgen.stack.catalogue import KNOWN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ethgen.stack.release import Chart

CHART = KNOWN["metrics-server"].release.chart
VALUES = "replicas: 1\nargs: []\nresources: {}\nupdateStrategy: {}\npodDisruptionBudget: {}\nmetrics: {}\n"


@pytest.fixture
def charts(fleet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with one packaged chart, which ETHGEN_CHARTS names; the environment `three` installs it."""
    folder = tmp_path / "packed"
    folder.mkdir()
    files = {
        "Chart.yaml": f"apiVersion: v2\nname: {CHART.name}\nversion: {CHART.version}\n",
        "values.yaml": VALUES,
        "templates/all.yaml": "{{ .Values.podLabels }}{{ .Values.serviceMonitor.enabled }}{{ .Values.tls }}"
        "{{ .Values.defaultArgs }}{{ .Values.affinity }}{{ .Values.topologySpreadConstraints }}",
    }
    with tarfile.open(folder / f"{CHART.name}-{CHART.version}.tgz", "w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"{CHART.name}/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    monkeypatch.setenv("ETHGEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ETHGEN_CHARTS", str(folder))
    write(fleet, "")
    return folder


def write(fleet: Path, more: str) -> None:
    """Write the environment `three`, with more about its release."""
    text = f"profile: staging\ncluster: {{context: three}}\nreleases:\n  metrics-server: {{{more}}}\n"
    (fleet / "three.yaml").write_text(text)


def test_the_list_says_where_each_chart_is(charts: Path, call: Callable[..., object]):
    """A chart in the folder, and one that is not there, are told apart."""
    rows = json.loads(call("charts", "list", "--env", "three", "--output", "json").output)
    assert [(row["release"], row["version"], row["found"]) for row in rows] == [
        ("metrics-server", CHART.version, "folder")
    ]
    next(charts.glob("*.tgz")).unlink()
    assert " missing " in call("charts", "list", "--env", "three").output


def test_a_chart_that_is_nowhere_here_has_its_repository(
    charts: Path, call: Callable[..., object], monkeypatch: pytest.MonkeyPatch
):
    """Without a folder and with an empty cache, a chart would have to be pulled; listing does not."""
    del charts
    monkeypatch.delenv("ETHGEN_CHARTS")
    (row,) = json.loads(call("charts", "list", "--env", "three", "--json").output)
    assert (row["found"], row["repository"]) == ("repository", CHART.repository)


def test_a_misspelt_key_makes_the_spec_invalid(charts: Path, fleet: Path, call: Callable[..., object]):
    """`ethgen validate` holds values to a chart that is here, with status 2 and the place."""
    del charts
    assert call("validate", "--env", "three").status == 0
    write(fleet, "values: {replica: 2}")
    done = call("validate", "--env", "three")
    assert done.status == 2
    assert done.errors == (
        "error: environments/three.yaml:4:29: releases.metrics-server.values.replica: the chart metrics-server "
        f"{CHART.version} knows no such key; did you mean 'replicas'?\n"
    )


def test_a_chart_that_is_not_here_is_no_mistake_of_the_spec(charts: Path, fleet: Path, call: Callable[..., object]):
    """`ethgen validate` fetches nothing, and says nothing of charts that it does not have."""
    next(charts.glob("*.tgz")).unlink()
    write(fleet, "values: {replica: 2}")
    assert call("validate", "--env", "three").status == 0


def test_what_the_folder_lacks_cannot_be_pulled(charts: Path, call: Callable[..., object]):
    """Where a folder is the only source, a chart that it lacks is told at its release, and nothing is copied."""
    next(charts.glob("*.tgz")).unlink()
    done = call("charts", "pull", "--env", "three", "--to", str(charts / "copies"))
    assert done.status == 2
    assert done.errors.startswith(
        f"error: environments/three.yaml:4:3: releases.metrics-server: metrics-server {CHART.version} is not in "
    )
    assert not (charts / "copies").exists()


def test_installing_definitions_belongs_to_a_server(charts: Path, call: Callable[..., object]):
    """`--install-crds` alone is refused, for it would do nothing."""
    del charts
    assert "--install-crds belongs to --server" in call("charts", "check", "--env", "three", "--install-crds").errors


@pytest.mark.parametrize("profile", ["staging", "local"])
def test_definitions_are_installed_in_throw_away_clusters_alone(
    charts: Path, fleet: Path, call: Callable[..., object], profile: str
):
    """A cluster that somebody may count on is changed only where `--yes` says so; nothing is asked of it before."""
    del charts
    (fleet / "three.yaml").write_text(f"profile: {profile}\ncluster: {{context: three, provider: existing}}\n")
    arguments = ("charts", "check", "--env", "three", "--server", "--install-crds")
    done = call(*arguments)
    assert done.status == 2
    assert done.errors == (
        "error: environments/three.yaml:2:10: --install-crds would change the cluster three for good, and profile "
        f"{profile} with provider existing is no throw-away one\n"
        "  cure: leave --install-crds out, or pass --yes where the cluster is one to try in\n"
    )
    # The next thing that is looked for is the cluster.
    assert "no kubeconfig names the context three" in call(*arguments, "--yes").errors


def test_a_folder_that_is_not_there_is_refused(
    charts: Path, call: Callable[..., object], monkeypatch: pytest.MonkeyPatch
):
    """A mistyped ETHGEN_CHARTS never falls back to a network."""
    monkeypatch.setenv("ETHGEN_CHARTS", str(charts / "nothing"))
    done = call("charts", "list", "--env", "three")
    assert done.status == 2
    assert "which is no folder" in done.errors


def test_a_mirror_without_images_has_nothing_to_be_strict_about(charts: Path, call: Callable[..., object]):
    """`--strict` alone is refused, for it would do nothing."""
    del charts
    assert "--strict belongs to --images" in call("mirror", "--env", "three", "--to", "m", "--strict").errors


def test_a_chart_that_is_not_in_the_mirror_stops_a_mirror_of_it(charts: Path, call: Callable[..., object]):
    """Copying a mirror that lacks a chart ends with status 2 and the release's place, and nothing is written."""
    next(charts.glob("*.tgz")).unlink()
    done = call("mirror", "--env", "three", "--to", "m")
    assert done.status == 2
    assert done.errors.startswith("error: environments/three.yaml:4:3: releases.metrics-server: metrics-server ")
    assert not (charts.parent / "m").exists()


def test_a_mirror_is_made_of_repositories_and_not_of_itself(
    charts: Path, fleet: Path, call: Callable[..., object], monkeypatch: pytest.MonkeyPatch
):
    """Where the spec names a mirror, charts come from it, but for `ethgen mirror`, which asks their own."""
    del charts
    monkeypatch.delenv("ETHGEN_CHARTS")
    path = fleet / "three.yaml"
    path.write_text(path.read_text().replace("context: three", "context: three, chartRepository: https://m.example"))
    (row,) = json.loads(call("charts", "list", "--env", "three", "--json").output)
    assert row["repository"] == "https://m.example"

    def obtain(chart: Chart, *_: object) -> Path:
        raise ChartError(f"would be pulled from {chart.repository}", cure="none")

    monkeypatch.setattr(supply, "obtain", obtain)
    assert f"would be pulled from {CHART.repository}" in call("mirror", "--env", "three", "--to", "m").errors
