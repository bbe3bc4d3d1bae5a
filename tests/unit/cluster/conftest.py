"""A packaged chart of the fixtures, and a cache of its own for every test that asks for one."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

CHARTS = Path(__file__).parents[2] / "fixtures" / "charts"


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty cache."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("ETHGEN_CACHE", str(folder))
    monkeypatch.delenv("ETHGEN_CHARTS", raising=False)
    return folder


@pytest.fixture
def pack() -> Callable[[Path, str], Path]:
    """Return a function that packages the chart `mailer` into a folder, in the version that is asked for."""

    def package(folder: Path, version: str = "1.2.3") -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        copy = folder / f"chart-{version}.yaml"
        copy.write_text((CHARTS / "mailer" / "Chart.yaml").read_text().replace("1.2.3", version))
        path = folder / f"mailer-{version}.tgz"
        with tarfile.open(path, "w:gz") as archive:
            for file in sorted((CHARTS / "mailer").rglob("*")):
                name = f"mailer/{file.relative_to(CHARTS / 'mailer').as_posix()}"
                archive.add(copy if name == "mailer/Chart.yaml" else file, name, recursive=False)
        copy.unlink()
        return path

    return package
