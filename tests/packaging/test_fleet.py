"""From an installed wheel to a fleet that passes its own checks, with no clone anywhere."""

from __future__ import annotations

import subprocess
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

Run = subprocess.CompletedProcess[str]

ALL = ("--network", "private", "--network", "hoodi", "--network", "sepolia", "--network", "mainnet")


@pytest.fixture
def programs(installed: Path) -> Path:
    """Return the folder of the installed programs, with the yamllint of this environment among them."""
    yamllint = installed / "yamllint"
    if not yamllint.exists():
        yamllint.symlink_to(Path(sysconfig.get_path("scripts")) / "yamllint")
    return installed


@pytest.mark.parametrize("options", [(), (*ALL, "--gitops", "argocd"), ("--network", "private")])
def test_a_new_fleet_passes_its_own_checks(
    ethgen: Callable[..., Run], programs: Path, tmp_path: Path, options: tuple[str, ...]
) -> None:
    """`make check` of what `ethgen init` has written finds nothing, warnings included."""
    made = ethgen("init", "--yes", "fleet", *options)
    assert made.returncode == 0, made.stdout + made.stderr
    checks = ["make", "check", f"BIN={programs}"]
    done = subprocess.run(checks, cwd=tmp_path / "fleet", check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_an_edited_chart_fails_the_checks(ethgen: Callable[..., Run], programs: Path, tmp_path: Path) -> None:
    """A chart that is not the one of the installed ethgen is found by `make check`."""
    assert ethgen("init", "--yes", "--network", "private", "fleet").returncode == 0
    chart = tmp_path / "fleet" / "charts" / "ethereum-infrastructure"
    (chart / "templates" / "NOTES.txt").write_text("mine\n")
    checks = ["make", "check", f"BIN={programs}"]
    done = subprocess.run(checks, cwd=tmp_path / "fleet", check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert "edited by hand  charts/ethereum-infrastructure/templates/NOTES.txt\n" in done.stdout


def test_pins_of_the_fleet_are_those_of_the_program(ethgen: Callable[..., Run], tmp_path: Path) -> None:
    """A fleet asks for the version of ethgen that has made it."""
    assert ethgen("init", "--yes", "fleet").returncode == 0
    version = ethgen("--version").stdout.split()[-1]
    assert (tmp_path / "fleet" / "requirements.txt").read_text().splitlines()[0] == f"ethgen=={version}"
