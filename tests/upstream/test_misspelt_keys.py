"""Misspelt keys, at every depth, before the real charts: which of them nobody but the program itself could tell."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from upstream_cases import PROFILES

from ethgen.cluster.charts import kubernetes_fields as kubernetes
from ethgen.cluster.charts.known import unknown_keys
from ethgen.cluster.charts.supply import locate
from ethgen.cluster.charts.values_check import allowed_keys, known_of
from ethgen.errors import ChartError
from ethgen.stack import releases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from ethgen.cluster.charts.kubernetes_fields import Fields
    from ethgen.cluster.charts.supply import Supply
    from ethgen.spec import NetworkSpec

# What charts hand over as it is, so that only whoever takes it knows the keys: labels and annotations are free, the
# configuration of a program is its own, and fields of Prometheus' objects are judged by their definitions once drawn.
HANDED_OVER = {
    "external-secrets": ("crds.annotations.",),
    "keda": ("crds.additionalAnnotations.",),
    "docker-registry": ("configData.",),
    "istiod": ("meshConfig.",),
    "istio-gateway": ("labels.",),
    "kube-prometheus-stack": (
        "prometheus.prometheusSpec.externalLabels.",
        "prometheus.prometheusSpec.storageSpec.volumeClaimTemplate",
        "alertmanager.alertmanagerSpec.storage.volumeClaimTemplate",
        "alertmanager.alertmanagerSpec.alertmanagerConfigMatcherStrategy.",
        "grafana.grafana.ini.",
    ),
    "loki": tuple(
        f"loki.{key}."
        for key in ("commonConfig", "schemaConfig", "storage.s3", "limits_config", "compactor", "analytics")
    ),
}

# 35 of 389 keys in profile production.
MOST = 0.1


def paths(values: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of every key of mappings."""
    for key, value in values.items():
        yield (*above, key)
        if isinstance(value, dict):
            yield from paths(value, (*above, key))


def misspelt(values: Mapping[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """Return values with the last two letters of one key changed, in its place."""
    first, *rest = path
    return {
        (f"{key[:-2]}qz" if key == first and not rest else key): (
            misspelt(value, tuple(rest)) if key == first and rest else value
        )
        for key, value in values.items()
    }


@pytest.mark.parametrize("profile", PROFILES)
def test_a_misspelt_key_is_found_at_every_depth(
    profile: str, every_release: Callable[[str], NetworkSpec], supply: Supply
):
    """Each generated key, misspelt in turn, is told, but for what charts hand over as it is: less than a tenth."""
    spec = every_release(profile)
    checked, passed, missing = 0, [], []
    for release in releases(spec):
        if release.chart.own:
            continue
        try:
            path = locate(release.chart, supply).path
        except ChartError as error:
            missing.append(error.message)
            continue
        assert path is not None
        allowed = allowed_keys(release, known_of(path))
        assert unknown_keys(release.values, allowed) == []
        for key in paths(release.values):
            checked += 1
            if not unknown_keys(misspelt(release.values, key), allowed):
                passed.append((release.name, ".".join(key)))
    assert [each for each in passed if not each[1].startswith(HANDED_OVER.get(each[0], ("none",)))] == []
    assert checked
    print(f"{len(passed)} of {checked} misspelt keys are not found")  # noqa: T201 - pytest shows it with -s
    assert len(passed) / checked <= MOST
    if missing:
        pytest.skip("; ".join(missing))


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        (kubernetes.RESOURCES, "pod-v1 spec containers resources"),
        (kubernetes.CONTAINER_SECURITY, "pod-v1 spec containers securityContext"),
        (kubernetes.POD_SECURITY, "pod-v1 spec securityContext"),
        (kubernetes.PROBE, "pod-v1 spec containers livenessProbe"),
        (kubernetes.AFFINITY, "pod-v1 spec affinity"),
        (kubernetes.STRATEGY, "deployment-apps-v1 spec strategy"),
        (kubernetes.STRATEGY, "statefulset-apps-v1 spec updateStrategy"),
        (kubernetes.DISRUPTION_BUDGET, "poddisruptionbudget-policy-v1 spec"),
        (kubernetes.CLAIM_TEMPLATE, "persistentvolumeclaim-v1"),
    ],
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_kubernetes_types_have_no_other_fields(fields: Fields, path: str, schemas: Path):
    """The fields that are known of Kubernetes' types are those of its own schemas, at every depth."""
    name, *parts = path.split()
    schema = json.loads((next(schemas.glob(f"k8s/*-standalone-strict/{name}.json"))).read_text())
    for part in parts:
        schema = below(schema, part)
    require_same(fields, schema, path)


def below(schema: Mapping[str, Any], part: str) -> Mapping[str, Any]:
    """Return the schema of a property, or of its entries where it is a list."""
    found: Mapping[str, Any] = schema["properties"][part]
    items: Mapping[str, Any] | None = found.get("items")
    return items or found


def require_same(fields: Fields, schema: Mapping[str, Any], path: str) -> None:
    """Hold fields to the properties of a schema; a field of which nothing further is said may be anything."""
    if fields is kubernetes.RESOURCE_NAMES:
        assert "properties" not in schema
        return
    theirs = set(schema["properties"])
    # Strategies of StatefulSets and of Deployments share a name, and their fields.
    assert set(fields) == theirs or (path.endswith("rollingUpdate") and theirs < set(fields)), path
    for key, further in fields.items():
        if further is not None:
            require_same(further, below(schema, key), f"{path} {key}")
