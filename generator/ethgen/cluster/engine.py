"""The Docker engine, where one answers: images from the same Dockerfiles, by `docker build`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ethgen.cluster.cache import scratch_folder, silent
from ethgen.cluster.process import Command, run
from ethgen.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ethgen.cluster.cache import Progress
    from ethgen.cluster.process import Runner


def engine_answers(runner: Runner = run) -> bool:
    """Whether a Docker engine answers this user."""
    return runner(Command(["docker", "version", "--format", "{{.Server.Version}}"], timeout=5)).ok


@dataclass(frozen=True, slots=True)
class EngineBuild:
    """One `docker build`.

    Attributes:
        dockerfile: the Dockerfile's path in the repository.
        stage: the stage to build; empty for the last.
        reference: what the image is called.
        repository: the build context.
        arguments: values of the Dockerfile's arguments.
    """

    dockerfile: str
    stage: str
    reference: str
    repository: Path
    arguments: Mapping[str, str] = field(default_factory=dict)


def build_archive(request: EngineBuild, target: Path, progress: Progress = silent, runner: Runner = run) -> None:
    """Build an image with the engine, from its Dockerfile's own base, and save it as a docker-archive.

    Raises:
        ImageError: the engine cannot build it.
    """
    progress(f"docker build of {request.reference}")
    stage = ["--target", request.stage] if request.stage else []
    given = [f"--build-arg={name}={value}" for name, value in request.arguments.items()]
    argv = ["docker", "build", "--file", request.dockerfile, *given, *stage, "--tag", request.reference, "."]
    _checked(Command(argv, folder=request.repository), runner, f"docker build of {request.reference} failed")
    save(request.reference, target, runner)


def save(reference: str, target: Path, runner: Runner = run) -> None:
    """Save an image of the engine as a docker-archive, atomically.

    Raises:
        ImageError: the engine refuses.
    """
    with scratch_folder(target.parent) as scratch:
        saved = scratch / "image.tar"
        argv = ["docker", "save", "--output", str(saved), reference]
        _checked(Command(argv), runner, f"docker save of {reference} failed")
        saved.replace(target)


def pull(reference: str, seconds: float, runner: Runner = run) -> None:
    """Pull an image into the engine.

    Raises:
        ImageError: it cannot be pulled, or not within `seconds`.
    """
    _checked(
        Command(["docker", "pull", "--quiet", reference], timeout=seconds), runner, f"{reference} cannot be pulled"
    )


def _checked(command: Command, runner: Runner, what: str) -> None:
    result = runner(command)
    if not result.ok:
        lines = (result.errors or result.output).strip().splitlines()
        raise ImageError(
            f"{what}: {lines[-1] if lines else f'status {result.status}'}", cure="read the engine's message"
        )
