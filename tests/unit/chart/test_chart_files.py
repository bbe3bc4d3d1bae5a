"""The files of the chart that are made from the types of its values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from ethgen import __version__
from ethgen.chart.defaults import values_text
from ethgen.chart.own import ETHEREUM, OWN, OwnChart
from ethgen.chart.readme import readme_text
from ethgen.chart.schema import schema, schema_text
from ethgen.cli.chart import chart
from ethgen.errors import EthgenError

CHARTS = Path(__file__).parents[3] / "charts"
CHART = CHARTS / "ethereum-infrastructure"
ABOUT = yaml.safe_load((CHART / "Chart.yaml").read_text())
MADE = {"schema": "values.schema.json", "values": "values.yaml", "readme": "README.md"}


def made(own: OwnChart) -> dict[str, str]:
    """Return the files that are made of a chart's types, by their names."""
    about = yaml.safe_load((CHARTS / own.name / "Chart.yaml").read_text())
    return {
        "values.schema.json": schema_text(own),
        "values.yaml": values_text(own),
        "README.md": readme_text(about),
    }


@pytest.mark.parametrize("own", OWN, ids=lambda own: own.name)
def test_committed_files_are_up_to_date(own: OwnChart):
    """Each committed file is what its command makes of the types today."""
    for name, text in made(own).items():
        assert (CHARTS / own.name / name).read_text() == text, "run `ethgen chart` and commit the result"


def test_every_chart_of_the_repository_has_types():
    """No chart is without the types that its schema, defaults and README are made of."""
    assert {path.parent.name for path in CHARTS.glob("*/Chart.yaml")} == {own.name for own in OWN}


@pytest.mark.parametrize("own", OWN, ids=lambda own: own.name)
def test_the_chart_belongs_to_this_version_of_ethgen(own: OwnChart):
    """The chart says which version of ethgen it was made with, for the agent's image is of that version."""
    assert yaml.safe_load((CHARTS / own.name / "Chart.yaml").read_text())["appVersion"] == __version__


@pytest.mark.parametrize("own", OWN, ids=lambda own: own.name)
def test_default_values_are_what_the_types_say(own: OwnChart):
    """`values.yaml` reads as the defaults of the types."""
    expected = own.defaults.model_dump(by_alias=True, mode="json", exclude={"global_"})
    assert yaml.safe_load(values_text(own)) == expected


def every_object(node: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any part of a JSON document
    """Return every schema of an object with known keys, however deep."""
    if isinstance(node, list):
        return [found for item in node for found in every_object(item)]
    if not isinstance(node, dict):
        return []
    own = [node] if "properties" in node or "patternProperties" in node else []
    return own + [found for item in node.values() for found in every_object(item)]


@pytest.mark.parametrize("own", OWN, ids=lambda own: own.name)
def test_the_schema_is_closed_and_valid(own: OwnChart):
    """The schema is one of draft 2020-12, and no object in it takes a key that it does not know."""
    jsonschema.Draft202012Validator.check_schema(schema(own))
    objects = every_object(schema(own))
    assert len(objects) > 5
    assert all(found["additionalProperties"] is False for found in objects)


@pytest.mark.parametrize(
    ("values", "keys"),
    [
        ({"typo": 1}, []),
        ({"nodes": {"Upper": {}}}, ["nodes"]),
        ({"nodes": {"n" * 41: {}}}, ["nodes"]),
        ({"validators": {"a": {"container": {}, "secret": "s", "storage": "1Gi", "replicas": 2}}}, ["validators", "a"]),
        ({"agent": {"image": "a", "port": "9300"}}, ["agent", "port"]),
    ],
)
def test_the_schema_refuses_what_the_types_refuse(values: dict[str, Any], keys: list[str]):
    """Unknown keys, names out of form, a second signer and wrong types are refused, at their place."""
    given = {**yaml.safe_load(values_text(ETHEREUM)), **values}
    errors = list(jsonschema.Draft202012Validator(schema(ETHEREUM)).iter_errors(given))
    assert errors
    assert any(list(error.absolute_path)[: len(keys)] == keys for error in errors)


def test_the_schema_accepts_what_helm_adds():
    """Helm hands `global` to every chart; the defaults with it are accepted."""
    jsonschema.validate({**yaml.safe_load(values_text(ETHEREUM)), "global": {"x": 1}}, schema(ETHEREUM))


def test_the_readme_describes_every_value():
    """Each property of the schema but Helm's own has a row, none of which lacks a description."""
    tables = readme_text(ABOUT).partition("## Values")[2]
    rows = [line.split(" | ") for line in tables.splitlines() if line.startswith("| ")]
    named = {row[0].removeprefix("| ").rpartition(".")[2] for row in rows}
    leaves = {
        name
        for found in every_object(schema(ETHEREUM))
        for name, member in found.get("properties", {}).items()
        if name != "global" and not member.get("$ref", "").endswith(("Access", "Agent", "Health", "Metrics"))
    }
    assert leaves - {"genesis"} <= named
    assert all(len(row[-1].strip(" |")) > 3 for row in rows)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a chart's folder without the files that are made."""
    (tmp_path / "Chart.yaml").write_text((CHART / "Chart.yaml").read_text())
    return tmp_path


@pytest.mark.parametrize("command", MADE)
def test_a_command_writes_its_file_once(folder: Path, command: str):
    """The first run writes the file, the second finds it up to date, and nothing else appears."""
    first, second = (CliRunner().invoke(chart, [command, "--chart", str(folder)]) for _ in range(2))
    assert (first.exit_code, first.output) == (0, f"{folder / MADE[command]} written\n")
    assert (second.exit_code, second.output) == (0, f"{folder / MADE[command]} is up to date\n")
    assert (folder / MADE[command]).read_text() == (CHART / MADE[command]).read_text()
    assert {path.name for path in folder.iterdir()} == {"Chart.yaml", MADE[command]}


@pytest.mark.parametrize("command", MADE)
def test_check_writes_nothing_and_says_what_to_do(folder: Path, command: str):
    """`--check` of a file that differs exits with 1, names the command that mends it, and leaves the file."""
    path = folder / MADE[command]
    path.write_text("old")
    done = CliRunner().invoke(chart, [command, "--check", "--chart", str(folder)])
    assert done.exit_code == 1
    assert done.output == f"{path} is not up to date; run `ethgen chart {command}` and commit the result\n"
    assert path.read_text() == "old"


def test_a_folder_without_a_chart_is_refused(tmp_path: Path):
    """A wrong `--chart` is one clear line, and nothing is written."""
    done = CliRunner().invoke(chart, ["schema", "--chart", str(tmp_path)])
    assert isinstance(done.exception, EthgenError)
    assert (
        str(done.exception)
        == f"{tmp_path}: is no chart, for it has no Chart.yaml\n  cure: name the chart's folder with --chart"
    )
    assert not list(tmp_path.iterdir())


def test_the_schema_is_json_in_a_fixed_order():
    """The schema's text is what its parsed form prints, so that two runs differ in no byte."""
    assert (
        json.dumps(json.loads(schema_text(ETHEREUM)), indent=2, ensure_ascii=False) + "\n"
        == schema_text(ETHEREUM)
        == schema_text(ETHEREUM)
    )
