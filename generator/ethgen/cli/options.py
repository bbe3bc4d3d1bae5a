"""What the commands share: the environment, its spec, and where the repository is."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ethgen.cli.completion import environment_names
from ethgen.errors import EthgenError, SpecError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from ethgen.spec import NetworkSpec
    from ethgen.spec.problem import Problem

# Where `--json` leaves its word for `--output`, in click's context.
_JSON = "ethgen.json"


def environment_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--env`, the name of a file in environments/."""
    return click.option(
        "--env",
        "environment",
        default="local",
        show_default=True,
        # Not ENV: shells name their start-up file so (POSIX, Shell Command Language).
        envvar="ETHGEN_ENV",
        metavar="NAME",
        help="Environment: the name of a file in environments/.",
        shell_complete=environment_names,
    )(command)


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--output text|json` and its short form `--json`; the command is told by `as_json`."""
    short = click.option(
        "--json",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=lambda context, _, given: context.meta.__setitem__(_JSON, given),
        help="Short for --output json.",
    )
    long = click.option(
        "--output",
        "as_json",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        callback=lambda context, _, chosen: chosen == "json" or context.meta.get(_JSON, False),
        help="What to print: text for people, or JSON for programs.",
    )
    return long(short(command))


def repository() -> Path:
    """Return the repository: the nearest folder from here upwards that has environments/.

    Raises:
        EthgenError: there is none.
    """
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "environments").is_dir():
            return Path(_relative(folder, here))
    raise EthgenError(
        "no folder environments/ here or above", cure="change to the repository and run the command again"
    )


def _relative(folder: Path, here: Path) -> str:
    """Return `folder` as errors shall name it: relative where we stand in it, else as it is."""
    return "." if folder == here else str(folder)


def environments() -> list[str]:
    """Return the names of all environments, sorted."""
    files = (repository() / "environments").glob("*.yaml")
    # Editors leave links and copies there whose names begin with a dot.
    return sorted(file.stem for file in files if file.stem != "base" and file.stem[0] != "." and file.is_file())


def load_spec(environment: str) -> NetworkSpec:
    """Return the spec of an environment.

    Raises:
        SpecError: it does not exist, or every mistake in it.
    """
    from ethgen.spec import load  # noqa: PLC0415 - only for commands that read a spec

    return load(environment_path(environment), further=_of_catalogue)


def _of_catalogue(spec: NetworkSpec) -> Sequence[Problem]:
    """Return what the catalogue has against a spec with other mistakes."""
    from ethgen.stack import problems_of  # noqa: PLC0415 - only for a spec with mistakes

    return problems_of(spec)


def valid_specs(*, but: Collection[str] = ()) -> list[NetworkSpec]:
    """Return the specs of all environments, but for those with mistakes, which are told where they are asked for.

    Args:
        but: names of environments that are left out.
    """
    found = []
    for name in environments():
        if name not in but:
            with suppress(SpecError):
                found.append(load_spec(name))
    return found


def require_own_context(spec: NetworkSpec) -> None:
    """Refuse an environment whose cluster is that of another one.

    Raises:
        SpecError: they name the same kube context.
    """
    from ethgen.spec.contexts import shared_contexts  # noqa: PLC0415 - only for commands that read a spec

    if problems := shared_contexts(spec, valid_specs(but=[spec.environment])):
        raise SpecError(problems)


def environment_path(environment: str) -> Path:
    """Return the spec file of an environment.

    Raises:
        EthgenError: there is none.
    """
    from ethgen.spec.near import nearest  # noqa: PLC0415 - as above

    known = environments()
    if environment not in known:
        # Neither a path nor base.yaml is an environment, though a file may be there.
        raise EthgenError(
            f"there is no environment {environment!r}{nearest(environment, known)}",
            cure=f"name one of environments/: {', '.join(known)}" if known else "write environments/local.yaml",
        )
    return repository() / "environments" / f"{environment}.yaml"
