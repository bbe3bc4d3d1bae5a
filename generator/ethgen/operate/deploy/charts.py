"""Charts of other repositories, brought to this machine before anything is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ethgen.cluster.cache import disk_errors, scratch_folder
from ethgen.cluster.charts.supply import locate, obtain, unpacked
from ethgen.cluster.charts.values_check import known_of, wrong_keys
from ethgen.errors import ChartError, SpecError
from ethgen.gitops.helmfile import documents, with_local_charts
from ethgen.render import yaml
from ethgen.spec.positions import dotted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ethgen.cluster.cache import Progress
    from ethgen.cluster.charts.supply import Supply
    from ethgen.spec import NetworkSpec
    from ethgen.stack.release import Release


def require_charts(spec: NetworkSpec, releases: Sequence[Release], supply: Supply) -> None:
    """Refuse charts that the only source of charts does not have, each at its release.

    Raises:
        SpecError: there are such.
    """
    problems = []
    for release in _of_others(releases):
        try:
            locate(release.chart, supply)
        except ChartError as error:
            path = ("releases", release.name)
            place = spec.positions.where(path, key=True)
            problems.append(f"{place}: {dotted(path)}: {error.message}; {error.cure}")
    if problems:
        raise SpecError(problems)


def bring_charts(spec: NetworkSpec, releases: Sequence[Release], supply: Supply, progress: Progress) -> dict[str, Path]:
    """Return a folder with the chart of each release of another repository, by the release's name.

    Raises:
        ChartError: a chart cannot be had.
        SpecError: a chart does not know a key of its release's values.
    """
    archives = {release.name: obtain(release.chart, supply, progress) for release in _of_others(releases)}
    problems = [
        line for release in _of_others(releases) for line in wrong_keys(release, spec, known_of(archives[release.name]))
    ]
    if problems:
        raise SpecError(problems)
    return {name: unpacked(path) for name, path in archives.items()}


def local_helmfile(
    spec: NetworkSpec, releases: Sequence[Release], root: Path, charts: Mapping[str, Path]
) -> Path | None:
    """Write a helmfile that reads charts from folders, beside what else is known of the environment's cluster.

    Args:
        spec: the environment.
        releases: all of it.
        root: the repository.
        charts: as `bring_charts` gives them.

    Returns:
        Its path; None where no chart is another repository's, and the generated helmfile will do.

    Raises:
        EthgenError: the disk is full or the folder cannot be written to.
    """
    if not charts:
        return None
    generated = with_local_charts(
        documents(spec, releases), _folder(spec, root), {name: str(chart) for name, chart in charts.items()}
    )
    what = "values/*/helmfile.yaml with charts that are on this machine; written by `ethgen deploy`."
    return _written(generated, root / ".ethgen" / spec.environment / "helmfile.yaml", what)


def uninstalling_helmfile(spec: NetworkSpec, releases: Sequence[Release], root: Path, seconds: int) -> Path:
    """Write a helmfile of the releases that are installed alone: helmfile uninstalls the others of its file, too.

    Args:
        spec: the environment.
        releases: all of it.
        root: the repository.
        seconds: how long each may take until all of its objects are gone, which is waited for.

    Raises:
        EthgenError: the disk is full or the folder cannot be written to.
    """
    here = [release for release in releases if release.installed]
    names = {release.name for release in here}
    alone = [release._replace(needs=tuple(name for name in release.needs if name in names)) for release in here]
    environments, main = with_local_charts(documents(spec, alone), _folder(spec, root), {})
    main["helmDefaults"] |= {"deleteWait": True, "deleteTimeout": seconds}
    what = "What `ethgen destroy` uninstalls."
    return _written([environments, main], root / ".ethgen" / spec.environment / "uninstalling.yaml", what)


def _folder(spec: NetworkSpec, root: Path) -> str:
    return str(root.resolve() / "values" / spec.environment)


def _written(generated: Sequence[dict[str, Any]], path: Path, header: str) -> Path:
    path = path.resolve()
    with scratch_folder(path.parent) as scratch, disk_errors(path.parent):
        made = scratch / path.name
        made.write_bytes(yaml.dump(generated, header=header))
        made.replace(path)
    return path


def _of_others(releases: Sequence[Release]) -> list[Release]:
    return [release for release in releases if release.installed and not release.chart.own]
