"""Reading packaged charts."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest

from ethgen.cluster.charts import packaged
from ethgen.cluster.charts.packaged import metadata_of, read_chart
from ethgen.errors import ChartError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def archive(path: Path, files: dict[str, bytes]) -> Path:
    """Write an archive."""
    with tarfile.open(path, "w:gz") as made:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            made.addfile(member, io.BytesIO(content))
    return path


def test_a_packaged_chart_is_the_same_as_its_folder(tmp_path: Path, pack: Callable[..., Path]):
    """Values, schema, templates and subcharts are read from the archive as from the folder."""
    from_archive = read_chart(pack(tmp_path))
    assert from_archive.name == "mailer"
    assert from_archive.version == "1.2.3"
    assert sorted(from_archive.templates) == ["templates/configmap.yaml", "templates/deployment.yaml"]
    assert list(from_archive.subcharts) == ["queue"]


def test_a_subchart_may_be_packaged_itself(tmp_path: Path, pack: Callable[..., Path]):
    """A chart in charts/ as an archive is read too."""
    content = {
        "outer/Chart.yaml": b"name: outer\nversion: 1.0.0\n",
        "outer/charts/mailer.tgz": pack(tmp_path).read_bytes(),
    }
    chart = read_chart(archive(tmp_path / "outer.tgz", content))
    assert chart.subcharts["mailer"].version == "1.2.3"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "holds no chart"),
        ({"a/Chart.yaml": b"version: 1"}, "holds no chart"),
        ({"a/Chart.yaml": b"["}, "Chart.yaml:"),
        ({"a/Chart.yaml": b"name: 3"}, "Chart.yaml: name is no text"),
        ({"a/Chart.yaml": b"{name: a, version: 1.0}"}, "Chart.yaml: version is no text"),
        ({"a/Chart.yaml": b"{name: a, dependencies: b}"}, "Chart.yaml: dependencies is no list of charts with names"),
        ({"a/Chart.yaml": b"{name: a, dependencies: [b]}"}, "Chart.yaml: dependencies is no list of charts"),
        ({"a/Chart.yaml": b"{name: a, dependencies: [{name: b, alias: []}]}"}, "Chart.yaml: dependencies is no list"),
    ],
)
def test_an_archive_without_a_chart_is_refused(tmp_path: Path, files: dict[str, bytes], message: str):
    """What has no Chart.yaml with a name is no chart, and what Helm does not take for one, neither."""
    path = archive(tmp_path / "a.tgz", files)
    for read in (read_chart, metadata_of):
        with pytest.raises(ChartError, match=message):
            read(path)


def test_what_a_chart_is_called_is_read_alone(tmp_path: Path):
    """The Chart.yaml is that of the chart, not one of a subchart before it."""
    files = {"a/charts/b/Chart.yaml": b"name: b", "a/Chart.yaml": b"{name: a, version: 1.2.3}"}
    found = metadata_of(archive(tmp_path / "a.tgz", files))
    assert (found.name, found.version) == ("a", "1.2.3")


def test_what_is_no_archive_is_refused(tmp_path: Path):
    """A file of anything else is told, with the file's name."""
    path = tmp_path / "a.tgz"
    path.write_bytes(b"<html>not found</html>")
    with pytest.raises(ChartError, match=r"a\.tgz: is no packaged chart"):
        read_chart(path)


def test_an_archive_larger_than_helm_takes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A chart that would fill the memory is not read."""
    monkeypatch.setattr(packaged, "_LARGEST_FILE", 100)
    with pytest.raises(ChartError, match="larger than Helm takes"):
        read_chart(archive(tmp_path / "a.tgz", {"a/Chart.yaml": b"#" * 101}))
