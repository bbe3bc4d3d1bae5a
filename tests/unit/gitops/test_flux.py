"""Flux's objects of an environment: what is applied once, and what is read from git."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ethgen.gitops import flux
from ethgen.spec import NetworkSpec, load
from ethgen.spec.gitops import Gitops
from ethgen.stack.release import Chart, Release

SPEC: NetworkSpec = load(Path(__file__).parents[2] / "fixtures" / "valid" / "several.yaml")
URL = "https://git.example.org/fleet"


def release(name: str, **changes: object) -> Release:
    """Return a release with these changes."""
    return Release(
        **{"name": name, "namespace": name, "layer": "ethereum", "chart": Chart("x"), "values": {}, **changes}
    )


def printed(*releases: Release, **fields: object) -> dict[str, list[dict[str, Any]]]:
    """Return the files of releases, with these fields in the section `gitops`."""
    return flux.files(SPEC, Gitops.model_validate({"repository": URL, **fields}), releases)


def helm_release(given: Release, *others: Release, **fields: object) -> dict[str, Any]:
    """Return the spec of a release's HelmRelease."""
    return printed(given, *others, **fields)[f"flux/releases/{given.name}.yaml"][0]["spec"]


def test_two_objects_are_applied_once() -> None:
    """A GitRepository and a Kustomization lead Flux to the folder that lists all the rest."""
    source, kustomization = printed(release("one"), branch="live", interval="90s")["flux.yaml"]
    assert source["kind"] == "GitRepository"
    labels = {"app.kubernetes.io/part-of": "several"}
    assert source["metadata"] == {"name": "several", "namespace": "flux-system", "labels": labels}
    assert {key: source["spec"][key] for key in ("url", "ref", "interval")} == {
        "url": URL,
        "ref": {"branch": "live"},
        "interval": "90s",
    }
    assert kustomization["spec"]["sourceRef"] == {"kind": "GitRepository", "name": "several"}
    assert kustomization["spec"]["path"] == "./gitops/several/flux"
    assert kustomization["spec"]["prune"] is True
    assert kustomization["spec"]["wait"] is True


def test_every_object_has_the_label_of_its_environment() -> None:
    """Others share Flux's namespace: what is suspended or deleted there is chosen by the label, nothing by `--all`."""
    files = printed(release("one"), release("two", chart=Chart("y", "1.2.3", "https://charts.example.org")))
    wanted = {"app.kubernetes.io/part-of": "several"}
    flux_kinds = [each for documents in files.values() for each in documents if "toolkit" in each.get("apiVersion", "")]
    objects = [each for each in flux_kinds if "namespace" in each.get("metadata", {})]
    assert sorted(each["kind"] for each in objects) == [
        "GitRepository", "HelmRelease", "HelmRelease", "HelmRepository", "Kustomization",
    ]  # fmt: skip
    for each in objects:
        assert each["metadata"]["labels"].items() >= wanted.items()
        if each["kind"] == "HelmRelease":
            assert each["spec"]["chart"]["metadata"]["labels"] == wanted
    assert files["flux/kustomization.yaml"][0]["generatorOptions"]["labels"] == wanted


def test_a_private_repository_is_read_with_a_secret() -> None:
    """The Secret is named, and only where there is one."""
    assert "secretRef" not in printed(release("one"))["flux.yaml"][0]["spec"]
    source = printed(release("one"), flux={"secret": "key", "namespace": "flux"})["flux.yaml"][0]
    assert source["spec"]["secretRef"] == {"name": "key"}
    assert source["metadata"]["namespace"] == "flux"


def test_only_what_the_environment_needs_is_taken_from_the_repository() -> None:
    """Each folder on the way to a wanted one is taken back from what is ignored, as .gitignore wants it."""
    ignored = printed(release("one"))["flux.yaml"][0]["spec"]["ignore"]
    assert ignored.splitlines() == [
        "/*",
        "!/charts",
        "!/gitops",
        "!/values",
        "/gitops/*",
        "!/gitops/several",
        "/values/*",
        "!/values/several",
    ]


def test_a_fleet_may_stand_in_a_folder_of_its_repository() -> None:
    """All paths that Flux follows begin with the folder."""
    files = printed(release("one"), path="clusters/fleet")
    source, kustomization = files["flux.yaml"]
    assert kustomization["spec"]["path"] == "./clusters/fleet/gitops/several/flux"
    assert source["spec"]["ignore"].splitlines()[:7] == [
        "/*",
        "!/clusters",
        "/clusters/*",
        "!/clusters/fleet",
        "/clusters/fleet/*",
        "!/clusters/fleet/charts",
        "!/clusters/fleet/gitops",
    ]
    chart = files["flux/releases/one.yaml"][0]["spec"]["chart"]["spec"]
    assert chart["chart"] == "./clusters/fleet/charts/x"
    assert chart["valuesFiles"] == ["clusters/fleet/charts/x/values.yaml", "clusters/fleet/values/several/one.yaml"]


