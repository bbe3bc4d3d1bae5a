"""Why a pod is not ready: what Kubernetes says, what the container said last, and the likely cause."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from ethgen.operate.kube import ApiError, is_ready
from ethgen.operate.pods import fault, unscheduled
from ethgen.operate.status import agent_status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ethgen.operate.kube import Api

_LINES = 15
_EVENTS = 5
_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is wrong with a pod.

    Attributes:
        pod: its name.
        problem: in one line, what is wrong.
        cure: what to do about it.
        container: the container that is at fault; empty where it is none.
        logs: the last lines of that container.
        events: the newest warnings about the pod.
    """

    pod: str
    problem: str
    cure: str
    container: str = ""
    logs: tuple[str, ...] = ()
    events: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"{self.pod}: {self.problem}"]
        lines += [f"  event: {event}" for event in self.events]
        lines += [f"  {self.container}: {line}" for line in self.logs]
        return "\n".join([*lines, f"  cure: {self.cure}"])


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A likely cause: how it shows itself, what it is, and its cure."""

    text: str
    cause: str
    cure: str


# How known faults show themselves in events and logs; the first that matches is told, so causes precede consequences.
_PATTERNS = (
    _Pattern(
        r"ErrImageNeverPull|ImagePullBackOff|ErrImagePull|ImageInspectError",
        "the image is not there",
        "load it with `ethgen images load`, or make its registry reachable",
    ),
    _Pattern(
        r"unbound immediate PersistentVolumeClaims|persistentvolumeclaim .* not found|ProvisioningFailed",
        "its volume is not there",
        "see `kubectl get storageclass` and the claim's events: a class is missing or cannot provision",
    ),
    _Pattern(
        r"[Ii]nsufficient (cpu|memory)|Too many pods|didn't match Pod's node affinity|untolerated taint",
        "no node of the cluster can take it",
        "lower its resources in the spec, or add a node",
    ),
    _Pattern(
        r'configmap "genesis|secret "(node-keys|keystores)|references non-existent config key',
        "the genesis of the network is not in its namespace",
        "run `ethgen deploy`, which writes it before the pods start",
    ),
    _Pattern(r"no space left on device|[Dd]isk quota exceeded", "the disk is full", "enlarge `storage` in the spec"),
    _Pattern(
        r"address already in use", "its port is in use", "another process of the pod listens there: see extraArgs"
    ),
    _Pattern(
        r"database contains incompatible genesis|genesis.{0,40}(mismatch|does not match|not match)|"
        r"belongs to another network|[Ii]ncompatible genesis",
        "its volume or its genesis is of another network",
        "begin anew with `ethgen deploy --new-genesis`",
    ),
    _Pattern(
        r"fork digest mismatch|wrong fork digest|invalid fork digest|irrelevant network",
        "its peers have another config.yaml: their fork digests differ",
        "render and deploy all nodes of the network again",
    ),
    _Pattern(
        r"(401|403)[^\n]{0,40}(Unauthorized|Forbidden)|[Ii]nvalid JWT|signature is invalid|token signature|"
        r"stale token|HTTP authentication to your execution client is not working",
        "the two clients of the pod have different JWT secrets, or clocks",
        "delete the pod: `prepare` makes a new secret for both",
    ),
    _Pattern(
        r"[Cc]ould not decrypt|invalid (keystore )?password|incorrect password|wrong password|checksum did not match",
        "the password does not open the keystores",
        "write the Secret `keystores-…` again with `ethgen deploy --new-genesis`, or put the right password into it",
    ),
    _Pattern(
        r"Ignoring beacon update to old head|[Nn]o payload ?[Ii][Dd]|nil payload id|payload status is SYNCING",
        "the execution client does not follow the consensus client: after a stop of all nodes the network is dead",
        "see `ethgen validate --live`; if all nodes were stopped, begin anew with `ethgen deploy --new-genesis`",
    ),
    _Pattern(
        r"missing trie node|Head state missing|historical state \w+ is not available|links to previously rejected",
        "the execution client was killed and lost its state",
        "delete the pod's volume claim and the pod: it syncs again from its peers",
    ),
    _Pattern(
        r"permission denied|[Rr]ead-only file system",
        "it may not write where it wants to",
        "render and deploy again; if the volume is older than the chart, its files belong to another user",
    ),
    _Pattern(
        r"flag provided but not defined|unknown flag|unrecognized option|unexpected argument",
        "its client does not know one of its arguments",
        "look at `version` and `extraArgs` in the spec: they do not fit each other",
    ),
    _Pattern(r"node keys|no node keys", "it has no node keys", "render and deploy again"),
)


def diagnose(api: Api, namespace: str, pod: str) -> Diagnosis:
    """Return why a pod is not ready, as far as can be told.

    Args:
        api: the API server.
        namespace: the pod's namespace.
        pod: its name.

    Raises:
        ApiError: the API server does not answer.
    """
    try:
        found = api.get(f"/api/v1/namespaces/{namespace}/pods/{pod}")
    except ApiError as error:
        if error.status != _NOT_FOUND:
            raise
        return Diagnosis(pod, "it does not exist", "run `ethgen deploy`")
    events = _events(api, namespace, pod)
    if is_ready(found):
        return Diagnosis(pod, "it is ready", "nothing to do", events=events)
    container, trouble = fault(found)
    logs = _logs(api, namespace, pod, container) if container else ()
    problem = trouble or unscheduled(found) or "it is not ready"
    if not trouble:
        container, problem = _ask_agent(api, namespace, pod, problem)
    cause, cure = _likely((problem, *events, *reversed(logs)))
    line = f"{problem}: {cause}" if cause else problem
    return Diagnosis(pod, line, cure or _look(namespace, pod, container), container, logs, events)


def likely_cause(text: str) -> tuple[str, str]:
    """Return the likely cause and its cure that a line of a log or an event points to; empty where none does."""
    return _likely((text,))


def _ask_agent(api: Api, namespace: str, pod: str, problem: str) -> tuple[str, str]:
    """Return the agent's own reasons where every container of a node runs and yet the pod is not ready."""
    answer = agent_status(api, namespace, pod)
    if isinstance(answer, str) or not answer.get("reasons"):
        return "", problem
    return "agent", "; ".join(str(reason["text"]) for reason in answer["reasons"])


