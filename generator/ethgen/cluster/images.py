"""Container images built from pinned sources, as docker-archives, with or without a container engine.

What can be built here is the table `RECIPES`; how is each image's own Dockerfile.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import ethgen
from ethgen.cluster.archive import archive_identity, write_archive
from ethgen.cluster.cache import cache_root, locked, silent
from ethgen.cluster.dockerfile import Dockerfile, assemble, not_understood, read_dockerfile, words
from ethgen.cluster.dockerfile_go import go_programs
from ethgen.cluster.engine import EngineBuild, build_archive
from ethgen.cluster.gobuild import build
from ethgen.cluster.image_base import python_base, python_identity, static_base
from ethgen.cluster.image_reference import parse_reference
from ethgen.cluster.process import run
from ethgen.errors import ImageError
from ethgen.package_data import package_data

if TYPE_CHECKING:
    from ethgen.cluster.cache import Progress
    from ethgen.cluster.process import Runner


@dataclass(frozen=True, slots=True)
class Recipe:
    """An image that can be built here.

    Attributes:
        name: its name under `<registry>/ethgen/`, and for a Dockerfile with several images the stage's.
        folder: the folder of its Dockerfile under `docker/`.
        base: what stands for the Dockerfile's BASE where there is no container engine.
        stage: the Dockerfile's stage; empty for the last.
        upstream: the repository of the official image it stands in for; empty where it is this project's own.
        module: the Go module in the folder's go.mod whose version is the image's; empty for the agent.
    """

    name: str
    folder: str
    base: Literal["static", "python"]
    stage: str = ""
    upstream: str = ""
    module: str = ""


_PRYSM = "gcr.io/offchainlabs/prysm"
_PRYSM_MODULE = "github.com/OffchainLabs/prysm/v7"

FLUX_CONTROLLERS = ("source-controller", "kustomize-controller", "helm-controller")
"""Those of Flux's controllers that install releases from a repository; each is an image and a Go module."""

RECIPES = (
    Recipe("agent", "agent", "python"),
    Recipe("geth", "geth", "static", "", "docker.io/ethereum/client-go", "github.com/ethereum/go-ethereum"),
    Recipe("beacon-chain", "prysm", "static", "beacon-chain", f"{_PRYSM}/beacon-chain", _PRYSM_MODULE),
    Recipe("validator", "prysm", "static", "validator", f"{_PRYSM}/validator", _PRYSM_MODULE),
    Recipe("prysmctl", "prysm", "static", "prysmctl", f"{_PRYSM}/cmd/prysmctl", _PRYSM_MODULE),
    *(
        Recipe(name, "flux", "static", name, f"ghcr.io/fluxcd/{name}", f"github.com/fluxcd/{name}")
        for name in FLUX_CONTROLLERS
    ),
)
"""Every image that can be built here."""


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """One image that is wanted under the reference a pod names it by.

    Attributes:
        reference: the reference.
        repository: the folder that holds `docker/`, in place of what ethgen comes with.
        engine: whether a Docker engine builds it, from the Dockerfile's own base; where that fails, and without one,
            the image is put together here.
    """

    reference: str
    repository: Path | None = None
    engine: bool = False


def recipe_for(reference: str) -> Recipe | None:
    """Return how an image is built here, or None where it can only be pulled, as every one that is named by digest."""
    parsed = parse_reference(reference)
    if parsed.digest:
        return None
    for recipe in RECIPES:
        # A registry's address may end in a path of its own, before this project's.
        if parsed.name == recipe.upstream or f"/{parsed.repository}".endswith(f"/ethgen/{recipe.name}"):
            return recipe
    return None


def is_own(reference: str) -> bool:
    """Return whether an image is made here and nowhere else: the agent, and what is called a machine's own."""
    parsed, recipe = parse_reference(reference), recipe_for(reference)
    return parsed.registry == "localhost" or (recipe is not None and parsed.name != recipe.upstream)


def versions(recipe: Recipe, repository: Path) -> tuple[str, ...]:
    """Return the tags under which a recipe's image can be built: the versions its sources are pinned to.

    The first is that of the Dockerfile's own folder, the others those of the folders `<folder>-<version>` beside it,
    which have a go.mod and a go.sum alone. The agent answers to the package's version and to `agent_digest()`.

    Raises:
        ImageError: go.mod does not name the module.
    """
    if not recipe.module:
        return (ethgen.__version__, agent_digest())
    return tuple(_modules(recipe, repository))


def _modules(recipe: Recipe, repository: Path) -> dict[str, str]:
    """Return the folder with go.mod and go.sum of each version, from the repository's root."""
    docker = repository / "docker"
    others = sorted(path.parent.name for path in docker.glob(f"{recipe.folder}-*/go.mod"))
    return {_pinned(recipe, docker / name / "go.mod"): f"docker/{name}" for name in (recipe.folder, *others)}


def _pinned(recipe: Recipe, manifest: Path) -> str:
    found = re.search(rf"^(?:require)?\s*{re.escape(recipe.module)} (v\S+)", manifest.read_text("utf-8"), re.MULTILINE)
    if not found:
        raise ImageError(f"{manifest} does not require {recipe.module}", cure="restore it with `git checkout`")
    return found[1]


