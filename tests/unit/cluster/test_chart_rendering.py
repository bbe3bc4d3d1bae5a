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
WIDGETS = """\
kind: CustomResourceDefinition
spec:
  group: example.org
  names: {kind: Widget}
  versions: [{name: v1, served: true}, {name: v0, served: false}]
"""
DEPLOYMENT = "kind: Deployment\n"

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
    helm = Player("kind: ConfigMap\n")
    assert render(RELEASE, MAILER, Helm({}, "v1.36.3", helm), ["a/v1"]) == [{"kind": "ConfigMap"}]
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
        ("kind: ConfigMap\n", "its chart draws no workload from these values, though it has some"),
        (DEPLOYMENT, ""),
    ],
)
def test_a_chart_that_draws_too_little_is_told(output: str, problem: str):
    """Nothing at all, or no pod where the chart has workloads, is a problem."""
    assert render_all({"post": (RELEASE, MAILER)}, Helm({}, runner=Player(output)))["post"].problem == problem


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
    text = "kind: List\nitems: [{kind: A, op: =, day: 2024-01-02}]\n---\n---\nkind: B\n"
    assert read_objects(text, "x") == [{"kind": "A", "op": "=", "day": "2024-01-02"}, {"kind": "B"}]


@pytest.mark.parametrize(("text", "message"), [("a: [", "no YAML"), ("- a", "no object"), ("a: 1", "no object")])
def test_what_is_no_object_is_refused(text: str, message: str):
    """A chart that draws something else is told."""
    with pytest.raises(ChartError, match=message):
        read_objects(text, "x")
