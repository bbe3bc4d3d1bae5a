"""`ethgen capacity`: what an environment takes, when its volumes fill, and what it costs."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.report.prices import load_prices

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PRICES = """\
name: A provider
currency: EUR
cpu: {price: 1, unit: core-hour, source: a list, date: "2026-01"}
memory: {price: 0.1, unit: GiB-hour, source: a list, date: "2026-01"}
storage: {price: 0.01, unit: GiB-month, source: a list, date: "2026-01-31"}
"""


def test_requests_needs_and_cost_are_reckoned(fleet: Path, call: Callable[..., Any]) -> None:
    """All pods together: what they request, what sizing says, whole weeks until full, and the price of the requests."""
    path = fleet / "one.yaml"
    resources = "resources: {cpu: 500m, memory: 1Gi}"
    text = path.read_text().replace("version: 1.17.10}", f"version: 1.17.10, {resources}}}")
    path.write_text(text.replace("          version: 8.3.3\n", f"          {resources}\n"))
    (fleet / "prices.yaml").write_text(PRICES)
    found = json.loads(
        call("capacity", "--env", "one", "--prices", "environments/prices.yaml", "--output", "json").output
    )
    geth, lighthouse = EXECUTION_CLIENTS["geth"].sizing["hoodi", "full"], CONSENSUS_CLIENTS["lighthouse"].sizing
    beacon = lighthouse["hoodi", "full"]
    (group,) = found["groups"]
    # Two pods, each with two clients and the agent (10m, 32Mi).
    assert group["requested"] == {"cpu": 2.02, "memory": 4.0625, "disk": 1800.0}
    assert group["needed"]["disk"] == 2 * (geth.disk + beacon.disk)
    growth = geth.growth + beacon.growth
    assert group["growthPerWeek"] == pytest.approx(2 * growth)
    assert group["weeksUntilFull"] == int((900 - geth.disk - beacon.disk) / growth)
    assert group["monthlyCost"] == round(2.02 * 730 + 4.0625 * 0.1 * 730 + 1800 * 0.01, 2)
    assert found["total"]["monthlyCost"] == group["monthlyCost"]
    assert found["total"]["needed"] == group["needed"]
    assert group["sources"] == [f"geth: {geth.source}", f"lighthouse: {beacon.source}"]


def test_of_a_private_network_nothing_is_invented(fleet: Path, call: Callable[..., Any]) -> None:
    """What nobody measured is said not to be known, in the table and in JSON."""
    (fleet / "prices.yaml").write_text(PRICES)
    status, output, errors = call("capacity", "--env", "two", "--prices", "environments/prices.yaml")
    assert (status, errors) == (0, "")
    assert output == (
        "NETWORK  GROUP             PODS        CPU                MEMORY                  DISK                GROWTH"
        "       FULL        COST\n"
        "                                 requested     needed  requested     needed  requested     needed     a week"
        "      after     a month\n"
        "devnet   nodes.geth-prysm     1       0.11  not known   0.28 GiB  not known      4 GiB  not known  not known"
        "  not known  100.87 EUR\n"
        "devnet   validators.a         1       0.05  not known   0.12 GiB  not known      1 GiB  not known  not known"
        "  not known   45.64 EUR\n"
        "total                         2       0.16  not known   0.41 GiB  not known      5 GiB  not known  not known"
        "             146.51 EUR\n"
        "\n"
        "prices: A provider\n"
        "  CPU      1 EUR a core-hour, 2026-01: a list\n"
        "  memory   0.1 EUR a GiB-hour, 2026-01: a list\n"
        "  storage  0.01 EUR a GiB-month, 2026-01-31: a list\n"
        "not known: nobody has measured it; what a private network needs follows from what is done on it\n"
    )
    found = json.loads(call("capacity", "--env", "two", "--json").output)
    assert all(group["needed"] is group["weeksUntilFull"] is None for group in found["groups"])


def test_a_volume_that_is_too_small_is_told(fleet: Path, call: Callable[..., Any]) -> None:
    """A volume below a first sync is full from the beginning."""
    need = EXECUTION_CLIENTS["geth"].sizing["hoodi", "full"].disk
    path = fleet / "one.yaml"
    path.write_text(path.read_text().replace("900Gi", f"{need}Gi"))
    output = call("capacity", "--env", "one").output
    assert output.endswith("too small from the beginning, or full within a week: hoodi nodes.geth-lighthouse\n")


@pytest.mark.parametrize(
    ("old", "new", "errors"),
    [
        ("price: 1,", "price: -1,", "environments/prices.yaml:3:14: cpu.price: expected a number of 0 or more, found"),
        (
            "price: 1,",
            "price: .inf,",
            "prices.yaml:3:14: cpu.price: .inf is a number that JSON does not have; write a finite one",
        ),
        (
            "price: 1,",
            "price: .nan,",
            "prices.yaml:3:14: cpu.price: .nan is a number that JSON does not have; write a finite one",
        ),
        ("price: 1,", "price: 1.0e+12,", "prices.yaml:3:14: cpu.price: expected a number of 1000000000 or less, found"),
        ("price: 1,", "price: 1e12,", "3:14: cpu.price: expected a number, found '1e12'; write all its digits\n"),
        ("price: 1,", "price: '12',", "3:14: cpu.price: expected a number, found '12'; take away the quotes\n"),
        ("price: 1,", "price: free,", "3:14: cpu.price: expected a number, found 'free'\n"),
        ("EUR", "euro", "environments/prices.yaml:2:11: currency: expected text that matches"),
        ("core-hour", "core-day", "environments/prices.yaml:3:23: cpu.unit: expected 'core-hour', found 'core-day'"),
        ("storage:", "disk:", "environments/prices.yaml:5:1: disk: unknown key; known here: name, currency, cpu,"),
    ],
)
def test_a_wrong_price_table_is_located(fleet: Path, call: Callable[..., Any], old: str, new: str, errors: str) -> None:
    """Mistakes of a price table are told with their place, as those of a spec."""
    (fleet / "prices.yaml").write_text(PRICES.replace(old, new))
    outcome = call("capacity", "--env", "one", "--prices", "environments/prices.yaml")
    assert (outcome.status, outcome.output) == (2, "")
    assert errors in outcome.errors


def test_the_price_of_nothing_is_nothing() -> None:
    """The built-in table is valid, names its sources, and a month has 730 hours."""
    prices = load_prices()
    assert prices.monthly(Decimal(0), Decimal(0), Decimal(0)) == 0
    assert prices.monthly(Decimal(1), Decimal(0), Decimal(0)) == Decimal("29.55")
    assert prices.monthly(Decimal(10) ** 30, Decimal(0), Decimal(0)) > Decimal(10) ** 31
    assert all(price.source and price.date for price in (prices.cpu, prices.memory, prices.storage))
