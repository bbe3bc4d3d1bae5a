"""What a new fleet's own targets make of its manifests, as its CI runs them: helm lint, kubeconform, the difference."""

from __future__ import annotations

import os
import re
import subprocess
import sysconfig
from pathlib import Path

import pytest

from ethgen.cli import main

SHARED = Path(os.environ.get("ETHGEN_SHARED", Path(__file__).parents[3] / "shared"))
BIN = Path(sysconfig.get_path("scripts"))
COMMIT = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org", "commit", "--quiet", "--message", "x")


def run(fleet: Path, *command: str) -> str:
    """Run a program in the fleet and return what it printed; the test fails with all of it where the program does."""
    done = subprocess.run(command, cwd=fleet, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def make(fleet: Path, *arguments: str) -> str:
    """Run a target of the fleet's Makefile with the programs of this environment."""
    return run(fleet, "make", "--no-print-directory", f"BIN={BIN}", *arguments)


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a new fleet on every network, committed; people's folders have spaces in their names."""
    above = tmp_path / "all of ours"
    above.mkdir()
    monkeypatch.chdir(above)
    networks = (word for name in ("private", "hoodi", "mainnet") for word in ("--network", name))
    with pytest.raises(SystemExit) as caught:
        main(["init", "--yes", "fleet", *networks])
    assert caught.value.code == 0
    for command in (("init", "--quiet"), ("add", "--all"), COMMIT):
        run(above / "fleet", "git", *command)
    return above / "fleet"


def test_helm_accepts_every_release(fleet: Path) -> None:
    """`make lint-charts` holds the chart with the values of every environment against `helm lint --strict`."""
    assert make(fleet, "lint-charts").count("1 chart(s) linted, 0 chart(s) failed") == 3


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"no Kubernetes schemas at {SHARED}: set ETHGEN_SHARED to their folder")
def test_every_object_meets_the_schemas_of_kubernetes(fleet: Path) -> None:
    """`make kubeconform` finds every object valid, and skips none."""
    place = (
        "schemas/k8s/{{.NormalizedKubernetesVersion}}-standalone{{.StrictSuffix}}/{{.ResourceKind}}{{.KindSuffix}}.json"
    )
    told = make(fleet, "kubeconform", f"SCHEMAS=-schema-location '{SHARED}/{place}'")
    assert "Invalid: 0, Errors: 0, Skipped: 0" in told
    assert "Valid: 0" not in told


def test_a_version_bump_is_a_difference_of_one_image(fleet: Path) -> None:
    """`make diff-manifests` shows what a pull request changes in the clusters, nothing where there is none."""
    spec = fleet / "environments" / "staging.yaml"
    spec.write_text(spec.read_text().replace("version: 1.17.10", "version: 1.17.8"))
    run(fleet, str(BIN / "ethgen"), "render")
    make(fleet, "diff-manifests", "BASE=HEAD")
    shown = (fleet / "build" / "manifests.diff").read_text()
    assert [line.split() for line in re.findall(r"^[-+] .*$", shown, re.MULTILINE)] == [
        ["-", "image:", '"ethereum/client-go:v1.17.10"'],
        ["+", "image:", '"ethereum/client-go:v1.17.8"'],
    ]
    image = "nodes.geth-lighthouse.execution.image  ethereum/client-go:v1.17.10 -> ethereum/client-go:v1.17.8"
    assert (fleet / "build" / "changes.txt").read_text() == (
        "environment local\n  local gives what HEAD has\nenvironment production\n  production gives what HEAD has\n"
        f"environment staging\n  hoodi: changed\n    {image}\n"
    )
    run(fleet, "git", "add", "--all")
    run(fleet, "git", *COMMIT)
    make(fleet, "diff-manifests", "BASE=HEAD")
    assert (fleet / "build" / "manifests.diff").read_text() == ""
    assert run(fleet, "git", "status", "--short") == ""


def test_a_smaller_volume_is_told_before_it_is_merged(fleet: Path) -> None:
    """What Kubernetes refuses stands in what a pull request is commented with."""
    spec = fleet / "environments" / "staging.yaml"
    spec.write_text(re.sub(r"storage: \d+Gi", "storage: 300Gi", spec.read_text()))
    run(fleet, str(BIN / "ethgen"), "render")
    make(fleet, "diff-manifests", "BASE=HEAD")
    assert "no volume can shrink" in (fleet / "build" / "changes.txt").read_text()


@pytest.mark.parametrize(("base", "message"), [("HEAD", "are not up to date"), ("", "make diff-manifests BASE=")])
def test_nothing_is_said_of_what_nobody_would_install(fleet: Path, base: str, message: str) -> None:
    """Of specs that were changed and not rendered there is no difference to show, and none without a commit."""
    spec = fleet / "environments" / "staging.yaml"
    spec.write_text(spec.read_text().replace("version: 1.17.10", "version: 1.17.8"))
    command = ["make", f"BIN={BIN}", "diff-manifests", f"BASE={base}"]
    done = subprocess.run(command, cwd=fleet, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 2
    assert message in done.stdout + done.stderr
    assert not (fleet / "build" / "manifests.diff").exists()
