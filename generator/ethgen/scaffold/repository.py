"""Making a fleet's repository, whole or not at all; and what a newer ethgen would change in one."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ethgen import __version__
from ethgen.errors import EthgenError, SpecError
from ethgen.render import build, manifest, outcome, writer
from ethgen.scaffold import charts, requirement
from ethgen.scaffold.actions import with_pins_of, without_pins
from ethgen.scaffold.answers import Answers  # noqa: TC001 - pydantic reads the types of `_Record`
from ethgen.scaffold.environments import environments
from ethgen.scaffold.tooling import requirements, tooling
from ethgen.spec import load

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from ethgen.render.writer import Change

# What a repository was made from, and the SHA-256 of each file as ethgen wrote it.
RECORD = ".ethgen.json"

# What a fleet's virtual environment is made of. Renovate and people move it on, so that no upgrade may write it.
REQUIREMENTS = "requirements.txt"

_SCHEMA = "schemas/network-spec.json"

# Begins the names of folders in which a repository is made; one that is left was a killed run's.
_SCRATCH = ".ethgen-init-"


class ScaffoldError(EthgenError):
    """A repository cannot be made where it was asked for, or is none that ethgen has made."""


@dataclass(frozen=True)
class Upgrade:
    """What this ethgen would change in a repository that one has made.

    Attributes:
        changes: what it writes.
        kept: changes that it leaves to people, who have edited the file since: with what ethgen would write.
        left: changes that were not to be made this time.
    """

    changes: Sequence[Change]
    kept: Sequence[Change]
    left: Sequence[Change] = ()


@dataclass(frozen=True)
class _Record:
    """What stands in `RECORD`.

    Attributes:
        version: the version of ethgen that wrote it.
        answers: what the repository was made from.
        files: the SHA-256 of each file as ethgen last wrote it, by path.
    """

    version: str
    answers: Answers
    files: dict[str, str]


def is_fleet(folder: Path) -> bool:
    """Return whether `ethgen init` has made a folder."""
    return (folder / RECORD).is_file()


def create(folder: Path, answers: Answers) -> list[str]:
    """Make a repository in a folder that does not exist or is empty but for `.git`, and return its files.

    Everything is written and rendered beside it first, so that nothing is there unless all of it is.

    Raises:
        ScaffoldError: something is in the folder, it cannot be written to, or no client can do what the answers say.
    """
    _refuse(folder)
    wheel = requirement.local_wheel(answers.requirement)
    written = replace(answers, requirement=requirement.written(answers.requirement))
    try:
        with _scratch(folder) as made:
            _fill(made, written)
            if wheel:
                _copy(wheel, made / requirement.FOLDER)
            files = sorted(path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file())
            _publish(made, folder)
    except OSError as error:
        raise ScaffoldError(
            f"{error.filename or folder}: cannot be written: {error.strerror}",
            cure="name a folder that you may write to, on a disk with room for it",
        ) from None
    return files


def plan_upgrade(folder: Path, leave: Collection[str] = ()) -> Upgrade:
    """Return what has to change for a repository to have what this ethgen writes; specs are people's own.

    Args:
        folder: the repository.
        leave: files and folders, from the repository's root, that stay as they are, and as the record has them, for a
            later upgrade.

    Raises:
        ScaffoldError: ethgen has not made the folder.
    """
    record = _record(folder)
    files = _kept_up(record.answers)
    changes: list[Change] = []
    kept: list[Change] = []
    left: list[Change] = []
    digests: dict[str, str] = {}
    for path in sorted({*files, *record.files}):
        change, written = _change(folder, path, files.get(path)), record.files.get(path)
        now = _digest(change.new) if change.new is not None else None
        if change.old == change.new:
            digest = now
        elif not _is_ours(change.old, written):
            digest = written if change.new is not None else None
            kept += [change] if change.new is not None else []
        elif any(path == name or path.startswith(f"{name}/") for name in leave):
            digest = written
            left.append(change)
        else:
            digest = now
            changes.append(change)
        digests |= {path: digest} if digest else {}
    changes += charts.plan(folder)
    after = _text(record.answers, digests)
    if (old := _read(folder / RECORD)) != after:
        changes.append(writer.Change(RECORD, old, after))
    return Upgrade(changes, kept, left)


def other_version(folder: Path) -> str:
    """Return the version of ethgen that requirements.txt asks for by its name; empty where it is this one."""
    text = (_read(folder / REQUIREMENTS) or b"").decode(errors="replace")
    found = re.search(r"^ethgen(?:\[[\w,]+\])?\s*==\s*([^\s;#]+)", text, re.MULTILINE)
    return found[1] if found and found[1] != __version__ else ""


def apply(folder: Path, upgrade: Upgrade) -> None:
    """Make the changes of an upgrade: all of them, or none where a copied chart was edited.

    Raises:
        RenderError: as `writer.apply`.
    """
    writer.apply(folder, upgrade.changes)


def _fill(root: Path, answers: Answers) -> None:
    specs = environments(answers)
    kept_up = _kept_up(answers)
    digests = {path: _digest(content) for path, content in kept_up.items()}
    files = {**kept_up, **specs, REQUIREMENTS: requirements(answers), RECORD: _text(answers, digests)}
    writer.apply(root, [*(writer.Change(path, None, content) for path, content in files.items()), *charts.plan(root)])
    try:
        rendered = [outcome.outcome_of(root, load(root / path)) for path in specs if not path.endswith("/base.yaml")]
    except SpecError as error:
        found = "\n".join(problem.removeprefix(f"{root}/") for problem in error.problems)
        raise ScaffoldError(
            f"such a fleet cannot run:\n{found}", cure="choose other clients or networks; nothing has been written"
        ) from None
    outcome.write(root, rendered)


def _kept_up(answers: Answers) -> dict[str, bytes]:
    """Return the files that a newer ethgen brings up to date where nobody has edited them."""
    return {**tooling(answers), _SCHEMA: build.schema()}


def _is_ours(content: bytes | None, written: str | None) -> bool:
    """Return whether a file is as ethgen wrote it: removed is as much people's own as edited is."""
    return written is None if content is None else _digest(content) == written


