"""Dockerfiles read without a container engine: exactly the instructions that this project's own ones use.

The final stage of such a Dockerfile only copies files and says how to run them, so it can be carried out by putting an
archive together. An earlier stage only compiles Go programs (see `dockerfile_go`). Whatever else a Dockerfile says is
an error at its line: an image made here is never silently another one than an engine would make.
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from ethgen.cluster.archive import Entry, ImageConfig
from ethgen.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: its place (`docker/geth/Dockerfile:7`), its name in capitals and the rest of it on one line."""

    place: str
    name: str
    rest: str


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: its name, the base as its FROM line gives it, and its instructions after that line."""

    name: str
    base: str
    instructions: tuple[Instruction, ...]


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """A Dockerfile: its path, the ARGs before the first FROM with their defaults, its stages, and what it ignores."""

    path: Path
    arguments: Mapping[str, str]
    stages: tuple[Stage, ...]
    ignored: tuple[str, ...] = ()

    def stage(self, name: str = "") -> Stage:
        """Return the stage called `name`, or the last one.

        Raises:
            ImageError: there is none of that name.
        """
        if not name:
            return self.stages[-1]
        for stage in self.stages:
            if stage.name == name:
                return stage
        known = ", ".join(stage.name for stage in self.stages if stage.name)
        raise ImageError(f"{self.path} has no stage {name!r}", cure=f"use one of {known}")

    def with_arguments(self, arguments: Mapping[str, str]) -> Dockerfile:
        """Return the Dockerfile as `docker build --build-arg` reads it.

        Raises:
            ImageError: it has no such argument.
        """
        if unknown := sorted(set(arguments) - set(self.arguments)):
            raise ImageError(f"{self.path} has no ARG {unknown[0]}", cure="name it before the first FROM")
        return replace(self, arguments={**self.arguments, **arguments})


@dataclass(frozen=True, slots=True)
class Image:
    """What an image holds and how it runs."""

    entries: tuple[Entry, ...]
    config: ImageConfig


def read_dockerfile(path: Path, shown: str = "") -> Dockerfile:
    """Read a Dockerfile and the `.dockerignore` that belongs to it.

    Args:
        path: the Dockerfile.
        shown: how messages name it; its path by default.

    Raises:
        ImageError: it cannot be read, or says something that is not understood here; names the line.
    """
    shown = shown or str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ImageError(f"cannot read {shown}: {error.strerror}", cure="restore it with `git checkout`") from error
    arguments: dict[str, str] = {}
    stages: list[Stage] = []
    for instruction in _instructions(text, shown):
        if instruction.name == "FROM":
            stages.append(_from(instruction))
        elif stages:
            stages[-1] = replace(stages[-1], instructions=(*stages[-1].instructions, instruction))
        elif instruction.name == "ARG":
            name, _, value = instruction.rest.partition("=")
            arguments[name.strip()] = value.strip().strip('"')
        else:
            raise not_understood(instruction, "only ARG may stand before the first FROM")
    if not stages:
        raise ImageError(f"{shown} has no FROM", cure="name a base, such as FROM ${BASE}")
    return Dockerfile(path, arguments, tuple(stages), _ignored(path, shown))


def assemble(
    dockerfile: Dockerfile,
    stage: Stage,
    *,
    context: Path,
    base: Image,
    copied_from: Callable[[str, str], Path],
) -> Image:
    """Return the image that `stage` describes.

    Args:
        dockerfile: the file it is in.
        stage: the stage.
        context: the folder that COPY takes its files from.
        base: what FROM stands for.
        copied_from: given a stage's name and a path in it, returns the file on this machine.

    Raises:
        ImageError: an instruction is not understood or a file it copies is missing; names the line.
    """
    entries = {entry.path: entry for entry in base.entries}
    config = base.config
    for instruction in stage.instructions:
        if instruction.name == "COPY":
            for entry in _copy(instruction, config, context, dockerfile.ignored, copied_from):
                entries[entry.path] = entry
        else:
            config = _configure(instruction, config)
    if config.working_directory:
        path = config.working_directory.strip("/")
        entries.setdefault(path, Entry.folder(path))
    return Image(tuple(entries.values()), config)


def words(instruction: Instruction) -> list[str]:
    """Split the rest of an instruction as a shell would.

    Raises:
        ImageError: a quotation mark is not closed.
    """
    try:
        return shlex.split(instruction.rest)
    except ValueError as error:
        raise not_understood(instruction, str(error).lower()) from error


def _instructions(text: str, shown: str) -> Iterator[Instruction]:
    pending: list[str] = []
    start = 0
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if not pending:
            start = number
        pending.append(line.removesuffix("\\").strip())
        if line.endswith("\\"):
            continue
        name, _, rest = " ".join(pending).partition(" ")
        pending = []
        yield Instruction(f"{shown}:{start}", name.upper(), rest.strip())
    if pending:
        raise ImageError(f"{shown}:{start}: the last line goes on with a backslash", cure="remove the backslash")


def _from(instruction: Instruction) -> Stage:
    parts = instruction.rest.split()
    named = len(parts) == 3 and parts[1].upper() == "AS"  # noqa: PLR2004 - FROM base AS name
    if len(parts) != 1 and not named:
        raise not_understood(instruction, "write FROM base, or FROM base AS name")
    return Stage(parts[2] if named else "", parts[0], ())


def _ignored(path: Path, shown: str) -> tuple[str, ...]:
    """Read `<Dockerfile>.dockerignore`, of whose patterns those of the form `**/name` are understood."""
    ignore = path.with_name(f"{path.name}.dockerignore")
    if not ignore.is_file():
        return ()
    patterns = []
    for number, raw in enumerate(ignore.read_text(encoding="utf-8").splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if not line.startswith("**/") or "/" in line[3:]:
            raise ImageError(
                f"{shown}.dockerignore:{number}: {line!r} is not understood here",
                cure="use a pattern of the form **/name",
            )
        patterns.append(line[3:])
    return tuple(patterns)


def _copy(
    instruction: Instruction,
    config: ImageConfig,
    context: Path,
    ignored: tuple[str, ...],
    copied_from: Callable[[str, str], Path],
) -> Iterator[Entry]:
    stage = ""
    given = words(instruction)
    while given and given[0].startswith("--"):
        flag, _, stage = given.pop(0).partition("=")
        if flag != "--from":
            raise not_understood(instruction, flag)
    if len(given) < 2:  # noqa: PLR2004 - a source and a target
        raise not_understood(instruction, "COPY needs a source and a target")
    *sources, target = given
    folder = target.endswith("/") or target in {".", "./"} or len(sources) > 1
    for source in sources:
        path = copied_from(stage, source) if stage else _in_context(instruction, context, source)
        into = PurePosixPath("/", config.working_directory, target)
        if path.is_dir():
            yield from _copy_folder(path, into, ignored)
            continue
        landed = into / PurePosixPath(source).name if folder else into
        yield Entry(_relative(landed), path, _mode(path))


def _copy_folder(folder: Path, into: PurePosixPath, ignored: tuple[str, ...]) -> Iterator[Entry]:
    yield Entry.folder(_relative(into))
    for path in sorted(folder.rglob("*")):
        inside = PurePosixPath(path.relative_to(folder).as_posix())
        if any(part.match(pattern) for part in map(PurePosixPath, inside.parts) for pattern in ignored):
            continue
        landed = _relative(into / inside)
        yield Entry.folder(landed) if path.is_dir() else Entry(landed, path, _mode(path))


def _in_context(instruction: Instruction, context: Path, source: str) -> Path:
    path = context / source.lstrip("/")
    if ".." in PurePosixPath(source).parts:
        raise not_understood(instruction, f"COPY of {source} leaves the build context")
    if not path.exists():
        raise ImageError(f"{instruction.place}: COPY needs {source}, which is not in {context}")
    return path


def _relative(path: PurePosixPath) -> str:
    return str(path).strip("/")


def _mode(path: Path) -> int:
    """Return 0755 for a program and 0644 for everything else, whatever the umask of the checkout was."""
    return 0o755 if path.stat().st_mode & 0o100 else 0o644


def _configure(instruction: Instruction, config: ImageConfig) -> ImageConfig:
    rest = instruction.rest
    match instruction.name:
        case "ENV":
            changes: dict[str, object] = {"environment": {**config.environment, **pairs(instruction)}}
        case "LABEL":
            changes = {"labels": {**config.labels, **pairs(instruction)}}
        case "USER":
            changes = {"user": rest}
        case "WORKDIR":
            changes = {"working_directory": str(PurePosixPath("/", config.working_directory, rest))}
        case "EXPOSE":
            ports = (port if "/" in port else f"{port}/tcp" for port in rest.split())
            changes = {"ports": tuple(sorted({*config.ports, *ports}))}
        case "ENTRYPOINT":
            changes = {"entrypoint": _exec_form(instruction), "command": ()}
        case "CMD":
            changes = {"command": _exec_form(instruction)}
        case _:
            raise not_understood(instruction, "a final stage only copies files and says how to run them")
    return replace(config, **changes)  # type: ignore[arg-type]


def pairs(instruction: Instruction) -> dict[str, str]:
    """Return the `name=value` pairs of an ENV or LABEL instruction.

    Raises:
        ImageError: it is written in another form, or refers to a variable.
    """
    result = {}
    for word in words(instruction):
        name, equals, value = word.partition("=")
        if not equals:
            raise not_understood(instruction, f"write {instruction.name} {name}=value")
        if re.search(r"\$\w|\$\{", value):
            raise not_understood(instruction, f"the variable in {word}")
        result[name] = value
    return result


def _exec_form(instruction: Instruction) -> tuple[str, ...]:
    try:
        parsed = json.loads(instruction.rest)
    except ValueError:
        parsed = None
    if not isinstance(parsed, list) or not all(isinstance(word, str) for word in parsed):
        raise not_understood(instruction, f'write {instruction.name} ["program", "argument"]: the image has no shell')
    return tuple(parsed)


def not_understood(instruction: Instruction, what: str) -> ImageError:
    """Return the error for an instruction that only an engine could carry out."""
    return ImageError(
        f"{instruction.place}: {instruction.name} cannot be carried out without a container engine: {what}",
        cure="keep to FROM, COPY, USER, ENV, WORKDIR, ENTRYPOINT, CMD, LABEL and EXPOSE in a final stage",
    )
