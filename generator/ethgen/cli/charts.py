"""`ethgen charts`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ethgen.cli.options import environment_option, environments, json_option, load_spec, repository
from ethgen.cli.tools import shown_progress
from ethgen.errors import ChartError, ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ethgen.cluster.cache import Progress
    from ethgen.cluster.charts.acceptance import Schemas, Server
    from ethgen.cluster.charts.check import Checked
    from ethgen.cluster.charts.supply import Supply
    from ethgen.spec import NetworkSpec
    from ethgen.stack.release import Release


def _every_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--all", "every", is_flag=True, help="Those of every environment.")(command)


@click.group()
def charts() -> None:
    """Show, obtain and check the charts of an environment."""


@charts.command("list")
@environment_option
@_every_option
@json_option
def list_charts(environment: str, *, every: bool, as_json: bool) -> None:
    """Show each release with its chart, and where that can be had."""
    from ethgen.cluster.charts.supply import locate  # noqa: PLC0415 - only for this command

    supply = charts_supply()
    rows = []
    for name, _, release in _releases(environment, every=every):
        chart = release.chart
        try:
            place: str = "own" if chart.own else locate(chart, supply).source
        except ChartError:
            place = "missing"
        where = chart.folder if chart.own else chart.repository
        rows.append((name, release.name, chart.name, chart.version or _own_version(chart.folder), place, where))
    heads = ("environment", "release", "chart", "version", "found", "repository")
    _show(heads, rows, as_json=as_json)


@charts.command()
@environment_option
@_every_option
@click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), help="Copy them into this folder.")
@json_option
def pull(environment: str, *, every: bool, folder: Path | None, as_json: bool) -> None:
    """Pull charts of other repositories into the cache, or copy them into a folder for ETHGEN_CHARTS."""
    from ethgen.cluster.charts.mirror import copy_charts  # noqa: PLC0415 - only for this command
    from ethgen.cluster.charts.supply import digest, obtain  # noqa: PLC0415 - likewise
    from ethgen.operate.deploy.charts import require_charts  # noqa: PLC0415 - likewise

    supply = charts_supply()
    found = _releases(environment, every=every)
    for spec in {name: spec for name, spec, _ in found}.values():
        require_charts(spec, [release for _, owner, release in found if owner is spec], supply)
    chosen = {release.chart: None for _, _, release in found if not release.chart.own}
    with shown_progress() as progress:
        paths = [obtain(chart, supply, progress) for chart in chosen]
        if folder is not None:
            paths = copy_charts(paths, folder, supply)
    rows = [(chart.name, chart.version, digest(path), str(path)) for chart, path in zip(chosen, paths, strict=True)]
    _show(("chart", "version", "sha256", "path"), rows, as_json=as_json)


@charts.command()
@environment_option
@_every_option
@click.option(
    "--schemas",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with JSON schemas of Kubernetes' kinds; objects are then held to them with kubeconform.",
)
@click.option("--server", is_flag=True, help="Ask the environment's API server for a dry run of every object.")
@click.option(
    "--install-crds",
    is_flag=True,
    help="With --server: first make the definitions and namespaces there, for good. For throw-away clusters.",
)
@click.option("--yes", is_flag=True, help="With --install-crds: also in a cluster that ethgen did not make to try in.")
@click.option("--strict", is_flag=True, help="Exit with status 1 if a chart cannot be had.")
@json_option
@click.pass_context
def check(  # noqa: PLR0913 - one parameter for each option
    context: click.Context,
    environment: str,
    *,
    every: bool,
    schemas: Path | None,
    server: bool,
    install_crds: bool,
    yes: bool,
    strict: bool,
    as_json: bool,
) -> None:
    """Check the values of every release against its chart, and what the chart draws from them.

    A key that a chart does not know, a chart that draws nothing or not at all, and an object that is refused are
    findings: status 1.
    """
    if install_crds and not server:
        raise click.UsageError("--install-crds belongs to --server")
    found: list[tuple[str, Checked]] = []
    names = environments() if every else [environment]
    if install_crds and not yes:
        for name in names:
            _require_throw_away(load_spec(name))
    with shown_progress() as progress:
        for name in names:
            found += _checked(name, schemas, progress, server=server, install=install_crds)
    _show_checked(found, as_json=as_json)
    for _, each in found:
        for line in each.problems:
            click.echo(f"error: {line}", err=True)
        if each.missing:
            click.echo(f"{'error' if strict else 'NOT CHECKED'}: {each.missing}", err=True)
    context.exit(int(any(each.problems or (strict and each.missing) for _, each in found)))


def _checked(
    name: str, schemas: Path | None, progress: Progress, *, server: bool, install: bool
) -> list[tuple[str, Checked]]:
    from ethgen.cluster.charts.check import Checks, check  # noqa: PLC0415 - only for this command
    from ethgen.cluster.charts.rendering import Helm  # noqa: PLC0415 - likewise
    from ethgen.cluster.tools import tool_environment  # noqa: PLC0415 - likewise
    from ethgen.stack import releases  # noqa: PLC0415 - likewise

    spec, root = load_spec(name), repository().resolve()
    drawn = releases(spec)
    judge = _server(spec, root, progress) if server else None
    checks = Checks(
        root=root,
        supply=charts_supply(),
        helm=Helm(tool_environment(("helm",), progress=progress)),
        schemas=_schemas(schemas, progress),
        server=judge,
        install=install,
        progress=progress,
    )
    return [(name, each) for each in check(spec, drawn, checks)]


def _require_throw_away(spec: NetworkSpec) -> None:
    """Refuse to make definitions in a cluster that somebody may count on.

    They have no conversion, belong to no release of Helm, which then refuses to take them over, and are not removed.
    """
    if spec.profile != "local" or spec.cluster.provider == "existing":
        raise ClusterError(
            f"{spec.where('cluster')}: --install-crds would change the cluster {spec.context} for good, and profile "
            f"{spec.profile} with provider {spec.cluster.provider} is no throw-away one",
            cure="leave --install-crds out, or pass --yes where the cluster is one to try in",
        )


def _schemas(folder: Path | None, progress: Progress) -> Schemas | None:
    from ethgen.cluster.charts.acceptance import Schemas  # noqa: PLC0415 - only for this command
    from ethgen.cluster.tools import tool_path  # noqa: PLC0415 - likewise

    return Schemas(tool_path("kubeconform", progress), folder) if folder else None


def _server(spec: NetworkSpec, root: Path, progress: Progress) -> Server:
    from ethgen.cluster.charts.acceptance import Server  # noqa: PLC0415 - only for this command
    from ethgen.cluster.tools import tool_path  # noqa: PLC0415 - likewise
    from ethgen.operate.plan import kubeconfig_of  # noqa: PLC0415 - likewise

    # What may not be there comes first: tools are built where they are not.
    kubeconfig = kubeconfig_of(spec, root)
    return Server(tool_path("kubectl", progress), kubeconfig, spec.context)


def _show_checked(found: Sequence[tuple[str, Checked]], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([_as_data(name, each) for name, each in found], indent=2))
        return
    _show(
        ("environment", "release", "chart", "version", "found", "objects", "schemas", "accepted"),
        [
            (
                name,
                each.release.name,
                each.release.chart.name,
                each.release.chart.version or _own_version(each.release.chart.folder),
                "missing" if each.missing else each.place.source,
                _number(each.objects),
                _number(each.valid),
                _number(each.accepted) + (f" ({each.waiting} wait for definitions)" if each.waiting else ""),
            )
            for name, each in found
        ],
        as_json=False,
    )


def _as_data(name: str, each: Checked) -> dict[str, Any]:
    return {
        "environment": name,
        "release": each.release.name,
        "chart": each.release.chart.name,
        "version": each.release.chart.version or _own_version(each.release.chart.folder),
        "found": "missing" if each.missing else each.place.source,
        "objects": each.objects,
        "valid": each.valid,
        "accepted": each.accepted,
        "waiting": each.waiting,
        "problems": [*each.problems, *([each.missing] if each.missing else [])],
    }


def _number(count: int | None) -> str:
    return "-" if count is None else str(count)


def _show(heads: Sequence[str], rows: Sequence[Sequence[str]], *, as_json: bool) -> None:
    from ethgen.report.table import aligned  # noqa: PLC0415 - only for these commands

    if as_json:
        click.echo(json.dumps([dict(zip(heads, row, strict=True)) for row in rows], indent=2))
        return
    for line in aligned([[each.upper() for each in heads], *rows]):
        click.echo(line)


def _releases(environment: str, *, every: bool) -> list[tuple[str, NetworkSpec, Release]]:
    from ethgen.stack import releases  # noqa: PLC0415 - pydantic takes a tenth of a second to import

    specs = {name: load_spec(name) for name in (environments() if every else [environment])}
    return [(name, spec, release) for name, spec in specs.items() for release in releases(spec) if release.installed]


def charts_supply() -> Supply:
    """Return where charts of other repositories come from."""
    from ethgen.cluster.charts.supply import Supply, charts_folder  # noqa: PLC0415 - only for these commands
    from ethgen.cluster.tools import tool_environment  # noqa: PLC0415 - likewise

    return Supply(charts_folder(), lambda: tool_environment(("helm",)))


def _own_version(folder: str) -> str:
    from ethgen.cluster.charts.packaged import read_chart  # noqa: PLC0415 - only for these commands

    return read_chart(repository() / folder).version
