"""What `releases.<network>.values` may change of a network, and what follows from the spec alone.

The refusals and their words are fixtures, `tests/fixtures/invalid/release-values-*.yaml`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ethgen.chart.values import ChartValues
from ethgen.spec import load
from ethgen.stack import ethereum, network_promises
from ethgen.stack.changes import merged

if TYPE_CHECKING:
    from ethgen.stack.release import Release

SEVERAL = Path(__file__).parents[2] / "fixtures" / "valid" / "several.yaml"


def drawn(name: str) -> Release:
    """Return the release of a network as it is drawn, before any change."""
    spec = load(SEVERAL)
    return ethereum.release(spec, name, spec.networks[name])


def refused(name: str, over: dict[str, Any]) -> list[str]:
    """Return the paths that are refused, below the release's values."""
    return [".".join(map(str, path[3:])) for path, _ in network_promises.problems(drawn(name), over)]


@pytest.mark.parametrize("name", ["main", "fast"])
def test_what_is_written_as_it_is_drawn_changes_nothing(name: str):
    """All generated values may be written once more."""
    assert refused(name, dict(drawn(name).values)) == []


@pytest.mark.parametrize(
    "over",
    [
        {"labels": {"team": "a"}, "imagePullPolicy": "Always", "access": {"serviceType": "NodePort"}},
        {"agent": {"image": "registry.example.org/agent:1", "resources": {"limits": {"memory": "1Gi"}}}},
        {"nodes": {"archive": {"drainSeconds": 30, "storage": "9Ti", "health": {"maxHeadAgeSlots": 9}}}},
        {"nodes": {"archive": {"execution": {"args": ["--a"], "env": {"B": "c"}, "image": "example.org/geth:v1"}}}},
        {"nodes": {"archive": {"execution": {"ports": [{"name": "p2p", "port": 30404, "purpose": "p2p"}]}}}},
        {"validators": {"ours": {"secret": "mine", "storage": "2Gi", "container": {"args": ["--a"]}}}},
        {"validators": {"ours": {"keys": 3}}},
    ],
)
def test_everything_else_goes_through(over: dict[str, Any]):
    """What nothing else follows from is the chart's to judge."""
    assert refused("main", over) == []


def test_a_private_network_knows_its_peers_by_their_ports():
    """Their addresses stand in the files of all others; those of a public network find one another."""
    over = {"nodes": {"geth-prysm": {"execution": {"ports": []}}}, "validators": {"a": {"secret": "mine"}}}
    assert refused("fast", over) == ["nodes.geth-prysm.execution.ports", "validators.a.secret"]


def test_every_part_of_a_network_may_not_be_taken_away():
    """Null at any height above what is fixed is told there, once."""
    assert refused("fast", {"nodes": None, "validators": {"a": None}}) == ["nodes", "validators.a"]
    assert refused("fast", {"nodes": {"second": {"execution": None, "files": None}}}) == [
        "nodes.second.files",
        "nodes.second.execution",
    ]


def test_a_refused_change_would_have_come_through():
    """The chart's types take what is refused here: nothing else holds the network together."""
    release = drawn("fast")
    over = {"chainId": 1, "nodes": {"second": {"replicas": 4}}, "validators": None}
    values = merged(release.values, over, keep_null=False)
    assert ChartValues.model_validate(values, strict=True).validators == {}
    assert refused("fast", over) == ["chainId", "nodes.second.replicas", "validators"]
