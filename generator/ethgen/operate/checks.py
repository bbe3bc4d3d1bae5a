"""What checks of a running network share: the network, and what was already seen of it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, Any

from ethgen.errors import EthgenError
from ethgen.operate.kube import ApiError, pod_path, rpc
from ethgen.operate.status import agent_status

if TYPE_CHECKING:
    from collections.abc import Callable

    from ethgen.operate.kube import Api
    from ethgen.operate.plan import NetworkPlan

_POLL_SECONDS = 0.5
_NOT_FOUND = 404


class CheckFailedError(EthgenError):
    """A check found a fault: what it is, and what to do about it."""


class NotApplicableError(Exception):
    """A check has nothing to look at in this network; its text says why."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name, and the function that returns what it saw or raises `CheckFailedError`."""

    name: str
    look: Callable[[Live], str]


class Live:
    """A running network as checks see it; what several of them need is asked once.

    Args:
        api: the API server.
        plan: what should run.
        clock: seconds that only grow.
        pause: lets seconds pass between two looks at something that takes time.
    """

    def __init__(
        self,
        api: Api,
        plan: NetworkPlan,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.api = api
        self.plan = plan
        self._clock = clock
        self._pause = pause
        self._lock = RLock()

    def objects(self, path: str) -> list[dict[str, Any]]:
        """Return the objects of a kind in the network's namespace, `path` being `/api/v1/…/{namespace}/pods`."""
        return self.api.items(path.format(namespace=self.plan.name))

    @property
    def pods(self) -> dict[str, dict[str, Any]]:
        """All pods of the namespace by name."""
        with self._lock:
            return self._pods

    @cached_property
    def _pods(self) -> dict[str, dict[str, Any]]:
        return {pod["metadata"]["name"]: pod for pod in self.objects("/api/v1/namespaces/{namespace}/pods")}

    @property
    def genesis(self) -> dict[str, str]:
        """What the ConfigMap `genesis` says of a private network."""
        if not self.plan.private:
            raise NotApplicableError("a public network has the genesis that its clients know")
        try:
            found = self.api.get(f"/api/v1/namespaces/{self.plan.name}/configmaps/genesis")
        except ApiError as error:
            if error.status != _NOT_FOUND:
                raise
            raise CheckFailedError("there is no ConfigMap `genesis`", cure="run `ethgen deploy`") from error
        return dict(found["data"])

    def agents(self) -> dict[str, dict[str, Any]]:
        """Return what each node's agent says now.

        Raises:
            CheckFailedError: one says nothing.
        """
        names = self.plan.node_pods
        with ThreadPoolExecutor(max(1, len(names))) as pool:
            answers = dict(
                zip(names, pool.map(lambda pod: agent_status(self.api, self.plan.name, pod), names), strict=True)
            )
        silent = {pod: answer for pod, answer in answers.items() if isinstance(answer, str)}
        if silent:
            raise CheckFailedError(
                "; ".join(f"the agent of {pod} does not answer: {why}" for pod, why in silent.items()),
                cure=f"see `kubectl --namespace {self.plan.name} describe pod {next(iter(silent))}`",
            )
        return {pod: answer for pod, answer in answers.items() if isinstance(answer, dict)}

    def execution(self, pod: str, method: str, *parameters: object) -> Any:  # noqa: ANN401 - JSON
        """Return the result of a JSON-RPC call to a node."""
        port = self.plan.group_of(pod).rpc_port
        return rpc(self.api, self.plan.name, pod, port, (method, list(parameters)))

    def consensus(self, pod: str, path: str) -> Any:  # noqa: ANN401 - JSON
        """Return what a node's Beacon API answers."""
        return self.api.get(self.page(pod, self.plan.group_of(pod).beacon_port, path))

    def page(self, pod: str, port: int, path: str) -> str:
        """Return the API path of a page of a pod."""
        return pod_path(self.plan.name, pod, port, path)

    def until(self, seconds: float, look: Callable[[], str | None]) -> str | None:
        """Look again and again until there is an answer, at most for `seconds`; None where there was none."""
        deadline = self._clock() + seconds
        while (seen := look()) is None and self._clock() < deadline:
            self._pause(_POLL_SECONDS)
        return seen
