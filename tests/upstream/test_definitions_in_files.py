"""Definitions in a chart's folder crds/, with the real Helm and a real API server."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from ethgen.cluster.charts.rendering import Helm
from ethgen.cluster.tools import tool_environment
from ethgen.operate.deploy.definitions import bring_definitions
from ethgen.operate.kubectl import Kubectl
from ethgen.stack.release import Chart, Release

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from control_plane import ControlPlane

NAME = "gadgets.example.org"
RELEASE = Release("gadgets", "default", "infrastructure", Chart("gadgets", "1.0.0", "https://charts.example.org"), {})


def write(folder: Path, field: str) -> None:
    """Write a chart whose definition has one field in its spec."""
    (folder / "crds").mkdir(parents=True, exist_ok=True)
    (folder / "Chart.yaml").write_text("{apiVersion: v2, name: gadgets, version: 1.0.0}")
    spec = {"type": "object", "properties": {field: {"type": "string"}}}
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}},
    }
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": NAME},
        "spec": {
            "group": "example.org",
            "scope": "Namespaced",
            "names": {"kind": "Gadget", "plural": "gadgets"},
            "versions": [version],
        },
    }
    (folder / "crds" / "gadgets.yaml").write_text(json.dumps(definition))


@pytest.fixture
def kubectl(api_server: ControlPlane, program: Callable[[str], Path]) -> Kubectl:
    """Return the API server, through kubectl."""
    return Kubectl(program("kubectl"), api_server.kubeconfig, api_server.context)


def test_a_newer_chart_brings_its_definitions(
    tmp_path: Path, kubectl: Kubectl, api_server: ControlPlane, program: Callable[[str], Path]
):
    """Helm leaves a definition as the first chart had it; a deployment brings it to what the new chart says."""
    program("helm")
    variables = tool_environment(("helm",), kubeconfig=api_server.kubeconfig)

    def upgrade() -> list[str]:
        command = ["helm", "upgrade", "--install", RELEASE.name, str(tmp_path), "--namespace=default"]
        subprocess.run([*command, f"--kube-context={api_server.context}"], env=variables, check=True, timeout=120)
        return fields()

    def fields() -> list[str]:
        found: dict[str, Any] = kubectl.get("customresourcedefinition", NAME, "") or {}
        (version,) = found["spec"]["versions"]
        return list(version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"])

    write(tmp_path, "old")
    assert upgrade() == ["old"]
    write(tmp_path, "new")
    assert upgrade() == ["old"]
    bring_definitions(kubectl, [RELEASE], {RELEASE.name: tmp_path}, Helm(variables), print)
    assert fields() == ["new"]
    assert upgrade() == ["new"]
