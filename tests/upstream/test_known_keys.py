"""Every key of generated values is one that its chart knows: charts swallow misspelt ones."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ethgen.spec import load
from ethgen.stack import releases
from ethgen.stack.catalogue import KNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# The values of every chart in its own words, beside a checkout of this repository.
VALUES = Path(__file__).parents[3] / "shared" / "chart-values"
OTHERS = [name for name, known in KNOWN.items() if not known.release.chart.own]

pytestmark = pytest.mark.skipif(not VALUES.is_dir(), reason=f"the charts' own values are not in {VALUES}")


def known_values(name: str) -> dict[str, Any]:
    """Return the values that a release's chart knows, those of its subcharts below their names."""
    chart = KNOWN[name].release.chart
    stem = f"{chart.name}-{chart.version}"
    values: dict[str, Any] = yaml.safe_load((VALUES / f"{stem}.yaml").read_text())
    for path in VALUES.glob(f"{stem}.subchart-*.yaml"):
        below = path.name.removeprefix(f"{stem}.subchart-").removesuffix(".yaml")
        values[below] = {**(yaml.safe_load(path.read_text()) or {}), **(values.get(below) or {})}
    # Istio's charts have their defaults there, and take them at the top.
    return values.get("_internal_defaults_do_not_set", values)


def mentioned(name: str) -> set[str]:
    """Return the keys that a chart's values show as comments: those without a default."""
    chart = KNOWN[name].release.chart
    text = (VALUES / f"{chart.name}-{chart.version}.yaml").read_text()
    return set(re.findall(r"^ *# *(\w+):", text, re.MULTILINE))


def unknown(values: Mapping[str, Any], known: Mapping[str, Any], comments: set[str], above: str = "") -> Iterator[str]:
    """Yield the path of every key that is not known; what is empty or no mapping takes any."""
    for key, value in values.items():
        if key not in known:
            if key not in comments:
                yield f"{above}{key}"
        elif isinstance(value, dict) and isinstance(known[key], dict) and known[key]:
            yield from unknown(value, known[key], comments, f"{above}{key}.")


@pytest.mark.parametrize("profile", ["local", "staging", "production"])
@pytest.mark.parametrize("name", OTHERS)
def test_a_chart_knows_every_generated_key(name: str, profile: str, tmp_path: Path) -> None:
    """No key of a release's generated values is unknown to its chart, in any profile."""
    path = tmp_path / "test.yaml"
    path.write_text(yaml.safe_dump({"profile": profile, "releases": {each: {} for each in KNOWN}}))
    values = {release.name: release.values for release in releases(load(path))}
    assert list(unknown(values[name], known_values(name), mentioned(name))) == []
