"""Installing releases with Flux: its entry objects are applied, and what it makes of the commit is waited for."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ethgen.errors import DeployError
from ethgen.operate.flux.state import GROUPS, flux_state, found, of_commit, path_of, short
from ethgen.operate.git import Git
from ethgen.operate.kube import connected
from ethgen.spec.gitops import Flux as FluxSettings
from ethgen.spec.types import seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from ethgen.operate.deploy.steps import Report
    from ethgen.operate.flux.entry import Entry
    from ethgen.operate.flux.state import FluxState, Part
    from ethgen.operate.kube import Api
    from ethgen.operate.kubectl import Kubectl
    from ethgen.spec import NetworkSpec

# Flux looks at an object at once when these change, and counts its failures anew ("Triggering a reconcile").
_REQUEST = "reconcile.fluxcd.io/requestedAt"
_RESET = "reconcile.fluxcd.io/resetAt"

# Its own manager of fields, so that applying the objects again does not take the request back.
_MANAGER = "ethgen-request"

# Seconds in which a repository is read, and those that Flux needs beside what the releases may take.
_READ_SECONDS = 90
_SPARE_SECONDS = 60
_INTERVAL = 0.5

# Files that a message names before it only counts them.
_NAMED = 5


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

    def apply(self, report: Report) -> bool:
        """Let Flux install what the branch holds, and wait until it has; returns whether anything changed.

        Raises:
            DeployError: Flux reads another commit than this folder's, or cannot install it; its own words are the
                message.
        """
        commit = Git(self.root).commit(self.entry.gitops.branch)
        with connected(self.kubectl) as api:
            wait = _Wait(api, self.entry, commit, report)
            before = wait.state()
            self.kubectl.apply(self.entry.objects)
            wait.until_read()
            wait.until_installed()
            after = wait.state()
        return _revisions(before) != _revisions(after)


class _Wait:
    """Waiting for one commit, with the request that it is to be answered for."""

    def __init__(self, api: Api, entry: Entry, commit: str, report: Report) -> None:
        self.api, self.entry, self.commit, self.report = api, entry, commit, report
        self.request = datetime.now(UTC).isoformat()
        self.asked: set[str] = set()

    def state(self) -> FluxState | None:
        """Return what Flux says now."""
        return flux_state(self.api, self.entry.environment, self.entry.namespace)

    def until_read(self) -> None:
        """Wait until Flux has the commit."""
        self._ask("GitRepository", self.entry.environment)
        self._until(self._read, _READ_SECONDS)

    def until_installed(self) -> None:
        """Wait until all that the commit holds is installed."""
        for part in [
            ("Kustomization", self.entry.environment),
            *(("HelmRelease", name) for name in self.entry.expected),
        ]:
            self._ask(*part)
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

    def _ask(self, kind: str, name: str) -> None:
        """Ask an object's controller to look at it now; one that is not there yet is looked at when it comes."""
        if found(self.api, kind, self.entry.namespace, name) is None:
            return
        self.asked.add(name)
        wanted = {_REQUEST: self.request, **({_RESET: self.request} if kind == "HelmRelease" else {})}
        path = f"{path_of(kind, self.entry.namespace, name)}?fieldManager={_MANAGER}"
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
        shown = ", ".join(lacking[:_NAMED]) + (f" and {len(lacking) - _NAMED} more" if len(lacking) > _NAMED else "")
        raise DeployError(
            f"Flux installs what {branch} holds, which lacks {shown}",
            cure=f"ethgen render --env {name}, then commit and push",
        )


def require_unmanaged(kubectl: Kubectl, spec: NetworkSpec) -> None:
    """Refuse to install with helmfile what Flux installs: it would be undone at once.

    Raises:
        DeployError: Flux installs the environment.
    """
    environment = spec.environment
    if _manages(kubectl, environment, _namespace(spec)):
        raise DeployError(
            f"Flux installs {environment} in the cluster {kubectl.context}, and would undo what helmfile does",
            cure=f"commit, push and deploy --env {environment} --with flux; "
            '`ethgen help gitops "from one tool"` says how to leave Flux',
        )


def uninstall(kubectl: Kubectl, spec: NetworkSpec) -> bool:
    """Let Flux remove what it has installed, so that it installs nothing again; returns whether there was anything.

    Raises:
        ClusterError: it is still there after five minutes.
    """
    namespace = _namespace(spec)
    if not _manages(kubectl, spec.environment, namespace):
        return False
    for kind in ("Kustomization", "GitRepository"):
        group = GROUPS[kind].partition("/")[0]
        chosen = (f"{kind.lower()}.{group}", spec.environment, f"--namespace={namespace}")
        kubectl.run("delete", *chosen, "--ignore-not-found", "--timeout=300s", timeout="0")
    return True


def _manages(kubectl: Kubectl, environment: str, namespace: str) -> bool:
    with connected(kubectl) as api:
        return found(api, "Kustomization", namespace, environment) is not None


def _namespace(spec: NetworkSpec) -> str:
    """Return Flux's namespace; Flux may still install an environment whose spec has lost its section."""
    return (spec.gitops.flux if spec.gitops else FluxSettings()).namespace


def _brief(part: Part) -> str:
    return part.text if part.state != "ready" else "has an older commit"


def _revisions(state: FluxState | None) -> dict[str, str]:
    return {part.name: part.revision for part in state.releases} if state else {}
