"""How a fleet is: per network its pods, and of each node what its own agent says."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ethgen.chart.standard import AGENT_PORT
from ethgen.operate.kube import ApiError, is_ready, pod_path, restarts
from ethgen.operate.pods import fault, unscheduled

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ethgen.operate.kube import Api
    from ethgen.operate.plan import NetworkPlan

_THREADS = 16


@dataclass(frozen=True, slots=True)
class PodStatus:
    """A pod as Kubernetes sees it.

    Attributes:
        name: its name.
        ready: it is ready and is to stay.
        phase: its phase, or `absent`.
        restarts: how often its containers were started again.
        age_seconds: how long it has run; None where it does not exist.
        trouble: what keeps it from being ready, as Kubernetes says; empty where nothing does.
    """

    name: str
    ready: bool
    phase: str
    restarts: int = 0
    age_seconds: float | None = None
    trouble: str = ""

    @property
    def state(self) -> str:
        """What keeps it from being ready, else its phase."""
        return self.trouble or self.phase


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """A node: its pod, and what its agent says; None where that is not known.

    Attributes:
        pod: the pod.
        state: the agent's verdict in a few words, or that it does not answer.
        reasons: what speaks against the node.
        block: number of the execution client's latest block.
        head_slot: slot of the consensus client's head.
        finalized_epoch: finalized epoch.
        sync_distance_slots: slots between head and clock.
        execution_peers: peers of the execution client.
        consensus_peers: peers of the consensus client.
        versions: what the clients call themselves.
    """

    pod: PodStatus
    state: str
    reasons: tuple[str, ...] = ()
    block: int | None = None
    head_slot: int | None = None
    finalized_epoch: int | None = None
    sync_distance_slots: int | None = None
    execution_peers: int | None = None
    consensus_peers: int | None = None
    versions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NetworkStatus:
    """A network: its nodes and its validators.

    Attributes:
        name: the network.
        nodes: its nodes, in the spec's order.
        validators: the pods of its key sets.
        validators_active: validators that the chain counts as active; None where it is not known or not ours.
        validators_expected: validators that the key sets hold.
        genesis_time: Unix time of slot 0, in seconds; None where it is not known.
        problem: why the network as a whole is not there; empty where it is.
    """

    name: str
    nodes: tuple[NodeStatus, ...]
    validators: tuple[PodStatus, ...]
    validators_active: int | None = None
    validators_expected: int = 0
    genesis_time: int | None = None
    problem: str = ""

    @property
    def healthy(self) -> bool:
        """Whether every pod is there and ready."""
        pods = [node.pod for node in self.nodes] + list(self.validators)
        return not self.problem and all(pod.ready for pod in pods)


def fleet_status(api: Api, plans: Sequence[NetworkPlan], now: datetime | None = None) -> list[NetworkStatus]:
    """Return the status of several networks, asked side by side.

    Args:
        api: the API server.
        plans: the networks.
        now: the time that ages are counted to; the clock's where absent.

    Raises:
        ApiError: the API server does not answer.
    """
    moment = now or datetime.now(UTC)
    with ThreadPoolExecutor(_THREADS) as pool:
        found = list(pool.map(lambda plan: _pods(api, plan.name), plans))
        names = [
            (plan.name, pod) for plan, pods in zip(plans, found, strict=True) for pod in plan.node_pods if pod in pods
        ]
        agents = dict(zip(names, pool.map(lambda name: agent_status(api, *name), names), strict=True))
        counts = list(pool.map(lambda plan: active_validators(api, plan, _reachable(agents, plan)), plans))
    return [
        _network(plan, pods, {pod: agents.get((plan.name, pod)) for pod in plan.node_pods}, active, moment)
        for plan, pods, active in zip(plans, found, counts, strict=True)
    ]


def agent_status(api: Api, namespace: str, pod: str) -> dict[str, Any] | str:
    """Return what the agent of a pod says of its node, or why it says nothing."""
    try:
        answer = api.get(pod_path(namespace, pod, AGENT_PORT, "/status"))
    except ApiError as error:
        return error.message
    return answer if isinstance(answer, dict) else "an answer that is no status"


def active_validators(api: Api, plan: NetworkPlan, pods: Iterable[str]) -> int | None:
    """Return how many validators a private network counts as active; None where no pod of `pods` says."""
    if not plan.private or not plan.key_sets:
        return None
    page = "/eth/v1/beacon/states/head/validator_count?status=active"
    for pod in pods:
        try:
            answer = api.get(pod_path(plan.name, pod, plan.group_of(pod).beacon_port, page))
            return sum(int(entry["count"]) for entry in answer["data"])
        except (ApiError, KeyError, TypeError, ValueError):
            continue
    return None


def as_json(status: NetworkStatus) -> dict[str, Any]:
    """Return a status as JSON with the keys that users and scripts read."""
    document: dict[str, Any] = _camel_keys(dataclasses.asdict(status))
    return {**document, "healthy": status.healthy}


def table(status: NetworkStatus) -> list[list[str]]:
    """Return a status as rows of text, the heading first."""
    rows = [["pod", "ready", "restarts", "age", "block", "slot", "behind", "finalized", "peers", "state"]]
    for node in status.nodes:
        peers = f"{_text(node.execution_peers)}/{_text(node.consensus_peers)}"
        figures = (node.block, node.head_slot, node.sync_distance_slots, node.finalized_epoch)
        state = "; ".join((node.state, *node.reasons))
        rows.append([*_pod_cells(node.pod), *map(_text, figures), peers, state])
    rows += [[*_pod_cells(pod), "", "", "", "", "", pod.state] for pod in status.validators]
    return rows


def headline(status: NetworkStatus, now: datetime | None = None) -> str:
    """Return a line about a network as a whole."""
    moment = now or datetime.now(UTC)
    parts = [status.name, status.problem or ("well" if status.healthy else "not well")]
    if status.genesis_time is not None:
        since = moment.timestamp() - status.genesis_time
        parts.append(f"began {duration(since)} ago" if since >= 0 else f"begins in {duration(-since)}")
    if status.validators_expected:
        parts.append(f"validators {_text(status.validators_active)}/{status.validators_expected} active")
    return ", ".join(parts)


def duration(seconds: float) -> str:
    """Return a duration in its largest fitting unit: `42s`, `7m`, `3h`, `12d`."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= 2 * size:
            return f"{int(seconds // size)}{unit}"
    return f"{int(seconds)}s"


