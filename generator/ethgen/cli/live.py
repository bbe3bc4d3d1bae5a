"""Showing what the live checks of a fleet found; used by `validate --live` and at the end of `deploy`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from ethgen.operate.live import Result
    from ethgen.spec import NetworkSpec

_MARKS = {"passed": ("✓", "green"), "failed": ("✗", "red"), "left out": ("-", "yellow")}


def validate_live(spec: NetworkSpec, root: Path, *, as_json: bool = False, only: Collection[str] | None = None) -> bool:
    """Run every live check of an environment, print what each found, and return whether none failed.

    Args:
        spec: the environment.
        root: the repository.
        as_json: print JSON instead of text.
        only: the networks to check; all if None.

    Raises:
        ClusterError: the environment's cluster cannot be reached.
    """
    from ethgen.operate import live  # noqa: PLC0415 - the rooms behind take long
    from ethgen.operate.kube import connected  # noqa: PLC0415 - likewise
    from ethgen.operate.plan import kubectl_of, plans_of  # noqa: PLC0415 - likewise

    with connected(kubectl_of(spec, root)) as api:
        plans = [plan for plan in plans_of(spec) if only is None or plan.name in only]
        results = live.run_checks(api, plans)
    if as_json:
        click.echo(json.dumps([live.as_json(result) for result in results], indent=2))
    else:
        _print(results)
    return all(result.outcome != "failed" for result in results)


def _print(results: list[Result]) -> None:
    width = max((len(result.check) for result in results), default=0)
    for result in results:
        mark, colour = _MARKS[result.outcome]
        click.echo(f"{click.style(mark, fg=colour)} {result.network}  {result.check:{width}}  {result.detail}")
        if result.cure:
            click.echo(f"{'':{width + len(result.network) + 6}}cure: {result.cure}")
    counts = [f"{sum(result.outcome == outcome for result in results)} {outcome}" for outcome in _MARKS]
    click.echo(", ".join(counts))
