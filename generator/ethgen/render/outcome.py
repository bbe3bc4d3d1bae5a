"""What rendering one environment gives: its files, how each was found, and what an operator should know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ethgen import stack
from ethgen.render import manifest, writer
from ethgen.render.build import build

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from ethgen.render.writer import Change
    from ethgen.spec import NetworkSpec

# Name of the list of generated files, which stands among them.
LIST = ".generated.json"


class Outcome(NamedTuple):
    """One environment, rendered and compared with what is there.

    Attributes:
        environment: its name.
        files: the content of every file it has, by path from the repository's root.
        changes: what has to happen for them to be there, and nothing else of an earlier run.
        warnings: what is risky in its spec, located.
    """

    environment: str
    files: Mapping[str, bytes]
    changes: Sequence[Change]
    warnings: Sequence[str] = ()

    def as_json(self, *, written: bool) -> dict[str, Any]:
        """Return the state and the SHA-256 of every file, and the warnings, as data for programs.

        Args:
            written: whether the changes have been made: states are what happened then, else what was found.
        """
        changes = {change.path: change.done if written else change.state for change in self.changes}
        digests = {path: manifest.digest(content) for path, content in self.files.items()}
        if self.files:
            digests[listed(self.environment)] = manifest.digest(manifest.after(self.files))
        return {
            "files": {
                path: {"state": changes.get(path, "unchanged"), "sha256": digests.get(path)}
                for path in sorted({*digests, *changes})
            },
            "warnings": list(self.warnings),
        }


def outcome_of(root: Path, spec: NetworkSpec) -> Outcome:
    """Render an environment and compare the result with the files below `root`.

    Raises:
        SpecError: the spec asks for what cannot be rendered.
        RenderError: a file cannot be read.
    """
    files = build(spec)
    changes = writer.plan(root, listed(spec.environment), files)
    return Outcome(spec.environment, files, changes, stack.warnings(spec))


def outcomes_of_gone(root: Path, known: Collection[str]) -> list[Outcome]:
    """Return an outcome without files for every environment that was rendered before and is not among `known`."""
    names = {path.parent.name for name in (LIST, f".*{writer.TEMPORARY}") for path in root.glob(f"values/*/{name}")}
    return [Outcome(name, {}, writer.plan(root, listed(name), {})) for name in sorted(names - {*known})]


def listed(environment: str) -> str:
    """Return the path, from the repository's root, of the list of an environment's files."""
    return f"values/{environment}/{LIST}"


def write(root: Path, outcomes: Sequence[Outcome]) -> None:
    """Make the changes of outcomes: those of all environments, or none where any of them is refused.

    Raises:
        RenderError: as `writer.apply`.
    """
    writer.apply(root, [change for outcome in outcomes for change in outcome.changes])
