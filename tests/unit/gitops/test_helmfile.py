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
            "skipDeps": True,
            "hooks": [
                {
                    "name": "namespaces",
                    "events": ["presync"],
                    "command": "kubectl",
                    "args": [
                        "--context=several",
                        "apply",
                        "--server-side",
                        "--force-conflicts",
                        "--field-manager=ethgen",
                        "--filename=namespaces.yaml",
                    ],
                }
            ],
        }
    ]


def test_the_repositories_are_added_by_helmfile() -> None:
    """Dependencies are passed over release by release: as a default that would keep repositories from being added."""
    assert "skipDeps" not in helmfile.documents(SPEC, [release("one")])[1]["helmDefaults"]


def test_charts_of_this_machine_take_the_place_of_repositories() -> None:
    """A helmfile may stand elsewhere: values and own charts have whole paths, and nothing is left to fetch."""
    other = release("two", chart=Chart("y", "v4", "https://charts.example.org"))
    generated = helmfile.documents(SPEC, [release("one"), other])
    environments, main = helmfile.with_local_charts(generated, "/fleet/values/several", {"two": "/cache/y"})
    assert environments == {"environments": {"several": {}}}
    assert "repositories" not in main
    assert [each["chart"] for each in main["releases"]] == ["/fleet/charts/x", "/cache/y"]
    assert [each["values"] for each in main["releases"]] == [
        ["/fleet/values/several/one.yaml"],
        ["/fleet/values/several/two.yaml"],
    ]
    assert "version" not in main["releases"][1]
    # `ethgen deploy` makes the namespaces itself, and their file is not beside this one.
    assert not any("hooks" in each for each in main["releases"])


def test_what_is_not_on_this_machine_stays_where_it_is() -> None:
    """A release whose chart was not brought keeps its repository, and that stays listed."""
    other = release("two", chart=Chart("y", "v4", "https://charts.example.org"))
    main = helmfile.with_local_charts(helmfile.documents(SPEC, [other]), "/fleet/values/several", {})[1]
    assert main["repositories"] == [{"name": "charts.example.org", "url": "https://charts.example.org"}]
    assert (main["releases"][0]["chart"], main["releases"][0]["version"]) == ("charts.example.org/y", "v4")


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
    (printed,) = helmfile.documents(SPEC, [off])[1]["releases"]
    assert printed["installed"] is False
    assert "hooks" not in printed
    assert namespaces([off]) == []


def test_a_release_that_is_switched_off_needs_no_repository() -> None:
    """Only repositories of installed releases are listed: helmfile asks each of them, whether it answers or not."""
    charts = [Chart("y", "v4", "https://charts.example.org"), Chart("z", "v1", "https://other.example.org")]
    off, on = (release(chart.name, chart=chart, installed=chart.name == "z") for chart in charts)
    main = helmfile.documents(SPEC, [off, on])[1]
    assert [each["url"] for each in main["repositories"]] == ["https://other.example.org"]
    assert [each["name"] for each in main["releases"]] == ["y", "z"]
