"""Prometheus, Grafana, Loki, Mimir and Alloy: how they find one another, and what profiles decide."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ethgen.spec import load
from ethgen.stack import releases

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Draw = Callable[..., Mapping[str, Mapping[str, Any]]]

EVERYTHING = Path(__file__).parents[2] / "fixtures" / "valid" / "releases.yaml"


@pytest.fixture(name="draw")
def values_of_releases(tmp_path: Path) -> Draw:
    """Return a function that gives the values of every release, of some profile and without some releases."""

    def draw(profile: str = "production", without: tuple[str, ...] = (), **sections: object) -> Mapping[str, Any]:
        data = yaml.safe_load(EVERYTHING.read_text()) | {"profile": profile} | sections
        data["releases"] = {name: {} for name in data["releases"] if name not in without}
        (tmp_path / "test.yaml").write_text(yaml.safe_dump(data))
        return {release.name: release.values for release in releases(load(tmp_path / "test.yaml"))}

    return draw


def test_prometheus_reads_the_monitors_and_rules_of_everybody(draw: Draw) -> None:
    """None of the five selectors is left to the chart, which reads its own release only."""
    spec = draw()["kube-prometheus-stack"]["prometheus"]["prometheusSpec"]
    selectors = {key: value for key, value in spec.items() if key.endswith("SelectorNilUsesHelmValues")}
    assert len(selectors) == 5
    assert not any(selectors.values())


def test_prometheus_sends_to_mimir_and_grafana_asks_whom_there_is(draw: Draw) -> None:
    """Addresses of Loki and Mimir stand only where these are installed."""
    stack = draw()["kube-prometheus-stack"]
    push = "http://mimir-gateway.monitoring.svc/api/v1/push"
    assert [target["url"] for target in stack["prometheus"]["prometheusSpec"]["remoteWrite"]] == [push]
    assert [source["name"] for source in stack["grafana"]["additionalDataSources"]] == ["Loki", "Mimir"]
    stack = draw(without=("loki", "mimir", "alloy"))["kube-prometheus-stack"]
    assert stack["prometheus"]["prometheusSpec"]["remoteWrite"] == []
    assert stack["grafana"]["additionalDataSources"] == []


def test_mimir_counts_what_two_prometheus_see_once(draw: Draw) -> None:
    """The labels that it tells replicas by are those that Prometheus gives to all that it sends."""
    values = draw()
    configuration = values["mimir"]["mimir"]["structuredConfig"]
    prometheus = values["kube-prometheus-stack"]["prometheus"]["prometheusSpec"]
    limits = configuration["limits"]
    assert limits["accept_ha_samples"] is True
    assert configuration["distributor"]["ha_tracker"] == {
        "enable_ha_tracker": True,
        "kvstore": {"store": "memberlist"},
    }
    assert limits["ha_cluster_label"] in prometheus["externalLabels"]
    assert limits["ha_replica_label"] == prometheus["replicaExternalLabelName"]


def test_layers_below_are_scraped_by_monitors_of_the_stack(draw: Draw) -> None:
    """A release that is installed before the monitors' kind is known has none of its own, and one in the stack."""
    monitors = draw(without=("keda",))["kube-prometheus-stack"]["prometheus"]["additionalPodMonitors"]
    assert [monitor["name"] for monitor in monitors] == [
        "metrics-server",
        "cert-manager",
        "external-secrets",
        "snapshot-controller",
        "docker-registry",
        "istiod",
        "istio-gateway",
    ]
    assert monitors[0]["podMetricsEndpoints"][0]["scheme"] == "https"
    assert monitors[1]["namespaceSelector"] == {"matchNames": ["cert-manager"]}


