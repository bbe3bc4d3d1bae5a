"""The releases of other charts: which are installed, in what order, and what a spec may change of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ethgen.errors import SpecError
from ethgen.render.build import build
from ethgen.spec import load
from ethgen.stack import releases, warnings
from ethgen.stack.catalogue import KNOWN
from ethgen.stack.release import LAYERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from ethgen.spec import NetworkSpec
    from ethgen.stack.release import Release

    Make = Callable[..., NetworkSpec]

EVERYTHING = Path(__file__).parents[2] / "fixtures" / "valid" / "releases.yaml"
# What some releases need of other sections.
SECTIONS = {
    name: section
    for name, section in yaml.safe_load(EVERYTHING.read_text()).items()
    if name not in {"profile", "cluster", "releases"}
}
PROFILES = ("local", "staging", "production")
OTHERS = [name for name, known in KNOWN.items() if not known.release.chart.own]


@pytest.fixture(name="make")
def spec_of_releases(tmp_path: Path) -> Make:
    """Return a function that makes a spec of these releases, and of other sections."""

    def make(chosen: dict[str, Any], profile: str = "staging", **sections: object) -> NetworkSpec:
        path = tmp_path / "test.yaml"
        path.write_text(yaml.safe_dump({"profile": profile, **sections, "releases": chosen}))
        return load(path)

    return make


def everything(make: Make, profile: str) -> tuple[Release, ...]:
    """Return every known release."""
    return releases(make({name: {} for name in KNOWN}, profile, **SECTIONS))


def test_a_release_is_installed_where_the_spec_names_it(make: Make) -> None:
    """An entry installs a release, `enabled: false` uninstalls it, and what is not named is not there."""
    found = releases(make({"cert-manager": {}, "metrics-server": {"enabled": False}}))
    assert [(release.name, release.installed) for release in found] == [
        ("metrics-server", False),
        ("cert-manager", True),
    ]


@pytest.mark.parametrize("profile", PROFILES)
def test_releases_come_by_layers_and_after_what_they_need(profile: str, make: Make) -> None:
    """No release stands before one that it needs, or before one of an earlier layer."""
    found = everything(make, profile)
    layers = [LAYERS.index(release.layer) for release in found]
    assert layers == sorted(layers)
    for place, release in enumerate(found):
        assert set(release.needs) <= {earlier.name for earlier in found[:place]}


@pytest.mark.parametrize("name", KNOWN)
def test_needs_name_installed_releases_only(name: str, make: Make) -> None:
    """A release alone, with what it cannot run without, needs nothing that is not there."""
    chosen = {name}
    for other in reversed(KNOWN):
        if other in chosen:
            chosen |= set(KNOWN[other].requires)
    for release in releases(make({key: {} for key in chosen}, **SECTIONS)):
        assert set(release.needs) <= chosen


@pytest.mark.parametrize("name", OTHERS)
def test_the_chart_of_another_is_pinned(name: str) -> None:
    """A chart of another repository has its address and one version."""
    chart = KNOWN[name].release.chart
    assert chart.repository.startswith(("https://", "oci://"))
    assert not chart.repository.endswith("/")
    assert chart.version.lstrip("v")[0].isdecimal()


@pytest.mark.parametrize("profile", PROFILES)
def test_generated_values_keep_every_promise(profile: str, make: Make) -> None:
    """What a spec may not change is right where it changes nothing."""
    chosen: dict[str, Any] = {name: {"values": {}} for name in KNOWN}
    assert len(releases(make(chosen, profile, **SECTIONS))) == len(KNOWN)


def test_a_chosen_version_is_that_of_the_chart(make: Make) -> None:
    """A version in the spec takes the place of the pinned one, in the list and in the helmfile."""
    spec = make({"cert-manager": {"version": "v1.20.0"}})
    assert releases(spec)[0].chart.version == "v1.20.0"
    assert b"v1.20.0" in build(spec)["values/test/helmfile.yaml"]


def test_values_are_merged_as_helm_does(make: Make) -> None:
    """A key of a spec wins, also null, by which Helm takes away a chart's default; and all others stay."""
    values = {"replicas": 5, "metrics": None, "image": {"tag": None}, "other": {"a": [1], "b": None}}
    drawn = releases(make({"metrics-server": {"values": values}}))[0].values
    assert {key: drawn[key] for key in values} == values
    assert "resources" in drawn


