"""What Argo CD says of Applications, and which environments it can install from this machine."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ethgen.errors import SpecError
from ethgen.operate.argocd.installation import ApplicationState, application_states, install
from ethgen.operate.argocd.session import changes, require_gitops
from ethgen.operate.kubectl import Kubectl
from ethgen.spec import NetworkSpec, load
from ethgen.spec.gitops import Gitops

if TYPE_CHECKING:
    from collections.abc import Mapping

SPEC: NetworkSpec = load(Path(__file__).parents[2] / "fixtures" / "valid" / "several.yaml")
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def state(name: str, sync: str = "Synced", health: str = "Healthy") -> ApplicationState:
    """Return an Application's state without a commit."""
    return ApplicationState(name, sync, health, "", "")


def answering(folder: Path, answer: object) -> Kubectl:
    """Return a kubectl that writes down what it is asked and always answers this."""
    program = folder / "kubectl"
    (folder / "answer").write_text(json.dumps(answer))
    program.write_text(f'#!/bin/sh\necho "$@" >> {folder}/asked\ncat {folder}/answer\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return Kubectl(program, Path("kubeconfig"), "ethgen-test")


def application(name: str, **status: object) -> dict[str, Any]:
    """Return an Application as the cluster has it."""
    return {"metadata": {"name": name}, **({"status": status} if status else {})}


def test_the_states_are_argo_cds_own_words(tmp_path: Path) -> None:
    """Sync, health and commit are shown in one line each, in the order of names; one that is new says so."""
    good = {"sync": {"status": "Synced", "revisions": [COMMIT, COMMIT]}, "health": {"status": "Healthy"}}
    answer = {"items": [application("b", **good), application("a")]}
    found = application_states(answering(tmp_path, answer), "argocd")
    assert [str(each) for each in found] == [
        "a: not compared yet, not looked at yet",
        "b: Synced, Healthy at 0123456",
    ]
    assert [each.settled for each in found] == [False, True]


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        ({"conditions": [{"type": "ComparisonError", "message": "no\nchart"}]}, "no chart"),
        ({"conditions": [{"type": "OrphanedResourceWarning", "message": "others"}]}, ""),
        ({"operationState": {"phase": "Failed", "message": "refused"}}, "refused"),
        ({"operationState": {"phase": "Succeeded", "message": "successfully synced"}}, ""),
        (
            {
                "conditions": [{"type": "SyncError", "message": "refused"}],
                "operationState": {"phase": "Error", "message": "refused"},
            },
            "refused",
        ),
    ],
)
def test_what_stands_in_the_way_is_told_once(tmp_path: Path, status: Mapping[str, Any], problem: str) -> None:
    """Errors and failed operations are told in a line; warnings and what went well are not."""
    (found,) = application_states(answering(tmp_path, {"items": [application("a", **status)]}), "argocd")
    assert found.problem == problem
    assert str(found).endswith(f": {problem}" if problem else "not looked at yet")


def test_an_installation_keeps_its_settings_apart_from_the_environments(tmp_path: Path) -> None:
    """Argo CD's own settings have another owner than the environment's, so that neither takes back the other's."""
    (tmp_path / "crd.yaml").touch()
    install(answering(tmp_path, {}), "argo", [tmp_path / "crd.yaml"])
    namespace, manifest, wait = (tmp_path / "asked").read_text().splitlines()
    assert "--field-manager=ethgen" in namespace
    assert f"--field-manager=argocd --namespace=argo --filename={tmp_path}/crd.yaml" in manifest
    kinds = "customresourcedefinition/applications.argoproj.io customresourcedefinition/appprojects.argoproj.io"
    assert f"condition=Established {kinds}" in wait


def test_only_changes_are_said() -> None:
    """A state is said when it differs from the one before, and an Application that has gone is said once."""
    said: list[str] = []
    looks = [[state("a"), state("b")], [state("a"), state("b", "OutOfSync")], [state("a")], [state("a")]]
    changes(looks, said.append)
    assert said == ["a: Synced, Healthy", "b: Synced, Healthy", "b: OutOfSync, Healthy", "b: gone"]


@pytest.mark.parametrize(
    ("section", "text"),
    [
        (None, "gitops: Argo CD is not told where to read from"),
        ({"tools": ["flux"]}, "gitops.tools: nothing is printed for Argo CD; add argocd"),
        ({"argocd": {"cluster": "west"}}, "gitops.argocd.cluster: .* expected in-cluster"),
    ],
)
def test_an_environment_that_argo_cd_cannot_install_is_refused(section: dict[str, Any] | None, text: str) -> None:
    """The error stands at the field that is to be changed."""
    gitops = section and Gitops.model_validate({"repository": "https://git.example.org/fleet", **section})
    with pytest.raises(SpecError, match=text):
        require_gitops(SPEC.model_copy(update={"gitops": gitops}))
