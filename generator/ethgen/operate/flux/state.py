"""What Flux says of an environment: the commit it has read, and how far each release is with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ethgen.operate.kube import Api

GROUPS = {
    "GitRepository": "source.toolkit.fluxcd.io/v1",
    "HelmRepository": "source.toolkit.fluxcd.io/v1",
    "HelmChart": "source.toolkit.fluxcd.io/v1",
    "Kustomization": "kustomize.toolkit.fluxcd.io/v1",
    "HelmRelease": "helm.toolkit.fluxcd.io/v2",
}
"""The group and version of each of Flux's kinds that are looked at, or removed."""

_PLURALS = {"GitRepository": "gitrepositories"}

OWNER = "kustomize.toolkit.fluxcd.io/name"
"""The label of what a Kustomization has applied (kustomize-controller, "Garbage collection")."""

# Reasons with which an object says "not yet" in the words of a failure (helm-controller, api/v2 and its reconciler).
_NOT_YET = frozenset({"DependencyNotReady", "SourceNotReady", "Progressing", "ProgressingWithRetry"})

# Digits of a commit in the version of a chart that was read from git (source-controller, "Reconcile strategy").
_SHORT = 12

State = Literal["ready", "failed", "at work", "suspended"]


@dataclass(frozen=True, slots=True)
class Part:
    """One object of Flux.

    Attributes:
        kind: its kind.
        name: its name.
        state: how it is.
        text: what it says itself.
        revision: what of the repository, or of the chart, it last brought into the cluster.
        attempted: what it last tried to.
        handled: the last request to look at once that it has answered.
        current: whether it speaks of its present form.
    """

    kind: str
    name: str
    state: State
    text: str = ""
    revision: str = ""
    attempted: str = ""
    handled: str = ""
    current: bool = True


