"""The chart before a real API server, whose cluster `ETHGEN_TEST_KUBECONFIG` names: nothing is left there."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

KUBECONFIG = os.environ.get("ETHGEN_TEST_KUBECONFIG")
POD_SECURITY = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn", "audit")}

pytestmark = pytest.mark.skipif(
    KUBECONFIG is None, reason="no cluster: set ETHGEN_TEST_KUBECONFIG, `.ethgen/local/kubeconfig` after a deployment"
)

Object = dict[str, Any]


@pytest.fixture(scope="session")
def kubectl(program: Callable[[str], str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs kubectl against the cluster, objects as its standard input."""

    def run(*arguments: str, objects: list[Object] | None = None) -> subprocess.CompletedProcess[str]:
        command = [program("kubectl"), f"--kubeconfig={KUBECONFIG}", *arguments]
        given = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects or []})
        return subprocess.run(command, input=given, text=True, capture_output=True, check=False, timeout=60)

    return run


@pytest.fixture(scope="session")
def namespace(kubectl: Callable[..., subprocess.CompletedProcess[str]]) -> Iterator[str]:
    """Give a namespace that enforces Pod Security `restricted`, and remove it."""
    name = f"chart-test-{uuid4().hex[:8]}"
    made = kubectl(
        "create",
        "--filename=-",
        objects=[{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": POD_SECURITY}}],
    )
    assert made.returncode == 0, made.stderr
    yield name
    kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture(scope="session", autouse=True)
def priority_class(kubectl: Callable[..., subprocess.CompletedProcess[str]], namespace: str) -> Iterator[None]:
    """Make the PriorityClass that environments/base.yaml names, where there is none; a server refuses pods without."""
    name = "ethereum"
    made = kubectl(
        "create",
        "--filename=-",
        objects=[
            {
                "apiVersion": "scheduling.k8s.io/v1",
                "kind": "PriorityClass",
                "metadata": {"name": name},
                "value": 100000,
            }
        ],
    )
    assert made.returncode == 0 or "AlreadyExists" in made.stderr, made.stderr
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "asks", "namespace": namespace},
        "spec": {"priorityClassName": name, "containers": [{"name": "asks", "image": "localhost/nothing"}]},
    }
    # The admission learns of a class a moment after it was made; what else it has against the pod is no matter here.
    tries = (kubectl("create", "--dry-run=server", "--filename=-", objects=[pod]).stderr for _ in range(100))
    assert any("no PriorityClass" not in said for said in tries)
    yield
    if made.returncode == 0:
        kubectl("delete", "priorityclass", name)


def moved(found: Object, namespace: str) -> Object:
    """Return an object in another namespace."""
    return {**found, "metadata": {**found["metadata"], "namespace": namespace}}


def test_the_api_server_takes_every_object_without_a_warning(
    kubectl: Callable[..., subprocess.CompletedProcess[str]],
    objects: Callable[..., list[Object]],
    namespace: str,
    case: Path | None,
):
    """A server-side dry run of all objects succeeds, strictly read, and Pod Security has nothing to warn of."""
    drawn = [moved(found, namespace) for found in objects(case) if found["kind"] != "ServiceMonitor"]
    done = kubectl("apply", "--server-side", "--dry-run=server", "--validate=strict", "--filename=-", objects=drawn)
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr
    assert len(done.stdout.splitlines()) == len(drawn)


def test_restricted_namespaces_take_every_pod(
    kubectl: Callable[..., subprocess.CompletedProcess[str]],
    objects: Callable[..., list[Object]],
    namespace: str,
    case: Path | None,
):
    """Each StatefulSet's pod, made by hand, is admitted where Pod Security `restricted` is enforced."""
    for found in objects(case):
        if found["kind"] != "StatefulSet":
            continue
        template = found["spec"]["template"]
        spec = {
            **template["spec"],
            "volumes": [
                *template["spec"]["volumes"],
                *(
                    {"name": claim["metadata"]["name"], "emptyDir": {}}
                    for claim in found["spec"].get("volumeClaimTemplates", [])
                ),
            ],
        }
        metadata = {**template["metadata"], "name": found["metadata"]["name"], "namespace": namespace}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
        done = kubectl("create", "--dry-run=server", "--filename=-", objects=[pod])
        assert done.returncode == 0, done.stderr


def test_restricted_namespaces_refuse_a_pod_that_may_be_root(
    kubectl: Callable[..., subprocess.CompletedProcess[str]], namespace: str
):
    """The namespace of these tests does enforce what it says."""
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "root", "namespace": namespace},
        "spec": {"containers": [{"name": "root", "image": "localhost/nothing"}]},
    }
    done = kubectl("create", "--dry-run=server", "--filename=-", objects=[pod])
    assert done.returncode != 0
    assert 'violates PodSecurity "restricted' in done.stderr
