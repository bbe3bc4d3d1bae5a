"""Obtaining charts of other repositories: from a folder of packaged charts, from the cache, or from where they are.

`$ETHGEN_CHARTS` names a folder of packaged charts, such as `ethgen mirror` makes. Where it is set it is the only
source, so that what is installed is what was mirrored. Everything else is pulled once and kept with its digest.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ethgen.cluster.cache import cache_root, disk_errors, locked, scratch_folder, silent
from ethgen.cluster.charts.packaged import metadata_of, read_chart
from ethgen.cluster.process import Command, run
from ethgen.errors import ChartError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ethgen.cluster.cache import Progress
    from ethgen.cluster.process import Runner
    from ethgen.stack.release import Chart

VARIABLE = "ETHGEN_CHARTS"

# Seconds until a repository that does not answer is given up; the index of a large one is some megabytes.
_PULL_SECONDS = 120.0

Source = Literal["folder", "cache", "repository", "own"]


@dataclass(frozen=True, slots=True)
class Supply:
    """Where charts come from.

    Attributes:
        folder: a folder of packaged charts that is the only source; None where there is none.
        environment: makes the environment in which helm runs; called only where something is pulled.
        runner: runs helm.
    """

    folder: Path | None
    environment: Callable[[], Mapping[str, str]] | None = None
    runner: Runner = run


@dataclass(frozen=True, slots=True)
class Place:
    """Where a chart can be had without a network.

    Attributes:
        source: the folder of packaged charts, the cache, nowhere but its repository, or this repository.
        path: the packaged chart; None where it would have to be pulled.
    """

    source: Source
    path: Path | None = None


def charts_folder() -> Path | None:
    """Return the folder that `$ETHGEN_CHARTS` names, or None.

    Raises:
        ChartError: there is no such folder.
    """
    named = os.environ.get(VARIABLE)
    if not named:
        return None
    folder = Path(named).expanduser().resolve()
    if not folder.is_dir():
        raise ChartError(
            f"{VARIABLE} names {folder}, which is no folder",
            cure="name a folder of packaged charts, as `ethgen mirror --to FOLDER` makes in FOLDER/charts, or unset it",
        )
    return folder


def locate(chart: Chart, supply: Supply) -> Place:
    """Say where a chart is, without fetching it; its digest is not looked at.

    Raises:
        ChartError: the only source does not have it.
    """
    if supply.folder is not None:
        return Place("folder", _in_folder(chart, supply.folder))
    kept = _kept(chart)
    return Place("cache", kept) if kept.is_file() else Place("repository")


def obtain(chart: Chart, supply: Supply, progress: Progress = silent) -> Path:
    """Return a packaged chart, pulled into the cache where it is not at hand.

    Raises:
        ChartError: it cannot be had, is another chart than its name says, or is not what was recorded.
    """
    place = locate(chart, supply)
    if place.path is None:
        with locked(f"chart-{_slug(chart)}", progress):
            place = locate(chart, supply)
            if place.path is None:
                return _pull(chart, supply, progress)
    _require_recorded(place.path)
    _require_name(place.path, chart, str(place.path))
    return place.path


def digest(path: Path) -> str:
    """Return the digest of a packaged chart, as an index of a Helm repository has it."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _in_folder(chart: Chart, folder: Path) -> Path:
    path = folder / f"{chart.name}-{chart.version}.tgz"
    if path.is_file():
        return path
    # A version begins with a digit, which tells `loki` from `loki-canary`.
    others = sorted(each.stem for each in folder.glob(f"{chart.name}-*.tgz") if _is_version_of(chart.name, each.stem))
    raise ChartError(
        f"{chart.name} {chart.version} is not in {VARIABLE} ({folder}), which has "
        + (", ".join(others) if others else f"no version of {chart.name}"),
        cure="add it where there is a network (ethgen mirror --to FOLDER), or name a version that is there",
    )


def _is_version_of(name: str, stem: str) -> bool:
    return re.match(r"v?\d", stem.removeprefix(f"{name}-")) is not None


def _slug(chart: Chart) -> str:
    return f"{chart.repository_name}-{chart.name}-{chart.version}"


def _kept(chart: Chart) -> Path:
    """Return where the cache keeps a chart; charts of one name from two repositories are two."""
    return cache_root() / "charts" / chart.repository_name / f"{chart.name}-{chart.version}.tgz"


