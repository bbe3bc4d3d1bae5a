"""What Argo CD needs in a cluster, and what it says there of its Applications."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ethgen.operate.kubectl import Kubectl

_APPLICATIONS = "applications.argoproj.io"
_PROJECTS = "appprojects.argoproj.io"


class ApplicationState(NamedTuple):
    """What Argo CD says of one Application.

    Attributes:
        name: the Application.
        sync: `Synced`, `OutOfSync` or `Unknown`; empty before the first look.
        health: `Healthy`, `Progressing`, `Degraded`, `Suspended`, `Missing` or `Unknown`; empty before the first look.
        revision: the commit that it was compared with; empty before the first look.
        problem: what stands in its way, in Argo CD's words; empty where nothing does.
    """

    name: str
    sync: str
    health: str
    revision: str
    problem: str

    @property
    def settled(self) -> bool:
        """Whether the cluster is what the commit says, and well."""
        return (self.sync, self.health) == ("Synced", "Healthy")

    def __str__(self) -> str:
        at = f" at {self.revision[:7]}" if self.revision else ""
        problem = f": {self.problem}" if self.problem else ""
        return f"{self.name}: {self.sync or 'not compared yet'}, {self.health or 'not looked at yet'}{at}{problem}"


def install(kubectl: Kubectl, namespace: str, manifests: Sequence[Path]) -> None:
    """Make Argo CD's namespace, the definitions of its kinds, and its settings, or bring them to this state.

    Raises:
        ClusterError: the cluster refuses one of them.
    """
    labels = {
        "app.kubernetes.io/part-of": "argocd",
        # No pod of Argo CD runs here: its parts are processes of this machine.
        "pod-security.kubernetes.io/enforce": "restricted",
    }
    kubectl.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": labels}}])
    for path in manifests:
        kubectl.run(
            "apply",
            "--server-side",
            "--force-conflicts",
            # Another than that of the environment's own settings, which are merged with these.
            "--field-manager=argocd",
            f"--namespace={namespace}",
            f"--filename={path}",
        )
    established = (f"customresourcedefinition/{kind}" for kind in (_APPLICATIONS, _PROJECTS))
    kubectl.run("wait", "--for=condition=Established", *established)


def application_states(kubectl: Kubectl, namespace: str) -> list[ApplicationState]:
    """Return what Argo CD says of each Application, in the order of their names.

    Raises:
        ClusterError: the cluster does not answer, or has no Argo CD.
    """
    return sorted(_state(application) for application in kubectl.list(_APPLICATIONS, namespace))


def _state(application: dict[str, Any]) -> ApplicationState:
    status = application.get("status", {})
    sync = status.get("sync", {})
    # An Application of several sources has a commit for each; all of ours are in one repository.
    revisions = sync.get("revisions") or [sync.get("revision", "")]
    return ApplicationState(
        application["metadata"]["name"],
        sync.get("status", ""),
        status.get("health", {}).get("status", ""),
        revisions[0],
        _problem(status),
    )


def _problem(status: dict[str, Any]) -> str:
    conditions = [item["message"] for item in status.get("conditions", []) if item["type"].endswith("Error")]
    operation = status.get("operationState", {})
    if operation.get("phase") in {"Failed", "Error"}:
        conditions.append(operation.get("message", ""))
    return " ".join("; ".join(dict.fromkeys(conditions)).split())