def _change(folder: Path, path: str, new: bytes | None) -> Change:
    old = _read(folder / path)
    return writer.Change(path, old, new if old is None or new is None else with_pins_of(new, old))


def _digest(content: bytes) -> str:
    return manifest.digest(without_pins(content))


def _text(answers: Answers, digests: Mapping[str, str]) -> bytes:
    record = _Record(__version__, answers, dict(sorted(digests.items())))
    return (json.dumps(asdict(record), indent=2) + "\n").encode()


def _copy(wheel: Path, folder: Path) -> None:
    folder.mkdir()
    shutil.copyfile(wheel, folder / wheel.name)


def _record(folder: Path) -> _Record:
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415 - a tenth of a second to import

    try:
        record = TypeAdapter(_Record).validate_json((folder / RECORD).read_bytes())
    except (OSError, ValidationError):
        record = None
    if record is None or not all(_is_inside(path) for path in record.files):
        raise ScaffoldError(f"{folder / RECORD}: is not what `ethgen init` wrote", cure="restore it from git")
    return record


def _is_inside(path: str) -> bool:
    # Whatever the record says: what it names may be removed, so no way leads out of the repository.
    return not {"", ".", "..", ".git"} & {*path.split("/")} and "\0" not in path


def _refuse(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise ScaffoldError(f"{folder}: is a file", cure="name a folder that is empty or does not exist")
    found = sorted(entry.name for entry in folder.iterdir() if not _may_stay(entry)) if folder.is_dir() else []
    if found:
        shown = ", ".join(found[:3]) + (" and others" if len(found) > 3 else "")  # noqa: PLR2004 - a line is enough
        raise ScaffoldError(
            f"{folder}: is not empty: it has {shown}",
            cure="name a folder that is empty or does not exist, and move there what you want to keep",
        )


def _may_stay(entry: Path) -> bool:
    return entry.name == ".git" or entry.name.startswith(_SCRATCH)


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """Make a folder on the same disk for what is not finished yet, and remove it with all that is left in it."""
    place = folder if folder.is_dir() else folder.absolute().parent
    place.mkdir(parents=True, exist_ok=True)
    if place == folder:
        for left in folder.glob(f"{_SCRATCH}*"):
            shutil.rmtree(left, ignore_errors=True)
    scratch = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=place))
    try:
        # Of its own, for the scratch folder may be read by its owner alone, and this one becomes the repository.
        made = scratch / "repository"
        made.mkdir()
        yield made
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _publish(made: Path, folder: Path) -> None:
    if not folder.is_dir():
        made.rename(folder)
        return
    # The record comes last: without it, the folder is no repository.
    names = sorted((entry.name for entry in made.iterdir()), key=lambda name: (name == RECORD, name))
    try:
        for name in names:
            (made / name).rename(folder / name)
    except BaseException:
        for target in (folder / name for name in names if not (made / name).exists()):
            shutil.rmtree(target) if target.is_dir() else target.unlink()
        raise


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
