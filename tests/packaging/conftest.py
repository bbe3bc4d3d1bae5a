"""A wheel of this clone, installed where no clone is."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

REPOSITORY = Path(__file__).parents[2]


def checked(*command: str | Path, folder: Path | None = None) -> str:
    """Run a program and return what it printed; the test fails with all of it where the program does."""
    done = subprocess.run([*map(str, command)], cwd=folder, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a wheel of this clone, built with what `make venv` has installed."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    checked(*pip, "wheel", "--no-build-isolation", "--no-deps", "--no-index", "--wheel-dir", folder, REPOSITORY)
    (built,) = folder.glob("ethgen-*.whl")
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of programs of a virtual environment that has the wheel, and its dependencies from this one."""
    home = tmp_path_factory.mktemp("installed")
    checked(sys.executable, "-m", "venv", "--without-pip", home)
    paths = {kind: sysconfig.get_path(kind, "venv", {"base": str(home)}) for kind in ("purelib", "scripts")}
    # Folders that a .pth file names are searched, but .pth files in them are not read, such as that of this clone.
    (Path(paths["purelib"]) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", home)
    checked(*pip, "install", "--no-deps", "--no-index", wheel)
    return Path(paths["scripts"])


@pytest.fixture
def ethgen(installed: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs the installed `ethgen` in a folder outside of any clone."""

    def run(*arguments: str | Path, folder: Path = tmp_path, **variables: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "ETHGEN_ENV")}
        return subprocess.run(
            [installed / "ethgen", *arguments],
            cwd=folder,
            env={**kept, **variables},
            check=False,
            capture_output=True,
            text=True,
            timeout=300,
        )

    return run
