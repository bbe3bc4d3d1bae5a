"""`ethgen deploy` and `ethgen destroy`, up to where they would touch a cluster."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from ethgen.cli.deploy import deploy, destroy
from ethgen.errors import DeployError, EthgenError
from ethgen.operate.deploy import deployment
from ethgen.operate.deploy.deployment import Deployment, Options
from ethgen.spec import load

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ethgen.operate.deploy.steps import Step

ROOT = Path(__file__).parents[3]


@pytest.fixture
def in_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in the repository, where environments/ is."""
    monkeypatch.chdir(ROOT)


@pytest.mark.usefixtures("in_repository")
@pytest.mark.parametrize(
    ("command", "question"),
    [
        (deploy, "About to change the cluster 'production' to what production says. Go on?"),
        (
            destroy,
            (
                "About to uninstall mainnet, alloy, mimir, loki, kube-prometheus-stack, istio-gateway, istiod, "
                "istio-base, docker-registry, keda, external-secrets, cert-manager, "
                "metrics-server, cluster-base from the cluster 'production', and delete the namespace mainnet with "
                "all data. Go on?"
            ),
        ),
    ],
)
def test_a_cluster_that_others_use_is_not_changed_without_a_yes(
    command: object, question: str, monkeypatch: pytest.MonkeyPatch
):
    """Outside profile local both commands ask first, and `n` ends them before anything is looked up."""
    monkeypatch.setattr(deployment, "tool_environment", lambda **_: pytest.fail("went on without a yes"))
    result = CliRunner().invoke(command, ["--env", "production"], input="n\n")  # type: ignore[arg-type]
    assert result.output == f"{question} [y/N]: n\n"
    assert str(result.exception).splitlines()[0] == "not confirmed; nothing was changed"


@pytest.mark.parametrize("command", [deploy, destroy])
def test_what_others_made_is_asked_about_in_every_profile(
    command: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Profile local asks nothing of a cluster that ethgen makes; one that was there before may be anybody's."""
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "local.yaml").write_text("profile: local\ncluster: {context: theirs}\n")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(command, [], input="n\n")  # type: ignore[arg-type]
    assert str(result.exception).splitlines()[0] == "not confirmed; nothing was changed"


@pytest.mark.usefixtures("in_repository")
@pytest.mark.parametrize("command", [deploy, destroy])
def test_nobody_to_ask_is_no_yes(command: object):
    """Without a terminal and without --yes both commands say which option is missing."""
    result = CliRunner().invoke(command, ["--env", "production"], input="")  # type: ignore[arg-type]
    assert isinstance(result.exception, EthgenError)
    assert "--yes" in result.exception.cure


@pytest.mark.usefixtures("in_repository")
def test_a_context_that_is_nowhere_is_told_before_any_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Where no kubeconfig has the spec's context nothing is built or written."""
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    monkeypatch.setattr(deployment, "tool_environment", lambda **_: pytest.fail("a step ran"))
    result = CliRunner().invoke(deploy, ["--env", "production", "--yes"])
    assert str(result.exception).splitlines()[0] == "no kubeconfig names the context production"


def test_a_layer_that_is_not_there_is_refused_before_anything_runs(tmp_path: Path):
    """An unknown layer is one error that names those there are."""
    spec = load(ROOT / "environments" / "local.yaml")
    with pytest.raises(EthgenError) as error:
        Deployment(spec, tmp_path, Options(layer="monitoring"))
    assert str(error.value) == "local has no layer 'monitoring'\n  cure: name one of: ethereum"
    assert list(tmp_path.iterdir()) == []


def test_a_new_genesis_is_of_the_layer_of_networks(tmp_path: Path):
    """Where another layer is deployed, `--new-genesis` could only be passed over in silence."""
    spec = load(ROOT / "environments" / "production.yaml")
    with pytest.raises(EthgenError) as error:
        Deployment(spec, tmp_path, Options(layer="istio", new_genesis=True))
    assert str(error.value).splitlines()[0] == "the layer istio has no networks to begin anew"
    Deployment(spec, tmp_path, Options(layer="ethereum", new_genesis=True))


def test_flux_does_not_install_what_has_no_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, report: SimpleNamespace
):
    """What helmfile leaves out Flux would install all the same, so that is refused with what is missing."""
    spec = load(ROOT / "environments" / "local.yaml")
    lacking = SimpleNamespace(how="left out", detail="no registry answers")

    def supply(references: Iterable[str], *_: object) -> list[SimpleNamespace]:
        return [SimpleNamespace(reference=each, **vars(lacking)) for each in references]

    monkeypatch.setattr(deployment, "supply", supply)
    monkeypatch.setattr(deployment.installation, "controller_images", dict)
    for tool in ("helmfile", "argocd"):
        made = Deployment(spec, tmp_path, Options(tool=tool))  # type: ignore[arg-type] - a column
        images(made).run(report)  # type: ignore[arg-type] - all that it asks of a report
        assert set(made.left_out) == {"devnet"}
    with pytest.raises(DeployError, match="Flux would install what has no image here:\n  devnet: no registry answers"):
        images(Deployment(spec, tmp_path, Options(tool="flux"))).run(report)  # type: ignore[arg-type] - likewise


def images(made: Deployment) -> Step:
    """Return the step that supplies images."""
    return next(step for step in made.steps() if step.name == "images")


@pytest.fixture
def report() -> SimpleNamespace:
    """What a step tells of itself."""
    return SimpleNamespace(progress=lambda _text: None)


def test_steps_need_only_steps_before_them(tmp_path: Path):
    """The steps are listed in an order in which they could run one by one."""
    spec = load(ROOT / "environments" / "local.yaml")
    done: set[str] = set()
    for step in Deployment(spec, tmp_path, Options()).steps():
        assert done.issuperset(step.needs)
        done.add(step.name)
    assert done == {"tools", "render", "cluster", "images", "genesis", "install", "pods", "blocks"}


def test_nodes_of_a_cluster_that_is_there_cannot_pull_from_localhost(tmp_path: Path):
    """Where ethgen did not make the cluster, the spec must name a registry that its nodes reach."""
    path = tmp_path / "staging.yaml"
    path.write_text("profile: staging\ncluster:\n  context: staging\n")
    with pytest.raises(EthgenError) as error:
        Deployment(load(path), tmp_path, Options()).require_possible()
    assert str(error.value) == (
        f"{path}:3:3: cluster.registry: the nodes of staging cannot pull the agent's image from localhost\n"
        '  cure: push it (`ethgen help tools-and-images "your own"`) and name the registry in the spec'
    )


def test_releases_are_installed_layer_by_layer(tmp_path: Path):
    """What is installed together may use the kinds of earlier layers; a layer that has nothing left is not run."""
    spec = load(ROOT / "environments" / "production.yaml")
    every = Deployment(spec, tmp_path, Options())
    assert (every.layers()[0], every.layers()[-1]) == ("infrastructure", "ethereum")
    every.left_out = {"mainnet": "no image"}
    assert "ethereum" not in every.layers()
    assert Deployment(spec, tmp_path, Options(layer="ethereum")).layers() == ["ethereum"]