@pytest.mark.parametrize("installed", [True, False])
def test_a_service_monitor_is_drawn_where_its_kind_is_known(installed: bool, draw: Draw) -> None:  # noqa: FBT001 - of pytest
    """Loki, Mimir and Alloy have monitors with the Prometheus operator, and none without."""
    values = draw(without=() if installed else ("kube-prometheus-stack",))
    assert values["loki"]["monitoring"]["serviceMonitor"]["enabled"] is installed
    assert values["mimir"]["metaMonitoring"]["serviceMonitor"]["enabled"] is installed
    assert values["alloy"]["serviceMonitor"]["enabled"] is installed


@pytest.mark.parametrize(
    ("profile", "prometheus", "alertmanager", "copies"), [("staging", 1, 1, 1), ("production", 2, 3, 3)]
)
def test_production_loses_no_data_with_a_pod(
    profile: str, prometheus: int, alertmanager: int, copies: int, draw: Draw
) -> None:
    """In production each sample and line is kept by three pods; staging is small."""
    values = draw(profile)
    stack = values["kube-prometheus-stack"]
    assert stack["prometheus"]["prometheusSpec"]["replicas"] == prometheus
    assert stack["alertmanager"]["alertmanagerSpec"]["replicas"] == alertmanager
    assert values["loki"]["singleBinary"]["replicas"] == copies
    assert values["loki"]["loki"]["commonConfig"] == {"replication_factor": copies}
    assert values["mimir"]["ingester"]["replicas"] == copies
    assert values["mimir"]["mimir"]["structuredConfig"]["ingester"]["ring"] == {"replication_factor": copies}


def test_logs_without_a_bucket_are_on_the_volume_of_one_pod(draw: Draw) -> None:
    """A file system cannot be shared: there is one Loki, which keeps what it is given."""
    values = draw("staging", without=("mimir",), observability={"grafana": {"existingSecret": "grafana-admin"}})["loki"]
    assert values["loki"]["storage"] == {"type": "filesystem"}
    assert values["loki"]["schemaConfig"]["configs"][0]["object_store"] == "filesystem"
    assert values["loki"]["compactor"] == {"retention_enabled": True, "delete_request_store": "filesystem"}
    assert values["loki"]["limits_config"] == {"retention_period": "168h"}
    assert values["singleBinary"]["replicas"] == 1
    assert values["singleBinary"]["extraEnvFrom"] == []


def test_a_part_of_the_volume_is_left_to_what_prometheus_writes_beside_its_blocks(draw: Draw) -> None:
    """Blocks are deleted by age, or before they fill the volume."""
    spec = draw("staging")["kube-prometheus-stack"]["prometheus"]["prometheusSpec"]
    assert (spec["retention"], spec["retentionSize"]) == ("7d", "43520MB")
    claim = spec["storageSpec"]["volumeClaimTemplate"]["spec"]
    assert claim["resources"] == {"requests": {"storage": "50Gi"}}
    assert claim["storageClassName"] == "fast"


def test_no_password_stands_in_values_but_the_local_one(draw: Draw) -> None:
    """Grafana's first user comes from a Secret, but for a laptop's."""
    assert draw()["kube-prometheus-stack"]["grafana"]["admin"] == {"existingSecret": "grafana-admin"}
    assert "adminPassword" not in draw()["kube-prometheus-stack"]["grafana"]
    local = draw("local", observability={}, without=("mimir",))["kube-prometheus-stack"]["grafana"]
    assert local["adminPassword"] == "admin"


def test_braces_of_the_log_pipeline_reach_alloy(draw: Draw) -> None:
    """The chart reads the configuration as a template of its own, and must hand on what is meant for Alloy."""
    networks = {
        "hoodi": {
            "chain": "hoodi",
            "nodes": {"a": {"execution": {"client": "geth"}, "consensus": {"client": "lighthouse"}, "storage": "2Ti"}},
        }
    }
    cluster = {"context": "releases", "registry": "registry.example.org"}
    content = draw(networks=networks, cluster=cluster)["alloy"]["alloy"]["configMap"]["content"]
    assert '{{ "{{" }} $level := ToLower .Value }}' in content
    assert content.count("{{") == 2 * content.count('{{ "{{" }}')
