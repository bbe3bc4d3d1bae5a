"""`ethgen help`: the pages of documentation that this ethgen comes with."""

from __future__ import annotations

import re
import sys

import click

from ethgen.errors import EthgenError
from ethgen.package_data import package_data


def page_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001 - click's own signature
    """Return the pages whose name begins so."""
    return [name for name in _pages() if name.startswith(incomplete)]


@click.command("help")
@click.argument("page", required=False, shell_complete=page_names)
@click.argument("section", required=False)
def print_page(page: str | None, section: str | None) -> None:
    """Print a page of documentation, or one SECTION of it; without a PAGE, the names of all.

    SECTION is a heading of the page, or how one begins: ethgen help upgrades "the way back". The pages are those of
    this version. What a command takes says its own --help, and what a field of a spec is for, `ethgen explain`.
    """
    if page is None:
        pages = _pages()
        width = max(map(len, pages))
        click.echo("\n".join(f"{name:{width}}  {_title(text)}" for name, text in pages.items()))
        return
    text = _page(page)
    shown = text if section is None else _section(page, text, section)
    # A pager that is waited for is of no use to what reads a pipe.
    (click.echo_via_pager if sys.stdout.isatty() else click.echo)(shown.rstrip("\n"))


def _pages() -> dict[str, str]:
    root = package_data() / "docs"
    files = sorted(root.rglob("*.md"), key=lambda path: (len(path.parts), path))
    return {path.relative_to(root).with_suffix("").as_posix(): path.read_text(encoding="utf-8") for path in files}


def _page(name: str) -> str:
    from ethgen.spec.near import nearest  # noqa: PLC0415 - only where a page is named

    pages = _pages()
    if name not in pages:
        raise EthgenError(
            f"there is no page {name!r}{nearest(name, list(pages))}",
            cure="`ethgen help` lists the pages; of a command, `ethgen COMMAND --help` says what it takes",
        )
    return pages[name]


def _title(text: str) -> str:
    return text.partition("\n")[0].removeprefix("# ")


def _section(name: str, text: str, wanted: str) -> str:
    """Return a section with all below it."""
    headings = [
        (len(found[1]), found[2], found.start()) for found in re.finditer(r"^(#+) (.+)$", _prose(text), re.MULTILINE)
    ]
    for place, (level, heading, start) in enumerate(headings):
        if heading.lower().startswith(wanted.lower()):
            later = (end for depth, _, end in headings[place + 1 :] if depth <= level)
            return text[start : next(later, len(text))]
    raise EthgenError(
        f"the page {name} has no section {wanted!r}", cure=f"it has: {', '.join(one for _, one, _ in headings)}"
    )


def _prose(text: str) -> str:
    """Return a page with its blocks of code blanked, in which a comment of a shell looks like a heading."""
    return re.sub(r"^```.*?^```", lambda found: re.sub(r"[^\n]", " ", found[0]), text, flags=re.MULTILINE | re.DOTALL)
