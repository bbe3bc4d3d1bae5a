"""What `ethgen destroy` removes from a cluster that was there before, in which order, and what it asks."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ethgen.errors import ClusterError, DeployError
from ethgen.operate.deploy import deployment, destruction, target
from ethgen.operate.deploy.destruction import Destruction
from ethgen.operate.deploy.uninstallation import FluxRemoval, remove_with_argocd
from ethgen.spec import load

if TYPE_CHECKING:
    from pathlib import Path

    from ethgen.operate.deploy.steps import Report
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
  istio-base: {}
  istiod: {}
"""
SNAPSHOTS = "  snapshot-controller: {}\n"

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
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    return load(file)


class Removing:
    """Plays kubectl and helmfile, and notes what they are to do."""

    context = "there"

    def __init__(self, *applications: dict[str, Any], stuck: str = "") -> None:
        self.done: list[str] = []
        self.applications, self.stuck = applications, stuck
        self.helmfiles: list[Any] = []

    def delete_namespace(self, name: str) -> None:
        """Note it."""
        self.done.append(f"namespace {name}")

    def destroy(self, _report: Report, layer: str) -> None:
        """Note it."""
        self.done.append(f"helmfile {layer}")

    def run(self, verb: str, kind: str, chosen: str, *options: str, **_more: str) -> str:
        """Note a command, but for what is the same in all of one tool."""
        assert (
            options[0].startswith("--namespace") or options[-1].startswith("--namespace") or "--ignore" in options[-1]
        )
        self.done.append(f"{verb} {kind} {chosen}")
        if kind == self.stuck:
            raise ClusterError("kubectl delete: timed out waiting for the condition")
        return ""

    def get(self, kind: str, name: str, namespace: str) -> dict[str, Any] | None:
        """Return the release that Flux has of this name."""
        assert (kind, namespace) == ("helmrelease.helm.toolkit.fluxcd.io", "flux-system")
        return {"metadata": {"name": name}}

    def list(self, kind: str, namespace: str) -> list[dict[str, Any]]:
        """Return the Applications that are left."""
        assert (kind, namespace) == ("application.argoproj.io", "argocd")
        return list(self.applications)


def destroyed(
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    report: Report,
    *managers: str,
    keep_data: bool = False,
    text: str = SPEC,
) -> tuple[Removing, str]:
    """Destroy an environment of a cluster that was there, and return what was done and what is said at the end."""
    cast = Removing()
    cluster = SimpleNamespace(kubeconfig=root / "kubeconfig", context="there")
    provider = SimpleNamespace(name="existing", up=lambda *_arguments: cluster)
    monkeypatch.setattr(target.providers, "choose", lambda _config: provider)
    monkeypatch.setattr(target, "require_context", lambda *_arguments: None)
    monkeypatch.setattr(target, "tool_path", lambda name: root / name)
    monkeypatch.setattr(destruction, "tool_environment", lambda **_options: {})
    monkeypatch.setattr(target, "Kubectl", lambda *_arguments: cast)
    monkeypatch.setattr(destruction, "managers", lambda *_arguments: list(managers))

    def helmfile(_root: Path, _name: str, _variables: object, file: Path) -> Removing:
        cast.helmfiles += yaml.safe_load_all(file.read_text())
        return cast

    monkeypatch.setattr(destruction, "Helmfile", helmfile)
    run = Destruction(written(root, text), root, keep_data=keep_data)
    return cast, [step.run(report) for step in run.steps()][-1]


def test_releases_are_uninstalled_before_those_they_need(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, report: Report
) -> None:
    """Networks go first, with their namespaces, and other layers after them: their webhooks still answer until then."""
    cast, said = destroyed(tmp_path, monkeypatch, report)
    assert cast.done == ["helmfile ethereum", "namespace hoodi", "helmfile istio", "helmfile infrastructure"]
    assert said == (
        "uninstalled hoodi, istiod, istio-base, metrics-server; removed the namespace hoodi; kept the namespaces "
        "istio-system, metrics-server with what charts leave there"
    )


def test_a_release_that_is_switched_off_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, report: Report
) -> None:
    """What is not installed from here may be another team's: helmfile, which would uninstall it, does not see it."""
    cast, _ = destroyed(tmp_path, monkeypatch, report)
    _, main = cast.helmfiles
    assert [each["name"] for each in main["releases"]] == ["metrics-server", "istio-base", "istiod", "hoodi"]
    assert main["helmDefaults"]["kubeContext"] == "there"
    # Until its objects are gone, whoever ends them has to stay.
    assert main["helmDefaults"]["deleteWait"] is True


def test_kinds_of_others_objects_are_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, report: Report) -> None:
    """With the snapshot controller's chart every VolumeSnapshot of the cluster would go: a person decides that."""
    cast, said = destroyed(tmp_path, monkeypatch, report, "flux", text=SPEC + SNAPSHOTS)
    assert cast.done[1] == "patch helmrelease.helm.toolkit.fluxcd.io snapshot-controller"
    assert "snapshot-controller" not in [each["name"] for each in cast.helmfiles[1]["releases"]]
    assert said.endswith(
        "; left snapshot-controller installed, with which all objects of its kinds would go: helm --kube-context there "
        "--namespace snapshot-controller uninstall snapshot-controller"
    )


