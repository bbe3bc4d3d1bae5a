"""Bringing the images of an environment into its cluster: pulled where they can be, else built, else left out aloud."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from ethgen.cluster.cache import silent
from ethgen.cluster.engine import engine_answers
from ethgen.cluster.image_reference import parse_reference
from ethgen.cluster.images import ImageRequest, ensure_archive
from ethgen.cluster.process import run
from ethgen.cluster.registry import pull_archive, reachable
from ethgen.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from ethgen.cluster.cache import Progress
    from ethgen.cluster.process import Runner


@dataclass(frozen=True, slots=True)
class SupplyOptions:
    """How images are to be had.

    Attributes:
        nodes_pull: whether the cluster's nodes pull images themselves. What they reach is theirs to know: their own
            settings may lead them to a mirror of a registry that this machine does not reach.
        offline: never try to pull.
        strict: an image that can neither be pulled nor built is an error.
    """

    nodes_pull: bool = False
    offline: bool = False
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one image.

    Attributes:
        reference: the reference.
        how: `loaded` or `present` (it is in the cluster), `remote` (the nodes pull it), or `left out`.
        source: `built` or `pulled` where it is in the cluster; empty otherwise.
        detail: why it was left out, or why nobody here can tell whether the nodes can pull it.
        seconds: how long it took.
    """

    reference: str
    how: Literal["loaded", "present", "remote", "left out"]
    source: str = ""
    detail: str = ""
    seconds: float = 0.0


def supply(
    references: Iterable[str],
    load: Callable[[Path], bool],
    options: SupplyOptions | None = None,
    progress: Progress = silent,
    runner: Runner = run,
) -> list[Outcome]:
    """Bring images into a cluster and say what became of each, in the order given, each once.

    Args:
        references: what the pods of the environment name.
        load: puts an archive into the cluster; returns False where it was there already.
        options: how images are to be had; the defaults of `SupplyOptions` where None.
        progress: is told what happens.
        runner: runs programs.

    Raises:
        ImageError: with `strict`, if any can neither be pulled nor built; names all of them.
        ToolError: an image's program does not compile.
    """
    chosen = options or SupplyOptions()
    wanted = tuple(dict.fromkeys(references))
    registries = () if chosen.offline else (parse_reference(reference).registry for reference in wanted)
    engine = not chosen.offline and engine_answers(runner)
    means = _Means(chosen, frozenset(reachable(registries)), engine, progress, runner)
    outcomes = []
    for reference in wanted:
        started = time.monotonic()
        outcome = _pulled(reference, load, means)
        outcomes.append(replace(outcome, seconds=time.monotonic() - started))
    missing = [outcome for outcome in outcomes if outcome.how == "left out"]
    if missing and chosen.strict:
        raise ImageError(
            "; ".join(outcome.detail for outcome in missing),
            cure="make their registries reachable, or go on without these images by leaving out --strict",
        )
    for outcome in missing:
        progress(f"LEFT OUT {outcome.reference}: {outcome.detail}")
    return outcomes


@dataclass(frozen=True, slots=True)
class _Means:
    options: SupplyOptions
    reachable: frozenset[str]
    engine: bool
    progress: Progress
    runner: Runner


def _pulled(reference: str, load: Callable[[Path], bool], means: _Means) -> Outcome:
    registry = parse_reference(reference).registry
    unreachable = "offline" if means.options.offline else f"{registry} cannot be reached"
    if means.options.nodes_pull and registry != "localhost":
        detail = "" if registry in means.reachable else f"from here: {unreachable}"
        return Outcome(reference, "remote", detail=detail)
    if registry not in means.reachable:
        why = "it is made on this machine only" if registry == "localhost" else unreachable
        return _built(reference, load, why, means)
    try:
        archive = pull_archive(reference, engine=means.engine, progress=means.progress, runner=means.runner)
    except ImageError as error:
        return _built(reference, load, error.message, means)
    return Outcome(reference, "loaded" if load(archive) else "present", "pulled")


def _built(reference: str, load: Callable[[Path], bool], why: str, means: _Means) -> Outcome:
    try:
        archive = ensure_archive(ImageRequest(reference, engine=means.engine), means.progress, means.runner)
    except ImageError as error:
        return Outcome(reference, "left out", detail=f"{error.message} ({why})")
    return Outcome(reference, "loaded" if load(archive) else "present", "built")
