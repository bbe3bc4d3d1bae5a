"""Files that a pinned Go module publishes beside its code, such as the definitions of its kinds, kept in the cache."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ethgen.cluster.cache import cache_root, locked, scratch_folder, silent
from ethgen.cluster.gobuild import go_environment, minimum_go
from ethgen.cluster.gotoolchain import find_go
from ethgen.cluster.process import Command, run
from ethgen.errors import ToolError

if TYPE_CHECKING:
    from ethgen.cluster.cache import Progress
    from ethgen.cluster.gobuild import WrapperModule
    from ethgen.cluster.process import Runner


@dataclass(frozen=True, slots=True)
class ModuleFiles:
    """Files of one module.

    Attributes:
        path: the module's path.
        version: its version.
        pinned_by: the module whose go.sum holds its checksum.
        files: the files, from the module's root; no two have one name.
    """

    path: str
    version: str
    pinned_by: WrapperModule
    files: tuple[str, ...]


def ensure_files(wanted: ModuleFiles, progress: Progress = silent, runner: Runner = run) -> tuple[Path, ...]:
    """Return the files in the order wanted, from the cache, or from the module where the cache does not hold them.

    Raises:
        ToolError: there is no Go to fetch the module with, it cannot be had, or has no such file.
    """
    folder = cache_root() / "definitions" / f"{wanted.path.replace('/', '_')}-{wanted.version}"
    targets = tuple(folder / Path(file).name for file in wanted.files)
    if all(target.is_file() for target in targets):
        return targets
    with locked(f"definitions-{folder.name}", progress), scratch_folder(folder.parent) as scratch:
        source = _downloaded(wanted, progress, runner)
        folder.mkdir(exist_ok=True)
        for file, target in zip(wanted.files, targets, strict=True):
            if not (source / file).is_file():
                raise ToolError(f"{wanted.path} {wanted.version} has no file {file}")
            shutil.copyfile(source / file, scratch / target.name)
            (scratch / target.name).replace(target)
    return targets


def _downloaded(wanted: ModuleFiles, progress: Progress, runner: Runner) -> Path:
    go = find_go(minimum_go(wanted.pinned_by), progress, runner)
    module = f"{wanted.path}@{wanted.version}"
    argv = [str(go.program), "mod", "download", "-json", module]
    result = runner(Command(argv, go_environment(go, cgo=False), wanted.pinned_by.folder))
    if not result.ok:
        raise ToolError(f"cannot download {module}", cure="check the network and `go env GOPROXY`")
    return Path(json.loads(result.output)["Dir"])
