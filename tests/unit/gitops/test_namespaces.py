"""The namespaces of an environment."""

from __future__ import annotations

from ethgen.gitops.namespaces import namespaces
from ethgen.stack.release import Chart, Release


def release(name: str, **changes: object) -> Release:
    """Return a release with these changes."""
    return Release(
        **{"name": name, "namespace": name, "layer": "ethereum", "chart": Chart("x"), "values": {}, **changes}
    )


def test_a_namespace_enforces_the_pod_security_of_its_releases() -> None:
    """Every namespace enforces a level of the Pod Security admission, and is printed once."""
    printed = namespaces([release("one"), release("two", namespace="one"), release("three", pod_security="baseline")])
    levels = {
        item["metadata"]["name"]: item["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] for item in printed
    }
    assert levels == {"one": "restricted", "three": "baseline"}
    assert len(printed) == 2
