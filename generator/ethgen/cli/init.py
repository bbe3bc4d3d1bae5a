"""`ethgen init`."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ethgen import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from ethgen.render.writer import Change
    from ethgen.scaffold.repository import Upgrade

# Options by which questions are answered, in the order they are asked, and the words of the question.
_QUESTIONS = {
    "networks": "Networks: private (on this machine), hoodi, sepolia, mainnet",
    "clients": "Pairs of clients on each public network",
    "repository": "Address of the git repository",
    "registry": "Registry for the agent's image",
    "gitops": "What installs the fleet: flux, argocd, helmfile",
}
_LISTS = ("networks", "clients")


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=True))
@click.option(
    "--network", "networks", multiple=True, metavar="NAME", help="private, hoodi, sepolia or mainnet; may be repeated."
)
@click.option(
    "--clients", multiple=True, metavar="PAIR", help="Pair such as geth-lighthouse on public networks; may be repeated."
)
@click.option("--repository", metavar="URL", help="Address that the cluster clones the git repository from.")
@click.option("--registry", metavar="HOST/PATH", help="Registry that nodes pull the agent's image from.")
@click.option("--gitops", metavar="TOOL", help="What installs the fleet: flux, argocd or helmfile.")
@click.option("--owner", "owners", multiple=True, metavar="@NAME", help="Who reviews changes; may be repeated.")
@click.option(
    "--requirement",
    metavar="WHAT",
    help="What its requirements.txt installs: ethgen==VERSION, an address such as git+https://HOST/PATH@TAG, or the "
    "file of a wheel, which is copied into it. As this ethgen was installed if absent.",
)
@click.option("--yes", is_flag=True, help="Ask nothing; what no option says has its default.")
@click.option("--check", is_flag=True, help="Of a fleet: write nothing; exit with status 1 if something would change.")
@click.option("--diff", "show_diff", is_flag=True, help="Of a fleet: show what would change, and write nothing.")
@click.option("--upgrade", is_flag=True, help="Of a fleet: bring its charts, schema, workflows and pages up to date.")
@click.option(
    "--leave", multiple=True, metavar="PATH", help="Of a fleet: a file or folder to leave as it is; may be repeated."
)
@click.pass_context
def init(context: click.Context, /, folder: Path, **given: Any) -> None:  # noqa: ANN401 - each of its option's type
    """Make a git repository for a fleet of one's own: specs, charts, generated files, CI, Renovate, pages.

    DIR does not exist yet, or is empty but for .git. On a terminal, what no option says is asked. Nothing is written
    unless all of it is, and it passes its own checks at once: `make check`.

    In a folder that it has made before, it says what this version of ethgen would write differently, and --upgrade
    writes it: files that you have edited are left alone, an edited chart is refused. Specs are yours and never touched.
    """
    from ethgen.scaffold.repository import is_fleet  # noqa: PLC0415 - pydantic takes a tenth of a second to import

    modes = {name: bool(given.pop(name)) for name in ("check", "show_diff", "upgrade")}
    leave = tuple(path.strip("/") for path in given.pop("leave"))
    ask = not given.pop("yes") and sys.stdin.isatty()
    if is_fleet(folder):
        _bring_up_to_date(context, folder, leave, **modes)
    elif any((*modes.values(), leave)):
        raise click.UsageError(
            f"--check, --diff, --upgrade and --leave are for what `ethgen init` has made; {folder} is not"
        )
    else:
        _create(folder, given, ask=ask)


def _create(folder: Path, given: dict[str, Any], *, ask: bool) -> None:
    from ethgen.scaffold.answers import checked  # noqa: PLC0415 - as above
    from ethgen.scaffold.repository import create  # noqa: PLC0415 - likewise

    name = folder.absolute().name
    answers = checked(given, name)
    if ask:
        answers = checked(_asked(given, name), name)
    files = create(folder, answers)
    click.echo(f"{folder}: {len(files)} files, of which you edit:")
    for path in files:
        if path.startswith("environments/"):
            click.echo(f"  {path}")
    _tell_requirement(folder)
    steps = (
        "" if folder.resolve() == Path.cwd() else shlex.join(["cd", str(folder)]),
        # Where no branch is named, it is the one of git's own settings.
        "" if (folder / ".git").exists() else "git init --initial-branch=main",
        "make check",
    )
    click.echo(f"next: {' && '.join(step for step in steps if step)}; README.md says how to go on")


def _tell_requirement(folder: Path) -> None:
    """Say what makes a fleet's ethgen where it is not had by its name, and where nobody else has it."""
    from ethgen.scaffold import requirement  # noqa: PLC0415 - as above
    from ethgen.scaffold.repository import REQUIREMENTS  # noqa: PLC0415 - likewise

    line = (folder / REQUIREMENTS).read_text(encoding="utf-8").splitlines()[0]
    if requirement.is_of_this_machine(line):
        click.echo(
            f"requirements.txt installs {line}, which no other machine has, and so no CI; "
            "make it an address that they reach, or have `ethgen init --requirement` write one",
            err=True,
        )
    elif line.startswith("./"):
        click.echo(f"requirements.txt installs {line}, a copy of the wheel that ethgen was installed from")


