"""The charts of a fleet's repository: copies of those that this ethgen comes with, and how they differ from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.errors import EthgenError
from ethgen.package_data import package_data
from ethgen.render import writer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ethgen.render.writer import Change

# The list of what was copied, by which an edited copy is known.
LIST = "charts/.generated.json"


def charts() -> dict[str, bytes]:
    """Return every file of the charts that this ethgen comes with, by its path in a repository."""
    root = package_data()
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted((root / "charts").rglob("*"))
        if path.is_file()
    }


def plan(root: Path) -> Sequence[Change]:
    """Return what has to change below `root` for its charts to be those of this ethgen.

    Raises:
        EthgenError: it is ethgen's own repository, whose charts are no copies.
        RenderError: a file cannot be read.
    """
    if (root / "charts").resolve() == (package_data() / "charts").resolve():
        raise EthgenError(
            f"{root / 'charts'}: are the charts of ethgen itself, not a copy",
            cure="run the command in a repository that `ethgen init` has made",
        )
    return writer.plan(root, LIST, charts())
