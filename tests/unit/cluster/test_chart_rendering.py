"""What releases draw, with a helm that is played."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ethgen.cluster.charts.rendering import Helm, Rendered, api_versions, read_objects, render, render_all
from ethgen.cluster.process import Command, Result
from ethgen.errors import ChartError
from ethgen.stack.release import Chart, Release

MAILER = Path(__file__).parents[2] / "fixtures" / "charts" / "mailer"
RELEASE = Release("post", "mail", "infrastructure", Chart("mailer", "1.2.3", "https://x"), {"replicas": 2})
CONFIG_MAP = "{kind: ConfigMap, apiVersion: v1, metadata: {name: a}}\n"
WIDGETS = """\
kind: CustomResourceDefinition
apiVersion: apiextensions.k8s.io/v1
metadata: {name: widgets.example.org}
spec:
  group: example.org
  names: {kind: Widget}
  versions: [{name: v1, served: true}, {name: v0, served: false}]
"""
DEPLOYMENT = "{kind: Deployment, apiVersion: apps/v1, metadata: {name: a}}\n"

pytestmark = pytest.mark.usefixtures("own_cache")


class Player:
    """Plays helm: answers with a text, and keeps what it was asked and given."""

    def __init__(self, output: str = "", errors: str = "", status: int = 0) -> None:
        self.result = Result(status, output, errors)
        self.asked: list[list[str]] = []
        self.values: list[object] = []

    def __call__(self, command: Command) -> Result:
        argv = list(command.argv)
        self.values.append(json.loads(Path(argv.pop(argv.index("--values") + 1)).read_text()))
        self.asked.append(argv)
        return self.result


def test_helm_is_told_everything_that_changes_what_is_drawn():
    """Name, namespace, values, Kubernetes and the served kinds reach helm, and definitions come along."""
    helm = Player(CONFIG_MAP)
    (drawn,) = render(RELEASE, MAILER, Helm({}, "v1.36.3", helm), ["a/v1"])
    assert drawn["kind"] == "ConfigMap"
    assert helm.values == [{"replicas": 2}]
    assert helm.asked == [
        [
            *("helm", "template", "post", str(MAILER), "--namespace", "mail", "--kube-version", "v1.36.3"),
            *("--include-crds", "--values", "--api-versions=a/v1"),
        ]
    ]


def test_helms_refusal_is_the_message():
    """What helm refuses is told in its own words."""
    helm = Helm({}, runner=Player(errors="Error: values don't meet the schema\n", status=1))
    with pytest.raises(ChartError, match=r"^helm template post: values don't meet the schema$"):
        render(RELEASE, MAILER, helm)
    assert render_all({"post": (RELEASE, MAILER)}, helm)["post"].problem.endswith("meet the schema")


@pytest.mark.parametrize(
    ("output", "problem"),
    [
        ("# nothing\n", "its chart draws nothing from these values"),
        (CONFIG_MAP, "its chart draws no workload from these values, though it has some"),
        (DEPLOYMENT, ""),
    ],
)
def test_a_chart_that_draws_too_little_is_told(output: str, problem: str):
    """Nothing at all, or no pod where the chart has workloads, is a problem."""
    assert render_all({"post": (RELEASE, MAILER)}, Helm({}, runner=Player(output)))["post"].problem == problem


def test_an_own_chart_may_draw_nothing():
    """What a spec names nothing for yet, as of cluster-base, is no mistake of its values."""
    own = RELEASE._replace(chart=Chart("cluster-base"))
    assert render_all({"base": (own, MAILER)}, Helm({}, runner=Player("# nothing\n")))["base"] == Rendered()


def test_charts_that_ask_for_kinds_are_drawn_again_with_those_of_all():
    """The definitions that one release brings are there when another one is drawn."""
    helm = Player(f"{DEPLOYMENT}---\n{WIDGETS}")
    drawn = render_all({"post": (RELEASE, MAILER)}, Helm({}, runner=helm))
    assert drawn["post"] == Rendered(tuple(read_objects(helm.result.output, "post")))
    assert ["--api-versions" in part for part in helm.asked[0]].count(True) == 0
    assert helm.asked[1][-2:] == ["--api-versions=example.org/v1", "--api-versions=example.org/v1/Widget"]


def test_only_served_versions_are_there():
    """A definition makes its served versions known, with and without its kind."""
    assert api_versions(read_objects(WIDGETS, "x")) == ["example.org/v1", "example.org/v1/Widget"]


def test_objects_are_read_as_kubernetes_reads_them():
    """A lone `=` and a date are text, lists are taken apart, and empty documents are none."""
    one = "apiVersion: v1, metadata: {name: a}"
    text = f"kind: List\nitems: [{{kind: A, op: =, day: 2024-01-02, {one}}}]\n---\n---\n{{kind: B, {one}}}\n"
    plain = {"apiVersion": "v1", "metadata": {"name": "a"}}
    assert read_objects(text, "x") == [{"kind": "A", "op": "=", "day": "2024-01-02", **plain}, {"kind": "B", **plain}]


DEFINITION = "kind: CustomResourceDefinition, apiVersion: a/v1, metadata: {name: a}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "no YAML of objects"),
        ("&a [*a]", "no YAML of objects"),
        ("{kind: A, apiVersion: v1, metadata: {name: a}, [b]: c}", "no YAML of objects"),
        ("- a", "no object of Kubernetes: it is no mapping: "),
        ("just words", "it is no mapping: just words\n"),
        ("a: 1", "it has no kind or no apiVersion"),
        ("{kind: 3, apiVersion: v1, metadata: {name: a}}", "it has no kind or no apiVersion"),
        ("{kind: A, metadata: {name: a}}", "it has no kind or no apiVersion"),
        ("{kind: A, apiVersion: v1}", "it has no name"),
        ("{kind: A, apiVersion: v1, metadata: []}", "it has no name"),
        ("{kind: A, apiVersion: v1, metadata: {name: 3}}", "it has no name"),
        ("{kind: A, apiVersion: v1, metadata: {name: a, namespace: {}}}", "its namespace is no text"),
        ("{kind: List, apiVersion: v1, items: [3]}", "it is no mapping: 3\n"),
        ("{kind: List, items: [{kind: List, items: [{a: b}]}]}", "it has no kind or no apiVersion"),
        (f"{{{DEFINITION}}}", "a definition has spec.group"),
        (f"{{{DEFINITION}, spec: {{group: a}}}}", "a definition has spec.group"),
        (f"{{{DEFINITION}, spec: {{group: a, names: {{kind: A}}, versions: [v1]}}}}", "a definition has spec.group"),
        (f"{{{DEFINITION}, spec: {{group: 1, names: {{kind: A}}, versions: []}}}}", "a definition has spec.group"),
    ],
)
def test_what_is_no_object_is_refused(text: str, message: str):
    """A chart that draws something else is told, with what is wrong and where it begins."""
    with pytest.raises(ChartError, match=message) as caught:
        read_objects(text, "x")
    assert caught.value.message.startswith("x: its chart draws what is no ")


def test_what_nests_without_end_is_refused():
    """The library that reads YAML would end the whole program; brackets in texts nest nothing."""
    with pytest.raises(ChartError, match="it nests deeper than 1000"):
        read_objects("a: " + "[" * 100000, "x")
    one = "kind: A, apiVersion: v1, metadata: {name: a}"
    assert len(read_objects(f"{{{one}, text: '{'[' * 2000}'}}", "x")) == 1


def test_an_object_may_leave_its_name_to_the_server():
    """`generateName` is a name, as of a Job that a hook makes anew each time."""
    (found,) = read_objects("{kind: Job, apiVersion: batch/v1, metadata: {generateName: a-}}", "x")
    assert found["metadata"] == {"generateName": "a-"}
