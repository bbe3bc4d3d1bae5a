"""Which keys a chart knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ethgen.cluster.charts.known_keys import known_keys, read_by, unknown_keys
from ethgen.cluster.charts.packaged import PackagedChart, read_chart
from ethgen.errors import ChartError

MAILER = read_chart(Path(__file__).parents[2] / "fixtures" / "charts" / "mailer")


def unknown(values: dict[str, Any], chart: PackagedChart = MAILER) -> list[str]:
    """Return the dotted paths that a chart does not know."""
    return [".".join(each.path) for each in unknown_keys(values, known_keys(chart))]


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"replicas": 3, "server": {"limits": {"size": "1Mi"}}}, "values.yaml has it"),
        ({"server": {"limits": {"rate": "1/s"}}}, "a comment of values.yaml shows it"),
        ({"podLabels": {"any": "label"}}, "it is empty by default"),
        ({"nodeSelector": {"any/label": "x"}}, "it is a field of a Kubernetes object"),
        ({"settings": {"any": {"depth": 1}}}, "a template hands it over as it is"),
        ({"routes": {"mine": {"to": "me"}}}, "a template walks through it"),
        ({"image": {"registry": "x", "tag": "1"}}, "a template reads it in brackets, or by index"),
        ({"server": {"hidden": True, "hostNetwork": True}}, "a template reads it relative to the dot"),
        ({"server": {"limits": {"burst": 5}}}, "a template reads it through a variable"),
        ({"signature": {"text": "bye"}}, "a default value is a template that reads it"),
        ({"queue": {"retry": {"after": "1s"}, "enabled": False}}, "the subchart knows it, by its alias"),
        ({"theme": {"dark": True, "fonts": {"any": "mono"}}}, "values.schema.json names it"),
        ({"global": {"region": "x"}, "queue": {"global": {"region": "x"}}}, "a template reads it from global"),
    ],
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_a_key_that_some_part_of_the_chart_knows_is_known(values: dict[str, Any], why: str):
    """A key is known by the defaults, their comments, the schema, the templates or a subchart."""
    assert unknown(values) == [], why


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"replica": 3}, "replica"),
        ({"server": {"limit": {}}}, "server.limit"),
        ({"server": {"limits": {"sizes": 1}}}, "server.limits.sizes"),
        ({"server": {"tls": {"rate": 1}}}, "server.tls.rate"),
        ({"queue": {"retry": {"before": "1s"}}}, "queue.retry.before"),
        ({"spool": {"depth": 1}}, "spool"),
        ({"theme": {"light": True}}, "theme.light"),
        ({"global": {"regions": 1}}, "global.regions"),
        ({"server": 5}, "server"),
    ],
)
def test_a_key_that_no_part_of_the_chart_knows_is_told(values: dict[str, Any], path: str):
    """A misspelt key is unknown wherever it stands, and so is a value where the chart has a mapping."""
    assert unknown(values) == [path]


def test_the_chart_knows_its_own_defaults():
    """Every key of values.yaml, of the subcharts too, is known."""
    import yaml  # noqa: PLC0415 - only here

    assert unknown(yaml.safe_load(MAILER.values)) == []
    assert unknown({"queue": yaml.safe_load(MAILER.subcharts["queue"].values)}) == []


def test_the_keys_that_are_known_there_are_told():
    """An unknown key comes with the known ones beside it."""
    (found,) = unknown_keys({"server": {"tls": {"enable": True}}}, known_keys(MAILER))
    assert found.siblings == ("enabled",)


def test_values_that_are_templates_may_read_values_of_their_own():
    """A key is known that another value of the user reads."""
    known = known_keys(MAILER)
    read_by("{{ .Values.company.name }}", known)
    assert unknown_keys({"company": {"name": "us"}}, known) == []


def test_defaults_of_istio_are_taken_at_the_top():
    """What stands below Istio's own word for its defaults is known at the top."""
    chart = PackagedChart({"name": "istiod"}, values="_internal_defaults_do_not_set:\n  pilot:\n    trace: 1\n")
    assert unknown({"pilot": {"trace": 2, "trances": 1}, "pilots": {}}, chart) == ["pilot.trances", "pilots"]


@pytest.mark.parametrize(
    ("chart", "message"),
    [
        (PackagedChart({"name": "a", "version": "1"}, values="a: ["), "a 1: values.yaml:"),
        (PackagedChart({"name": "a", "version": "1"}, schema="{"), "a 1: values.schema.json:"),
        (PackagedChart({"name": "a", "version": "1"}, schema="[]"), "a 1: values.schema.json holds no schema"),
    ],
    ids=["values", "schema", "schema is a list"],
)
def test_a_broken_chart_is_told(chart: PackagedChart, message: str):
    """Files of a chart that cannot be read are named."""
    with pytest.raises(ChartError, match=f"^{message}"):
        known_keys(chart)


def test_a_schema_that_refers_to_itself_ends():
    """A recursive schema is followed only so far."""
    schema = '{"$ref": "#/$defs/a", "$defs": {"a": {"properties": {"b": {"$ref": "#/$defs/a"}}}}}'
    chart = PackagedChart({"name": "a"}, values="b: {c: 1}", schema=schema)
    assert unknown({"b": {"b": {"b": {}}}}, chart) == []
    assert unknown({"d": 1}, chart) == ["d"]
