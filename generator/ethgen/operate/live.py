"""`ethgen validate --live`: every check of a running fleet, side by side, each with its reason and its cure."""

from __future__ import annotations

import dataclasses
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ethgen.errors import EthgenError
from ethgen.operate import checks_chain, checks_cluster
from ethgen.operate.checks import CheckFailedError, Live, NotApplicableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ethgen.operate.checks import Check
    from ethgen.operate.kube import Api
    from ethgen.operate.plan import NetworkPlan

Outcome = Literal["passed", "failed", "left out"]

CHECKS: tuple[Check, ...] = (*checks_cluster.CHECKS, *checks_chain.CHECKS)

# Checks ask and wait, they do not compute.
_THREADS = 12


@dataclass(frozen=True, slots=True)
class Result:
    """What a check found.

    Attributes:
        network: the network it looked at.
        check: its name.
        outcome: `passed`, `failed`, or `left out` where it has nothing to look at.
        detail: what it saw, or why it failed.
        cure: what to do about a failure.
        seconds: how long it took.
    """

    network: str
    check: str
    outcome: Outcome
    detail: str
    cure: str = ""
    seconds: float = 0.0


def run_checks(api: Api, plans: Sequence[NetworkPlan], told: Callable[[Result], None] = lambda _: None) -> list[Result]:
    """Run all checks of all networks side by side, and return what they found, in the checks' order.

    Args:
        api: the API server.
        plans: the networks.
        told: is told of each result as it comes.
    """

    def one(item: tuple[Live, Check]) -> Result:
        result = _run(*item)
        told(result)
        return result

    fleets = [Live(api, plan) for plan in plans]
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(one, [(live, check) for live in fleets for check in CHECKS]))


def as_json(result: Result) -> dict[str, object]:
    """Return a result as JSON."""
    return {**dataclasses.asdict(result), "seconds": round(result.seconds, 3)}


def _run(live: Live, check: Check) -> Result:
    began = time.monotonic()
    outcome: Outcome = "passed"
    cure = ""
    try:
        detail = check.look(live)
    except NotApplicableError as why:
        outcome, detail = "left out", str(why)
    except CheckFailedError as failure:
        outcome, detail, cure = "failed", failure.message, failure.cure
    except EthgenError as error:
        outcome, detail, cure = "failed", error.message, error.cure or "see `ethgen status`"
    return Result(live.plan.name, check.name, outcome, detail, cure, time.monotonic() - began)
