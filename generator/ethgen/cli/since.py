"""`ethgen diff --since`: an environment compared with what was committed."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from ethgen.cli.options import load_spec, repository
from ethgen.report.table import aligned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ethgen.operate.since import ReleaseChange
    from ethgen.report.changed_values import ValueChange


def show(environment: str, revision: str, *, as_json: bool) -> bool:
    """Print how an environment differs from what a commit has, and return whether it does not."""
    from ethgen.operate.since import changes_since  # noqa: PLC0415 - the rooms behind take long

    found = changes_since(load_spec(environment), repository().resolve(), revision)
    if as_json:
        changes = [asdict(change) for change in found]
        click.echo(json.dumps({"environment": environment, "since": revision, "releases": changes}, indent=2))
    else:
        click.echo("\n".join(_text(environment, revision, found)))
    return not found


def value_lines(values: Iterable[ValueChange]) -> list[str]:
    """Return changed values as aligned lines."""
    return aligned([(f"  {value.path}", f"{value.old or '-'} -> {value.new or '-'}") for value in values])


def _text(environment: str, revision: str, found: Sequence[ReleaseChange]) -> Iterator[str]:
    if not found:
        yield f"{environment} gives what {revision} has"
        return
    for change in found:
        chart = f", its chart {' -> '.join(change.chart)}" if change.chart else ""
        yield f"{change.name}: {change.state}{chart}"
        yield from value_lines(change.values)
        for way, title in _TITLES.items():
            fixed = [each for each in change.immutable if each.way == way]
            if fixed:
                yield f"  {title}"
                yield from (line for each in fixed for line in (f"    {each}", f"      {each.procedure}"))
        if change.not_compared:
            yield (
                f"  objects not compared: the chart {change.not_compared} is not on this machine (neither in the cache "
                "nor in $ETHGEN_CHARTS)"
            )
        if change.objections:
            yield "  refused by ethgen deploy, for the sake of the database"
            yield from (f"    {text}" for text in change.objections)


_TITLES = {
    "grow": "carried out by ethgen deploy",
    "recreate": "carried out by ethgen deploy, around the running pods",
    "refuse": "refused by Kubernetes",
}
