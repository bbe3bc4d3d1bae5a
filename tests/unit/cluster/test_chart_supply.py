"""Obtaining charts: from a folder, from the cache, from their repository."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from ethgen.cluster.charts import supply
from ethgen.cluster.charts.supply import Place, Supply, charts_folder, digest, locate, obtain, unpacked
from ethgen.cluster.process import Command, Result
from ethgen.errors import ChartError
from ethgen.stack.release import Chart

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MAILER = Chart("mailer", "1.2.3", "https://charts.example.org/stable/")


class Repository:
    """Plays `helm pull`: puts a packaged chart where it is told to."""

    def __init__(self, packaged: Path | None) -> None:
        self.packaged = packaged
        self.calls: list[list[str]] = []

    def __call__(self, command: Command) -> Result:
        self.calls.append([part for part in command.argv if "/.partial-" not in part])
        assert command.environment == {"HELM": "here"}
        if self.packaged is None:
            return Result(1, "", "Error: looks like it is not a repository\n")
        shutil.copy(self.packaged, command.argv[-1])
        return Result(0, "", "")

    @property
    def supply(self) -> Supply:
        """A supply without a folder."""
        return Supply(None, lambda: {"HELM": "here"}, self)


@pytest.mark.parametrize(
    ("repository", "what"),
    [
        ("https://charts.example.org", ["mailer", "--repo", "https://charts.example.org"]),
        ("oci://registry.example.org/charts", ["oci://registry.example.org/charts/mailer"]),
    ],
)
def test_a_chart_is_pulled_once(
    own_cache: Path, tmp_path: Path, pack: Callable[..., Path], repository: str, what: list[str]
):
    """The first run pulls it from its repository or registry, a second one finds it in the cache."""
    chart, remote = MAILER._replace(repository=repository), Repository(pack(tmp_path / "remote"))
    assert locate(chart, remote.supply) == Place("repository")
    path = obtain(chart, remote.supply)
    assert obtain(chart, remote.supply) == path
    assert locate(chart, remote.supply) == Place("cache", path)
    assert remote.calls == [["helm", "pull", *what, "--version", "1.2.3", "--destination"]]
    assert path.is_relative_to(own_cache)
    assert [each.name for each in path.parent.iterdir() if each.name.startswith(".")] == []


def test_charts_of_one_name_from_two_repositories_are_two(own_cache: Path, tmp_path: Path, pack: Callable[..., Path]):
    """The cache never takes one repository's chart for another's."""
    del own_cache
    remote = Repository(pack(tmp_path / "remote"))
    obtain(MAILER, remote.supply)
    assert locate(MAILER._replace(repository="https://other.example.org"), remote.supply).path is None


def test_a_chart_that_cannot_be_pulled_is_told_with_what_to_do(own_cache: Path):
    """Helm's own words and both cures are shown, and nothing is kept."""
    with pytest.raises(ChartError) as caught:
        obtain(MAILER, Repository(None).supply)
    assert caught.value.message == (
        "mailer 1.2.3 cannot be pulled from https://charts.example.org/stable/: "
        "Error: looks like it is not a repository"
    )
    assert "ETHGEN_CHARTS" in caught.value.cure
    assert not list(own_cache.rglob("*.tgz"))


def test_a_repository_that_gives_another_chart_is_refused(own_cache: Path, tmp_path: Path, pack: Callable[..., Path]):
    """What is kept is what was asked for."""
    with pytest.raises(ChartError, match=r"gave mailer 1\.3\.0 for mailer 1\.2\.3"):
        obtain(MAILER, Repository(pack(tmp_path / "remote", "1.3.0")).supply)
    assert not list(own_cache.rglob("*.tgz"))


def test_a_kept_chart_that_changed_is_refused(own_cache: Path, tmp_path: Path, pack: Callable[..., Path]):
    """The digest that was recorded when it was pulled is looked at each time."""
    del own_cache
    remote = Repository(pack(tmp_path / "remote"))
    path = obtain(MAILER, remote.supply)
    path.write_bytes(path.read_bytes() + b"more")
    with pytest.raises(ChartError, match="is not the chart whose digest was recorded"):
        obtain(MAILER, remote.supply)


