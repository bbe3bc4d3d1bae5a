"""Puts the files that a wheel needs beside the package's own into it, as pyproject.toml lists them."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PackageDataHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the files; an editable install finds them in the clone, where a copy of them would grow old."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name what is put into the build `version`, which is `standard` or `editable`."""
        if version == "editable":
            return
        # From copies: what hatchling takes from its own place by name, it leaves out of the package.
        self._copies = tempfile.TemporaryDirectory()
        for source, target in self.config["files"].items():
            copy = Path(self._copies.name, source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            path = Path(self.root, source)
            (shutil.copytree if path.is_dir() else shutil.copy)(path, copy)
            build_data["force_include"][str(copy)] = target

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 - hatchling's own signature
        """Remove the copies."""
        if version != "editable":
            self._copies.cleanup()
