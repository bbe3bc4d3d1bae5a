"""The releases of other charts: which are installed, in what order, and what a spec may change of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ethgen.errors import SpecError
from ethgen.render.build import build
from ethgen.spec import load
from ethgen.stack import releases
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
    """A key of a spec wins, null removes one, and all others stay."""
    values = releases(make({"metrics-server": {"values": {"replicas": 5, "metrics": None, "other": {"a": [1]}}}}))[
        0
    ].values
    assert (values["replicas"], values["other"], "metrics" in values, "resources" in values) == (
        5,
        {"a": [1]},
        False,
        True,
    )


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
