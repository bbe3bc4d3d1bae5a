"""The files of a fleet's repository beside its specs and what is generated from them: make, checks, CI, pages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ethgen.cluster.tools import tool_named
from ethgen.package_data import package_data
from ethgen.scaffold import requirement
from ethgen.scaffold.renovate import renovate

if TYPE_CHECKING:
    from ethgen.scaffold.answers import Answers

_HERE = Path(__file__).parent

# With what the files of a new repository have been tried.
_CHECKERS = ("yamllint==1.37.1", "pre-commit==4.3.0")


def requirements(answers: Answers) -> bytes:
    """Return requirements.txt, which people and Renovate move on from then on."""
    lines = (requirement.written(answers.requirement), *_CHECKERS)
    return "".join(f"{line}\n" for line in lines).encode()


def tooling(answers: Answers) -> dict[str, bytes]:
    """Return the files that ethgen keeps up to date, by their paths in the repository."""
    files = {
        path.relative_to(_HERE / "files").as_posix(): path.read_bytes()
        for path in sorted((_HERE / "files").rglob("*"))
        if path.is_file()
    }
    files["helmfile.yaml.gotmpl"] = (package_data() / "helmfile.yaml.gotmpl").read_bytes()
    files["renovate.json"] = renovate()
    return dict(sorted({**files, **_drawn(answers)}.items()))


def _drawn(answers: Answers) -> dict[str, bytes]:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - only where something is written

    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        undefined=StrictUndefined,
        # What is drawn is Markdown and make, in which nothing of HTML has a meaning.
        autoescape=False,  # noqa: S701 - as above
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    facts = {
        "answers": answers,
        "first": answers.first,
        "kubernetes": tool_named("kubectl").version.removeprefix("v"),
    }
    return {
        name.removesuffix(".j2"): environment.get_template(name).render(facts).encode()
        for name in sorted(environment.list_templates(extensions=["j2"]))
    }