def _pods(api: Api, namespace: str) -> dict[str, dict[str, Any]]:
    return {pod["metadata"]["name"]: pod for pod in api.items(f"/api/v1/namespaces/{namespace}/pods")}


def _reachable(agents: dict[tuple[str, str], dict[str, Any] | str], plan: NetworkPlan) -> list[str]:
    """Return the pods whose consensus client answers its own agent."""
    answers = {pod: agents.get((plan.name, pod)) for pod in plan.node_pods}
    return [
        pod
        for pod, answer in answers.items()
        if isinstance(answer, dict) and answer.get("consensus", {}).get("headSlot") is not None
    ]


def _network(
    plan: NetworkPlan,
    pods: dict[str, dict[str, Any]],
    agents: dict[str, dict[str, Any] | str | None],
    active: int | None,
    now: datetime,
) -> NetworkStatus:
    times = [
        agent["consensus"].get("genesisTime")
        for agent in agents.values()
        if isinstance(agent, dict) and isinstance(agent.get("consensus"), dict)
    ]
    return NetworkStatus(
        name=plan.name,
        nodes=tuple(_node(_pod(name, pods.get(name), now), agents[name]) for name in plan.node_pods),
        validators=tuple(_pod(name, pods.get(name), now) for name in plan.validator_pods),
        validators_active=active,
        validators_expected=sum(plan.key_sets.values()),
        genesis_time=next((time for time in times if time is not None), None),
        problem="" if pods else f"nothing runs in namespace {plan.name}",
    )


def _pod(name: str, pod: dict[str, Any] | None, now: datetime) -> PodStatus:
    if pod is None:
        return PodStatus(name, ready=False, phase="absent")
    began = datetime.fromisoformat(pod["metadata"]["creationTimestamp"])
    ending = "deletionTimestamp" in pod["metadata"]
    phase = "Terminating" if ending else pod["status"].get("phase", "Unknown")
    ready = is_ready(pod)
    trouble = "" if ready or ending else fault(pod)[1] or unscheduled(pod)
    return PodStatus(name, ready, phase, restarts(pod), (now - began).total_seconds(), trouble)


def _node(pod: PodStatus, agent: dict[str, Any] | str | None) -> NodeStatus:
    if not isinstance(agent, dict):
        return NodeStatus(pod, pod.state if agent is None or pod.trouble else f"the agent does not answer: {agent}")
    execution, consensus = agent.get("execution") or {}, agent.get("consensus") or {}
    return NodeStatus(
        pod=pod,
        state=str(agent.get("state", "")),
        reasons=tuple(str(reason["text"]) for reason in agent.get("reasons", [])),
        block=execution.get("blockNumber"),
        head_slot=consensus.get("headSlot"),
        finalized_epoch=consensus.get("finalizedEpoch"),
        sync_distance_slots=agent.get("syncDistanceSlots"),
        execution_peers=execution.get("peers"),
        consensus_peers=consensus.get("peers"),
        versions=tuple(version for version in (execution.get("version"), consensus.get("version")) if version),
    )


def _pod_cells(pod: PodStatus) -> list[str]:
    age = "" if pod.age_seconds is None else duration(pod.age_seconds)
    return [pod.name, "yes" if pod.ready else "no", str(pod.restarts), age]


def _text(value: int | None) -> str:
    return "?" if value is None else str(value)


def _camel_keys(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a document with camelCase keys throughout, as Kubernetes writes them."""
    if isinstance(value, dict):
        return {_camel(key): _camel_keys(inner) for key, inner in value.items()}
    return [_camel_keys(inner) for inner in value] if isinstance(value, list | tuple) else value


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