def test_data_can_be_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, report: Report) -> None:
    """With --keep-data volumes stay in their namespaces, and the end says so."""
    cast, said = destroyed(tmp_path, monkeypatch, report, keep_data=True)
    assert not any(line.startswith("namespace") for line in cast.done)
    assert "; kept the namespaces hoodi, istio-system, metrics-server" in said


def test_the_question_names_what_is_removed(tmp_path: Path) -> None:
    """Whoever answers y has read the names of releases and namespaces."""
    spec = written(tmp_path, SPEC)
    uninstalled = "uninstall hoodi, istiod, istio-base, metrics-server from the cluster 'there'"
    assert Destruction(spec, tmp_path).what == f"{uninstalled}, and delete the namespace hoodi with all data"
    assert Destruction(spec, tmp_path, keep_data=True).what == uninstalled


def test_flux_uninstalls_what_it_has_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, report: Report) -> None:
    """It makes nothing anew meanwhile, goes layer by layer, and forgets the environment at the end."""
    cast, _ = destroyed(tmp_path, monkeypatch, report, "flux")
    whole, release = "kustomization.kustomize.toolkit.fluxcd.io", "helmrelease.helm.toolkit.fluxcd.io"
    owned = "--selector=kustomize.toolkit.fluxcd.io/name=one"
    assert cast.done == [
        f"patch {whole} one",
        f"delete {release} {owned},layer=ethereum", "helmfile ethereum", "namespace hoodi",
        f"delete {release} {owned},layer=istio", "helmfile istio",
        f"delete {release} {owned},layer=infrastructure", "helmfile infrastructure",
        f"delete {release} {owned}",
        f"delete helmrepository.source.toolkit.fluxcd.io {owned}",
        f"delete configmap {owned}",
        f"delete {whole} one",
        "delete gitrepository.source.toolkit.fluxcd.io one",
    ]  # fmt: skip


def test_argocd_deletes_its_applications_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, report: Report) -> None:
    """The root Application takes all others along, and would make namespaces anew that are removed before."""
    cast, _ = destroyed(tmp_path, monkeypatch, report, "argocd")
    assert cast.done[:3] == [
        "delete application.argoproj.io one", "delete appproject.argoproj.io one", "helmfile ethereum",
    ]  # fmt: skip


def test_a_project_that_others_use_stays(tmp_path: Path, report: Report) -> None:
    """A project that the spec names may be that of another environment, too."""
    gitops = "gitops: {repository: https://git.example.org/fleet, argocd: {project: fleet}}\n"
    cast = Removing({"spec": {"project": "fleet"}})
    remove_with_argocd(cast, written(tmp_path, SPEC + gitops), report)  # type: ignore[arg-type] - it plays kubectl
    assert cast.done == ["delete application.argoproj.io one"]


def test_what_a_tool_does_not_remove_is_told(tmp_path: Path, report: Report) -> None:
    """Where its controller does not run, nothing ends, and that is the cure."""
    spec = written(tmp_path, SPEC)
    with pytest.raises(DeployError, match=r"Argo CD did not delete the Application one: .*timed out") as error:
        remove_with_argocd(Removing(stuck="application.argoproj.io"), spec, report)  # type: ignore[arg-type] - likewise
    assert "does its controller run" in error.value.cure
    with pytest.raises(DeployError, match="Flux did not remove what it has installed") as error:
        FluxRemoval(Removing(stuck="helmrelease.helm.toolkit.fluxcd.io"), spec).remove("ethereum")  # type: ignore[arg-type] - likewise
    assert error.value.cure == "do its controllers run? See `ethgen gitops status --env one`"


def test_a_cluster_that_was_made_here_goes_whole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, report: Report
) -> None:
    """Its provider removes it, and what was known of it goes too, unless its data is kept."""
    kept = []
    provider = SimpleNamespace(
        name="bare", down=lambda _config, *, keep_data, progress: kept.append((keep_data, progress))
    )
    monkeypatch.setattr(target.providers, "choose", lambda _config: provider)
    spec, state = written(tmp_path, PRIVATE), tmp_path / ".ethgen" / "one"
    for keep_data, ending in ((True, " is gone, its data is kept"), (False, " is gone")):
        state.mkdir(parents=True, exist_ok=True)
        (step,) = Destruction(spec, tmp_path, keep_data=keep_data).steps()
        assert step.run(report) == f"the cluster ethgen-one{ending}"
        assert state.exists() is keep_data
    assert [each for each, _ in kept] == [True, False]


@pytest.mark.parametrize("tool", ["helmfile", "argocd"])
def test_nothing_is_removed_where_another_tool_installs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tool: str
) -> None:
    """A new genesis for an environment that Flux manages is refused before the old network is removed."""
    spec = written(tmp_path, PRIVATE)
    kubectl = Removing()

    def refuse(_kubectl: object, _spec: object, by: str) -> None:
        assert by == tool
        raise DeployError("Flux installs it")

    monkeypatch.setattr(deployment, "require_unmanaged", refuse)
    run = deployment.Deployment(spec, tmp_path, deployment.Options(new_genesis=True, tool=tool))  # type: ignore[arg-type] - a column
    run.__dict__["kubectl"] = kubectl
    (step,) = [step for step in run.steps() if step.name == "genesis"]
    with pytest.raises(DeployError, match="Flux installs it"):
        step.run(SimpleNamespace(detail=lambda _text: None))  # type: ignore[arg-type] - all that it asks of a report
    assert kubectl.done == []
