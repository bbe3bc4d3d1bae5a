"""`ethgen render` and `ethgen schema`."""

from __future__ import annotations

import gc
import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ethgen.cli.options import environments, json_option, load_spec, repository, valid_specs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ethgen.render.outcome import Outcome
    from ethgen.render.watch import Report
    from ethgen.spec import NetworkSpec

# Columns of the longest state, so that paths stand below one another.
_STATE = 14


@click.command()
@click.option(
    "--env", "chosen", metavar="NAME", multiple=True, envvar="ETHGEN_ENV", help="Environment; can be repeated."
)
@click.option(
    "--all", "every", is_flag=True, help="Every environment, whatever ETHGEN_ENV says; so it is without --env."
)
@click.option("--check", is_flag=True, help="Write nothing; exit with status 1 if any file is not what its spec gives.")
@click.option("--diff", "show_diff", is_flag=True, help="Write nothing; print what would change.")
@click.option("--watch", is_flag=True, help="Render again after each save, until interrupted.")
@json_option
@click.pass_context
def render(  # noqa: PLR0913 - one parameter for each option
    context: click.Context,
    chosen: tuple[str, ...],
    *,
    every: bool,
    check: bool,
    show_diff: bool,
    watch: bool,
    as_json: bool,
) -> None:
    """Generate every file of an environment from its spec.

    Files that would not change are not touched; files of an earlier render that are not needed any more are removed; a
    file that was not generated, or was edited since, is never overwritten. --check names each file that is missing,
    drifted (its spec has changed), stale (no longer generated), edited by hand, not generated, or that a checkout gave
    CRLF line ends.
    """
    names = _names(context, chosen, every=every)
    if watch:
        if check or show_diff:
            raise click.UsageError("--watch writes what it renders; leave out --check and --diff")
        _watch(names, as_json=as_json)
        return
    # Nothing of a render becomes garbage before it ends, and looking for it takes a third of the time.
    gc.disable()
    outcomes = _outcomes(names)
    written = not check and not show_diff
    if written:
        from ethgen.render.outcome import write  # noqa: PLC0415 - with the rest of what rendering needs

        write(repository(), outcomes)
    changes = sum(len(outcome.changes) for outcome in outcomes)
    _warn(outcomes)
    if as_json:
        _print_json(outcomes, written=written)
    elif show_diff:
        click.echo("".join(change.diff() for outcome in outcomes for change in outcome.changes), nl=False)
    else:
        _print(outcomes, written=written)
    if check and changes:
        click.echo(f"{_files(changes)} not up to date; run `ethgen render` and commit the result", err=True)
        context.exit(1)


def _names(context: click.Context, chosen: Sequence[str], *, every: bool) -> tuple[str, ...]:
    """Return the environments that are asked for, each once; none stands for all."""
    written = context.get_parameter_source("chosen") is click.core.ParameterSource.COMMANDLINE
    if every and written:
        raise click.UsageError("--all and --env exclude one another; leave one out")
    return () if every else tuple(dict.fromkeys(chosen))


def _outcomes(names: Sequence[str]) -> list[Outcome]:
    """Return what rendering gives; for no names that of all environments, and of those that are gone.

    Raises:
        SpecError: every mistake in any of the specs.
    """
    from ethgen.errors import SpecError  # noqa: PLC0415 - with the rest of what rendering needs
    from ethgen.render.outcome import outcome_of, outcomes_of_gone  # noqa: PLC0415 - as above
    from ethgen.spec.contexts import shared_contexts  # noqa: PLC0415 - as above

    root, known = repository(), names or environments()
    found: list[Outcome] = []
    specs: list[NetworkSpec] = []
    problems: list[str] = []
    for name in known:
        try:
            specs.append(load_spec(name))
            found.append(outcome_of(root, specs[-1]))
        except SpecError as error:
            problems += error.problems
    others = valid_specs(but=names) if names else []
    problems += [problem for spec in specs for problem in shared_contexts(spec, [*specs, *others])]
    if problems:
        # What two environments have from one file is told once.
        raise SpecError(list(dict.fromkeys(problems)))
    return found if names else [*found, *outcomes_of_gone(root, known)]


def _warn(outcomes: Iterable[Outcome]) -> None:
    for outcome in outcomes:
        for warning in outcome.warnings:
            click.echo(f"warning: {warning}", err=True)


def _print(outcomes: Sequence[Outcome], *, written: bool) -> None:
    """Print a line for every file that changed or is to change, or how many there are."""
    changes = [change for outcome in outcomes for change in outcome.changes]
    lines = [
        f"{change.done:7} {change.path}" if written else f"{change.state:{_STATE}} {change.path}" for change in changes
    ]
    count = sum(len(outcome.files) for outcome in outcomes)
    click.echo("\n".join(lines or [f"{_files(count)} up to date"]))


def _print_json(outcomes: Sequence[Outcome], *, written: bool) -> None:
    document = {
        "upToDate": written or not any(outcome.changes for outcome in outcomes),
        "environments": {outcome.environment: outcome.as_json(written=written) for outcome in outcomes},
    }
    click.echo(json.dumps(document, indent=2))


def _watch(names: Sequence[str], *, as_json: bool) -> None:
    """Render after each save, and print a line, or a line of JSON, for each environment that it concerns."""
    from ethgen.cli.options import environment_path  # noqa: PLC0415 - as below
    from ethgen.render.watch import Watch  # noqa: PLC0415 - only with --watch

    for name in names:
        environment_path(name)
    with suppress(KeyboardInterrupt):
        for report in Watch(repository(), names).reports():
            if as_json:
                click.echo(json.dumps({"environment": report.environment, **_as_json(report)}))
            elif report.outcome is None:
                click.echo(f"error: {report.error}", err=True)
            else:
                _warn([report.outcome])
                _print([report.outcome], written=True)


def _as_json(report: Report) -> dict[str, Any]:
    return report.outcome.as_json(written=True) if report.outcome else {"error": str(report.error)}


def _files(count: int) -> str:
    return "1 file is" if count == 1 else f"{count} files are"


@click.command()
@click.option("--output", type=click.Path(dir_okay=False), help="Write it to this file instead of printing it.")
@click.option("--check", is_flag=True, help="Write nothing; exit with status 1 if the file is not up to date.")
@click.pass_context
def schema(context: click.Context, output: str | None, *, check: bool) -> None:
    """Print the JSON schema of a spec, for editors."""
    from ethgen.render import build, single  # noqa: PLC0415 - pydantic takes a tenth of a second to import

    content = build.schema()
    if output is None:
        if check:
            raise click.UsageError("--check needs --output, the file to check")
        click.echo(content, nl=False)
        return
    if single.update(Path(output), content, check=check) and check:
        click.echo(f"{output} is not up to date; run `ethgen schema --output {output}`", err=True)
        context.exit(1)