def _asked(given: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the answers with those that are missing, after asking for them."""
    from ethgen.scaffold.answers import PRIVATE, address_of, defaults  # noqa: PLC0415 - as above

    answers = dict(given)
    for key, question in _QUESTIONS.items():
        if answers[key] or (key != "networks" and set(answers["networks"]) == {PRIVATE}):
            continue
        default = getattr(defaults(name, address_of(answers.get("repository") or "")), key)
        shown = ", ".join(default) if key in _LISTS else default
        answers[key] = click.prompt(question, default=shown, value_proc=_judged(key))
    return answers


def _judged(key: str) -> Callable[[str], Any]:
    """Return what makes an answer of a line that somebody has typed, or has the question asked again."""
    from ethgen.scaffold.answers import mistakes_of  # noqa: PLC0415 - as above

    def answer(text: str) -> Any:  # noqa: ANN401 - each of its question's type
        value = tuple(text.replace(",", " ").split()) if key in _LISTS else text.strip()
        if problems := list(mistakes_of(key, value)):
            raise click.UsageError("\n".join(problems))
        return value

    return answer


def _bring_up_to_date(  # noqa: PLR0913 - one parameter for each option
    context: click.Context, folder: Path, leave: tuple[str, ...], *, check: bool, show_diff: bool, upgrade: bool
) -> None:
    from ethgen.scaffold import repository  # noqa: PLC0415 - as above

    given = [
        parameter.opts[0]
        for parameter in context.command.params
        if parameter.name in (*_QUESTIONS, "owners", "requirement")
        and context.get_parameter_source(parameter.name) is click.core.ParameterSource.COMMANDLINE
    ]
    if given:
        raise click.UsageError(f"{folder} has been made; edit its files in place of giving {', '.join(given)}")
    planned = repository.plan_upgrade(folder, leave)
    write = upgrade and not check and not show_diff
    if write:
        repository.apply(folder, planned)
    _print(planned, written=write, show_diff=show_diff)
    if asked := repository.other_version(folder):
        click.echo(f"requirements.txt asks for ethgen {asked}, and this is {__version__}: raise it there", err=True)
    if check and planned.changes:
        click.echo("not up to date; run `ethgen init --upgrade` and commit the result", err=True)
        context.exit(1)


def _print(planned: Upgrade, *, written: bool, show_diff: bool) -> None:
    if show_diff:
        click.echo("".join(change.diff() for change in [*planned.changes, *planned.kept]), nl=False)
        return
    width = max((len(_state(change, written=written)) for change in planned.changes), default=0)
    for change in planned.changes:
        click.echo(f"{_state(change, written=written):{width}}  {change.path}")
    for change in planned.kept:
        click.echo(f"{change.path} is yours by now; `ethgen init --diff` shows what ethgen would write", err=True)
    for change in planned.left:
        click.echo(f"{change.path} is left as it is; `ethgen init --upgrade` writes it", err=True)
    if not planned.changes:
        click.echo("up to date")


def _state(change: Change, *, written: bool) -> str:
    return change.done if written else change.state
