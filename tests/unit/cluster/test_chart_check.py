"""Checking the releases of an environment, with a helm that is played."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ethgen.cluster.charts.check import Checks, check, keys_at_hand
from ethgen.cluster.charts.rendering import Helm
from ethgen.cluster.charts.supply import Supply
from ethgen.cluster.process import Result
from ethgen.spec import load
from ethgen.stack import releases
from ethgen.stack.catalogue import KNOWN

if TYPE_CHECKING:
    from ethgen.cluster.process import Command
    from ethgen.spec import NetworkSpec
    from ethgen.stack.release import Chart

DRAWN = "{kind: Deployment, apiVersion: apps/v1, metadata: {name: a}}"


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NetworkSpec:
    """Return a spec with two releases of others' charts."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ETHGEN_CACHE", str(tmp_path / "cache"))
    Path("one.yaml").write_text(
        "profile: staging\ncluster: {context: x}\nreleases:\n  metrics-server: {}\n  snapshot-controller: {}\n"
    )
    return load(Path("one.yaml"))


def pack(folder: Path, chart: Chart, values: str, **files: str) -> None:
    """Package a chart with a template that hands over all that stands at the top."""
    folder.mkdir(exist_ok=True)
    template = "".join(f"{{{{ toYaml .Values.{key} }}}}" for key in values.replace(":", " ").split())
    written = {
        "Chart.yaml": f"name: {chart.name}\nversion: {chart.version}\n",
        "values.yaml": values,
        "templates/all.yaml": template,
        **files,
    }
    with tarfile.open(folder / f"{chart.name}-{chart.version}.tgz", "w:gz") as archive:
        for name, text in written.items():
            member = tarfile.TarInfo(f"{chart.name}/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))


def test_a_chart_that_cannot_be_read_is_a_finding_of_its_release(spec: NetworkSpec, tmp_path: Path):
    """An odd chart is told at its release; the others are checked all the same."""
    folder = tmp_path / "charts"
    odd, fine = (KNOWN[name].release.chart for name in ("metrics-server", "snapshot-controller"))
    pack(folder, odd, "", **{"values.schema.json": '{"properties": [1]}'})
    pack(folder, fine, "\n".join(f"{key}:" for key in KNOWN["snapshot-controller"].draw(spec).values))
    wanted = (
        "one.yaml:4:3: releases.metrics-server: metrics-server 3.13.1: values.schema.json: properties is no mapping; "
        "it is no chart that Helm takes: obtain it again, or name another version"
    )
    supply = Supply(folder)
    assert keys_at_hand(spec, releases(spec), supply) == [wanted]

    def helm(command: Command) -> Result:
        assert command.argv[2] == "snapshot-controller"
        return Result(0, DRAWN, "")

    checks = Checks(tmp_path, supply, Helm({}, runner=helm), schemas=None, server=None, install=False, progress=print)
    first, second = check(spec, releases(spec), checks)
    assert (first.objects, first.problems, first.missing) == (None, (wanted,), "")
    assert (second.objects, second.problems) == (1, ())


def test_what_is_no_object_is_a_finding_of_its_release(spec: NetworkSpec, tmp_path: Path):
    """A chart that draws something without a name is told, and nothing of it goes on to a server."""
    folder = tmp_path / "charts"
    for name in ("metrics-server", "snapshot-controller"):
        pack(folder, KNOWN[name].release.chart, "\n".join(f"{key}:" for key in KNOWN[name].draw(spec).values))

    def helm(command: Command) -> Result:
        nameless = "{kind: ConfigMap, apiVersion: v1}"
        return Result(0, nameless if command.argv[2] == "metrics-server" else DRAWN, "")

    checks = Checks(
        tmp_path, Supply(folder), Helm({}, runner=helm), schemas=None, server=None, install=False, progress=print
    )
    first, second = check(spec, releases(spec), checks)
    wanted = (
        "one.yaml:4:3: releases.metrics-server: metrics-server: its chart draws what is no object of Kubernetes: "
        "it has no name: {'kind': 'ConfigMap', 'apiVersion': 'v1'}"
    )
    assert first.problems == (wanted,)
    assert (second.objects, second.problems) == (1, ())
