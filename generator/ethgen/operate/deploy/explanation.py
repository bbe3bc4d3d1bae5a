"""Why a deployment did not become ready: the agents' word about the network, and every unready pod's last words."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ethgen.errors import ClusterError, DeployError
from ethgen.operate.checks import CheckFailedError, Live
from ethgen.operate.checks_chain import look_at_agents
from ethgen.operate.deploy.steps import InterruptedStepError
from ethgen.operate.diagnose import diagnose
from ethgen.operate.kube import is_ready

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.operate.kube import Api
    from ethgen.operate.plan import NetworkPlan


@contextmanager
def explained(api: Api, plan: NetworkPlan) -> Iterator[None]:
    """Add the likely cause to a deployment's error, as far as the cluster still tells it.

    Args:
        api: the API server.
        plan: the network that is waited for.

    Raises:
        DeployError: the error of the body, with every unready pod's last words and the best cure known.
    """
    try:
        yield
    except InterruptedStepError:
        raise
    except DeployError as error:
        raise _with_cause(api, plan, error) from None


def _with_cause(api: Api, plan: NetworkPlan, error: DeployError) -> DeployError:
    try:
        unready = [diagnose(api, plan.name, pod) for pod in _unready(api, plan)]
        whole, cure = _network(api, plan)
    except ClusterError as failure:
        return DeployError(f"{error.message}\n{failure.message}", cure=failure.cure)
    lines = [error.message, *map(str, unready), *([whole] if whole else [])]
    cures = [cure, *(diagnosis.cure for diagnosis in unready), error.cure]
    return DeployError("\n".join(lines), cure=next(filter(None, cures), ""))


def _unready(api: Api, plan: NetworkPlan) -> list[str]:
    pods = api.items(f"/api/v1/namespaces/{plan.name}/pods")
    return [pod["metadata"]["name"] for pod in pods if not is_ready(pod)]


def _network(api: Api, plan: NetworkPlan) -> tuple[str, str]:
    """Return what the agents together say, a network that cannot be revived above all, and its cure."""
    try:
        look_at_agents(Live(api, plan))
    except CheckFailedError as failure:
        return failure.message, failure.cure
    return "", ""
