"""What has changed in an environment since a commit: values, and the objects that Helm would make of them."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from ethgen.cluster.charts.rendering import read_objects
from ethgen.cluster.charts.supply import Supply, charts_folder, locate, obtain
from ethgen.cluster.tools import tool_environment
from ethgen.errors import ChartError, EthgenError
from ethgen.operate.git import Git, git_environment
from ethgen.report.changed_values import changed_values
from ethgen.report.databases import database_objections
from ethgen.report.immutable import immutable_changes
from ethgen.stack import releases

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ethgen.report.changed_values import ValueChange
    from ethgen.report.immutable import ImmutableChange
    from ethgen.spec import NetworkSpec
    from ethgen.stack.release import Chart, Release


@dataclass(frozen=True)
class ReleaseChange:
    """How one release differs from what was committed.

    Attributes:
        name: the release.
        state: `added`, `removed` or `changed`.
        chart: the chart's version before and now, where it differs; of own charts their files count.
        values: every value that differs.
        immutable: changes of fields that Kubernetes keeps as they are.
        objections: why clients cannot go on with the databases of their predecessors.
        not_compared: the chart without which the release's objects were not compared; empty where they were.
    """

    name: str
    state: str
    chart: tuple[str, str] | None = None
    values: tuple[ValueChange, ...] = ()
    immutable: tuple[ImmutableChange, ...] = ()
    objections: tuple[str, ...] = ()
    not_compared: str = ""


def changes_since(spec: NetworkSpec, root: Path, revision: str) -> list[ReleaseChange]:
    """Return every release that differs from what a commit has, those of today first.

    Args:
        spec: the environment.
        root: the repository.
        revision: a commit, as git names it.

    Raises:
        EthgenError: the repository is not one of git's, or does not have the commit.
        ChartError: a packaged chart of this machine is not the one that was recorded.
        ToolError: there is no helm.
    """
    past = _Past(root, revision, f"values/{spec.environment}")
    before = past.releases()
    today = {release.name: release for release in releases(spec) if release.installed}
    compare = _Comparison(past, Supply(charts_folder()), spec.context)
    found = [compare.of(release, before.get(release.name)) for release in today.values()]
    gone = [ReleaseChange(name, "removed") for name in before if name not in today]
    return [change for change in found if change is not None] + gone


@dataclass(frozen=True)
class _Comparison:
    """Comparing releases of today with those of a commit.

    Attributes:
        past: the commit.
        supply: where charts of other repositories may be; none is pulled.
        context: the kube context of the environment.
    """

    past: _Past
    supply: Supply
    context: str

    def of(self, release: Release, before: Mapping[str, Any] | None) -> ReleaseChange | None:
        """Return how a release differs from what it was; None where it does not."""
        if before is None:
            return ReleaseChange(release.name, "added")
        values = self.past.values(release.name)
        change = ReleaseChange(release.name, "changed", values=tuple(changed_values(values, dict(release.values))))
        if not release.chart.own:
            return self._of_others(change, release, str(before.get("version", "")), values)
        with tempfile.TemporaryDirectory(prefix="ethgen-") as folder:
            was, now = self.past.folder(release.chart.folder, Path(folder)), self.past.root / release.chart.folder
            if was is None or _content(was) != _content(now):
                change = replace(change, chart=("as committed", "changed"))
            return self._drawn(change, release, (was, values), now)

    def _of_others(
        self, change: ReleaseChange, release: Release, version: str, values: Mapping[str, Any]
    ) -> ReleaseChange | None:
        """Add what differs in the chart of another repository, whose objects are compared where it is at hand."""
        before, after = release.chart._replace(version=version), release.chart
        if before != after:
            change = replace(change, chart=(before.version, after.version))
        was, now = self._at_hand(before), self._at_hand(after)
        if was is not None and now is not None:
            return self._drawn(change, release, (was, values), now)
        absent = before if was is None else after
        differs = change.values or change.chart
        return replace(change, not_compared=f"{absent.name} {absent.version}") if differs else None

    def _drawn(
        self, change: ReleaseChange, release: Release, before: tuple[Path | None, Mapping[str, Any]], chart: Path
    ) -> ReleaseChange | None:
        """Add what Kubernetes refuses, and databases do not survive; None where nothing differs at all."""
        if not (change.values or change.chart):
            return None
        old_chart, old_values = before
        objects = _objects(old_chart, release, old_values) if old_chart else []
        wanted = _objects(chart, release, release.values)
        return replace(
            change,
            immutable=tuple(immutable_changes(objects, wanted, release.namespace, self.context)),
            objections=tuple(database_objections(objects, wanted)),
        )

    def _at_hand(self, chart: Chart) -> Path | None:
        """Return a packaged chart of this machine; None where it would have to be pulled."""
        try:
            place = locate(chart, self.supply)
        except ChartError:
            return None
        return obtain(chart, self.supply) if place.path else None


def _objects(chart: Path, release: Release, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the objects that Helm makes of a chart, a folder or packaged, and values."""
    command = ["helm", "template", release.name, str(chart), f"--namespace={release.namespace}", "--values=-"]
    text = yaml.safe_dump(dict(values))
    done = subprocess.run(command, input=text, env=tool_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        words = done.stderr.strip().splitlines() or ["it says nothing"]
        raise EthgenError(f"helm cannot draw {release.name}: {words[-1]}", cure="run `helm lint` on the chart")
    return read_objects(done.stdout, release.name)


def _content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@dataclass(frozen=True)
class _Past:
    """A commit of the repository.

    Attributes:
        root: the repository.
        revision: the commit.
        generated: folder of the environment's generated values.
    """

    root: Path
    revision: str
    generated: str

    def releases(self) -> dict[str, dict[str, Any]]:
        """Return the releases of the environment's helmfile, by name; none where there was no such environment."""
        path = f"{self.generated}/helmfile.yaml"
        documents = [document or {} for document in self._documents(path)]
        try:
            listed = [release for document in documents for release in document.get("releases", [])]
            return {release["name"]: release for release in listed if release.get("installed", True)}
        except (AttributeError, KeyError, TypeError):
            raise self._unreadable(path, "it is not a helmfile that ethgen has written") from None

    def values(self, name: str) -> dict[str, Any]:
        """Return the values of a release."""
        path = f"{self.generated}/{name}.yaml"
        values = next(iter(self._documents(path)), None) or {}
        if not isinstance(values, dict):
            raise self._unreadable(path, "it holds no values")
        return values

    def folder(self, path: str, target: Path) -> Path | None:
        """Return a folder as it was, below `target`; None where there was none."""
        if not self._git("ls-tree", "--name-only", self.revision, "--", path).strip():
            return None
        with tarfile.open(
            fileobj=io.BytesIO(self._git("archive", "--format=tar", self.revision, "--", path))
        ) as archive:
            archive.extractall(target, filter="data")
        return target / path

    def _documents(self, path: str) -> list[Any]:
        """Return the documents of a file; none where there was no such file."""
        try:
            return list(yaml.load_all(self._show(path), Loader=yaml.CSafeLoader))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise self._unreadable(path, " ".join(str(error).split())) from None

    def _unreadable(self, path: str, reason: str) -> EthgenError:
        return EthgenError(
            f"{path} as {self.revision} has it cannot be read: {reason}", cure="compare with another commit"
        )

    def _show(self, path: str) -> str:
        if not self._git("ls-tree", "--name-only", self.revision, "--", path).strip():
            return ""
        return self._git("show", f"{self.revision}:./{path}").decode()

    def _git(self, *arguments: str) -> bytes:
        try:
            done = subprocess.run(
                ["git", *arguments], cwd=self.root, env=git_environment(), capture_output=True, check=False
            )
        except FileNotFoundError:
            raise EthgenError("there is no git on this machine", cure="install git") from None
        if done.returncode:
            # Where it refuses the folder itself, that is the reason.
            Git(self.root).directory()
            words = done.stderr.decode(errors="replace").strip().splitlines() or ["it says nothing"]
            raise EthgenError(
                f"git does not have {self.revision}: {words[0].removeprefix('fatal: ')}",
                cure="name a commit, branch or tag of this repository, such as HEAD or origin/main",
            )
        return done.stdout
