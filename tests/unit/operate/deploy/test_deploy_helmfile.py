"""Running helmfile, with a program of that name that answers as it does."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from ethgen.errors import DeployError
from ethgen.operate.deploy.helmfile import Helmfile

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Details
    from ethgen.operate.deploy.steps import Report


def helmfile(root: Path, script: str) -> Helmfile:
    """Return helmfile with a program that runs `script` after it has written down its arguments."""
    program = root / "bin" / "helmfile"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" > {root}/arguments\n{script}\n')
    program.chmod(0o755)
    return Helmfile(root, "local", {"PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"})


@pytest.mark.parametrize(("status", "changed"), [(0, False), (2, True)])
def test_the_exit_status_says_whether_anything_changed(tmp_path: Path, report: Report, status: int, changed: bool):  # noqa: FBT001 - a parameter of the table
    """Helmfile ends with 2 where it changed something, and with 0 where there was nothing to do."""
    assert helmfile(tmp_path, f"exit {status}").apply(report) is changed


def test_the_environment_and_what_is_left_out_are_named(tmp_path: Path, report: Report):
    """Helmfile gets the generated file, the environment, the layer, and every release that is left out."""
    helmfile(tmp_path, "exit 0").apply(report, "ethereum", without=["hoodi", "devnet"])
    assert (tmp_path / "arguments").read_text() == (
        f"--file={tmp_path}/values/local/helmfile.yaml --environment=local --no-color "
        "--selector=layer=ethereum,name!=hoodi,name!=devnet apply --detailed-exitcode --suppress-diff\n"
    )


def test_a_layer_is_uninstalled_without_its_charts(tmp_path: Path, report: Report):
    """What is uninstalled needs no chart, which may have gone from its repository; a failure says what was tried."""
    helmfile(tmp_path, "exit 0").destroy(report, "istio")
    assert (tmp_path / "arguments").read_text().endswith(" --selector=layer=istio destroy --skip-charts\n")
    (tmp_path / "bin" / "helmfile").write_text("#!/bin/sh\necho 'Error: timed out'; exit 1\n")
    program = Helmfile(tmp_path, "local", {"PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"})
    with pytest.raises(DeployError, match="helmfile could not uninstall the releases:\n  Error: timed out"):
        program.destroy(report, "istio")


def test_what_it_says_is_reported_while_it_runs(tmp_path: Path, report: Report, listener: Details):
    """Every line that says something is a detail of the step."""
    helmfile(tmp_path, "echo one; echo; echo two >&2; exit 0").apply(report)
    assert listener.details == ["one", "two"]


def test_a_failure_carries_helms_own_words(tmp_path: Path, report: Report):
    """Where helmfile fails, the lines that name errors are the message."""
    program = helmfile(tmp_path, "echo Upgrading; echo 'Error: values do not meet the schema'; exit 1")
    with pytest.raises(DeployError) as error:
        program.apply(report)
    assert str(error.value) == ("helmfile could not install the releases:\n  Error: values do not meet the schema")
