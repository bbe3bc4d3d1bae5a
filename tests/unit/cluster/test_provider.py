"""The choice between the ways of having a cluster."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ethgen.cluster.provider import Availability, ClusterConfig, select, timed
from ethgen.cluster.providers import AUTOMATIC, choose, providers
from ethgen.errors import ClusterError


def fake(name: str, answer: Availability) -> Any:  # noqa: ANN401 - choosing asks nothing else of a provider
    """Return a provider that only says whether it can work."""
    return SimpleNamespace(name=name, available=lambda: answer)


YES = Availability(ok=True)
NO_ENGINE = Availability(ok=False, why_not="no Docker engine answers", cure="start Docker")
NO_ROOT = Availability(ok=False, why_not="it needs root", cure="use sudo")


def config(provider: str = "auto") -> ClusterConfig:
    """Return the configuration of an environment called local."""
    return ClusterConfig("local", Path("/nowhere/.ethgen/local"), provider=provider)


def test_auto_takes_the_first_that_can_work():
    """With `auto` the first available provider of the order is chosen."""
    fakes = {"kind": fake("kind", NO_ENGINE), "k3d": fake("k3d", YES), "bare": fake("bare", YES)}
    assert select(config(), fakes, ("kind", "k3d", "bare")).name == "k3d"


def test_auto_tells_every_reason_when_none_can_work():
    """Where no provider can work, the one error names each with its reason and cure."""
    fakes = {"kind": fake("kind", NO_ENGINE), "bare": fake("bare", NO_ROOT)}
    with pytest.raises(ClusterError) as caught:
        select(config(), fakes, ("kind", "bare"))
    assert caught.value.message == (
        "no local cluster can be made on this machine: "
        "kind: no Docker engine answers (start Docker); bare: it needs root (use sudo)"
    )
    assert "existing" in caught.value.cure


def test_a_named_provider_that_cannot_work_is_an_error():
    """A provider that the spec names is never replaced by another one."""
    fakes = {"kind": fake("kind", NO_ENGINE), "bare": fake("bare", YES)}
    with pytest.raises(ClusterError) as caught:
        select(config("kind"), fakes, ("kind", "bare"))
    assert str(caught.value) == (
        "the cluster provider kind cannot work here: no Docker engine answers\n  cure: start Docker"
    )


def test_an_unknown_provider_is_an_error_that_names_the_known_ones():
    """A wrong name lists what can be said instead."""
    with pytest.raises(ClusterError, match="unknown cluster provider 'minikube'") as caught:
        select(config("minikube"), {"bare": fake("bare", YES)}, ())
    assert caught.value.cure == "use one of auto, bare"


def test_every_provider_is_known_by_its_name():
    """The table of providers has each under its own name, and `auto` tries only known ones."""
    known = providers()
    assert {name: provider.name for name, provider in known.items()} == {
        name: name for name in ("kind", "k3d", "bare", "existing")
    }
    assert set(AUTOMATIC) < set(known)


def test_auto_stays_with_the_bare_cluster_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A bare cluster's folder decides for `bare`, though a Docker engine runs now."""
    monkeypatch.setattr("ethgen.cluster.kind.KindProvider.available", lambda _: YES)
    monkeypatch.setattr("ethgen.cluster.bare.provider.BareProvider.available", lambda _: YES)
    assert choose(ClusterConfig("local", tmp_path)).name == "kind"
    (tmp_path / "bare").mkdir()
    assert choose(ClusterConfig("local", tmp_path)).name == "bare"


def test_names_come_from_the_environment():
    """Cluster, context and kubeconfig are named for the environment."""
    assert config().name == "ethgen-local"
    assert config().kubeconfig == Path("/nowhere/.ethgen/local/kubeconfig")


def test_a_step_is_reported_only_when_it_has_ended_well():
    """A step that fails is not reported as done."""
    steps: list[str] = []

    def note(step: str, seconds: float) -> None:
        assert seconds >= 0
        steps.append(step)

    with timed(note, "good"):
        pass
    with pytest.raises(ValueError, match="wrong"), timed(note, "bad"):
        raise ValueError("wrong")
    assert steps == ["good"]
