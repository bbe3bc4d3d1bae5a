"""Definitions in charts' folders crds/, before a release is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ethgen.cluster.cache import silent
from ethgen.cluster.charts.rendering import Helm
from ethgen.cluster.process import Result
from ethgen.errors import ChartError
from ethgen.operate.deploy.definitions import bring_definitions
from ethgen.stack.release import Chart, Release

if TYPE_CHECKING:
    from pathlib import Path

    from ethgen.cluster.process import Command

SPEC = "{group: example.org, names: {kind: Widget}, versions: [{name: v1}]}"


def definition(name: str) -> str:
    """Return a definition as text."""
    return (
        "kind: CustomResourceDefinition\napiVersion: apiextensions.k8s.io/v1\n"
        f"metadata: {{name: {name}.example.org}}\nspec: {SPEC}\n"
    )


# As helm writes it: crds/ first, each file whole; then templates, a definition among them.
DRAWN = f"""\
---
# Source: mailer/charts/queue/crds/all.yaml
{definition("first")}---
{definition("second")}
---
# Source: mailer/templates/crds.yaml
{definition("of-a-template")}
---
# Source: mailer/templates/deployment.yaml
{{kind: Deployment, apiVersion: apps/v1, metadata: {{name: a}}}}
"""


class Cluster:
    """A cluster that notes what is applied."""

    def __init__(self) -> None:
        self.applied: list[list[str]] = []

    def apply(self, objects: list[dict[str, Any]]) -> None:
        self.applied.append([each["metadata"]["name"] for each in objects])


def release(name: str) -> Release:
    """Return a release of another repository's chart."""
    return Release(name, "mail", "infrastructure", Chart("mailer", "1.2.3", "https://charts.example.org"), {})


def chart(folder: Path, *, definitions: bool) -> Path:
    """Return a chart's folder, with definitions in the folder crds/ of a subchart or without."""
    for place in (folder, folder / "charts" / "queue"):
        place.mkdir(parents=True)
        (place / "Chart.yaml").write_text(f"name: {place.name}\nversion: 1.2.3\n")
    if definitions:
        (folder / "charts" / "queue" / "crds").mkdir()
        (folder / "charts" / "queue" / "crds" / "all.yaml").touch()
    return folder


def test_definitions_of_files_are_applied_and_those_of_templates_left_to_helm(tmp_path: Path):
    """What Helm would leave as it is, is brought up to date, of each release that has such, and nothing else is."""
    asked: list[str] = []

    def helm(command: Command) -> Result:
        asked.append(command.argv[2])
        return Result(0, DRAWN, "")

    cluster = Cluster()
    charts = {
        "with": chart(tmp_path / "a", definitions=True),
        "without": chart(tmp_path / "b", definitions=False),
    }
    chosen = [release(name) for name in ("own", "without", "with")]
    bring_definitions(cluster, chosen, charts, Helm({}, runner=helm), silent)  # type: ignore[arg-type]
    assert asked == ["with"]
    assert cluster.applied == [["first.example.org", "second.example.org"]]


def test_definitions_that_the_values_switch_off_are_not_made(tmp_path: Path):
    """A subchart that is not drawn brings none, though its files are there."""
    cluster, charts = Cluster(), {"with": chart(tmp_path / "a", definitions=True)}
    drawn = DRAWN[DRAWN.index("# Source: mailer/templates") :]
    helm = Helm({}, runner=lambda _: Result(0, drawn, ""))
    bring_definitions(cluster, [release("with")], charts, helm, silent)  # type: ignore[arg-type]
    assert cluster.applied == []


def test_a_chart_that_cannot_be_drawn_is_told(tmp_path: Path):
    """Helm's own words are the message, and nothing is applied."""
    helm = Helm({}, runner=lambda _: Result(1, "", "Error: no such value"))
    charts = {"with": chart(tmp_path / "a", definitions=True)}
    with pytest.raises(ChartError, match="no such value"):
        bring_definitions(Cluster(), [release("with")], charts, helm, silent)  # type: ignore[arg-type]
