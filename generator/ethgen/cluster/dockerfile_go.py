"""The build stage of a Dockerfile: Go programs from a pinned module, as requests that the cache can answer."""

from __future__ import annotations

import argparse
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NoReturn

from ethgen.cluster.dockerfile import Instruction, not_understood, pairs, words
from ethgen.cluster.gobuild import BuildRequest, WrapperModule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ethgen.cluster.dockerfile import Stage


def go_programs(
    stage: Stage, context: Path, version: str, arguments: Mapping[str, str] | None = None
) -> dict[str, BuildRequest]:
    """Return what a build stage makes: the path of each program in the stage, and the request that makes it.

    A build stage copies go.mod and go.sum of one folder, sets CGO_ENABLED and runs `go build` with the flags
    `BuildRequest` knows; so the Dockerfile is the one place where an image's flags stand.

    Args:
        stage: the stage.
        context: the folder that COPY takes its files from.
        version: what the programs call themselves.
        arguments: values of the Dockerfile's arguments; a stage sees those that it names with ARG.

    Raises:
        ImageError: the stage does something else; names the line.
    """
    folder = context
    cgo = False
    seen: dict[str, str] = {}
    programs: dict[str, BuildRequest] = {}
    for instruction in stage.instructions:
        match instruction.name:
            case "WORKDIR":
                continue
            case "ARG":
                name = instruction.rest.strip()
                seen[name] = (arguments or {}).get(name, "")
            case "COPY":
                folder = context / PurePosixPath(_substituted(words(instruction)[0], seen)).parent
            case "ENV":
                cgo = pairs(instruction).get("CGO_ENABLED") == "1"
            case "RUN":
                programs |= _go_build(instruction, folder, version, cgo=cgo)
            case _:
                raise not_understood(instruction, "a build stage knows ARG, WORKDIR, COPY, ENV and RUN go build")
    return programs


def _substituted(word: str, arguments: Mapping[str, str]) -> str:
    for name, value in arguments.items():
        word = word.replace(f"${{{name}}}", value)
    return word


def _go_build(instruction: Instruction, folder: Path, version: str, *, cgo: bool) -> dict[str, BuildRequest]:
    given = words(instruction)
    if given[:2] != ["go", "build"]:
        raise not_understood(instruction, "RUN of anything but `go build`")
    parser = _Parser(instruction)
    parser.add_argument("-mod", choices=["readonly"], required=True)
    parser.add_argument("-trimpath", action="store_true", required=True)
    parser.add_argument("-buildvcs", choices=["false"], required=True)
    parser.add_argument("-tags", default="")
    parser.add_argument("-ldflags", default="")
    parser.add_argument("-o", required=True, dest="output")
    parser.add_argument("packages", nargs="+")
    flags = parser.parse_args(given[2:])
    requests = {}
    for package in flags.packages:
        name = PurePosixPath(package).name
        requests[str(PurePosixPath(flags.output) / name)] = BuildRequest(
            binary=name,
            version=version,
            module=WrapperModule(folder),
            package=package,
            cgo=cgo,
            tags=tuple(flags.tags.split(",")) if flags.tags else (),
            ldflags=flags.ldflags,
        )
    return requests


class _Parser(argparse.ArgumentParser):
    """Reads flags as Go writes them and reports a wrong one at the Dockerfile's line."""

    def __init__(self, instruction: Instruction) -> None:
        super().__init__(add_help=False, allow_abbrev=False)
        self._instruction = instruction

    def error(self, message: str) -> NoReturn:
        raise not_understood(self._instruction, message)
