"""The files that ethgen comes with beside its code: its charts, its images' Dockerfiles and the pins of its tools."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def package_data() -> Path:
    """Return the folder that has `charts/`, `docker/`, `tools/` and the agent's `generator/ethgen/agent/`.

    An installed wheel has them inside the package, as `[tool.hatch.build.targets.wheel.force-include]` of
    pyproject.toml puts them there; an editable install is a part of the clone that has them.
    """
    shipped = _PACKAGE / "data"
    return shipped if shipped.is_dir() else _PACKAGE.parents[1]
