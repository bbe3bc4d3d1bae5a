"""Checks of what Kubernetes runs: pods, volumes, policies, services, metrics."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ethgen.chart.standard import AGENT_PORT
from ethgen.operate.checks import Check, CheckFailedError
from ethgen.operate.diagnose import diagnose
from ethgen.operate.kube import ApiError, is_ready
from ethgen.operate.status import duration
from ethgen.report.databases import objection, version_of

if TYPE_CHECKING:
    from ethgen.operate.checks import Live

ENGINE_PORT = 8551  # execution APIs, "Authentication": the port that every execution client uses by default
_RECENT_SECONDS = 120
_OPEN_STATUSES = (0, 502, 503)  # what the API server's proxy answers where it cannot connect


def look_at_server(live: Live) -> str:
    """See that the API server answers in the context that the spec names."""
    version = live.api.get("/version")
    return f"Kubernetes {version['gitVersion']} at context {live.api.context}"


def look_at_pods(live: Live) -> str:
    """See that every pod that should be there is there and ready."""
    expected = (*live.plan.node_pods, *live.plan.validator_pods)
    for name in expected:
        pod = live.pods.get(name)
        if pod is None:
            raise CheckFailedError(f"pod {name} does not exist", cure="run `ethgen deploy`")
        if not is_ready(pod):
            found = diagnose(live.api, live.plan.name, name)
            raise CheckFailedError(f"pod {name} is not ready: {found.problem}", cure=found.cure)
    return f"{len(expected)} pods ready"


def look_at_restarts(live: Live) -> str:
    """See that no container was started again lately."""
    now = datetime.now(UTC)
    total = 0
    for name, pod in live.pods.items():
        for container in pod.get("status", {}).get("containerStatuses", []):
            total += container["restartCount"]
            ended = container.get("lastState", {}).get("terminated")
            since = (now - datetime.fromisoformat(ended["finishedAt"])).total_seconds() if ended else None
            if since is not None and since < _RECENT_SECONDS:
                found = diagnose(live.api, live.plan.name, name)
                raise CheckFailedError(
                    f"{container['name']} of {name} ended {duration(since)} ago "
                    f"({ended.get('reason', 'no reason')}, exit code {ended.get('exitCode')})",
                    cure=found.cure,
                )
    return f"{total} restarts in all, none in the last {_RECENT_SECONDS} s"


def look_at_versions(live: Live) -> str:
    """See that every node runs the versions that the spec names; else, whether a deployment may bring them."""
    for name in live.plan.node_pods:
        images = {each["name"]: each["image"] for each in live.pods.get(name, {}).get("spec", {}).get("containers", [])}
        for layer, client, version in live.plan.group_of(name).clients:
            runs = version_of(images.get(layer, ""))
            if runs and runs != version:
                against = objection(layer, (client, runs), (client, version))
                cure = against or "run `ethgen deploy`"
                raise CheckFailedError(f"{name} runs {client} {runs}, and the spec says {version}", cure=cure)
    told = {f"{client} {version}" for group in live.plan.groups for _, client, version in group.clients}
    return ", ".join(sorted(told)) or "all images are the spec's own"


def look_at_volumes(live: Live) -> str:
    """See that every claim has its volume."""
    claims = live.objects("/api/v1/namespaces/{namespace}/persistentvolumeclaims")
    waiting = [claim["metadata"]["name"] for claim in claims if claim["status"].get("phase") != "Bound"]
    if waiting:
        cure = f"see `kubectl --namespace {live.plan.name} describe pvc {waiting[0]}`; is there a StorageClass?"
        raise CheckFailedError(f"no volume for {', '.join(waiting)}", cure=cure)
    if not claims:
        raise CheckFailedError("there is no volume claim", cure="run `ethgen deploy`")
    return f"{len(claims)} claims bound"


def look_at_disruption_budget(live: Live) -> str:
    """See that a drain of hosts takes one node at a time."""
    budgets = live.objects("/apis/policy/v1/namespaces/{namespace}/poddisruptionbudgets")
    covered = max((budget.get("status", {}).get("expectedPods", 0) for budget in budgets), default=0)
    if covered < len(live.plan.node_pods):
        raise CheckFailedError(
            f"a PodDisruptionBudget covers {covered} of {len(live.plan.node_pods)} nodes", cure="run `ethgen deploy`"
        )
    return f"{covered} nodes, one at a time"


def look_at_pod_security(live: Live) -> str:
    """See that every pod is fit for the level `restricted`: the namespace enforces it, or admission finds it so.

    A dry run of labelling the namespace makes Pod Security judge the pods that run there; nothing changes.
    """
    path = f"/api/v1/namespaces/{live.plan.name}"
    label = "pod-security.kubernetes.io/enforce"
    if live.api.get(path)["metadata"].get("labels", {}).get(label) == "restricted":
        return f"{live.plan.name} enforces `restricted`"
    _, headers = live.api.exchange(
        "PATCH",
        f"{path}?dryRun=All",
        {"metadata": {"labels": {label: "restricted"}}},
        "application/merge-patch+json",
    )
    warnings = [warning.partition(' "')[2].rstrip('"') or warning for warning in headers.get("Warning", [])]
    if warnings:
        raise CheckFailedError(
            f"pods break Pod Security `restricted`: {'; '.join(warnings)}",
            cure="render and deploy again; what runs is not what the chart draws",
        )
    return f"{len(live.pods)} pods fit for `restricted`"


def look_at_policies(live: Live) -> str:
    """See that what no NetworkPolicy allows is denied, in both directions."""
    policies = live.objects("/apis/networking.k8s.io/v1/namespaces/{namespace}/networkpolicies")
    denied = {kind for policy in policies if _denies_all(policy) for kind in policy["spec"]["policyTypes"]}
    if denied != {"Ingress", "Egress"}:
        missing = " and ".join(sorted({"Ingress", "Egress"} - denied))
        raise CheckFailedError(f"no policy denies {missing} by default", cure="run `ethgen deploy`")
    return f"{len(policies)} policies, all else denied"


def look_at_endpoints(live: Live) -> str:
    """See that the Services `rpc` and `beacon` lead to every node that is ready."""
    slices = live.objects("/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices")
    ready = [name for name in live.plan.node_pods if name in live.pods and is_ready(live.pods[name])]
    for service in ("rpc", "beacon"):
        found = {
            endpoint["targetRef"]["name"]
            for slice_ in slices
            if slice_["metadata"]["labels"].get("kubernetes.io/service-name") == service
            for endpoint in slice_.get("endpoints") or []
            if endpoint["conditions"].get("ready")
        }
        if found != set(ready) or not found:
            raise CheckFailedError(
                f"Service {service} leads to {', '.join(sorted(found)) or 'nobody'}, ready are {', '.join(ready)}",
                cure=f"see `kubectl --namespace {live.plan.name} get endpointslices`; run the check again",
            )
    return f"rpc and beacon lead to {', '.join(ready)}"


def look_at_metrics(live: Live) -> str:
    """See that every client and every agent can be scraped."""
    pages = 0
    for pod in live.plan.node_pods:
        ports = (("agent", AGENT_PORT, "/metrics"), *live.plan.group_of(pod).metrics)
        for client, port, path in ports:
            try:
                text = live.api.text(live.page(pod, port, path))
            except ApiError as error:
                cure = f"see `kubectl --namespace {live.plan.name} logs {pod} --container {client}`"
                raise CheckFailedError(f"{client} of {pod} gives no metrics: {error.message}", cure=cure) from error
            if not any(line and not line.startswith("#") for line in text.splitlines()):
                raise CheckFailedError(f"{client} of {pod} gives an empty page of metrics", cure="run the check again")
            pages += 1
    return f"{pages} pages of metrics"


def look_at_engine(live: Live) -> str:
    """See that the engine API, which commands an execution client, cannot be reached from outside its pod."""
    for pod in live.plan.node_pods:
        if pod not in live.pods:
            raise CheckFailedError(f"pod {pod} does not exist", cure="run `ethgen deploy`")
        try:
            live.api.text(live.page(pod, ENGINE_PORT, "/"))
        except ApiError as error:
            if error.status in _OPEN_STATUSES:
                continue
            reached = f"{pod} answers on port {ENGINE_PORT} with status {error.status}"
        else:
            reached = f"{pod} answers on port {ENGINE_PORT}"
        raise CheckFailedError(reached, cure="bind the engine API to 127.0.0.1: `--authrpc.addr` or the like")
    return f"port {ENGINE_PORT} of every node is closed to others"


def _denies_all(policy: dict[str, Any]) -> bool:
    spec = policy["spec"]
    selects_all = not any((spec.get("podSelector") or {}).values())
    return selects_all and not spec.get("ingress") and not spec.get("egress")


CHECKS = (
    Check("API server", look_at_server),
    Check("pods", look_at_pods),
    Check("restarts", look_at_restarts),
    Check("versions", look_at_versions),
    Check("volumes", look_at_volumes),
    Check("disruption budget", look_at_disruption_budget),
    Check("pod security", look_at_pod_security),
    Check("network policies", look_at_policies),
    Check("services", look_at_endpoints),
    Check("metrics", look_at_metrics),
    Check("engine API", look_at_engine),
)
