"""The types of the chart's values."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ethgen.chart.values import ChartValues

CLIENT = {"client": "geth", "image": "geth:1", "args": [], "ports": [{"name": "http", "port": 8545, "purpose": "rpc"}]}
HEALTH = {
    "chainId": 1,
    "secondsPerSlot": 12,
    "maxHeadAgeSlots": 3,
    "maxSyncDistanceSlots": 2,
    "consensusUrl": "http://127.0.0.1:3500",
}
VALUES: dict[str, Any] = {
    "network": "devnet",
    "chainId": 1,
    "agent": {"image": "agent:1"},
    "nodes": {
        "pair": {
            "replicas": 1,
            "execution": CLIENT,
            "consensus": {**CLIENT, "ports": [{"name": "beacon-api", "port": 3500, "purpose": "beacon"}]},
            "health": HEALTH,
            "storage": "1Gi",
            "terminationGracePeriodSeconds": 60,
        }
    },
    "validators": {"a": {"container": {**CLIENT, "ports": []}, "secret": "keystores-a", "storage": "1Gi"}},
}


def changed(path: str, value: object) -> dict[str, Any]:
    """Return the values with one of them changed; the path's parts are keys, or numbers of list items."""
    values: Any = deepcopy(VALUES)
    here = values
    *parents, last = path.split(".")
    for key in parents:
        here = here[int(key)] if key.isdigit() else here[key]
    here[int(last) if last.isdigit() else last] = value
    result: dict[str, Any] = values
    return result


def test_values_are_written_as_they_are_read():
    """Values keep their keys and contents on the way through the types."""
    values = ChartValues.model_validate(VALUES)
    assert values.model_dump(by_alias=True, mode="json", exclude_defaults=True) == VALUES


def test_every_key_is_the_one_that_templates_use():
    """No generated camelCase differs from what one would write: `p2pFromAnywhere`, not `p2PFromAnywhere`."""
    assert "p2pFromAnywhere" in ChartValues.model_validate(VALUES).model_dump(by_alias=True)
    assert ChartValues.model_validate({**VALUES, "p2pFromAnywhere": True}).p2p_from_anywhere is True


@pytest.mark.parametrize(
    ("path", "port", "said"),
    [
        ("nodes.pair.consensus.ports.0", {"name": "http", "port": 1, "purpose": "beacon"}, "same name: http"),
        ("nodes.pair.consensus.ports.0", {"name": "x", "port": 8545, "purpose": "beacon"}, "same number: 8545/TCP"),
    ],
)
def test_two_clients_of_a_pod_cannot_share_a_port(path: str, port: dict[str, object], said: str):
    """Ports of one pod have names and numbers of their own, for a Service would lead to the wrong client."""
    with pytest.raises(ValidationError, match=said):
        ChartValues.model_validate(changed(path, port))


def test_one_number_may_be_listened_on_over_two_protocols():
    """TCP and UDP of one number are two ports, as clients use them for peers."""
    ports = [
        {"name": "tcp", "port": 9000, "purpose": "p2p"},
        {"name": "udp", "port": 9000, "protocol": "UDP", "purpose": "p2p"},
    ]
    ChartValues.model_validate(changed("nodes.pair.consensus.ports", ports))


@pytest.mark.parametrize("replicas", [0, 2, None, "1"])
def test_a_key_set_has_one_replica(replicas: object):
    """No count but one is accepted for a key set: a second signer gets its validators slashed."""
    with pytest.raises(ValidationError, match="replicas"):
        ChartValues.model_validate(changed("validators.a.replicas", replicas))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("network", "Devnet"),
        ("network", "n" * 41),
        ("chainId", 0),
        ("nodes.pair.replica", 2),
        ("nodes.pair.storage", "lots"),
        ("nodes.pair.files", {"geth.toml": ""}),
        ("nodes.pair.execution.ports.0.name", "a-name-of-more-than-15"),
        ("nodes.pair.execution.ports.0.purpose", "engine"),
        ("nodes.pair.execution.env", {"1": "x"}),
        ("nodes.pair.health.consensusUrl", "127.0.0.1:3500"),
        ("nodes.pair.drainSeconds", 0),
        ("genesis", {"parts": 17}),
        ("access", {"fromCidrs": ["10.0.0.1"]}),
        ("tolerations", [{"effect": "Never"}]),
    ],
)
def test_what_kubernetes_would_refuse_is_refused(path: str, value: object):
    """Wrong names, quantities, ports and keys are mistakes before anything is drawn."""
    with pytest.raises(ValidationError, match=path.rpartition(".")[2]):
        ChartValues.model_validate(changed(path, value))


@given(st.from_regex(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?", fullmatch=True))
def test_every_name_leaves_room_for_what_the_chart_appends(name: str):
    """Whatever name is accepted, the longest that is made from it still fits Kubernetes."""
    ChartValues.model_validate({**VALUES, "nodes": {name: VALUES["nodes"]["pair"]}})
    # A StatefulSet's name and the revision of its pods, 11 characters, are a label together.
    assert len(f"validator-{name}") + 11 <= 63
    assert len(f"slashing-protection-{name}") <= 63
    assert len(f"{name}-9999-p2p") <= 63
