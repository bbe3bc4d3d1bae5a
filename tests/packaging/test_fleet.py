"""From an installed wheel to a fleet that passes its own checks, with no clone anywhere."""

from __future__ import annotations

import email
import subprocess
import sys
import sysconfig
import zipfile
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


def test_pins_of_the_fleet_are_those_of_the_program(ethgen: Callable[..., Run], wheel: Path, tmp_path: Path) -> None:
    """A fleet installs the wheel that has made it, from a copy of its own, with everything that it needs pinned."""
    assert ethgen("init", "--yes", "fleet").returncode == 0
    line = (tmp_path / "fleet" / "requirements.txt").read_text().splitlines()[0]
    assert line == f"./wheels/{wheel.name}[pinned]"
    assert (tmp_path / "fleet" / "wheels" / wheel.name).read_bytes() == wheel.read_bytes()
    with zipfile.ZipFile(wheel) as archive:
        (about,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        needed = email.message_from_bytes(archive.read(about)).get_all("Requires-Dist", [])
    assert "pydantic==" in "".join(one for one in needed if one.endswith("extra == 'pinned'"))


def test_a_fleet_makes_its_environment_of_its_requirements(
    installed: Path, ethgen: Callable[..., Run], tmp_path: Path
) -> None:
    """Pip takes the requirements of a new fleet as they are, from the folder that make runs it in."""
    assert ethgen("init", "--yes", "--network", "private", "fleet").returncode == 0
    (tmp_path / "fleet" / "requirements.txt").write_text(
        (tmp_path / "fleet" / "requirements.txt").read_text().splitlines()[0] + "\n"
    )
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", installed.parent]
    command = [
        *map(str, pip),
        "install",
        "--dry-run",
        "--no-deps",
        "--no-index",
        "--force-reinstall",
        "-r",
        "requirements.txt",
    ]
    done = subprocess.run(
        [*command, "-r", "requirements.txt"], cwd=tmp_path / "fleet", check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "Would install ethgen-" in done.stdout


def test_the_wheel_has_the_pages_that_messages_name(ethgen: Callable[..., Run]) -> None:
    """`ethgen help` prints the pages of documentation without a clone."""
    assert "# Upgrades" in ethgen("help", "upgrades").stdout
