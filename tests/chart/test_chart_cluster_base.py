"""The chart cluster-base: what it draws, and what Kubernetes and Helm say of it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Callable

    Helm = Callable[..., subprocess.CompletedProcess[str]]

REPOSITORY = Path(__file__).parents[2]
CHART = REPOSITORY / "charts" / "cluster-base"
EVERYTHING = CHART / "ci" / "everything-values.yaml"
SHARED = Path(os.environ.get("ETHGEN_SHARED", REPOSITORY.parent / "shared"))


def drawn(helm: Helm, *given: str | Path) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Return the objects that the chart draws, by kind, namespace and name."""
    done = helm("template", "cluster-base", CHART, "--namespace", "cluster-base", "--kube-version", "1.36.3", *given)
    assert done.returncode == 0, done.stderr
    objects = [each for each in yaml.safe_load_all(done.stdout) if each]
    return {(each["kind"], each["metadata"].get("namespace", ""), each["metadata"]["name"]): each for each in objects}


@pytest.mark.parametrize("given", [(), ("--values", EVERYTHING)])
def test_helm_lint_finds_nothing_in_cluster_base(given: tuple[str | Path, ...], helm: Helm) -> None:
    """`helm lint --strict` accepts the chart, with its defaults and with everything."""
    done = helm("lint", "--strict", CHART, *given)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[WARNING]" not in done.stdout


def test_the_defaults_draw_nothing(helm: Helm) -> None:
    """Nobody's cluster is changed by a chart that was told nothing."""
    assert drawn(helm) == {}


def test_classes_quotas_and_rights_are_drawn(helm: Helm) -> None:
    """Each value becomes an object that says the same."""
    objects = drawn(helm, "--values", EVERYTHING)
    gp3 = objects["StorageClass", "", "gp3"]
    assert gp3["parameters"] == {"type": "gp3", "iops": "16000"}
    assert gp3["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] == "true"
    assert (gp3["reclaimPolicy"], gp3["allowVolumeExpansion"]) == ("Retain", True)
    assert objects["StorageClass", "", "scratch"]["reclaimPolicy"] == "Delete"
    assert objects["PriorityClass", "", "nodes"]["preemptionPolicy"] == "PreemptLowerPriority"
    assert objects["PriorityClass", "", "indexers"]["preemptionPolicy"] == "Never"
    assert objects["ResourceQuota", "mainnet", "requests"]["spec"]["hard"] == {
        "requests.cpu": "64",
        "requests.memory": "256Gi",
        "requests.storage": "20Ti",
        "pods": "30",
    }
    assert objects["ResourceQuota", "hoodi", "requests"]["spec"]["hard"] == {"pods": "5"}
    assert ("LimitRange", "hoodi", "requests") in objects
    viewers = objects["RoleBinding", "mainnet", "cluster-base-viewers"]
    assert [subject["name"] for subject in viewers["subjects"]] == ["developers", "on-call"]
    assert viewers["roleRef"]["name"] == "view"
    operators = objects["RoleBinding", "hoodi", "cluster-base-operators"]
    assert [subject["name"] for subject in operators["subjects"]] == ["on-call"]


def test_nobody_is_given_secrets(helm: Helm) -> None:
    """The role of operators reads no Secret, for keys of validators are some."""
    role = drawn(helm, "--values", EVERYTHING)["ClusterRole", "", "cluster-base-operator"]
    resources = {name for rule in role["rules"] for name in rule["resources"]}
    assert not resources & {"secrets", "*", "pods/exec"}


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"no Kubernetes schemas at {SHARED}: set ETHGEN_SHARED to their folder")
def test_objects_of_cluster_base_meet_the_kubernetes_schemas(
    helm: Helm, program: Callable[[str], str], tmp_path: Path
) -> None:
    """Every object is valid in Kubernetes 1.36, unknown fields refused."""
    path = tmp_path / "drawn.yaml"
    path.write_text(yaml.safe_dump_all(drawn(helm, "--values", EVERYTHING).values()))
    schemas = (
        f"{SHARED}/schemas/k8s/{{{{.NormalizedKubernetesVersion}}}}-standalone{{{{.StrictSuffix}}}}/"
        "{{.ResourceKind}}{{.KindSuffix}}.json"
    )
    command = [program("kubeconform"), "-strict", "-kubernetes-version", "1.36.3", "-schema-location", schemas]
    done = subprocess.run([*command, "-summary", str(path)], text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Skipped: 0" in done.stdout
