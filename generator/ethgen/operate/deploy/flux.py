"""Installing releases with Flux: its entry objects are applied, and what it makes of the commit is waited for."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ethgen.errors import DeployError
from ethgen.operate.deploy.preflight import NOTHING
from ethgen.operate.deploy.recreation import make_way
from ethgen.operate.flux.rest import MANAGER, resting
from ethgen.operate.flux.state import flux_state, found, made_of, of_commit, path_of, short
from ethgen.operate.git import Git, listed
from ethgen.operate.kube import connected
from ethgen.spec.types import seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from ethgen.operate.deploy.preflight import Preflight
    from ethgen.operate.deploy.steps import Report
    from ethgen.operate.flux.entry import Entry
    from ethgen.operate.flux.state import FluxState, Part
    from ethgen.operate.kube import Api
    from ethgen.operate.kubectl import Kubectl

# Flux looks at an object at once when these change, and counts its failures anew ("Triggering a reconcile").
_REQUEST = "reconcile.fluxcd.io/requestedAt"
_RESET = "reconcile.fluxcd.io/resetAt"

# Seconds in which a repository is read, and those that Flux needs beside what the releases may take.
_READ_SECONDS = 90
_SPARE_SECONDS = 60
_INTERVAL = 0.5


@dataclass(frozen=True)
class Flux:
    """Flux in one cluster, for one environment.

    Attributes:
        kubectl: the cluster.
        entry: how it installs the environment.
        root: the repository on this machine.
    """

    kubectl: Kubectl
    entry: Entry
    root: Path

    def apply(self, report: Report, preflight: Preflight = NOTHING) -> bool:
        """Let Flux install what the branch holds, and wait until it has; returns whether anything changed.

        While StatefulSets are made anew around their pods, Flux rests: it would make the old ones again.

        Args:
            report: what is told about it.
            preflight: what is to be carried out besides, once Flux has the commit at hand.

        Raises:
            DeployError: Flux reads another commit than this folder's, or cannot install it; its own words are the
                message.
        """
        commit = Git(self.root).commit(self.entry.gitops.branch)
        with connected(self.kubectl) as api:
            wait = _Wait(api, self.entry, commit, report)
            before = wait.state()
            if before is None:
                # Flux knows nothing of it yet, and will find the way made.
                make_way(self.kubectl, preflight.changes, report)
            with resting(self.kubectl, self.entry.environment, self.entry.namespace, preflight.recreated) as names:
                self.kubectl.apply(self.entry.objects)
                wait.until_read()
                if before is not None:
                    wait.until_at_hand(names, self.root)
                    make_way(self.kubectl, preflight.changes, report)
            wait.until_installed()
            after = wait.state()
        return _revisions(before) != _revisions(after)


class _Wait:
    """Waiting for one commit, with the request that it is to be answered for."""

    def __init__(self, api: Api, entry: Entry, commit: str, report: Report) -> None:
        self.api, self.entry, self.commit, self.report = api, entry, commit, report
        self.request = ""
        self.asked: set[str] = set()

    def state(self) -> FluxState | None:
        """Return what Flux says now."""
        return flux_state(self.api, self.entry.environment, self.entry.namespace)

    def until_read(self) -> None:
        """Wait until Flux has the commit."""
        self._ask_all(("GitRepository", self.entry.environment))
        self._until(self._read, _READ_SECONDS)

    def until_at_hand(self, names: Sequence[str], root: Path) -> None:
        """Wait until releases that rest would be installed as the commit has them."""
        if not names:
            return
        self._ask_all(("Kustomization", self.entry.environment))
        self._until(
            lambda _: ", ".join(f"{name} (not there yet)" for name in names if not self._is_at_hand(name, root)),
            _READ_SECONDS,
        )

    def until_installed(self) -> None:
        """Wait until all that the commit holds is installed."""
        releases = (("HelmRelease", name) for name in self.entry.expected)
        self._ask_all(("Kustomization", self.entry.environment), *releases)
        whole = next(each for each in self.entry.objects if each["kind"] == "Kustomization")
        self._until(self._installed, seconds(whole["spec"]["timeout"]) + _SPARE_SECONDS)

    def _read(self, state: FluxState | None) -> str:
        source = state.source if state else None
        if source is None or source.handled != self.request or not source.current:
            return f"reading {self.entry.gitops.repository}"
        if source.state == "failed":
            raise DeployError(f"Flux cannot read {self.entry.gitops.repository}: {source.text}", cure=self._cure())
        if source.state == "ready" and not of_commit(source.revision, self.commit):
            here = f"{self.entry.gitops.branch} of this folder is at {self.commit[:12]}"
            raise DeployError(
                f"Flux reads {short(source.revision)} from {self.entry.gitops.repository}, {here}",
                cure="git push, or git pull where the repository is ahead",
            )
        return "" if source.state == "ready" else source.text

    def _installed(self, state: FluxState | None) -> str:
        if state is None:
            return f"the Kustomization {self.entry.environment} is not there"
        there = {part.name: part for part in state.releases}
        releases = [there[name] for name in self.entry.expected if name in there]
        failed = [part for part in releases if part.state == "failed" and self._of_commit(part) and self._answers(part)]
        whole = state.whole
        if whole.state == "failed" and whole.handled == self.request and of_commit(whole.attempted, self.commit):
            # A release that is being tried again has its last failure to tell.
            failed = failed or [part for part in releases if not self._is_done(part)] or [whole]
        if failed:
            raise self._failure(failed)
        absent = [f"{name} (not there)" for name in self.entry.expected if name not in there]
        waiting = [*absent, *(f"{part.name} ({_brief(part)})" for part in releases if not self._is_done(part))]
        if not waiting and not (whole.state == "ready" and of_commit(whole.revision, self.commit)):
            return whole.text or "the objects are not applied yet"
        return ", ".join(waiting)

    def _is_done(self, release: Part) -> bool:
        return release.state == "ready" and (release.name not in self.entry.own or self._of_commit(release))

    def _answers(self, release: Part) -> bool:
        """Tell whether a release speaks of now, and not of what it has tried before it was asked."""
        return release.name not in self.asked or release.handled == self.request

    def _of_commit(self, release: Part) -> bool:
        return of_commit(release.attempted, self.commit)

    def _failure(self, failed: Iterable[Part]) -> DeployError:
        words = "\n  ".join(f"{part.name}: {part.text}" for part in failed)
        name = self.entry.environment
        return DeployError(
            f"Flux could not install {self.commit[:12]}; what ran before goes on:\n  {words}",
            cure=f"mend the spec, render, commit and push; `ethgen gitops status --env {name}` shows what Flux says",
        )

    def _cure(self) -> str:
        if self.entry.gitops.repository.startswith("http://"):
            return f"is it served? In another terminal: ethgen gitops serve --env {self.entry.environment}"
        return "does the cluster reach it, and has gitops.flux.secret access to it?"

    def _is_at_hand(self, name: str, root: Path) -> bool:
        """Tell whether the chart, or the values, that a release would be installed with are those of the commit."""
        namespace = self.entry.namespace
        if name in self.entry.own:
            chart = found(self.api, "HelmChart", namespace, f"{namespace}-{name}")
            return chart is not None and made_of(chart, self.commit)
        release = found(self.api, "HelmRelease", namespace, name) or {}
        sources = release.get("spec", {}).get("valuesFrom") or [{}]
        values = self.api.find(f"/api/v1/namespaces/{namespace}/configmaps/{sources[0].get('name')}") or {}
        file = root / "values" / self.entry.environment / f"{name}.yaml"
        return bool(values) and values["data"]["values.yaml"] == file.read_text(encoding="utf-8")

    def _ask_all(self, *parts: tuple[str, str]) -> None:
        """Begin a request that all of these objects are to answer."""
        self.request, self.asked = datetime.now(UTC).isoformat(), set()
        for part in parts:
            self._ask(*part)

    def _ask(self, kind: str, name: str) -> None:
        """Ask an object's controller to look at it now; one that is not there yet is looked at when it comes."""
        if found(self.api, kind, self.entry.namespace, name) is None:
            return
        self.asked.add(name)
        wanted = {_REQUEST: self.request, **({_RESET: self.request} if kind == "HelmRelease" else {})}
        path = f"{path_of(kind, self.entry.namespace, name)}?fieldManager={MANAGER}"
        self.api.exchange("PATCH", path, {"metadata": {"annotations": wanted}}, "application/merge-patch+json")

    def _until(self, look: Callable[[FluxState | None], str], limit: float) -> None:
        deadline = time.monotonic() + limit
        while words := look(self.state()):
            self.report.detail(words)
            if time.monotonic() > deadline:
                raise DeployError(f"Flux is not done after {limit:.0f} s: {words}")
            self.report.wait(_INTERVAL)


def require_committed(entry: Entry, root: Path, paths: Iterable[str]) -> None:
    """Refuse to let Flux install what its branch does not hold.

    Args:
        entry: how Flux installs the environment.
        root: the repository on this machine.
        paths: files that are about to change.

    Raises:
        DeployError: there is such a file.
    """
    git, branch = Git(root), entry.gitops.branch
    name = entry.environment
    folders = (f"values/{name}", f"gitops/{name}", "charts")
    lacking = sorted({*paths, *git.differing(git.commit(branch), *folders)})
    if lacking:
        raise DeployError(
            f"Flux installs what {branch} holds, which lacks {listed(lacking)}",
            cure=f"ethgen render --env {name}, then commit and push",
        )


def _brief(part: Part) -> str:
    return part.text if part.state != "ready" else "has an older commit"


def _revisions(state: FluxState | None) -> dict[str, str]:
    return {part.name: part.revision for part in state.releases} if state else {}