def agent_digest() -> str:
    """Return 12 hexadecimal digits that change with the agent's sources."""
    package = Path(ethgen.__file__).parent
    digest = hashlib.sha256()
    for path in [package / "__init__.py", *sorted((package / "agent").rglob("*.py"))]:
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def ensure_archive(request: ImageRequest, progress: Progress = silent, runner: Runner = run) -> Path:
    """Return a docker-archive of the image under its reference, building it where the cache does not hold it.

    Raises:
        ImageError: it cannot be built here, or not in this version.
        ToolError: its program does not compile.
    """
    repository = request.repository or package_data()
    recipe, version = _buildable(request.reference, repository)
    shown = f"docker/{recipe.folder}/Dockerfile"
    dockerfile = read_dockerfile(repository / shown, shown).with_arguments(_arguments(recipe, version, repository))
    plan = _Plan(request.reference, recipe, version, repository, dockerfile)
    if request.engine:
        target = plan.archive("engine")
        try:
            if not target.is_file():
                build_archive(plan.engine_build(), target, progress, runner)
        except ImageError as error:
            progress(f"{error.message}; putting {request.reference} together without the engine")
        else:
            return target
    return _put_together(plan, progress, runner)


@dataclass(frozen=True, slots=True)
class _Plan:
    reference: str
    recipe: Recipe
    version: str
    repository: Path
    dockerfile: Dockerfile

    def archive(self, *parts: str) -> Path:
        """Return where the archive lies: a function of all it is made from."""
        digest = hashlib.sha256()
        for part in (
            str(parse_reference(self.reference)),
            self.dockerfile.path.read_text("utf-8"),
            *self._sources(),
            *parts,
        ):
            digest.update(f"{len(part)}:{part}".encode())
        tag = parse_reference(self.reference).tag
        return cache_root() / "images" / f"{self.recipe.name}-{tag}-{digest.hexdigest()[:12]}.tar"

    def engine_build(self) -> EngineBuild:
        """Return what a Docker engine is asked for."""
        return EngineBuild(
            f"docker/{self.recipe.folder}/Dockerfile",
            self.recipe.stage,
            self.reference,
            self.repository,
            _arguments(self.recipe, self.version, self.repository),
        )

    def _sources(self) -> list[str]:
        if not self.recipe.module:
            return [agent_digest()]
        folder = self.repository / _modules(self.recipe, self.repository)[self.version]
        return [(folder / name).read_text("utf-8") for name in ("go.mod", "go.sum")]


def _arguments(recipe: Recipe, version: str, repository: Path) -> dict[str, str]:
    """Return the arguments of a Dockerfile that make a version which is not the one of its own folder."""
    own = f"docker/{recipe.folder}"
    folder = _modules(recipe, repository)[version] if recipe.module else own
    return {} if folder == own else {"MODULE": folder}


def _put_together(plan: _Plan, progress: Progress, runner: Runner) -> Path:
    python = plan.recipe.base == "python"
    programs = _programs(plan, progress, runner)
    built = (path.relative_to(cache_root()).as_posix() for path in programs.values())
    target = plan.archive(python_identity(runner) if python else repr(static_base()), *built)
    if target.is_file():
        return target
    with locked(f"image-{plan.recipe.name}", progress):
        progress(f"assembling {plan.reference}")
        image = assemble(
            plan.dockerfile,
            plan.dockerfile.stage(plan.recipe.stage),
            context=plan.repository,
            base=python_base(progress, runner) if python else static_base(),
            copied_from=lambda _stage, path: programs[path],
        )
        # in full: a cluster's store is asked for the name that containerd makes of it
        name = str(parse_reference(plan.reference))
        write_archive(target, name, image.entries, image.config)
        _remove_older(target, name)
    return target


def _remove_older(target: Path, reference: str) -> None:
    """Remove archives of the same reference that were made from older sources: nothing will ask for them again."""
    stem = target.name.rpartition("-")[0]
    for archive in target.parent.glob(f"{stem}-*.tar"):
        if archive != target and archive_identity(archive)[0] == reference:
            archive.unlink()


def _programs(plan: _Plan, progress: Progress, runner: Runner) -> dict[str, Path]:
    """Return the programs that the image's stage copies from a build stage, built: their paths there and here."""
    built = {}
    for instruction in plan.dockerfile.stage(plan.recipe.stage).instructions:
        given = words(instruction) if instruction.name == "COPY" else []
        if given and given[0].startswith("--from="):
            stage = plan.dockerfile.stage(given[0].removeprefix("--from="))
            requests = go_programs(stage, plan.repository, plan.version, plan.dockerfile.arguments)
            for path in given[1:-1]:
                if path not in requests:
                    raise not_understood(instruction, f"the stage {stage.name} makes no {path}")
                built[path] = build(requests[path], progress, runner)
    return built


def _buildable(reference: str, repository: Path) -> tuple[Recipe, str]:
    recipe = recipe_for(reference)
    if recipe is None:
        raise ImageError(
            f"{reference} cannot be built here",
            cure=f"make its registry reachable; built here are {', '.join(known.name for known in RECIPES)}",
        )
    known, tag = versions(recipe, repository), parse_reference(reference).tag
    if tag not in known:
        choice = " or ".join(version.removeprefix("v") for version in known)
        raise ImageError(
            f"{reference} cannot be built here: docker/{recipe.folder} is pinned to {known[0]}",
            cure=f"use version {choice}, or make its registry reachable",
        )
    return recipe, tag if recipe.module else known[0]