def test_an_own_chart_comes_with_its_values_from_one_commit() -> None:
    """Chart and values are read from the GitRepository, the chart's own defaults first, at every commit."""
    spec = helm_release(release("one", namespace="system"))
    assert spec["chart"]["spec"] == {
        "chart": "./charts/x",
        "sourceRef": {"kind": "GitRepository", "name": "several"},
        "reconcileStrategy": "Revision",
        "valuesFiles": ["charts/x/values.yaml", "values/several/one.yaml"],
    }
    assert "valuesFrom" not in spec
    assert (spec["releaseName"], spec["targetNamespace"], spec["storageNamespace"]) == ("one", "system", "system")


def test_a_chart_of_others_reads_the_same_values_file() -> None:
    """A ConfigMap is made of `values/<env>/<release>.yaml`, and a HelmRepository is printed once for all its charts."""
    one = release("one", chart=Chart("y", "1.2.3", "https://charts.example.org/stable"))
    two = release("two", chart=Chart("z", "4.5.6", "https://charts.example.org/stable"))
    three = release("three", chart=Chart("w", "7.8.9", "oci://registry.example.org/charts"))
    files = printed(one, two, three)
    listing = files["flux/kustomization.yaml"][0]
    assert listing["configMapGenerator"][0] == {
        "name": "values-one",
        "namespace": "flux-system",
        "files": ["values.yaml=../../../values/several/one.yaml"],
    }
    assert "repositories.yaml" in listing["resources"]
    assert listing["configurations"] == ["kustomizeconfig.yaml"]
    assert [(each["metadata"]["name"], each["spec"].get("type")) for each in files["flux/repositories.yaml"]] == [
        ("charts.example.org-stable", None),
        ("registry.example.org-charts", "oci"),
    ]
    spec = files["flux/releases/one.yaml"][0]["spec"]
    assert spec["valuesFrom"] == [{"kind": "ConfigMap", "name": "values-one"}]
    assert spec["chart"]["spec"] == {
        "chart": "y",
        "version": "1.2.3",
        "sourceRef": {"kind": "HelmRepository", "name": "charts.example.org-stable"},
    }


def test_what_is_needed_is_waited_for() -> None:
    """`needs` is what a HelmRelease depends on, and the whole may take as long as the longest row of releases."""
    one, two, three = release("one", timeout=100), release("two", needs=("one",), timeout=60), release("three")
    assert helm_release(two, one)["dependsOn"] == [{"name": "one"}]
    assert printed(one, two)["flux.yaml"][1]["spec"]["timeout"] == "160s"
    assert printed(one, two, three)["flux.yaml"][1]["spec"]["timeout"] == "600s"


def test_a_release_that_need_not_be_ready_is_not_waited_for() -> None:
    """Where a release does not wait, no action of Helm does."""
    for wait in (True, False):
        spec = helm_release(release("one", wait=wait))
        assert [action in spec and "disableWait" in spec[action] for action in ("install", "upgrade", "rollback")] == [
            not wait
        ] * 3


def test_a_failed_upgrade_is_tried_again_and_then_rolled_back() -> None:
    """The last good release comes back, and a failed installation takes nothing away."""
    spec = helm_release(release("one"))
    assert spec["upgrade"]["remediation"] == {"retries": 3, "strategy": "rollback", "remediateLastFailure": True}
    assert spec["install"]["strategy"]["name"] == "RetryOnFailure"
    assert {spec[action]["crds"] for action in ("install", "upgrade")} == {"CreateReplace"}


def test_what_an_autoscaler_owns_is_no_drift() -> None:
    """Differences are put right, but the replicas of what is scaled by others are left alone."""
    assert helm_release(release("one"))["driftDetection"] == {"mode": "enabled"}
    assert helm_release(release("one", autoscaled=(("Deployment", "rpc"),)))["driftDetection"] == {
        "mode": "enabled",
        "ignore": [{"paths": ["/spec/replicas"], "target": {"kind": "Deployment", "name": "rpc"}}],
    }


def test_a_namespace_stays_when_its_release_goes() -> None:
    """Namespaces are not pruned, for the volumes in them are nobody's else."""
    (namespace,) = printed(release("one"))["flux/namespaces.yaml"]
    assert namespace["metadata"]["annotations"] == {"kustomize.toolkit.fluxcd.io/prune": "disabled"}


def test_a_release_that_is_switched_off_is_not_printed() -> None:
    """What is not printed is uninstalled; without any release there is an empty list."""
    files = printed(release("one", installed=False))
    assert set(files) == {"flux.yaml", "flux/kustomization.yaml"}
    assert files["flux/kustomization.yaml"][0]["resources"] == []


def test_every_file_is_listed() -> None:
    """The listing names every other file of its folder, or uses it."""
    files = printed(release("one"), release("two", chart=Chart("y", "1.2.3", "https://charts.example.org")))
    listing = files["flux/kustomization.yaml"][0]
    assert {f"flux/{name}" for name in [*listing["resources"], *listing["configurations"]]} == set(files) - {
        "flux.yaml",
        "flux/kustomization.yaml",
    }
