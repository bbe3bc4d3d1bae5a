"""The helmfile of an environment and the namespaces before it."""

from __future__ import annotations

from pathlib import Path

from ethgen.gitops import helmfile
from ethgen.gitops.namespaces import namespaces
from ethgen.spec import load
from ethgen.stack.release import Chart, Release

SPEC = load(Path(__file__).parents[2] / "fixtures" / "valid" / "several.yaml")


def release(name: str, **changes: object) -> Release:
    """Return a release with these changes."""
    return Release(
        **{"name": name, "namespace": name, "layer": "ethereum", "chart": Chart("x"), "values": {}, **changes}
    )


def test_environments_and_releases_stand_in_documents_of_their_own() -> None:
    """Helmfile wants environments apart from releases; the kube context is the spec's own, for every release."""
    first, second = helmfile.documents(SPEC, [release("one")])
    assert first == {"environments": {"several": {}}}
    assert second["helmDefaults"]["kubeContext"] == "several"
    assert second["missingFileHandler"] == "Error"


def test_a_release_is_printed_with_its_chart_and_values() -> None:
    """Paths are relative to values/<environment>/; the layer is a label that helmfile can select."""
    printed = helmfile.documents(SPEC, [release("one", wait=True)])[1]["releases"]
    assert printed == [
        {
            "name": "one",
            "namespace": "one",
            "labels": {"layer": "ethereum"},
            "chart": "../../charts/x",
            "values": ["one.yaml"],
            "wait": True,
            "timeout": 600,
            "disableValidationOnInstall": True,
        }
    ]


def test_a_chart_of_a_helm_repository_has_its_address_and_version() -> None:
    """A Helm repository is listed once under a name made of its address; a registry's chart has its whole address."""
    first = release("one", chart=Chart("x", "1.2.3", "https://charts.example.org/Stable"))
    second = release("two", chart=Chart("y", "v4", "https://charts.example.org/Stable"))
    third = release("three", chart=Chart("z", "5.6.7", "oci://registry.example.org/charts"))
    printed = helmfile.documents(SPEC, [first, second, third])[1]
    repository = "charts.example.org-stable"
    assert printed["repositories"] == [{"name": repository, "url": "https://charts.example.org/Stable"}]
    assert [(each["chart"], each["version"]) for each in printed["releases"]] == [
        (f"{repository}/x", "1.2.3"),
        (f"{repository}/y", "v4"),
        ("oci://registry.example.org/charts/z", "5.6.7"),
    ]


def test_what_is_needed_is_named_with_its_namespace() -> None:
    """`needs` names a release the way helmfile does: namespace/name."""
    printed = helmfile.documents(SPEC, [release("one", namespace="system"), release("two", needs=("one",))])[1]
    assert printed["releases"][1]["needs"] == ["system/one"]


def test_a_release_that_is_switched_off_is_uninstalled() -> None:
    """`installed: false` stays in the helmfile, so that the next apply removes it; its namespace is not made."""
    off = release("one", installed=False)
    assert helmfile.documents(SPEC, [off])[1]["releases"][0]["installed"] is False
    assert namespaces([off]) == []
