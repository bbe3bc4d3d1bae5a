"""Values are drawn as plain data; the chart's types hold what they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ethgen.chart.values import ChartValues
from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.spec import NetworkSpec, load
from ethgen.stack import ethereum, releases
from ethgen.stack.checks import check

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ethgen.spec.network import Network

    Make = Callable[..., Network]

ROOT = Path(__file__).parents[3]
SPECS = [ROOT / "tests" / "fixtures" / "valid" / "several.yaml", *sorted((ROOT / "environments").glob("*.yaml"))]
ADDRESS = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"
# A cluster that decides everything a cluster can.
CLUSTER = {
    "context": "x",
    "registry": "registry.example.org",
    "imagePullSecrets": ["registry"],
    "storage": {"class": "fast"},
    "zones": ["a", "b"],
    "zoneSpread": "DoNotSchedule",
    "nodeSelector": {"example.org/pool": "nodes"},
    "labels": {"team": "nodes"},
    "tolerations": [
        {"key": "dedicated", "value": "nodes", "effect": "NoSchedule"},
        {"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60},
    ],
}


def through_the_types(values: Mapping[str, Any]) -> str:
    """Return values as the chart's types write them, in their order and with every default."""
    model = ChartValues.model_validate(values, strict=True)
    dumped = model.model_dump(by_alias=True, exclude_none=True, exclude={"global_"}, mode="json")
    return json.dumps(dumped, indent=1)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_values_of_an_environment_are_what_the_types_write(path: Path) -> None:
    """The values of each network have all keys of the types, defaults too, in the order of the types."""
    for release in releases(load(path)):
        if release.layer == "ethereum":
            assert json.dumps(release.values, indent=1) == through_the_types(release.values)


@pytest.mark.parametrize("cluster", [{"context": "x", "registry": "registry.example.org"}, CLUSTER])
@pytest.mark.parametrize("chain", ["mainnet", "custom"])
@pytest.mark.parametrize("execution", EXECUTION_CLIENTS)
def test_values_of_every_pair_are_what_the_types_write(
    network: Make, execution: str, chain: str, cluster: dict[str, Any]
) -> None:
    """Whatever clients share a pod, on a public network or a private one, the values are those of the types."""
    checked = 0
    for consensus, client in CONSENSUS_CLIENTS.items():
        key_sets = {"v": {"client": consensus, "keys": 1, "feeRecipient": ADDRESS}} if client.validator else {}
        drawn = network(chain, execution={"client": execution}, consensus={"client": consensus}, validators=key_sets)
        if check(("networks", "x"), drawn).prevents:
            continue
        spec = NetworkSpec.model_validate({"profile": "staging", "cluster": cluster})
        values = ethereum.release(spec, "x", drawn).values
        assert json.dumps(values, indent=1) == through_the_types(values)
        checked += 1
    assert checked or EXECUTION_CLIENTS[execution].no_private