def _record(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _require_recorded(path: Path) -> None:
    """Refuse a packaged chart that is not the one that was written, or that the folder's index tells of."""
    record, index = _record(path), path.parent / "index.yaml"
    if record.is_file():
        wanted = record.read_text(encoding="ascii").strip()
    elif index.is_file():
        wanted = _of_index(index, path.name)
    else:
        return
    if wanted and wanted != digest(path):
        raise ChartError(
            f"{path}: is not the chart whose digest was recorded, {wanted[:12]}…",
            cure="somebody changed it, or its copy broke: remove it with what recorded it, and obtain it again",
        )


def _of_index(index: Path, name: str) -> str:
    """Return the digest that a Helm repository's index has of a file; empty where it has none."""
    import yaml  # noqa: PLC0415 - only for folders with an index

    try:
        document = yaml.load(index.read_bytes(), yaml.CSafeLoader)
        entries = [each for versions in document["entries"].values() for each in versions]
        return next((str(each["digest"]) for each in entries if each["urls"][0].rpartition("/")[2] == name), "")
    except (yaml.YAMLError, LookupError, TypeError, AttributeError) as error:
        raise ChartError(
            f"{index}: is no index of a Helm repository", cure="make it: helm repo index FOLDER"
        ) from error


def _pull(chart: Chart, supply: Supply, progress: Progress) -> Path:
    assert supply.environment is not None  # noqa: S101 - whoever pulls says how helm runs
    progress(f"pulling {chart.name} {chart.version} from {chart.repository}")
    kept = _kept(chart)
    with scratch_folder(kept.parent) as scratch:
        what = (
            [f"{chart.repository.rstrip('/')}/{chart.name}"]
            if chart.repository.startswith("oci://")
            else [chart.name, "--repo", chart.repository]
        )
        command = ["helm", "pull", *what, "--version", chart.version, "--destination", str(scratch)]
        done = supply.runner(Command(command, supply.environment(), timeout=_PULL_SECONDS))
        found = sorted(scratch.glob("*.tgz"))
        if not done.ok or not found:
            words = (done.errors.strip() or done.output.strip() or "it wrote no chart").splitlines()[-1]
            raise ChartError(
                f"{chart.name} {chart.version} cannot be pulled from {chart.repository}: {words}",
                cure=f"is it reachable from here, and does it have this version? Without a network, set {VARIABLE} to "
                "a folder of packaged charts (`ethgen help air-gapped`)",
            )
        _require_name(found[0], chart, chart.repository)
        with disk_errors(kept.parent):
            _record(found[0]).write_text(f"{digest(found[0])}\n", encoding="ascii")
            _record(found[0]).replace(_record(kept))
            found[0].replace(kept)
    return kept


def _require_name(path: Path, chart: Chart, source: str) -> None:
    held = metadata_of(path)
    # Helm takes 1.2.3 and v1.2.3 for the same version, and a registry has no `+` in its tags.
    same = held.version.removeprefix("v") == chart.version.removeprefix("v")
    if held.name != chart.name or not same:
        pulled = source == chart.repository
        raise ChartError(
            f"{source} {'gave' if pulled else 'holds'} {held.name} {held.version} for {chart.name} {chart.version}",
            cure="pin a version that it has" if pulled else "remove it and obtain it again",
        )


def unpacked(path: Path) -> Path:
    """Return a folder with a packaged chart's files, made once: helmfile takes no packaged charts in all its commands.

    Raises:
        ChartError: the chart holds a path that leads out of it.
        EthgenError: the disk is full or the cache cannot be written to.
    """
    import tarfile  # noqa: PLC0415 - only where a chart is unpacked

    content_digest = digest(path)
    home = cache_root() / "charts" / "unpacked" / content_digest[:16]
    if not home.is_dir():
        with scratch_folder(home.parent) as scratch:
            made = scratch / "chart"
            try:
                with disk_errors(home.parent), tarfile.open(path, "r:gz") as archive:
                    archive.extractall(made, filter="data")
            except tarfile.TarError as error:
                raise ChartError(f"{path}: cannot be unpacked: {error}", cure="obtain it again") from error
            with locked("charts-unpacked"):
                if not home.is_dir():
                    made.replace(home)
    return home / read_chart(path).name


def index(folder: Path, supply: Supply) -> None:
    """Write the index of a folder of packaged charts, which makes it a Helm repository.

    Raises:
        ChartError: helm fails.
    """
    assert supply.environment is not None  # noqa: S101 - as above
    done = supply.runner(Command(["helm", "repo", "index", str(folder)], supply.environment()))
    if not done.ok:
        raise ChartError(f"helm repo index {folder}: {done.errors.strip()}", cure="may you write to that folder?")
