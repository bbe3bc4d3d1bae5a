"""`ethgen capacity`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ethgen.cli.options import environment_option, json_option, load_spec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from ethgen.report.capacity import Amount, Capacity, Group
    from ethgen.report.prices import Prices

_HEADER = (
    ("NETWORK", "GROUP", "PODS", "CPU", "", "MEMORY", "", "DISK", "", "GROWTH", "FULL", "COST"),
    ("", "", "", "requested", "needed", "requested", "needed", "requested", "needed", "a week", "after", "a month"),
)
_UNKNOWN = "not known"


@click.command()
@environment_option
@click.option(
    "--prices",
    "price_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Price table in place of the built-in one.",
)
@json_option
def capacity(environment: str, price_file: Path | None, *, as_json: bool) -> None:
    """Reckon what an environment takes: CPU, memory and disk, growth, when volumes fill, and the monthly cost.

    `requested` is what the pods ask of Kubernetes, and what the cost is reckoned from; `needed` is what the catalogue's
    sources measured after a first sync. Volumes are full that many weeks after a first sync. Of private networks nobody
    can know what they need: it follows from what is done on them.

    A price table is a YAML file with the keys of the built-in one, generator/ethgen/report/prices.yaml.
    """
    from ethgen.report.capacity import capacity_of  # noqa: PLC0415 - pydantic takes a tenth of a second to import
    from ethgen.report.prices import load_prices  # noqa: PLC0415 - likewise

    spec = load_spec(environment)
    prices = load_prices(price_file) if price_file else load_prices()
    found = capacity_of(spec, prices)
    if as_json:
        click.echo(json.dumps(_data(environment, found, prices), indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(_text(found, prices)))


def _text(found: Capacity, prices: Prices) -> Iterator[str]:
    from ethgen.report.table import aligned  # noqa: PLC0415 - loaded with the figures

    rows = [*_HEADER, *(_row(group, prices) for group in found.groups), _total(found, prices)]
    yield from aligned(rows, right=range(2, len(_HEADER[0])))
    yield ""
    yield f"prices: {prices.name}"
    for name, price in (("CPU", prices.cpu), ("memory", prices.memory), ("storage", prices.storage)):
        yield f"  {name:7}  {price.price:g} {prices.currency} a {price.unit}, {price.date}: {price.source}"
    sources = dict.fromkeys(source for group in found.groups for source in group.sources)
    if sources:
        yield "needs:"
        yield from (f"  {source}" for source in sources)
    if any(group.needed is None for group in found.groups):
        yield "not known: nobody has measured it; what a private network needs follows from what is done on it"
    if small := [f"{group.network} {group.name}" for group in found.groups if group.weeks == 0]:
        yield f"too small from the beginning, or full within a week: {', '.join(small)}"


def _row(group: Group, prices: Prices) -> tuple[str, ...]:
    return (
        group.network,
        group.name,
        str(group.pods),
        *_amounts(group.requested, group.needed, group.growth),
        _weeks(group.weeks),
        f"{group.cost:,.2f} {prices.currency}",
    )


def _total(found: Capacity, prices: Prices) -> tuple[str, ...]:
    amounts = _amounts(found.requested, found.needed, found.growth)
    return ("total", "", str(found.pods), *amounts, "", f"{found.cost:,.2f} {prices.currency}")


def _amounts(asked: Amount, need: Amount | None, growth: Decimal | None) -> tuple[str, ...]:
    return (
        _number(asked.cpu),
        _number(need.cpu) if need else _UNKNOWN,
        _gibibytes(asked.memory),
        _gibibytes(need.memory) if need else _UNKNOWN,
        _gibibytes(asked.disk),
        _gibibytes(need.disk) if need else _UNKNOWN,
        _gibibytes(growth) if growth is not None else _UNKNOWN,
    )


def _weeks(weeks: int | None) -> str:
    if weeks is None:
        return _UNKNOWN
    return "1 week" if weeks == 1 else f"{weeks} weeks"


def _number(amount: Decimal) -> str:
    """Return a number with two digits after the point at most."""
    text = f"{amount:,.2f}"
    return text.rstrip("0").rstrip(".")


def _gibibytes(amount: Decimal) -> str:
    return f"{_number(amount)} GiB"


def _data(environment: str, found: Capacity, prices: Prices) -> dict[str, Any]:
    return {
        "environment": environment,
        "prices": prices.model_dump(by_alias=True),
        "groups": [
            {
                "network": group.network,
                "group": group.name,
                "pods": group.pods,
                "requested": _amount(group.requested),
                "needed": _amount(group.needed) if group.needed else None,
                "growthPerWeek": float(group.growth) if group.growth is not None else None,
                "weeksUntilFull": group.weeks,
                "monthlyCost": float(group.cost),
                "sources": list(group.sources),
            }
            for group in found.groups
        ],
        "total": {
            "pods": found.pods,
            "requested": _amount(found.requested),
            "needed": _amount(found.needed) if found.needed else None,
            "growthPerWeek": float(found.growth) if found.growth is not None else None,
            "monthlyCost": float(found.cost),
        },
    }


def _amount(amount: Amount) -> dict[str, float]:
    """Return cores and GiB."""
    return {"cpu": float(amount.cpu), "memory": float(amount.memory), "disk": float(amount.disk)}
