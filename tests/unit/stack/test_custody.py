"""Data columns that a network's validators make its beacon nodes keep, in checks and in the reckoning of capacity."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ethgen.clients.consensus.sizing import custody
from ethgen.report.capacity import capacity_of
from ethgen.report.prices import load_prices
from ethgen.spec import NetworkSpec, load
from ethgen.stack.checks import storage
from ethgen.stack.resources import sizings

if TYPE_CHECKING:
    from collections.abc import Callable

    from ethgen.spec.network import Network

    Make = Callable[..., Network]

ROOT = Path(__file__).parents[3]
HERE = ("networks", "x")
ADDRESS = "0x000000000000000000000000000000000000dEaD"


def key_sets(*keys: int) -> dict[str, dict[str, Any]]:
    """Return key sets of so many keys each."""
    sets = {f"set-{index}": {"client": "lighthouse", "keys": count} for index, count in enumerate(keys)}
    return {name: {**chosen, "feeRecipient": ADDRESS} for name, chosen in sets.items()}


@pytest.mark.parametrize(
    ("keys", "disk", "groups"),
    [(9, 5, 9), (50, 175, 50), (68, 250, 68), (128, 500, 128), (129, 500, 128), (10_000, 500, 128)],
)
def test_columns_grow_with_the_validators_up_to_all(keys: int, disk: int, groups: int) -> None:
    """From eight groups to all 128, a validator is one more; the source tells both, and that it is an estimate."""
    sizing = custody(keys)
    assert sizing is not None
    assert (sizing.disk, sizing.growth, sizing.memory) == (disk, 0, "0Mi")
    assert sizing.source.startswith(f"estimate: {groups} of 128 groups for {keys} validators of 32 ETH (")


@pytest.mark.parametrize("keys", [0, 1, 8])
def test_few_validators_need_no_more_than_is_measured(keys: int) -> None:
    """The figures of beacon nodes hold what a node with up to eight validators keeps."""
    assert custody(keys) is None


def test_all_keys_of_a_network_count_for_each_of_its_nodes(network: Make) -> None:
    """Beacon nodes are behind one Service, and so each has the validators of all key sets."""
    group = {"execution": {"client": "geth"}, "consensus": {"client": "prysm"}, "storage": "4Ti"}
    made = network("mainnet", nodes={"a": group, "b": group}, validators=key_sets(64, 64))
    for name in ("a", "b"):
        found = sizings(made, made.nodes[name], "full")
        assert list(found) == ["geth", "prysm", "data columns"]
        assert found["data columns"] == custody(128)


def test_a_volume_without_room_for_columns_is_told(network: Make) -> None:
    """What holds both clients does not hold the columns of their validators; the figure is named with its source."""
    clients = sizings(network("mainnet"), network("mainnet").nodes["a"], "full")
    need = sum(sizing.disk for sizing in clients.values() if sizing)
    assert not list(storage.warnings(HERE, network("mainnet", storage=f"{need}Gi")))
    (warning,) = storage.warnings(HERE, network("mainnet", storage=f"{need}Gi", validators=key_sets(128)))
    assert f"the {need + 500} GiB that full takes on mainnet after a first sync; use {need + 500}Gi" in warning.text
    assert "; data columns 500 GiB, estimate: 128 of 128 groups" in warning.text


def test_capacity_reckons_with_columns(network: Make) -> None:
    """They are part of what is needed and leave fewer weeks until a volume is full, but do not grow."""
    spec = NetworkSpec.model_validate(
        {"profile": "staging", "cluster": {"context": "x", "registry": "registry.example.org"}}
    )
    prices = load_prices()
    without, having = (
        capacity_of(spec.model_copy(update={"networks": {"x": network("mainnet", validators=sets)}}), prices).groups[0]
        for sets in ({}, key_sets(128))
    )
    assert without.needed is not None
    assert having.needed is not None
    assert having.needed.disk - without.needed.disk == 500
    assert (having.needed.memory, having.growth) == (without.needed.memory, without.growth)
    assert without.weeks is not None
    assert having.weeks is not None
    assert having.weeks < without.weeks
    assert having.sources[-1].startswith("data columns: estimate: ")


@pytest.mark.parametrize("name", ["staging", "production"])
def test_volumes_of_the_environments_hold_a_year(name: str) -> None:
    """As their first lines say: a first sync, the data columns of their validators, and the growth of a year."""
    groups = capacity_of(load(ROOT / "environments" / f"{name}.yaml"), load_prices()).groups
    weeks = [group.weeks for group in groups if group.name.startswith("nodes.")]
    assert weeks
    assert all(count is not None and count >= 52 for count in weeks)
