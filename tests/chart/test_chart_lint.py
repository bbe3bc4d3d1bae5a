"""The chart as Helm, the Kubernetes schemas and yamllint see it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ethgen.chart.values import ChartValues

if TYPE_CHECKING:
    from collections.abc import Callable

REPOSITORY = Path(__file__).parents[2]
CHART = REPOSITORY / "charts" / "ethereum-infrastructure"
SHARED = Path(os.environ.get("ETHGEN_SHARED", REPOSITORY.parent / "shared"))
SCHEMAS = (
    "schemas/k8s/{{.NormalizedKubernetesVersion}}-standalone{{.StrictSuffix}}/{{.ResourceKind}}{{.KindSuffix}}.json",
    "schemas/crds/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json",
)

Run = subprocess.CompletedProcess[str]


def test_helm_lint_finds_nothing(helm: Callable[..., Run], case: Path | None):
    """`helm lint --strict` accepts the chart with all values, and warns of nothing."""
    given = ("--values", case) if case else ()
    done = helm("lint", "--strict", CHART, *given)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[WARNING]" not in done.stdout


def test_values_files_are_values_of_the_types(example: Path):
    """What the schema accepts in the repository, the types accept: names and numbers of ports differ within a pod."""
    ChartValues.model_validate(yaml.safe_load(example.read_text()))


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"no Kubernetes schemas at {SHARED}: set ETHGEN_SHARED to their folder")
def test_objects_meet_the_kubernetes_schemas(
    template: Callable[..., str], program: Callable[[str], str], case: Path | None, tmp_path: Path
):
    """Every object is valid in Kubernetes 1.36, unknown fields refused."""
    drawn = tmp_path / "drawn.yaml"
    drawn.write_text(template(case, "--set", "metrics.serviceMonitor=true"))
    locations = [part for schema in SCHEMAS for part in ("-schema-location", f"{SHARED}/{schema}")]
    command = [program("kubeconform"), "-strict", "-kubernetes-version", "1.36.3", *locations, "-summary", str(drawn)]
    done = subprocess.run(command, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Skipped: 0" in done.stdout
    assert "Valid: 0" not in done.stdout


@pytest.mark.parametrize("path", ["Chart.yaml", "values.yaml", "ci"])
def test_yamllint_finds_nothing(path: str):
    """The YAML of the chart is written as the rest of the repository's."""
    command = [sys.executable, "-m", "yamllint", "--strict", "-c", str(REPOSITORY / ".yamllint"), str(CHART / path)]
    done = subprocess.run(command, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout


def test_drawing_twice_gives_the_same_bytes(helm: Callable[..., Run], case: Path | None):
    """Templates hold no clock, no random number and no unordered map."""
    given = ("--values", case) if case else ()
    first, second = (helm("template", "x", CHART, "--namespace", "x", *given) for _ in range(2))
    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout


def test_notes_name_the_nodes_and_how_to_test_them(helm: Callable[..., Run], tmp_path: Path):
    """The notes say what was installed and which commands to try."""
    # Helm shows notes only to those who install, so the copy of the chart draws them as an object.
    copy = shutil.copytree(CHART, tmp_path / "chart", ignore=shutil.ignore_patterns("README.md"))
    (copy / "templates" / "NOTES.txt").rename(copy / "NOTES.txt")
    (copy / "templates" / "notes.yaml").write_text('notes: {{ tpl (.Files.Get "NOTES.txt") . | quote }}\n')
    given = ("--values", CHART / "ci" / "local-values.yaml", "--show-only", "templates/notes.yaml")
    done = helm("template", "ethereum", copy, "--namespace", "devnet", *given)
    assert done.returncode == 0, done.stderr
    assert yaml.safe_load(done.stdout)["notes"].splitlines() == [
        "Network devnet (chain id 32382) in namespace devnet:",
        "  nodes      geth-prysm: 2 x geth with prysm",
        "  validators a: prysm",
        "  validators b: prysm",
        "",
        "A node is ready once its head is young. Watch them, then check that the head grows:",
        "  kubectl --namespace devnet get pods --watch",
        "  helm --namespace devnet test ethereum",
        "",
        "JSON-RPC from this machine:",
        "  kubectl --namespace devnet port-forward service/rpc 8545",
    ]


def test_defaults_of_templates_are_those_of_the_types(template: Callable[..., str], example: Path, tmp_path: Path):
    """Values that leave out all defaults draw the same as values that spell them out."""
    values = ChartValues.model_validate(yaml.safe_load(example.read_text()))
    drawn: list[Any] = []
    for exclude_defaults in (False, True):
        path = tmp_path / f"{exclude_defaults}.yaml"
        path.write_text(
            yaml.safe_dump(values.model_dump(by_alias=True, mode="json", exclude_defaults=exclude_defaults))
        )
        drawn.append(list(yaml.load_all(template(path), yaml.CSafeLoader)))
    assert drawn[0] == drawn[1]
