"""What the chart's schema refuses, and what Helm says then."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

CHART = Path(__file__).parents[2] / "charts" / "ethereum-infrastructure"
LOCAL = CHART / "ci" / "local-values.yaml"
GROUP = "nodes.geth-prysm"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ("validators.a.replicas=2", "/validators/a/replicas"),
        ("validators.a.replicas=0", "/validators/a/replicas"),
        (f"{GROUP}.replica=2", "'replica'"),
        (f"{GROUP}.replicas=many", f"{GROUP.replace('.', '/')}/replicas"),
        (f"{GROUP}.execution.ports[0].purpose=engine", "/execution/ports/0/purpose"),
        (f"{GROUP}.execution.ports[0].port=70000", "/execution/ports/0/port"),
        (f"{GROUP}.storage=big", "/storage"),
        (f"{GROUP}.health.chainId=null", "chainId"),
        (f"{GROUP}.files.geth\\.toml=x", "geth.toml"),
        (f"nodes.{'n' * 41}.replicas=1", "n" * 41),
        ("nodes.Geth.replicas=1", "'Geth'"),
        ("network=Devnet", "/network"),
        ("chainId=0", "/chainId"),
        ("genesis.parts=17", "/genesis/parts"),
        ("access.serviceType=ExternalName", "/access/serviceType"),
        ("access.fromCidrs={10.0.0.1}", "/access/fromCidrs/0"),
        ("p2PFromAnywhere=true", "'p2PFromAnywhere'"),
        ("typo=1", "'typo'"),
    ],
)
def test_bad_values_are_refused_by_name(helm: Callable[..., subprocess.CompletedProcess[str]], values: str, said: str):
    """A key that is unknown, of the wrong type or out of its range stops Helm, which names it."""
    done = helm("template", "ethereum", CHART, "--values", LOCAL, "--set", values)
    assert done.returncode != 0
    assert said in done.stderr, done.stderr
    assert done.stdout == ""


def test_values_of_a_parent_chart_are_accepted(helm: Callable[..., subprocess.CompletedProcess[str]]):
    """`global`, which Helm hands to every chart, is no unknown key."""
    done = helm("template", "ethereum", CHART, "--values", LOCAL, "--set", "global.imageRegistry=registry.example.org")
    assert done.returncode == 0, done.stderr


def test_too_old_a_kubernetes_is_refused(helm: Callable[..., subprocess.CompletedProcess[str]]):
    """Before 1.32 a pod does not learn its ordinal from a label, and the chart says which version it needs."""
    done = helm("template", "ethereum", CHART, "--kube-version", "1.31.0")
    assert done.returncode != 0
    assert ">=1.32.0-0" in done.stderr