def test_null_of_an_own_chart_takes_away_what_is_generated(make: Make) -> None:
    """The chart's default counts then, and no null reaches its templates."""
    values = {"labels": None, "access": {"viewers": None}}
    drawn = releases(make({"cluster-base": {"values": values}}, cluster={"labels": {"team": "a"}}))[0].values
    assert "labels" not in drawn
    assert drawn["access"] == {"operators": []}


MIRROR = "https://mirror.example.org/charts"


def test_all_charts_of_others_come_from_a_mirror_where_one_is_named(make: Make) -> None:
    """No file that is generated names another repository; charts of this one, and versions, stay what they are."""
    named: dict[str, Any] = {name: {} for name in KNOWN}
    gitops = {"repository": "https://git.example.org/fleet"}
    cluster = {**SECTIONS.get("cluster", {}), "chartRepository": MIRROR}
    spec = make(named, "production", **{**SECTIONS, "gitops": gitops, "cluster": cluster})
    for release in releases(spec):
        known = KNOWN[release.name].release.chart
        assert (release.chart.name, release.chart.version) == (known.name, known.version)
        assert release.chart.repository == ("" if known.own else MIRROR)
        assert release.chart.upstream == known
    addresses = {known.release.chart.repository for known in KNOWN.values()} - {""}
    files = {path: content.decode() for path, content in build(spec).items()}
    for path in ("values/test/helmfile.yaml", "gitops/test/flux/repositories.yaml", "gitops/test/argocd/project.yaml"):
        assert MIRROR in files[path]
    for path, text in files.items():
        assert [address for address in addresses if address.partition("://")[2] in text] == [], path


def test_an_unknown_class_of_priority_is_warned_of(make: Make) -> None:
    """The nearest class of the spec is named; classes of Kubernetes, and a spec without any of its own, are left be."""
    nodes = {"a": {"execution": {"client": "geth"}, "consensus": {"client": "lighthouse"}, "storage": "4Ti"}}

    def warned(chosen: str, classes: dict[str, Any]) -> list[str]:
        networks = {"mine": {"chain": "hoodi", "nodes": nodes, "priorityClass": chosen}}
        spec = make({"cluster-base": {}}, "local", networks=networks, cluster={"priorityClasses": classes})
        return [line for line in warnings(spec) if "priorityClass" in line]

    (line,) = warned("chian", {"chain": {"value": 5}})
    assert "networks.mine.priorityClass: no class 'chian' is among cluster.priorityClasses" in line
    assert line.endswith("did you mean 'chain'?")
    assert warned("chain", {"chain": {"value": 5}}) == []
    assert warned("system-cluster-critical", {"chain": {"value": 5}}) == []
    assert warned("chian", {}) == []


def test_layers_are_collected_only_at_an_hour_that_is_named(make: Make) -> None:
    """The registry would have to rest meanwhile, so nothing is collected by itself."""
    local = {"profile": "local"}
    assert releases(make({"docker-registry": {}}, **local))[0].values["garbageCollect"] == {"enabled": False}
    spec = make({"docker-registry": {}}, **local, registry={"cleanup": "0 3 * * 0"})
    assert releases(spec)[0].values["garbageCollect"] == {
        "enabled": True,
        "schedule": "0 3 * * 0",
        "deleteUntagged": False,
    }


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"crds": {"enabled": False}}, "crds.enabled: must be true: without them no Certificate or Issuer"),
        ({"crds": {"keep": None}}, "crds.keep: must be true: their removal would remove every certificate"),
        ({"crds": {"keep": 1}}, "crds.keep: must be true: "),
        ({"webhook": [3]}, "webhook: expected a mapping, as the chart has it; write its keys below it"),
        ({"replicaCount": {"a": 1}}, "replicaCount: expected a single value or a list, as the chart has it: 1"),
    ],
)
def test_values_that_break_a_promise_are_refused(values: dict[str, Any], text: str, make: Make) -> None:
    """What another part relies on, and the form of what is generated, may not be changed; the reason is told."""
    with pytest.raises(SpecError, match="releases.cert-manager.values." + text.replace(".", r"\.")):
        releases(make({"cert-manager": {"values": values}}))
