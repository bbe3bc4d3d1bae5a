"""Argo CD's objects of an environment: what is applied once, and what is read from git."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ethgen.gitops import argocd
from ethgen.spec import NetworkSpec, load
from ethgen.spec.gitops import Gitops
from ethgen.stack.release import Chart, Release

SPEC: NetworkSpec = load(Path(__file__).parents[2] / "fixtures" / "valid" / "several.yaml")
URL = "https://git.example.org/fleet"
WAVE = "argocd.argoproj.io/sync-wave"
OPTIONS = "argocd.argoproj.io/sync-options"


def release(name: str, **changes: object) -> Release:
    """Return a release with these changes."""
    return Release(
        **{"name": name, "namespace": name, "layer": "ethereum", "chart": Chart("x"), "values": {}, **changes}
    )


def printed(*releases: Release, **fields: object) -> dict[str, list[dict[str, Any]]]:
    """Return the files of releases, with these fields in the section `gitops`."""
    return argocd.files(SPEC, Gitops.model_validate({"repository": URL, **fields}), releases)


def application(given: Release, *others: Release, **fields: object) -> dict[str, Any]:
    """Return a release's Application."""
    return printed(given, *others, **fields)[f"argocd/several-{given.name}.yaml"][0]


def test_a_project_and_an_application_are_applied_once() -> None:
    """The root Application reads the folder in which all others stand, and nothing below it."""
    project, root = printed(release("one"), branch="live", path="fleet")["argocd.yaml"]
    assert (project["kind"], root["kind"]) == ("AppProject", "Application")
    assert {each["metadata"]["namespace"] for each in (project, root)} == {"argocd"}
    assert root["metadata"]["name"] == "several"
    assert root["spec"]["project"] == project["metadata"]["name"] == "several"
    assert root["spec"]["source"] == {
        "repoURL": URL,
        "targetRevision": "live",
        "path": "fleet/gitops/several/argocd",
    }
    assert root["spec"]["destination"] == {"name": "in-cluster", "namespace": "argocd"}


def test_the_project_lets_in_the_sources_of_the_releases_and_nothing_else() -> None:
    """Sources are this repository and the charts'."""
    one = release("one", namespace="system", chart=Chart("y", "1.2.3", "https://charts.example.org/stable"))
    two = release("two", chart=Chart("z", "1.2.3", "oci://registry.example.org/charts"))
    spec = printed(one, two)["argocd.yaml"][0]["spec"]
    assert spec["sourceRepos"] == [URL, "https://charts.example.org/stable", "registry.example.org/charts"]


def test_the_project_permits_a_namespace_whose_release_has_gone() -> None:
    """Argo CD deletes only where a project permits, so that what releases there are changes no destination."""
    spec = printed(release("one"), release("two"), argocd={"cluster": "west"})["argocd.yaml"][0]["spec"]
    assert spec["destinations"] == [
        {"name": "in-cluster", "namespace": "argocd"},
        {"name": "west", "namespace": "*"},
    ]
    fewer = printed(release("one"), argocd={"cluster": "west"})["argocd.yaml"][0]["spec"]
    assert fewer["destinations"] == spec["destinations"]


def test_the_project_follows_git_and_outlives_its_applications() -> None:
    """What is applied once is read from git afterwards, first of all, and never pruned."""
    files = printed(release("one"), argocd={"project": "fleet", "namespace": "argo"})
    (project,) = files["argocd/project.yaml"]
    assert project == files["argocd.yaml"][0]
    assert project["metadata"]["name"] == "fleet"
    assert project["metadata"]["namespace"] == "argo"
    assert project["metadata"]["annotations"] == {OPTIONS: "Prune=false,Delete=false", WAVE: "-2"}
    assert "finalizers" not in project["metadata"]


def test_an_own_chart_and_its_values_are_two_sources_of_one_repository() -> None:
    """The chart is a folder, the values a file that the second source is named for."""
    spec = application(release("one", namespace="system"), path="fleet")["spec"]
    assert spec["sources"] == [
        {
            "repoURL": URL,
            "targetRevision": "main",
            "path": "fleet/charts/x",
            "helm": {"releaseName": "one", "valueFiles": ["$values/fleet/values/several/one.yaml"]},
        },
        {"repoURL": URL, "targetRevision": "main", "ref": "values"},
    ]
    assert spec["destination"] == {"name": "in-cluster", "namespace": "system"}


