"""Renders again after each save of a spec, of a file that it extends, or of a mnemonic that it names.

Where files could not be written, what is in their way is watched too.
"""

from __future__ import annotations

import gc
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from watchfiles import watch

from ethgen.errors import EthgenError
from ethgen.render import outcome
from ethgen.spec import load

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from ethgen.render.outcome import Outcome
    from ethgen.spec import NetworkSpec

# Milliseconds: a save is several events, of which the last is waited for so long, but never longer than the other.
_STEP, _LONGEST = 10, 50

# Milliseconds after which files are looked at without any event: some file systems lose events or send none.
_PATIENCE = 500

# What tells one content of a file from another: editors replace files (inode) or write into them (time, size).
Stamps: TypeAlias = "dict[str, tuple[int, int, int]]"


class Report(NamedTuple):
    """What came of one environment after a save: an outcome, already written, or the error that kept it from it."""

    environment: str
    outcome: Outcome | None
    error: EthgenError | None


@dataclass
class Watch:
    """The environments that are watched, and what each was made of.

    Attributes:
        root: the repository.
        names: environments to watch; all that there are, and those to come, if empty.
    """

    root: Path
    names: Collection[str] = ()
    _sources: dict[str, set[str]] = field(default_factory=dict)
    # What stood in the output folder of an environment when it could not be rendered, and why it could not.
    _broken: dict[str, tuple[Stamps, str]] = field(default_factory=dict)

    def reports(self) -> Iterator[Report]:
        """Render every environment once, and then, without end, those whose files were saved."""
        before: Stamps = {}
        while True:
            folders = self._folders()
            for _ in self._events(folders):
                now = self._stamps()
                saved = {file for file in {*before, *now} if before.get(file) != now.get(file)}
                before = now
                for name in self._affected(saved):
                    told = self._broken.get(name)
                    report = self._render(name)
                    # Files that it may need are tried one by one; that none of them helped is no news.
                    if self._path(name) in saved or not told or told[1] != str(report.error):
                        yield report
                if self._folders() != folders:
                    break

    def _events(self, folders: Collection[str]) -> Iterator[object]:
        # Looked at once the watch stands, too, so that no save before is missed.
        yield None
        try:
            yield from watch(
                *folders,
                watch_filter=None,
                step=_STEP,
                debounce=_LONGEST,
                rust_timeout=_PATIENCE,
                yield_on_timeout=True,
                recursive=False,
                raise_interrupt=True,
            )
        except FileNotFoundError:
            # An output folder may have been removed just before, which is one of the cures.
            if self._folders() == folders:
                raise

    def _environments(self) -> list[str]:
        files = (self.root / "environments").glob("*.yaml")
        # One that is gone stays as it was rendered: an editor that replaces a file may have moved it away.
        names = sorted(file.stem for file in files if file.stem != "base" and not file.stem.startswith("."))
        return [name for name in names if not self.names or name in self.names]

    def _folders(self) -> list[str]:
        files = {file for sources in self._sources.values() for file in sources}
        # What is in the way of files is removed where they are to stand.
        output = {str(folder) for name in self._broken for folder in self._output(name) if folder.is_dir()}
        return sorted({str(Path(file).parent) for file in files} | {str(self.root / "environments")} | output)

    def _output(self, name: str) -> tuple[Path, ...]:
        """Return the folder of an environment's files, and the one that it stands in."""
        return self.root / "values", self.root / "values" / name

    def _found(self, name: str) -> Stamps:
        """Return the stamps of an environment's files, and which folders they stand in."""
        stamps: Stamps = {}
        for folder in self._output(name):
            with suppress(OSError):
                status = folder.lstat()
                # Of a folder it only counts whether it, or a link or file in its place, is another one.
                stamps[str(folder)] = (status.st_mode, 0, status.st_ino)
        return stamps | _stamps_in(self._output(name)[-1])

    def _stamps(self) -> Stamps:
        files = {file for sources in self._sources.values() for file in sources}
        folders = {Path(file).parent for file in files} | {self.root / "environments"}
        return {file: stamp for folder in folders for file, stamp in _stamps_in(folder).items()}

    def _is_source(self, file: str) -> bool:
        return any(file in sources for sources in self._sources.values())

    def _affected(self, saved: Collection[str]) -> list[str]:
        """Return the environments that may differ after files were saved."""
        strangers = {file for file in saved if file.endswith(".yaml") and not self._is_source(file)}
        own = {self._path(name): name for name in self._environments()}
        # What no environment was made of may be what one of them, broken or not, is made of now.
        everything = bool(strangers - {*own})
        return [
            name
            for file, name in own.items()
            if self._is_cleared(name)
            or (
                saved
                and (everything or name in self._broken or file in saved or self._sources.get(name, set()) & {*saved})
            )
        ]

    def _is_cleared(self, name: str) -> bool:
        """Return whether the files of an environment changed since it could not be rendered."""
        return name in self._broken and self._broken[name][0] != self._found(name)

    def _path(self, name: str) -> str:
        return os.path.normpath(self.root / "environments" / f"{name}.yaml")

    def _render(self, name: str) -> Report:
        # Nothing of it becomes garbage before it ends, and looking for it takes as long as the rest.
        gc.disable()
        try:
            spec = load(Path(self._path(name)))
            self._sources[name] = _sources(self.root, spec)
            found = outcome.outcome_of(self.root, spec)
            outcome.write(self.root, [found])
        except EthgenError as error:
            self._broken[name] = self._found(name), str(error)
            return Report(name, None, error)
        finally:
            gc.enable()
        self._broken.pop(name, None)
        return Report(name, found, None)


def _stamps_in(folder: Path) -> Stamps:
    """Return the stamps of what a folder holds; nothing where there is no such folder, or not any more."""
    stamps: Stamps = {}
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        for entry in entries:
            # Gone since it was listed, or a link to nowhere, as editors make them for a lock.
            with suppress(FileNotFoundError):
                status = entry.stat()
                stamps[os.path.normpath(entry.path)] = (status.st_mtime_ns, status.st_size, status.st_ino)
    return stamps


def _sources(root: Path, spec: NetworkSpec) -> set[str]:
    """Return the files that a spec was read from."""
    places = {place.file for table in (spec.positions.keys, spec.positions.values) for place in table.values()}
    mnemonics = {
        str(root / network.genesis.mnemonic_file)
        for network in spec.networks.values()
        if network.genesis and network.genesis.mnemonic_file
    }
    return {os.path.normpath(file) for file in {*places, *mnemonics}}