@dataclass(frozen=True, slots=True)
class FluxState:
    """An environment as Flux sees it.

    Attributes:
        source: the repository.
        whole: what applies the environment's objects.
        releases: its releases, by name.
    """

    source: Part | None
    whole: Part
    releases: tuple[Part, ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        """All of it, in the order in which a commit passes through."""
        return (*([self.source] if self.source else []), self.whole, *self.releases)

    @property
    def well(self) -> bool:
        """Whether nothing has failed."""
        return all(part.state != "failed" for part in self.parts)


def path_of(kind: str, namespace: str, name: str = "") -> str:
    """Return the path in the API of an object of Flux, or of all of a kind."""
    plural = _PLURALS.get(kind, f"{kind.lower()}s")
    return f"/apis/{GROUPS[kind]}/namespaces/{namespace}/{plural}{f'/{name}' if name else ''}"


def full_name(kind: str) -> str:
    """Return a kind of Flux as kubectl surely understands it: others have kinds of these names."""
    return f"{kind.lower()}.{GROUPS[kind].partition('/')[0]}"


def flux_state(api: Api, environment: str, namespace: str) -> FluxState | None:
    """Return what Flux says of an environment; None where it does not install it.

    Args:
        api: the API server.
        environment: the environment, which its GitRepository and Kustomization are named for.
        namespace: Flux's namespace.

    Raises:
        ApiError: the API server does not answer.
    """
    whole = found(api, "Kustomization", namespace, environment)
    if whole is None:
        return None
    source = found(api, "GitRepository", namespace, environment)
    releases = api.items(f"{path_of('HelmRelease', namespace)}?labelSelector={OWNER}%3D{environment}")
    charts = {each["metadata"]["name"]: each for each in api.items(path_of("HelmChart", namespace))}
    return FluxState(
        _source(source) if source else None,
        _part(whole, "Kustomization", "lastAppliedRevision"),
        tuple(_release(each, charts) for each in sorted(releases, key=lambda each: str(each["metadata"]["name"]))),
    )


def found(api: Api, kind: str, namespace: str, name: str) -> dict[str, Any] | None:
    """Return an object of Flux, or None where there is none, or no Flux.

    Raises:
        ApiError: the API server does not answer.
    """
    return api.find(path_of(kind, namespace, name))


def rows(state: FluxState) -> list[list[str]]:
    """Return a state as rows of text, the heading first."""
    return [
        ["kind", "name", "revision", "state", "says"],
        *([part.kind, part.name, short(part.revision), part.state, part.text] for part in state.parts),
    ]


def as_json(state: FluxState) -> list[dict[str, str]]:
    """Return a state as JSON."""
    return [
        {
            "kind": part.kind,
            "name": part.name,
            "state": part.state,
            "message": part.text,
            "revision": part.revision,
            "attempted": part.attempted,
        }
        for part in state.parts
    ]


def of_commit(revision: str, commit: str) -> bool:
    """Tell whether a revision of a source, or the version of a chart from it, is of a commit."""
    # Where values files are packed into a chart, its version ends in the generation of the HelmChart.
    version = revision.partition("+")[2].partition(".")[0]
    return revision.endswith(f":{commit}") or version == commit[:_SHORT]


def made_of(chart: Mapping[str, Any], commit: str) -> bool:
    """Tell whether a HelmChart is there as a commit has it."""
    return _part(chart, "HelmChart", "").state == "ready" and of_commit(_observed(chart), commit)


def short(revision: str) -> str:
    """Return a revision with as much of its commit as people read: `main@sha1:1234abcd…` as `main@1234abcd1234`."""
    branch, at, digest = revision.partition("@")
    return f"{branch}@{digest.rpartition(':')[2][:_SHORT]}" if at else revision


def _source(found: Mapping[str, Any]) -> Part:
    part = _part(found, "GitRepository", "")
    revision = str(found.get("status", {}).get("artifact", {}).get("revision", ""))
    return replace(part, revision=revision, attempted=revision)


def _release(found: Mapping[str, Any], charts: Mapping[str, Mapping[str, Any]]) -> Part:
    part = _part(found, "HelmRelease", "")
    status = found.get("status", {})
    history: list[dict[str, Any]] = status.get("history") or []
    installed = next((each for each in history if each.get("status") == "deployed"), {})
    part = replace(part, revision=str(installed.get("chartVersion", "")))
    conditions: list[dict[str, str]] = status.get("conditions", [])
    released = next((each for each in conditions if each["type"] == "Released"), {})
    if released.get("status") == "False":
        # After a rollback the release says that this has succeeded, or that it tries again, and here what is wrong.
        part = replace(part, text=_one_line(str(released.get("message", ""))))
    # A release goes on with the chart it has when a newer one cannot be made, and says nothing of it.
    chart = charts.get(str(status.get("helmChart", "")).rpartition("/")[2])
    made = _part(chart, "HelmChart", "") if chart else None
    if made is not None and made.state == "failed":
        return replace(part, state="failed", text=made.text, attempted=_observed(chart or {}))
    return part


def _observed(chart: Mapping[str, Any]) -> str:
    """Return the revision of its source that a HelmChart was made of, or was tried to be."""
    return str(chart.get("status", {}).get("observedSourceArtifactRevision", ""))


def _part(found: Mapping[str, Any], kind: str, applied: str) -> Part:
    status = found.get("status", {})
    conditions = {each["type"]: each for each in status.get("conditions", [])}
    ready = conditions.get("Ready", {})
    current = status.get("observedGeneration") == found["metadata"].get("generation")
    return Part(
        kind=kind,
        name=str(found["metadata"]["name"]),
        state=_state(found, conditions, current=current),
        text=_one_line(str(ready.get("message", ""))),
        revision=str(status.get(applied, "")) if applied else "",
        attempted=str(status.get("lastAttemptedRevision", "")),
        handled=str(status.get("lastHandledReconcileAt", "")),
        current=current,
    )


def _state(found: Mapping[str, Any], conditions: Mapping[str, Mapping[str, Any]], *, current: bool) -> State:
    ready = conditions.get("Ready", {})
    if found.get("spec", {}).get("suspend"):
        return "suspended"
    if conditions.get("Stalled", {}).get("status") == "True":
        return "failed"
    if ready.get("status") == "False" and ready.get("reason") not in _NOT_YET:
        return "failed"
    return "ready" if ready.get("status") == "True" and current else "at work"


def _one_line(text: str) -> str:
    """Return a message on one line: what is wrong with values stands on the lines after the first."""
    return " ".join(text.split())
