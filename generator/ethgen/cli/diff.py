"""`ethgen diff`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from ethgen.cli.completion import environment_names
from ethgen.cli.options import json_option, load_spec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ethgen.report.difference import Comparison, Only
    from ethgen.report.provenance import Setting


@click.command()
@click.argument("left", metavar="ENV", shell_complete=environment_names)
@click.argument("right", metavar="ENV", required=False, shell_complete=environment_names)
@click.option("--since", "revision", metavar="REV", help="Compare one ENV with what this commit has generated for it.")
@json_option
@click.pass_context
def diff(context: click.Context, left: str, right: str | None, *, revision: str | None, as_json: bool) -> None:
    """Compare two environments in the words of their specs, or one with what was committed.

    Of two environments each value stands with its origin: where it is set, `default`, or who decided it where the spec
    says nothing. What only follows from a value that differs, such as the image of a version, is not repeated.

    With --since, the values and objects that the spec gives now are compared with those of a commit. Changes that
    Kubernetes refuses stand apart, with what `ethgen deploy` does about each or what a person has to, and so do
    versions of clients that cannot go on with the database of the one before.

    The exit status is 0 where nothing differs, and 1 otherwise.
    """
    if (right is None) == (revision is None):
        raise click.UsageError("name two environments, or one and --since")
    if revision is not None:
        from ethgen.cli.since import show  # noqa: PLC0415 - the rooms behind take long

        context.exit(0 if show(left, revision, as_json=as_json) else 1)
    assert right is not None  # noqa: S101 - one of both is given
    from ethgen.report.difference import compare  # noqa: PLC0415 - pydantic takes a tenth of a second to import

    comparison = compare(load_spec(left), load_spec(right))
    if as_json:
        click.echo(json.dumps(_data(left, right, comparison), indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(_text(left, right, comparison)))
    context.exit(0 if comparison.equal else 1)


def _text(left: str, right: str, comparison: Comparison) -> Iterator[str]:
    if comparison.equal:
        yield f"{left} and {right} do not differ"
        return
    yield from _section(f"only in {left}", comparison.only_left)
    yield from _section(f"only in {right}", comparison.only_right)
    width = max(len(left), len(right))
    for difference in comparison.differences:
        yield _dotted(difference.path)
        values = [_plain(difference.left.value), _plain(difference.right.value)]
        longest = max(map(len, values))
        settings = (difference.left, difference.right)
        for name, value, setting in zip((left, right), values, settings, strict=True):
            yield f"  {name:{width}}  {value:{longest}}  ({setting.origin})"
        yield ""
    yield _summary(left, right, comparison)


def _section(title: str, found: Sequence[Only]) -> Iterator[str]:
    if found:
        width = max(len(_dotted(only.path)) for only in found)
        yield title
        yield from (f"  {_dotted(only.path):{width}}  {only.summary}" for only in found)
        yield ""


def _summary(left: str, right: str, comparison: Comparison) -> str:
    counts = [
        f"{len(comparison.differences)} {'value differs' if len(comparison.differences) == 1 else 'values differ'}",
        *(
            f"{len(found)} {'section is' if len(found) == 1 else 'sections are'} only in {name}"
            for name, found in ((left, comparison.only_left), (right, comparison.only_right))
            if found
        ),
    ]
    return ", ".join(counts)


def _plain(value: Any) -> str:  # noqa: ANN401 - plain data of any type
    from ethgen.report.provenance import plain  # noqa: PLC0415 - loaded with the comparison

    return plain(value)


def _dotted(path: tuple[str | int, ...]) -> str:
    from ethgen.spec.positions import dotted  # noqa: PLC0415 - loaded with the comparison

    return dotted(path)


def _data(left: str, right: str, comparison: Comparison) -> dict[str, Any]:
    return {
        "left": left,
        "right": right,
        "equal": comparison.equal,
        "differences": [
            {"path": _dotted(found.path), "left": _setting(found.left), "right": _setting(found.right)}
            for found in comparison.differences
        ],
        "onlyLeft": [{"path": _dotted(only.path), "summary": only.summary} for only in comparison.only_left],
        "onlyRight": [{"path": _dotted(only.path), "summary": only.summary} for only in comparison.only_right],
    }


def _setting(setting: Setting) -> dict[str, Any]:
    return {"value": setting.value, "from": {"kind": setting.kind, "text": setting.origin}}
