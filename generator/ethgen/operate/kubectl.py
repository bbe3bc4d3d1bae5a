"""Talking to a cluster through kubectl, always with one kubeconfig and one context."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ethgen.errors import ClusterError
from ethgen.gitops.namespaces import FIELD_MANAGER

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# Longest wait for the API server's answer; a server that is there answers in milliseconds.
_TIMEOUT = "15s"

# Applying asks for the whole schema first, which the server draws up anew after each definition of a kind.
_APPLY_TIMEOUT = "60s"


@dataclass(frozen=True)
class Kubectl:
    """kubectl bound to the only context that may be touched.

    Attributes:
        program: path of kubectl.
        kubeconfig: the file that holds the context.
        context: the kube context.
    """

    program: Path
    kubeconfig: Path
    context: str

    def run(self, *arguments: str, document: str | None = None, timeout: str = _TIMEOUT) -> str:
        """Return what a kubectl command prints.

        Raises:
            ClusterError: kubectl fails; its own words are the message.
        """
        command = [
            str(self.program),
            f"--kubeconfig={self.kubeconfig}",
            f"--context={self.context}",
            f"--request-timeout={timeout}",
            *arguments,
        ]
        done = subprocess.run(command, input=document, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            words = _reason(done.stderr) or f"exit status {done.returncode}"
            raise ClusterError(f"kubectl {arguments[0]}: {words}", cure=f"is the cluster {self.context} up?")
        return done.stdout

    def get(self, kind: str, name: str, namespace: str) -> dict[str, Any] | None:
        """Return an object, or None where there is none.

        Raises:
            ClusterError: the cluster does not answer.
        """
        text = self.run("get", kind, name, f"--namespace={namespace}", "--ignore-not-found", "--output=json")
        return json.loads(text) if text.strip() else None

    def list(self, kind: str, namespace: str, selector: str = "") -> list[dict[str, Any]]:
        """Return all objects of a kind in a namespace.

        Raises:
            ClusterError: the cluster does not answer.
        """
        chosen = [f"--selector={selector}"] if selector else []
        items = json.loads(self.run("get", kind, f"--namespace={namespace}", *chosen, "--output=json"))["items"]
        return list(items)

    def apply(self, objects: Sequence[dict[str, Any]]) -> None:
        """Create objects, or bring those that are there to this state, on the server's side.

        Raises:
            ClusterError: the server refuses one of them.
        """
        if not objects:
            return
        document = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
        options = ("--server-side", "--force-conflicts", f"--field-manager={FIELD_MANAGER}")
        self.run("apply", *options, "--filename=-", document=document, timeout=_APPLY_TIMEOUT)

    def delete_namespace(self, name: str) -> None:
        """Remove a namespace with everything in it, and wait until it is gone.

        Its pods go at once: what they hold goes too, and the namespace would wait for their grace periods. It is marked
        before anything in it goes, so that an interruption never leaves a release without its objects.

        Raises:
            ClusterError: it is still there after five minutes.
        """
        if self.run("get", "namespace", name, "--ignore-not-found", "--output=name").strip():
            self.run("delete", "namespace", name, "--ignore-not-found", "--wait=false")
            self.run("delete", "statefulsets", f"--namespace={name}", "--all", "--cascade=orphan")
            self.run("delete", "pods", f"--namespace={name}", "--all", "--grace-period=1", timeout="0")
        self.run("delete", "namespace", name, "--ignore-not-found", "--timeout=300s", timeout="0")

    def wait_removed(self, name: str) -> None:
        """Wait until a namespace is gone whose removal somebody began; return at once where nobody did.

        Raises:
            ClusterError: it is still there after five minutes.
        """
        phase = self.run("get", "namespace", name, "--ignore-not-found", "--output=jsonpath={.status.phase}")
        if phase.strip() == "Terminating":
            self.run("wait", "--for=delete", f"namespace/{name}", "--timeout=300s", timeout="0")


def _reason(errors: str) -> str:
    """Return the line that says why kubectl failed: warnings come before it, and after it both versions of a field."""
    lines = errors.strip().splitlines()
    said = [line for line in lines if line.startswith(("Error from server", "error: ", "The "))]
    return next(iter(said or lines[-1:]), "")
