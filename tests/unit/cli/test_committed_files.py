"""What is committed is what the program makes: the golden files of the project."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from ethgen.cli import COMMANDS, cli
from ethgen.render.build import build
from ethgen.render.writer import plan
from ethgen.spec import load

if TYPE_CHECKING:
    import click

ROOT = Path(__file__).parents[3]
ENVIRONMENTS = ("local", "production", "staging")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_values_of_an_environment_are_up_to_date(environment: str) -> None:
    """Rendering an environment of the repository would change no file."""
    files = build(load(ROOT / "environments" / f"{environment}.yaml"))
    changes = plan(ROOT, f"values/{environment}/.generated.json", files)
    assert "".join(change.diff() for change in changes) == ""


def test_helmfile_takes_the_environment_it_is_given() -> None:
    """The helmfile at the top names no environment: a new one needs no edit."""
    text = (ROOT / "helmfile.yaml.gotmpl").read_text()
    environments_part, releases_part = (
        yaml.safe_load(part.replace("{{ .Environment.Name }}", "anything")) for part in text.split("---")
    )
    assert environments_part == {"environments": {"anything": {}}}
    assert releases_part == {"helmfiles": [{"path": "values/anything/helmfile.yaml"}]}


def test_the_reference_is_up_to_date() -> None:
    """docs/reference holds every command, option and field; `ethgen reference` writes it."""
    # In a process of its own: click keeps the help option of a command as its first caller wanted it.
    result = subprocess.run(
        [sys.executable, "-m", "ethgen", "reference", "--check"], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_every_command_stands_in_the_reference() -> None:
    """Each command that is not hidden has its section in docs/reference/cli.md."""
    page = (ROOT / "docs" / "reference" / "cli.md").read_text()
    missing = [name for name in COMMANDS if f"\n## ethgen {name}\n" not in page and not _hidden(name)]
    assert missing == []


def _hidden(name: str) -> bool:
    command: click.Command = cli.get_command(cli.make_context("ethgen", [], resilient_parsing=True), name)  # type: ignore[attr-defined]
    return command.hidden


PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_links_to_what_exists(page: Path) -> None:
    """Every relative link of a page leads to a file of the repository."""
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_the_readme_names_targets_and_commands_that_exist() -> None:
    """Each `make` target and `ethgen` command of the README and of docs/ is one that there is, here or in a fleet."""
    text = "".join(page.read_text() for page in PAGES)
    makefiles = [ROOT / "Makefile", ROOT / "generator" / "ethgen" / "scaffold" / "templates" / "Makefile.j2"]
    targets = set(re.findall(r"^([a-z0-9-]+):", "".join(file.read_text() for file in makefiles), re.MULTILINE))
    assert set(re.findall(r"[`\n$] ?make ([a-z][a-z0-9-]+)", text)) - targets == set()
    assert set(re.findall(r"`(?:\.venv/bin/)?ethgen ([a-z]+)", text)) - set(COMMANDS) == set()
