"""`ethgen gitops argocd`, up to where it would touch a cluster."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from ethgen.cli.gitops import gitops
from ethgen.errors import EthgenError
from ethgen.operate.deploy import deployment
from ethgen.operate.deploy.deployment import Deployment, Options
from ethgen.spec import load

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ("production", "production is no cluster of this machine"),
        ("local", "environments/local.yaml:5:1: gitops: Argo CD is not told where to read from"),
    ],
)
def test_an_environment_of_another_kind_is_refused(
    monkeypatch: pytest.MonkeyPatch, environment: str, message: str
) -> None:
    """A cluster elsewhere has an Argo CD of its own; without a repository there is nothing to install from."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(deployment, "tool_environment", lambda **_: pytest.fail("a step ran"))
    result = CliRunner().invoke(gitops, ["argocd", "--env", environment])
    assert isinstance(result.exception, EthgenError)
    assert str(result.exception).startswith(message)


def test_what_argo_cd_finds_is_all_but_the_releases() -> None:
    """Tools, cluster, files, images and genesis are there before Argo CD begins; no release is."""
    steps = Deployment(load(ROOT / "environments" / "local.yaml"), ROOT, Options()).preparation()
    assert [step.name for step in steps] == ["tools", "cluster", "render", "images", "genesis"]
    assert {need for step in steps for need in step.needs} <= {step.name for step in steps}
