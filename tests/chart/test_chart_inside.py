"""A consensus client that runs inside the execution client's process: one container, and nothing less around it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ethgen.chart.values import ChartValues

if TYPE_CHECKING:
    from collections.abc import Callable

Object = dict[str, Any]

EXAMPLE = Path(__file__).parents[2] / "charts" / "ethereum-infrastructure" / "ci" / "hoodi-values.yaml"


@pytest.fixture(scope="module")
def inside(template: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Object]:
    """Draw a public network with two groups, `one` with both clients in one process, and give its objects by name."""
    values = yaml.safe_load(EXAMPLE.read_text())
    (group,) = values["nodes"].values()
    one = copy.deepcopy(group)
    one["execution"]["ports"] += [port for port in one.pop("consensus")["ports"] if port["purpose"] != "metrics"]
    values |= {"nodes": {"one": one, "two": group}, "metrics": {"serviceMonitor": True}}
    ChartValues.model_validate(values)
    path = tmp_path_factory.mktemp("inside") / "values.yaml"
    path.write_text(yaml.safe_dump(values))
    found = [each for each in yaml.safe_load_all(template(path)) if each]
    return {(each["kind"], each["metadata"]["name"]): each for each in found}


def _containers(objects: dict[tuple[str, str], Object], group: str) -> dict[str, Object]:
    pod = objects["StatefulSet", group]["spec"]["template"]["spec"]
    return {container["name"]: container for container in pod["containers"]}


def test_the_pod_has_no_consensus_container(inside: dict[tuple[str, str], Object]) -> None:
    """Only the group with two processes has a container and a label for the consensus client."""
    assert set(_containers(inside, "one")) == {"execution", "agent"}
    assert set(_containers(inside, "two")) == {"execution", "consensus", "agent"}
    labels = inside["StatefulSet", "one"]["spec"]["template"]["metadata"]["labels"]
    assert labels["execution-client"] == "geth"
    assert "consensus-client" not in labels


def test_validators_reach_it_through_the_agent(inside: dict[tuple[str, str], Object]) -> None:
    """Its Beacon API is among the execution client's ports, and the agent stands before it as before any other."""
    assert "--gate=5052" in _containers(inside, "one")["agent"]["args"]
    assert {"beacon-api", "consensus-tcp"} <= {
        port["name"] for port in _containers(inside, "one")["execution"]["ports"]
    }
    assert [port["targetPort"] for port in inside["Service", "beacon"]["spec"]["ports"]] == ["beacon-api"]


def test_the_process_is_asked_after_for_both_clients(inside: dict[tuple[str, str], Object]) -> None:
    """A process that is both clients has started when both answer, and is dead when one of them is."""
    execution = _containers(inside, "one")["execution"]
    assert execution["startupProbe"]["httpGet"]["path"] == "/startup"
    assert execution["livenessProbe"]["httpGet"]["path"] == "/live"
    assert _containers(inside, "two")["execution"]["livenessProbe"]["httpGet"]["path"] == "/live?client=execution"


def test_prometheus_scrapes_the_process_once(inside: dict[tuple[str, str], Object]) -> None:
    """There is one page of metrics, and the agent's."""
    endpoints = inside["ServiceMonitor", "one"]["spec"]["endpoints"]
    assert sorted(endpoint["port"] for endpoint in endpoints) == ["agent", "el-metrics"]
