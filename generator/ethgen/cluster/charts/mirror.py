"""A folder that a site without a network installs from: charts with their index, and the images that they run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.cluster.cache import disk_errors, scratch_folder
from ethgen.cluster.charts.supply import index

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ethgen.cluster.charts.supply import Supply


def copy_charts(paths: Sequence[Path], folder: Path, supply: Supply) -> list[Path]:
    """Copy packaged charts into a folder, each whole or not at all, and write its index; returns the copies.

    Raises:
        ChartError: helm cannot index the folder.
        EthgenError: the disk is full or the folder cannot be written to.
    """
    with disk_errors(folder), scratch_folder(folder) as scratch:
        for path in paths:
            if path.parent.resolve() != folder.resolve():
                copy = scratch / path.name
                copy.write_bytes(path.read_bytes())
                copy.replace(folder / path.name)
    index(folder, supply)
    return [folder / path.name for path in paths]
