"""Charts of other repositories in a deployment."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
import yaml

from ethgen.cluster.charts.supply import Supply
from ethgen.errors import SpecError
from ethgen.operate.deploy.charts import bring_charts, local_helmfile, require_charts
from ethgen.spec import load
from ethgen.stack import releases
from ethgen.stack.catalogue import KNOWN

CHART = KNOWN["metrics-server"].release.chart


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository whose environment `one` installs metrics-server, and stand in it."""
    monkeypatch.setenv("ETHGEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "environments"
    folder.mkdir()
    (folder / "one.yaml").write_text("profile: staging\ncluster: {context: one}\nreleases:\n  metrics-server: {}\n")
    return tmp_path


def pack(folder: Path, values: str) -> None:
    """Package a chart that knows these values, and nothing else."""
    folder.mkdir()
    files = {"Chart.yaml": f"name: {CHART.name}\nversion: {CHART.version}\n", "values.yaml": values}
    with tarfile.open(folder / f"{CHART.name}-{CHART.version}.tgz", "w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"{CHART.name}/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))


def test_a_chart_that_is_not_in_the_mirror_is_told_at_its_release(root: Path):
    """Before anything is done, each missing chart is named at its place, with what the folder has."""
    spec, folder = load(Path("environments/one.yaml")), root / "charts"
    folder.mkdir()
    with pytest.raises(SpecError) as caught:
        require_charts(spec, releases(spec), Supply(folder))
    (line,) = caught.value.problems
    assert line == (
        f"environments/one.yaml:4:3: releases.metrics-server: metrics-server {CHART.version} is not in ETHGEN_CHARTS "
        f"({folder}), which has no version of metrics-server; add it where there is a network (ethgen mirror --to "
        "FOLDER), or name a version that is there"
    )


def test_a_chart_that_does_not_know_the_values_is_refused(root: Path):
    """Nothing is installed whose values the chart would swallow."""
    spec = load(Path("environments/one.yaml"))
    pack(root / "charts", "something: else\n")
    with pytest.raises(SpecError, match="does not know"):
        bring_charts(spec, releases(spec), Supply(root / "charts"), print)


def test_the_helmfile_of_a_deployment_reads_folders(root: Path):
    """It stands beside the state of the environment's cluster, and names folders of this machine alone."""
    spec = load(Path("environments/one.yaml"))
    known = releases(spec)
    (values,) = (release.values for release in known)
    pack(root / "charts", yaml.safe_dump(dict(values)))
    charts = bring_charts(spec, known, Supply(root / "charts"), print)
    path = local_helmfile(spec, known, root, charts)
    assert path == root / ".ethgen" / "one" / "helmfile.yaml"
    _, main = yaml.safe_load_all(path.read_text())
    assert "repositories" not in main
    assert main["releases"][0]["chart"] == str(charts["metrics-server"])
    assert (Path(main["releases"][0]["chart"]) / "Chart.yaml").is_file()
    assert main["releases"][0]["values"] == [str(root / "values" / "one" / "metrics-server.yaml")]


def test_without_charts_of_others_the_generated_helmfile_will_do(root: Path):
    """Nothing is written where nothing would differ."""
    spec = load(Path("environments/one.yaml"))
    assert local_helmfile(spec, [], root, {}) is None
    assert not (root / ".ethgen").exists()
