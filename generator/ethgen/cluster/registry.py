"""Image registries: whether one can be reached, and pulling from it without a container engine."""

from __future__ import annotations

import http.client
import re
import time
import urllib.error
import urllib.request
from http import HTTPStatus
from threading import Thread
from typing import TYPE_CHECKING

from ethgen.cluster import engine as docker
from ethgen.cluster.archive import architecture
from ethgen.cluster.cache import cache_root, scratch_folder, silent
from ethgen.cluster.image_reference import parse_reference
from ethgen.cluster.process import Command, run
from ethgen.cluster.tools import tool_path
from ethgen.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ethgen.cluster.cache import Progress
    from ethgen.cluster.process import Runner

PROBE_SECONDS = 3.0
"""How long a registry may take to answer before it counts as out of reach."""

PULL_SECONDS = 900.0
"""How long one image may take: the largest in use is 1.5 GB, at 2 MB/s."""


def reachable(registries: Iterable[str]) -> set[str]:
    """Return those registries that answer within `PROBE_SECONDS`, asked side by side.

    Images of the bare registry `localhost` are never pulled: that name marks what is built on this machine.
    """
    answers: set[str] = set()

    def ask(registry: str) -> None:
        if _answers(registry):
            answers.add(registry)

    # daemons: looking up a name may take longer than any limit of the connection, and must not hold up the end
    threads = [Thread(target=ask, args=(name,), daemon=True) for name in set(registries) - {"localhost"}]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + PROBE_SECONDS
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return set(answers)


def _answers(registry: str) -> bool:
    """Whether the API's root answers with 200, or with 401 to ask for a login (OCI distribution spec, end-1)."""
    host = "registry-1.docker.io" if registry == "docker.io" else registry
    # engines speak HTTP to a registry on this machine, and HTTPS to every other
    scheme = "http" if re.match(r"(localhost|127\.\d+\.\d+\.\d+):", host) else "https"
    try:
        with urllib.request.urlopen(f"{scheme}://{host}/v2/", timeout=PROBE_SECONDS) as answer:  # noqa: S310 - see scheme
            return bool(answer.status == HTTPStatus.OK)
    except urllib.error.HTTPError as error:
        with error:
            return error.code == HTTPStatus.UNAUTHORIZED
    except (OSError, ValueError, http.client.HTTPException):
        return False


def pull_archive(
    reference: str,
    *,
    engine: bool = False,
    progress: Progress = silent,
    runner: Runner = run,
) -> Path:
    """Return a docker-archive of an image, pulling it where the cache does not hold it.

    Args:
        reference: the image.
        engine: whether a Docker engine pulls it; else crane does.
        progress: is told what happens.
        runner: runs programs.

    Raises:
        ImageError: it cannot be pulled.
    """
    target = cache_root() / "images" / "pulled" / f"{re.sub(r'[^A-Za-z0-9.-]+', '_', reference)}.tar"
    if target.is_file():
        return target
    progress(f"pulling {reference}")
    if engine:
        docker.pull(reference, PULL_SECONDS, runner)
        docker.save(reference, target, runner)
        return target
    crane = tool_path("crane", progress, runner)
    with scratch_folder(target.parent) as scratch:
        pulled = scratch / "image.tar"
        # in full: the archive carries this name, and the cluster's store is asked for it
        name = str(parse_reference(reference))
        argv = [str(crane), "pull", "--platform", f"linux/{architecture()}", name, str(pulled)]
        result = runner(Command(argv, timeout=PULL_SECONDS))
        if not result.ok:
            lines = result.errors.strip().splitlines()
            raise ImageError(
                f"{reference} cannot be pulled: {lines[-1] if lines else f'status {result.status}'}",
                cure="check the name and the tag, or log in with `docker login`",
            )
        pulled.replace(target)
    return target
