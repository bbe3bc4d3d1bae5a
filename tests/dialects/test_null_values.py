"""Null in the values of a spec: every dialect takes a chart's default away by it, as Helm does."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

import pytest
import yaml

from dialects import (
    argocd_installations,
    by_identity,
    draw_by_helmfile,
    flux_installations,
    helmfile_installations,
    parse,
)
from ethgen.stack.catalogue import KNOWN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dialects import Fleet

CHART = KNOWN["metrics-server"].release.chart
TEMPLATE = """
apiVersion: v1
kind: ConfigMap
metadata: {name: seen}
data: {values: {{ .Values | toYaml | quote }}}
"""
DEFAULTS = {
    # What ethgen generates too, what only the chart has, and what is below a mapping of either.
    "resources": {"limits": {"cpu": "1"}, "requests": {"cpu": "100m", "memory": "200Mi"}},
    "probe": {"path": "/healthz", "port": 8080},
    "image": {"tag": "1.2.3", "name": "server"},
}


@pytest.fixture
def charts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ETHGEN_CHARTS name a folder with a chart that shows the values which its templates see."""
    chart, folder = tmp_path / CHART.name, tmp_path / "packed"
    (chart / "templates").mkdir(parents=True)
    folder.mkdir()
    metadata = {"apiVersion": "v2", "name": CHART.name, "version": CHART.version}
    (chart / "Chart.yaml").write_text(yaml.safe_dump(metadata))
    (chart / "values.yaml").write_text(yaml.safe_dump(DEFAULTS))
    (chart / "templates" / "seen.yaml").write_text(TEMPLATE)
    with tarfile.open(folder / f"{CHART.name}-{CHART.version}.tgz", "w:gz") as archive:
        archive.add(chart, CHART.name)
    monkeypatch.setenv("ETHGEN_CHARTS", str(folder))


@pytest.mark.chart
@pytest.mark.usefixtures("charts")
def test_null_takes_a_default_of_the_chart_away(tmp_path: Path, render: Callable[[Path], Fleet]):
    """A key that is generated, one that only the chart has, and one below a mapping: none reaches the templates."""
    spec = tmp_path / "environments" / "nulls.yaml"
    spec.parent.mkdir()
    values = {"resources": None, "probe": None, "image": {"tag": None}}
    release = {"metrics-server": {"values": values}}
    spec.write_text(yaml.safe_dump({"profile": "staging", "cluster": {"context": "x"}, "releases": release}))
    fleet = render(spec)

    by_helmfile = helmfile_installations(fleet)["metrics-server"]
    expected = by_identity(draw_by_helmfile(fleet, by_helmfile))
    ((_, shown),) = expected.items()
    (seen,) = parse(shown["data"]["values"])
    assert {key: seen.get(key) for key in DEFAULTS} == {"resources": None, "probe": None, "image": {"name": "server"}}
    for found in (flux_installations(fleet)["metrics-server"], argocd_installations(fleet)["metrics-server"]):
        assert by_identity(fleet.draw(found)) == expected
