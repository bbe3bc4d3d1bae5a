"""What `ethgen destroy` removes from a cluster that was there before, and what a new genesis may remove."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from ethgen.errors import DeployError
from ethgen.operate.deploy import deployment, destruction
from ethgen.spec import load

if TYPE_CHECKING:
    from pathlib import Path

    from ethgen.spec import NetworkSpec

SPEC = """\
profile: staging
cluster: {provider: existing, context: there, registry: registry.example.org}
networks:
  hoodi:
    chain: hoodi
    nodes: {geth: {execution: {client: geth}, consensus: {client: lighthouse}, storage: 4Ti}}
releases:
  cert-manager: {enabled: false}
  metrics-server: {}
"""

PRIVATE = """\
profile: local
networks:
  devnet:
    chain: custom
    chainId: 1234
    genesis: {mnemonic: test test test test test test test test test test test junk, slotsPerEpoch: 8}
    nodes: {geth: {execution: {client: geth, version: 1.17.8}, consensus: {client: prysm}, storage: 4Gi}}
    validators:
      a: {client: prysm, keys: 8, storage: 1Gi, feeRecipient: "0x000000000000000000000000000000000000dead"}
"""


def written(root: Path, text: str) -> NetworkSpec:
    """Return the spec of an environment `one` below `root`."""
    file = root / "environments" / "one.yaml"
    file.parent.mkdir()
    file.write_text(text)
    return load(file)


class Removing:
    """Plays kubectl, and notes which namespaces it is to remove."""

    def __init__(self) -> None:
        self.removed: list[str] = []

    def delete_namespace(self, name: str) -> None:
        """Note it."""
        self.removed.append(name)


def test_a_release_that_is_switched_off_is_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Namespaces of releases that are not installed may be another team's."""
    spec = written(tmp_path, SPEC)
    kubectl = Removing()
    cluster = SimpleNamespace(kubeconfig=tmp_path / "kubeconfig", context="there")
    provider = SimpleNamespace(name="existing", up=lambda _config: cluster)
    monkeypatch.setattr(destruction.providers, "choose", lambda _config: provider)
    monkeypatch.setattr(destruction, "tool_path", lambda name: tmp_path / name)
    monkeypatch.setattr(destruction, "Kubectl", lambda *_arguments: kubectl)
    monkeypatch.setattr(destruction, "uninstall", lambda *_arguments: None)
    said = destruction.destroy_environment(spec, tmp_path)
    assert kubectl.removed == ["hoodi", "metrics-server"]
    assert said == "removed the namespaces hoodi, metrics-server from there"


def test_nothing_is_removed_where_flux_installs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A new genesis for an environment that Flux manages is refused before the old network is removed."""
    spec = written(tmp_path, PRIVATE)
    kubectl = Removing()

    def refuse(*_arguments: object) -> None:
        raise DeployError("Flux installs it")

    monkeypatch.setattr(deployment, "require_unmanaged", refuse)
    run = deployment.Deployment(spec, tmp_path, deployment.Options(new_genesis=True))
    run.__dict__["kubectl"] = kubectl
    (step,) = [step for step in run.steps() if step.name == "genesis"]
    with pytest.raises(DeployError, match="Flux installs it"):
        step.run(SimpleNamespace(detail=lambda _text: None))  # type: ignore[arg-type] - all that it asks of a report
    assert kubectl.removed == []