def test_a_chart_of_others_comes_from_its_repository() -> None:
    """Version and address are the release's; a registry has no scheme, as Argo CD wants it."""
    one = application(release("one", chart=Chart("y", "1.2.3", "https://charts.example.org")))["spec"]["sources"][0]
    assert one == {
        "repoURL": "https://charts.example.org",
        "chart": "y",
        "targetRevision": "1.2.3",
        "helm": {"releaseName": "one", "valueFiles": ["$values/values/several/one.yaml"]},
    }
    two = application(release("two", chart=Chart("z", "4.5.6", "oci://registry.example.org/a")))["spec"]["sources"][0]
    assert (two["repoURL"], two["chart"]) == ("registry.example.org/a", "z")


def test_a_release_comes_in_a_wave_after_all_that_it_needs() -> None:
    """Namespaces are there first; what needs nothing is installed at once."""
    one, two, three = release("one"), release("two", needs=("one",)), release("three", needs=("two", "one"))
    files = printed(one, two, three, release("four"))
    waves = {name: files[f"argocd/several-{name}.yaml"][0]["metadata"]["annotations"][WAVE] for name in (
        "namespaces", "one", "two", "three", "four"
    )}  # fmt: skip
    assert waves == {"namespaces": "-1", "one": "0", "two": "1", "three": "2", "four": "0"}


def test_a_namespace_stays_when_its_release_goes() -> None:
    """Namespaces have an Application of their own, and are neither pruned nor deleted with it."""
    files = printed(release("one"), argocd={"cluster": "west"})
    (made,) = files["argocd/namespaces/namespaces.yaml"]
    assert made["metadata"]["annotations"][OPTIONS] == "Prune=false,Delete=false"
    spec = files["argocd/several-namespaces.yaml"][0]["spec"]
    assert spec["source"]["path"] == "gitops/several/argocd/namespaces"
    assert spec["destination"] == {"name": "west", "namespace": "argocd"}


def test_what_is_installed_goes_with_its_application() -> None:
    """Each Application deletes what it has installed, prunes and puts right what others have changed."""
    given = application(release("one"))
    assert given["metadata"]["finalizers"] == ["resources-finalizer.argocd.argoproj.io"]
    assert given["spec"]["syncPolicy"]["automated"] == {"prune": True, "selfHeal": True}
    assert "CreateNamespace=false" in given["spec"]["syncPolicy"]["syncOptions"]
    assert "ServerSideApply=true" in given["spec"]["syncPolicy"]["syncOptions"]


def test_the_replicas_that_an_autoscaler_owns_are_left_alone() -> None:
    """They are no difference, and a sync does not take them back."""
    assert "ignoreDifferences" not in application(release("one"))["spec"]
    spec = application(release("one", autoscaled=(("Deployment", "rpc"), ("StatefulSet", "node"))))["spec"]
    assert spec["ignoreDifferences"] == [
        {"group": "apps", "kind": "Deployment", "name": "rpc", "jsonPointers": ["/spec/replicas"]},
        {"group": "apps", "kind": "StatefulSet", "name": "node", "jsonPointers": ["/spec/replicas"]},
    ]
    assert "RespectIgnoreDifferences=true" in spec["syncPolicy"]["syncOptions"]


def test_argo_cd_learns_the_health_of_applications_and_the_interval() -> None:
    """Without a health of Applications waves would not wait for one another."""
    (settings,) = printed(release("one"), interval="90s")["argocd-cm.yaml"]
    assert settings["metadata"]["name"] == "argocd-cm"
    assert settings["data"]["timeout.reconciliation"] == "90s"
    assert "resource.customizations.health.argoproj.io_Application" in settings["data"]


def test_what_others_wait_for_is_labelled() -> None:
    """The health of Applications waits for the pods of these releases alone."""
    labels = [application(release("one", wait=wait))["metadata"]["labels"]["wait"] for wait in (True, False)]
    assert labels == ["true", "false"]


def test_a_release_that_is_switched_off_is_not_printed() -> None:
    """What is not printed is pruned; the project is left, so that the folder is there without any release."""
    assert set(printed(release("one", installed=False))) == {
        "argocd-cm.yaml",
        "argocd.yaml",
        "argocd/project.yaml",
    }
