"""Which keys a chart knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ethgen.cluster.charts.known import unknown_keys
from ethgen.cluster.charts.known_keys import known_keys, read_by
from ethgen.cluster.charts.packaged import PackagedChart, read_chart
from ethgen.errors import ChartError

# A few lines that stand for half a million values.
REFERENCES = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
    f"{key}: &{key} [{', '.join([f'*{before}'] * 9)}]\n" for before, key in zip("abcdef", "bcdefg", strict=True)
)

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
    read_by(["{{ .Values.company.name }}"], known)
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
        *(
            (PackagedChart({"name": "a", "version": "1"}, values=values), f"a 1: values.yaml{message}")
            for values, message in (
                ("- a", " holds no mapping"),
                ("a: &a\n  b: *a", ": a value stands in itself"),
                ("a: " + "[" * 150 + "]" * 150, ": a value stands in itself, or deeper than 100"),
                ("a: " + "[" * 100000, ": it nests deeper than 1000"),
                ("a: " + "{b: " * 3000, ": it nests deeper than 1000"),
                ("- " * 100000, ": it nests deeper than 1000"),
                ("? [a, b]\n: 1", ":1: a key is no text"),
                ("a: {b: {[c]: 1}}", ":1: a key is no text"),
                (REFERENCES, " has more than 200,000 values"),
                ("a: \0", ": "),
            )
        ),
        *(
            (PackagedChart({"name": "a", "version": "1"}, schema=schema), f"a 1: values.schema.json: {message}")
            for schema, message in (
                ('{"properties": [1]}', "properties is no mapping"),
                ('{"allOf": [{"properties": {"a": {"anyOf": {}}}}]}', "anyOf is no list"),
                ('{"$defs": 1}', r"\$defs is no mapping"),
                ("[" * 100000, ""),
            )
        ),
    ],
)
def test_a_broken_chart_is_told(chart: PackagedChart, message: str):
    """Files of a chart that cannot be read, or hold what Helm does not take, are named."""
    with pytest.raises(ChartError, match=f"^{message}") as caught:
        known_keys(chart)
    assert caught.value.cure


def test_a_schema_that_refers_to_itself_ends():
    """A recursive schema is followed only so far."""
    schema = '{"$ref": "#/$defs/a", "$defs": {"a": {"properties": {"b": {"$ref": "#/$defs/a"}}}}}'
    chart = PackagedChart({"name": "a"}, values="b: {c: 1}", schema=schema)
    assert unknown({"b": {"b": {"b": {}}}}, chart) == []
    assert unknown({"d": 1}, chart) == ["d"]


def drawn(values: str, *templates: str) -> PackagedChart:
    """Return a chart of a values.yaml and templates."""
    return PackagedChart({"name": "a"}, values=values, templates={str(n): text for n, text in enumerate(templates)})


@pytest.mark.parametrize(
    ("values", "template"),
    [
        ("a: {b: 1}", "{{ toYaml .Values.a }}"),
        ("a: {b: 1}", "{{- .Values.a | toYaml | nindent 4 -}}"),
        ("a: {b: 1}", "{{ with .Values.a }}{{ toYaml . }}{{ end }}"),
        ("a: {b: 1}", "{{ range $key, $value := .Values.a }}{{ $key }}{{ end }}"),
        ("a: {b: 1}", "{{ $all := merge .Values.a .Values.other }}{{ toYaml $all }}"),
        ("a: {b: 1}", '{{ define "p" }}{{ toYaml .given }}{{ end }}{{ include "p" (dict "given" .Values.a) }}'),
        ("a: {b: 1}", '{{ define "p" }}{{ tpl (toYaml .) $ }}{{ end }}{{ template "p" .Values.a }}'),
        ("a: {b: 1}", '{{ include "of another chart" .Values.a }}'),
        ("a: {b: 1}", '{{ include (printf "%s" .Values.x) (dict "given" .Values.a) }}'),
        ("a: {b: 1}", "{{ index .Values.a .Values.which }}"),
        ("a: {b: 1}", '{{ $_ := set $.Values.other "key" .Values.a }}'),
        ("a: {b: 1}", "{{ .Values.a | somethingNew }}"),
        ("a: {}", "{{ .Values.a.b }}{{ toYaml .Values.a }}"),
        ("a: {b: 1}", "{{ if .Values.x }}}}`{{ else }}{{ toYaml .Values.a }}{{ end }}"),
        ("a: {b: 1}", '{{ "}}" }}{{/* {{ */}}{{ toYaml .Values.a }}'),
    ],
)
def test_what_a_template_hands_over_is_the_users(values: str, template: str):
    """Whatever way a mapping takes to who reads it, any key may stand there, at any depth below it."""
    assert unknown({"a": {"c": {"d": 1}}}, drawn(values, template)) == []


@pytest.mark.parametrize(
    ("values", "template"),
    [
        ("a: {b: 1}", "{{ .Values.a.b }}"),
        ("a: {b: 1}", "{{ if .Values.a }}{{ .Values.a.b }}{{ end }}"),
        ("a: {b: 1}", "{{ $all := merge .Values.a (dict) }}{{ $all.b }}"),
        ("a: {b: {c: 1}}", "{{ toYaml .Values.a.b }}"),
        ("a: {b: 1}", '{{ define "p" }}{{ .given.b }}{{ end }}{{ include "p" (dict "given" .Values.a "ctx" $) }}'),
        (
            "a: {b: 1}",
            '{{ define "q" }}{{ .b }}{{ end }}{{ define "p" }}{{ include "q" . }}{{ end }}{{ include "p" .Values.a }}',
        ),
        ("a: {b: 1}", '{{ toYaml (pick .Values "a") }}'),
        ("a: {}", "{{ .Values.a.b }}"),
        ("a: {}", "{{ with .Values.a }}{{ .b }}{{ end }}"),
        ("x: 1", '{{ if .Values.a }}{{ index .Values "a" "b" }}{{ end }}'),
        ("x: 1", '{{ dig "b" "" .Values.a }}'),
        ("x: 1\n# a:\n#   b: 1", "{{ .Values.a.b }}"),
        ("a: {b: 1}\n# Ref: https://example.org\n# note: that", "{{ .Values.a.b }}"),
    ],
)
def test_what_templates_read_key_by_key_has_these_keys(values: str, template: str):
    """A mapping that nothing hands over has the keys of its defaults and those that templates read, and no other."""
    chart = drawn(values, template)
    assert unknown({"a": {"b": 1}}, chart) == []
    assert unknown({"a": {"c": 1}}, chart) == ["a.c"]
    assert unknown({"Ref": 1, "note": 1}, chart) == ["Ref", "note"]


def test_what_is_read_of_every_entry_is_known_of_each():
    """A template that walks through a mapping reads its keys of whatever stands there."""
    chart = drawn("a: {b: {c: 1}}", "{{ range .Values.a }}{{ .d }}{{ end }}")
    assert unknown({"a": {"b": {"c": 1, "d": 1}, "other": {"d": 1}}}, chart) == []


@pytest.mark.parametrize(
    ("defaults", "values", "wrong"),
    [
        ("resources: {}", {"resources": {"limits": {"cpu": 1, "nvidia.com/gpu": 1, "hugepages-2Mi": "2Mi"}}}, ""),
        ("resources: {}", {"resources": {"limits": {"cpus": 1}}}, "resources.limits.cpus"),
        ("resources: {}", {"resources": {"request": {"cpu": 1}}}, "resources.request"),
        ("resources: {one: {}, two: {limits: {cpu: 1}}}", {"resources": {"one": {"limits": {"memory": 1}}}}, ""),
        ("resources: {one: {}, two: {limits: {cpu: 1}}}", {"resources": {"one": {"limit": 1}}}, "resources.one.limit"),
        ("resources: {one: {}, two: {limits: {cpu: 1}}}", {"resources": {"too": {}}}, "resources.too"),
        ("securityContext: {enabled: true}", {"securityContext": {"fsGroup": 1, "privileged": False}}, ""),
        ("securityContext: {runAsUser: 1}", {"securityContext": {"runAsuser": 1}}, "securityContext.runAsuser"),
        ("strategy: RollingUpdate", {"strategy": {"any": 1}}, ""),
        (
            "storage: {}",
            {"storage": {"volumeClaimTemplate": {"spec": {"resources": {"requests": {"storage": "1Gi"}}}}}},
            "",
        ),
        (
            "storage: {}",
            {"storage": {"volumeClaimTemplate": {"spec": {"storageclass": "x"}}}},
            "storage.volumeClaimTemplate.spec.storageclass",
        ),
    ],
)
def test_types_of_kubernetes_have_their_fields(defaults: str, values: dict[str, Any], wrong: str):
    """What is of a type of Kubernetes has the type's fields, though a template hands it over as it is."""
    handed = "{{ toYaml .Values.resources }}{{ toYaml .Values.securityContext }}{{ toYaml .Values.strategy }}"
    assert unknown(values, drawn(defaults, handed, "{{ toYaml .Values.storage }}")) == ([wrong] if wrong else [])


def test_the_words_of_a_template_end_with_it():
    """What is not closed, nests without end or calls itself is read in no time, and hides nothing else."""
    strange = [
        "{{ " * 20000,
        "{{ " + "(" * 5000 + ".Values.b",
        "{{ end }}{{ else }}{{ range }}",
        "{{ define }}{{ end }}",
    ]
    strange += [
        "{{ .Values" + ".a" * 3000 + " }}",
        '{{ index .Values "a" ' + '"a" ' * 3000 + "}}",
        "{{ define }}{{ end }}",
    ]
    recursive = '{{ define "r" }}{{ include "r" (dict "x" .) }}{{ end }}{{ include "r" .Values.a }}'
    chart = drawn("a: {b: 1}", *strange, recursive, "{{ .Values.c }}")
    assert unknown({"c": 1, "d": 1}, chart) == ["d"]