def _events(api: Api, namespace: str, pod: str) -> tuple[str, ...]:
    selector = quote(f"involvedObject.name={pod},type=Warning")
    try:
        found = api.items(f"/api/v1/namespaces/{namespace}/events?fieldSelector={selector}")
    except ApiError:
        return ()
    found.sort(key=lambda event: str(event.get("lastTimestamp") or event.get("eventTime") or ""))
    return tuple(f"{event.get('reason', '')}: {event.get('message', '')}" for event in found[-_EVENTS:])


def _logs(api: Api, namespace: str, pod: str, container: str) -> tuple[str, ...]:
    """Return the last lines that a container wrote before it ended, else those of the one that runs."""
    path = f"/api/v1/namespaces/{namespace}/pods/{pod}/log?container={container}&tailLines={_LINES}"
    for which in ("&previous=true", ""):
        try:
            lines = api.text(path + which).splitlines()
        except ApiError:
            continue
        if lines:
            return tuple(_plain(line) for line in lines)
    return ()


def _plain(line: str) -> str:
    """Remove colours from a log line."""
    return re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip()


def _likely(texts: Iterable[str]) -> tuple[str, str]:
    known = list(texts)
    return next(_matches(known), ("", ""))


def _matches(texts: list[str]) -> Iterator[tuple[str, str]]:
    for pattern in _PATTERNS:
        if any(re.search(pattern.text, text) for text in texts):
            yield pattern.cause, pattern.cure


def _look(namespace: str, pod: str, container: str) -> str:
    what = f"logs {pod} --container {container}" if container else f"describe pod {pod}"
    return f"look closer with `kubectl --namespace {namespace} {what}`"