def test_a_folder_of_charts_is_the_only_source(own_cache: Path, tmp_path: Path, pack: Callable[..., Path]):
    """Where a folder is named, neither the cache nor a repository is asked."""
    del own_cache
    remote = Repository(pack(tmp_path / "remote"))
    obtain(MAILER, remote.supply)
    folder = tmp_path / "charts"
    pack(folder, "1.2.0")
    (folder / "mailer-extra-1.0.0.tgz").touch()
    with pytest.raises(ChartError) as caught:
        obtain(MAILER, Supply(folder))
    assert caught.value.message == f"mailer 1.2.3 is not in ETHGEN_CHARTS ({folder}), which has mailer-1.2.0"
    assert obtain(MAILER._replace(version="1.2.0"), Supply(folder)) == folder / "mailer-1.2.0.tgz"


@pytest.mark.parametrize("source", ["folder", "cache"])
def test_a_packaged_chart_that_is_another_one_is_refused(
    own_cache: Path, tmp_path: Path, pack: Callable[..., Path], source: str
):
    """A file that has a chart's name and holds another version is told with its path, wherever it lies."""
    other = pack(tmp_path / "other", "1.3.0")
    wanted = Supply(tmp_path / "charts") if source == "folder" else Supply(None)
    path = (
        tmp_path / "charts" / "mailer-1.2.3.tgz"
        if source == "folder"
        else own_cache / "charts" / MAILER.repository_name / "mailer-1.2.3.tgz"
    )
    path.parent.mkdir(parents=True)
    shutil.copy(other, path)
    with pytest.raises(ChartError) as caught:
        obtain(MAILER, wanted)
    assert caught.value.message == f"{path} holds mailer 1.3.0 for mailer 1.2.3"
    assert caught.value.cure == "remove it and obtain it again"


@pytest.mark.parametrize("right", [True, False])
def test_a_folder_with_an_index_is_held_to_it(tmp_path: Path, pack: Callable[..., Path], *, right: bool):
    """A packaged chart must be the one that the folder's index tells of."""
    path = pack(tmp_path)
    wanted = digest(path) if right else "0" * 64
    index = f"entries:\n  mailer:\n  - {{digest: {wanted}, urls: [mailer-1.2.3.tgz]}}\n"
    (tmp_path / "index.yaml").write_text(index)
    if right:
        assert obtain(MAILER, Supply(tmp_path)) == path
    else:
        with pytest.raises(ChartError, match="is not the chart whose digest was recorded"):
            obtain(MAILER, Supply(tmp_path))


def test_a_folder_with_a_broken_index_is_told(tmp_path: Path, pack: Callable[..., Path]):
    """An index that cannot be read is named, with how to make it."""
    pack(tmp_path)
    (tmp_path / "index.yaml").write_text("entries: [")
    with pytest.raises(ChartError, match="is no index of a Helm repository"):
        obtain(MAILER, Supply(tmp_path))


def test_the_folder_is_that_of_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """`$ETHGEN_CHARTS` names the folder; unset there is none, and one that is not there is refused."""
    monkeypatch.delenv("ETHGEN_CHARTS", raising=False)
    assert charts_folder() is None
    monkeypatch.setenv("ETHGEN_CHARTS", str(tmp_path))
    assert charts_folder() == tmp_path
    monkeypatch.setenv("ETHGEN_CHARTS", str(tmp_path / "nothing"))
    with pytest.raises(ChartError, match="which is no folder"):
        charts_folder()


def test_a_chart_is_unpacked_once(own_cache: Path, tmp_path: Path, pack: Callable[..., Path]):
    """The folder with a chart's files depends on its content alone."""
    del own_cache
    folder = unpacked(pack(tmp_path))
    assert (folder / "values.yaml").is_file()
    assert folder.name == "mailer"
    assert unpacked(pack(tmp_path / "again")).parent.parent == folder.parent.parent


def test_two_runs_pull_a_chart_once(own_cache: Path, tmp_path: Path, pack: Callable[..., Path]):
    """A run that waited for another one's pull takes what that has pulled."""
    del own_cache
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - only here

    remote = Repository(pack(tmp_path / "remote"))
    with ThreadPoolExecutor(4) as pool:
        paths = set(pool.map(lambda _: obtain(MAILER, remote.supply), range(4)))
    assert len(paths) == 1
    assert len(remote.calls) == 1
    assert supply.digest(paths.pop()) == digest(tmp_path / "remote" / "mailer-1.2.3.tgz")
