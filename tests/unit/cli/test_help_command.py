"""`ethgen help`: pages of documentation, and what leads to them."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ethgen.cli import COMMANDS
from ethgen.cli.pages import page_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "generator" / "ethgen"


def test_every_page_is_listed_and_printed(call: Callable[..., Any]) -> None:
    """Each page of docs/ stands in the list with its title, and is printed as it is."""
    listed = dict(line.split(maxsplit=1) for line in call("help").output.splitlines())
    pages = {path.relative_to(ROOT / "docs").with_suffix("").as_posix(): path for path in (ROOT / "docs").rglob("*.md")}
    assert listed.keys() == pages.keys()
    assert listed["fleet"] == "A fleet of one's own"
    for name, path in pages.items():
        assert call("help", name).output == path.read_text().rstrip("\n") + "\n"
    assert page_names(None, None, "air") == ["air-gapped"]  # type: ignore[arg-type]


def test_a_section_is_printed_with_all_below_it(call: Callable[..., Any]) -> None:
    """The beginning of a heading is enough; the section ends before the next one of its kind."""
    output = call("help", "gitops", "argo cd on this").output
    assert output.startswith("## Argo CD on this machine\n")
    assert "\n### What was seen" in output
    assert "\n## " not in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("upgrade",), "there is no page 'upgrade'; did you mean 'upgrades'?"),
        (("render",), "there is no page 'render'"),
        (("upgrades", "nothing"), "the page upgrades has no section 'nothing'"),
    ],
)
def test_what_is_not_there_is_told(arguments: tuple[str, ...], message: str, call: Callable[..., Any]) -> None:
    """A page or section that does not exist is status 2, with the nearest, or with those that there are."""
    outcome = call("help", *arguments)
    assert outcome.status == 2
    assert outcome.errors.startswith(f"error: {message}")
    assert "  cure: " in outcome.errors


def _texts() -> Iterator[tuple[str, str]]:
    """Yield every text that the program may print, with its place: strings, but for docstrings of no command."""
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text())
        documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
        own = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
            if path.parent.name != "cli" or isinstance(node, ast.Module)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in own:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node.value
    for path in sorted((PACKAGE / "scaffold").rglob("*")):
        if path.is_file() and path.suffix != ".py" and "__pycache__" not in path.parts:
            yield str(path.relative_to(ROOT)), path.read_text()


TEXTS = list(_texts())


def test_messages_lead_to_what_a_fleet_has() -> None:
    """No message names a page by its path in a clone, or a target of make that a fleet's Makefile does not have."""
    targets = set(re.findall(r"^([a-z-]+):", (PACKAGE / "scaffold/templates/Makefile.j2").read_text(), re.MULTILINE))
    found = [place for place, text in TEXTS if re.search(r"\bdocs/[\w-]+\.md", text) and not place.endswith(".yaml")]
    assert found == []
    named = {(place, name) for place, text in TEXTS for name in re.findall(r"`make ([a-z][a-z-]*)", text)}
    assert {(place, name) for place, name in named if name not in targets} == set()
    assert named


def test_messages_name_pages_and_sections_that_there_are(call: Callable[..., Any]) -> None:
    """Each `ethgen help` that a message names prints something."""
    pattern = r'`(?:\.venv/bin/)?ethgen help ([\w-]+)(?: "([^"`]+)")?'
    calls = {found for _, text in TEXTS for found in re.findall(pattern, text)}
    assert ("upgrades", "a new group") in calls
    for page, section in calls:
        assert call("help", page, *([section] if section else [])).status == 0, (page, section)


def test_messages_name_commands_that_there_are() -> None:
    """Each command of ethgen that a message names exists."""
    named = {name for _, text in TEXTS for name in re.findall(r"`(?:\.venv/bin/)?ethgen ([a-z]+)", text)}
    assert named - set(COMMANDS) == set()
