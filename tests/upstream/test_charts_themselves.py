"""The generated values before the real charts: their keys, what they draw, schemas, and a real API server."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from upstream_cases import ENVIRONMENTS, PROFILES, REPOSITORY

from ethgen.cluster.charts.acceptance import Schemas, Server
from ethgen.cluster.charts.check import Checked, Checks, check
from ethgen.gitops.namespaces import namespaces
from ethgen.spec import load
from ethgen.stack import releases
from ethgen.stack.release import Chart, Release

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from control_plane import ControlPlane

    from ethgen.cluster.charts.rendering import Helm
    from ethgen.cluster.charts.supply import Supply
    from ethgen.spec import NetworkSpec

CASES = [*ENVIRONMENTS, *(f"every release, {profile}" for profile in PROFILES)]


@pytest.fixture(scope="module", params=CASES)
def spec(request: pytest.FixtureRequest, every_release: Callable[[str], NetworkSpec]) -> NetworkSpec:
    """Give each environment of this repository, and every release in every profile."""
    case: str = request.param
    if case in ENVIRONMENTS:
        return load(REPOSITORY / "environments" / f"{case}.yaml")
    return every_release(case.rpartition(" ")[2])


@pytest.fixture(scope="module")
def checks(supply: Supply, helm: Helm) -> Checks:
    """Return the checks of keys and rendering alone."""
    return Checks(REPOSITORY, supply, helm, schemas=None, server=None, install=False, progress=print)


def require(found: list[Checked], counted: Callable[[Checked], int | None]) -> None:
    """Fail where anything is wrong, and skip where a chart is not in the folder: nothing can be said of it."""
    assert [line for each in found for line in each.problems] == []
    assert [each for each in found if not each.missing and (not each.objects or counted(each) != each.objects)] == []
    if missing := [each.missing for each in found if each.missing]:
        pytest.skip("; ".join(missing))


def test_the_charts_draw_what_schemas_take(
    spec: NetworkSpec, checks: Checks, schemas: Path, program: Callable[[str], Path]
):
    """Every chart knows every key and draws objects, and every object is valid by a strict reading."""
    with_schemas = replace(checks, schemas=Schemas(program("kubeconform"), schemas))
    require(check(spec, releases(spec), with_schemas), lambda each: each.valid)


def test_a_real_api_server_takes_every_object(
    spec: NetworkSpec, checks: Checks, api_server: ControlPlane, program: Callable[[str], Path]
):
    """With all definitions installed, a server-side dry run accepts every object of every release."""
    server = Server(program("kubectl"), api_server.kubeconfig, api_server.context)
    with_server = replace(checks, server=server, install=True)
    require(check(spec, releases(spec), with_server), lambda each: each.accepted)


def test_a_real_api_server_refuses_a_misspelt_field(api_server: ControlPlane, program: Callable[[str], Path]):
    """The dry run is strict: an object with a field that its kind does not have is told."""
    server = Server(program("kubectl"), api_server.kubeconfig, api_server.context)
    server.connect()
    wrong = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "date": {"a": "b"}}
    verdict = server.judge([wrong], "default", [])
    assert verdict.accepted == 0
    assert 'unknown field "date"' in verdict.problems[0]


def test_a_real_api_server_tells_pods_that_it_would_not_admit(api_server: ControlPlane, program: Callable[[str], Path]):
    """Of several objects it is the DaemonSet whose pods the namespace's level does not admit."""
    server = Server(program("kubectl"), api_server.kubeconfig, api_server.context)
    server.install(namespaces([RELEASE]))
    objects = [daemon_set("bad", {"privileged": True}), daemon_set("good", RESTRICTED)]
    verdict = server.judge(objects, RELEASE.namespace, [])
    assert verdict.accepted == 2
    (problem,) = verdict.problems
    assert problem.startswith('DaemonSet/bad: would violate PodSecurity "restricted:latest": privileged')
    server.label(namespaces([RELEASE._replace(pod_security="privileged")]))
    assert server.judge(objects, RELEASE.namespace, []).problems == ()


RELEASE = Release("post", "pods-are-judged-here", "infrastructure", Chart("mailer"), {})
RESTRICTED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def daemon_set(name: str, security: dict[str, object]) -> dict[str, object]:
    """Return a DaemonSet of one container."""
    container = {"name": "only", "image": "registry.example.org/only:1", "securityContext": security}
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": name},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }
