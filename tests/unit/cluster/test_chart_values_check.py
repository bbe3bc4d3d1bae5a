"""Keys that a chart does not know, at their places in the spec."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ethgen.cluster.charts.known_keys import known_keys
from ethgen.cluster.charts.packaged import read_chart
from ethgen.cluster.charts.values_check import known_of, wrong_keys
from ethgen.spec import load
from ethgen.stack.changes import merged
from ethgen.stack.release import Chart, Release

if TYPE_CHECKING:
    from collections.abc import Callable

    from ethgen.spec import NetworkSpec

KNOWN = known_keys(read_chart(Path(__file__).parents[2] / "fixtures" / "charts" / "mailer"))
CHART = Chart("mailer", "1.2.3", "https://charts.example.org")


@pytest.fixture
def spec_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], NetworkSpec]:
    """Return a function that reads a spec whose release cert-manager has these values."""
    monkeypatch.chdir(tmp_path)

    def read(values: str) -> NetworkSpec:
        Path("one.yaml").write_text(
            f"profile: staging\ncluster: {{context: x}}\nreleases:\n  cert-manager:\n    values: {values}\n"
        )
        return load(Path("one.yaml"))

    return read


def wrong(spec: NetworkSpec, generated: dict[str, Any]) -> list[str]:
    """Return the lines about a release of the chart `mailer` with generated values and those of the spec."""
    values = merged(generated, spec.releases["cert-manager"].values, keep_null=True)
    return wrong_keys(Release("cert-manager", "mail", "infrastructure", CHART, values), spec, KNOWN)


def test_what_the_spec_misspells_is_told_at_its_key(spec_of: Callable[[str], NetworkSpec]):
    """Each unknown key of the spec has its line and column, and the nearest known name or all of them."""
    assert wrong(spec_of("{replica: 2, server: {tls: {rate: 1}}}"), {"arguments": []}) == [
        (
            "one.yaml:5:14: releases.cert-manager.values.replica: the chart mailer 1.2.3 knows no such key; "
            "did you mean 'replicas'?"
        ),
        (
            "one.yaml:5:41: releases.cert-manager.values.server.tls.rate: the chart mailer 1.2.3 knows no such key; "
            "known there: enabled"
        ),
    ]


def test_a_value_in_the_place_of_a_mapping_is_told(spec_of: Callable[[str], NetworkSpec]):
    """Helm ignores a number where the chart has a mapping; it is an error here."""
    assert wrong(spec_of("{server: 5}"), {}) == [
        (
            "one.yaml:5:14: releases.cert-manager.values.server: the chart mailer 1.2.3 has a mapping there; "
            "write its keys below it"
        )
    ]


def test_what_is_generated_and_has_vanished_is_told_at_the_release(spec_of: Callable[[str], NetworkSpec]):
    """A key that ethgen writes and another version of the chart does not know is told with both ways out."""
    spec = spec_of("{replicas: 2}")
    assert wrong(spec, {"server": {"speed": 1}}) == [
        (
            "one.yaml:4:3: releases.cert-manager: the chart mailer 1.2.3 does not know server.speed, which is "
            "generated for it; name another version of the chart, or write "
            "releases.cert-manager.values.server.speed: null"
        )
    ]


def test_a_generated_key_may_be_taken_away(spec_of: Callable[[str], NetworkSpec]):
    """The way out that the message names works, and a misspelt removal is still told."""
    assert wrong(spec_of("{server: {speed: null}}"), {"server": {"speed": 1}}) == []
    assert len(wrong(spec_of("{replica: null}"), {})) == 1


def test_values_of_the_user_that_are_templates_are_read(spec_of: Callable[[str], NetworkSpec]):
    """A key that only another value of the spec reads is known."""
    assert wrong(spec_of('{company: us, settings: {name: "{{ .Values.company }}"}}'), {}) == []


def test_what_a_chart_knows_is_kept(own_cache: Path, tmp_path: Path, pack: Callable[..., Path]):
    """A chart is read once; the second answer comes from the cache and is the same."""
    path = pack(tmp_path)
    first = known_of(path)
    (kept,) = (own_cache / "charts" / "keys").glob("*.json")
    before = kept.stat().st_mtime_ns
    assert known_of(path) == first == KNOWN
    assert kept.stat().st_mtime_ns == before
