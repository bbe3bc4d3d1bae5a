"""Installing with Flux: its objects are applied, and one commit is waited for; git and the API server are played."""

from __future__ import annotations

import copy
import json
import subprocess
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from ethgen.errors import DeployError, SpecError
from ethgen.operate.deploy import flux as module
from ethgen.operate.deploy.flux import Flux, require_committed
from ethgen.operate.deploy.preflight import NOTHING, Preflight
from ethgen.operate.flux.entry import Entry, entry_of
from ethgen.report.immutable import ImmutableChange
from ethgen.spec import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Cluster, Details
    from ethgen.operate.deploy.steps import Report
    from ethgen.operate.kube import Api
    from ethgen.spec import NetworkSpec

SPEC = """\
profile: local
cluster: {provider: bare}
gitops: {repository: "http://10.88.0.1:8418/fleet.git"}
networks:
  devnet:
    chain: custom
    chainId: 1337
    genesis:
      fork: electra
      slotSeconds: 2
      slotsPerEpoch: 8
      mnemonic: test test test test test test test test test test test junk
    nodes:
      geth-prysm: {execution: {client: geth}, consensus: {client: prysm}, replicas: 2, storage: 4Gi}
    validators:
      a: {client: prysm, keys: 64, feeRecipient: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"}
"""
NAMESPACE = "flux-system"


def release_object(*, mark: str = "", suspend: bool = False) -> dict[str, Any]:
    """Return the release as kubectl lists it."""
    annotations = {"ethgen/suspended": mark} if mark else {}
    return {"metadata": {"name": "devnet", "annotations": annotations}, "spec": {"suspend": suspend}}


class Cast:
    """Plays a cluster whose Flux does one thing after another, a step with every look."""

    def __init__(self, cluster: Cluster, commit: str) -> None:
        self.cluster, self.commit = cluster, commit
        self.applied: list[dict[str, Any]] = []
        self.context = "ethgen-local"
        self.asked: dict[str, dict[str, str]] = {}
        self.left: list[dict[str, Any]] = [release_object()]
        self.done: list[str] = []
        self.suspended: dict[str, str] = {}

    def run(self, verb: str, kind: str, name: str, *options: str) -> str:
        """Take a patch of kubectl, and note whether it suspends or resumes."""
        assert (verb, kind) == ("patch", "helmrelease.helm.toolkit.fluxcd.io")
        assert "--field-manager=ethgen-request" in options
        changed = json.loads(options[-1].removeprefix("--patch="))
        mark = changed["metadata"]["annotations"]["ethgen/suspended"]
        assert changed["spec"] == {"suspend": True if mark else None}
        self.suspended[name] = mark or ""
        self.done.append(f"{'suspend' if mark else 'resume'} {name}")
        return ""

    def list(self, kind: str, namespace: str, selector: str) -> list[dict[str, Any]]:
        """Return the release, as it was left."""
        assert (kind, namespace) == ("helmrelease.helm.toolkit.fluxcd.io", NAMESPACE)
        assert selector == "kustomize.toolkit.fluxcd.io/name=local"
        return self.left

    def apply(self, objects: list[dict[str, Any]]) -> None:
        """Take the entry objects."""
        self.done.append("apply")
        self.applied += objects

    def set(self, kind: str, name: str, *condition: str, **status: Any) -> None:  # noqa: ANN401 - parts of a status
        """Say how an object is; it answers whatever request it was given last."""
        group = {"gitrepositories": "source", "helmcharts": "source", "kustomizations": "kustomize"}.get(kind, "helm")
        version = "v2" if group == "helm" else "v1"
        path = f"/apis/{group}.toolkit.fluxcd.io/{version}/namespaces/{NAMESPACE}/{kind}/{name}"
        ready, reason, message = condition or ("True", "Succeeded", "done")
        page = {
            "metadata": {"name": name, "generation": 1},
            "status": {
                "observedGeneration": 1,
                "conditions": [{"type": "Ready", "status": ready, "reason": reason, "message": message}],
                **status,
            },
        }

        def answer(_body: object) -> dict[str, Any]:
            shown = copy.deepcopy(page)
            shown["status"]["lastHandledReconcileAt"] = self.asked.get(path, {}).get(module._REQUEST, "")  # noqa: SLF001
            return shown

        def patch(body: dict[str, Any]) -> dict[str, Any]:
            self.asked[path] = body["metadata"]["annotations"]
            return answer(None)

        self.cluster.pages[path] = answer
        self.cluster.pages[f"PATCH {path}"] = patch
        collection = path.rpartition("/")[0]
        listed = {
            key.rpartition("/")[2]: value
            for key, value in self.cluster.pages.items()
            if key.startswith(f"{collection}/")
        }
        self.cluster.pages[collection] = lambda _: {"items": [each(None) for each in listed.values()]}

    def source(self, *condition: str, commit: str = "") -> None:
        """Say what the repository is at."""
        revision = f"main@sha1:{commit or self.commit}"
        self.set("gitrepositories", "local", *condition, artifact={"revision": revision})

    def whole(self, *condition: str, applied: bool = True) -> None:
        """Say how far the Kustomization is."""
        revision = f"main@sha1:{self.commit}"
        self.set(
            "kustomizations", "local", *condition,
            lastAttemptedRevision=revision, lastAppliedRevision=revision if applied else "main@sha1:" + "0" * 40,
        )  # fmt: skip

    def chart(self, commit: str = "", *condition: str) -> None:
        """Say which commit the release's chart is made of."""
        revision = f"main@sha1:{commit or self.commit}"
        self.set("helmcharts", "flux-system-devnet", *condition, observedSourceArtifactRevision=revision)

    def release(self, *condition: str, commit: str = "") -> None:
        """Say how far the release is."""
        version = f"0.1.0+{(commit or self.commit)[:12]}.1"
        self.set(
            "helmreleases", "devnet", *condition,
            lastAttemptedRevision=version, history=[{"chartVersion": version, "status": "deployed"}],
        )  # fmt: skip


@pytest.fixture
def spec(tmp_path: Path) -> NetworkSpec:
    """Return an environment of a repository with one commit."""
    (tmp_path / "environments").mkdir()
    path = tmp_path / "environments" / "local.yaml"
    path.write_text(SPEC, encoding="utf-8")
    for arguments in (("init", "--quiet", "--initial-branch=main"), ("add", "."), ("commit", "--quiet", "-m", "one")):
        person = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *person, "-C", str(tmp_path), *arguments], check=True)
    return load(path)


@pytest.fixture
def entry(spec: NetworkSpec) -> Entry:
    """Return how Flux installs it."""
    return entry_of(spec)


@pytest.fixture(autouse=True)
def _clock(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let time pass only while something is waited for."""
    clock = SimpleNamespace(now=0.0)

    def wait(seconds: float) -> bool:
        clock.now += seconds * 20
        return False

    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: clock.now))
    monkeypatch.setattr(report.stopped, "wait", wait)


@pytest.fixture
def cast(cluster: Cluster, api: Api, spec: NetworkSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """Return Flux, which has installed the commit."""
    assert spec

    @contextmanager
    def connected(_: object) -> Iterator[Api]:
        yield api

    monkeypatch.setattr(module, "connected", connected)
    head = subprocess.run(["git", "-C", str(tmp_path), "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    made = Cast(cluster, head.stdout.strip())
    made.set("helmcharts", "flux-system-devnet")
    made.source()
    made.whole()
    made.release()
    return made


def install(cast: Cast, entry: Entry, root: Path, report: Report, preflight: Preflight = NOTHING) -> bool:
    """Let Flux install the environment."""
    return Flux(cast, entry, root).apply(report, preflight)  # type: ignore[arg-type] - it plays kubectl


def test_the_entry_objects_are_applied_and_looked_at_at_once(cast: Cast, entry: Entry, tmp_path: Path, report: Report):
    """The repository and the Kustomization are applied, each object is asked, and nothing has changed."""
    assert install(cast, entry, tmp_path, report) is False
    assert [each["kind"] for each in cast.applied] == ["GitRepository", "Kustomization"]
    requests = {annotations[module._REQUEST] for annotations in cast.asked.values()}  # noqa: SLF001
    assert {path.rpartition("/")[2]: sorted(annotations) for path, annotations in cast.asked.items()} == {
        "local": ["reconcile.fluxcd.io/requestedAt"],
        "devnet": ["reconcile.fluxcd.io/requestedAt", "reconcile.fluxcd.io/resetAt"],
    }
    assert all(requests)


def test_an_unreadable_repository_is_told(cast: Cast, entry: Entry, tmp_path: Path, report: Report):
    """Flux's own words, and that somebody has to serve the repository."""
    cast.source("False", "GitOperationFailed", "failed to clone: connection refused")
    with pytest.raises(DeployError) as error:
        install(cast, entry, tmp_path, report)
    assert str(error.value) == (
        "Flux cannot read http://10.88.0.1:8418/fleet.git: failed to clone: connection refused\n"
        "  cure: is it served? In another terminal: ethgen gitops serve --env local"
    )


def test_another_commit_than_this_folders_is_refused(cast: Cast, entry: Entry, tmp_path: Path, report: Report):
    """What was not pushed is not installed, and that is said with both commits."""
    cast.source(commit="f" * 40)
    with pytest.raises(DeployError) as error:
        install(cast, entry, tmp_path, report)
    here = f"main of this folder is at {cast.commit[:12]}"
    assert str(error.value) == (
        f"Flux reads main@ffffffffffff from http://10.88.0.1:8418/fleet.git, {here}\n"
        "  cure: git push, or git pull where the repository is ahead"
    )


def test_a_release_that_fails_is_told_in_its_own_words(cast: Cast, entry: Entry, tmp_path: Path, report: Report):
    """The release's message is the error, not that of what waits for it."""
    cast.whole("False", "HealthCheckFailed", "health check failed after 1s", applied=False)
    cast.release("False", "UpgradeFailed", "Helm upgrade failed: nodes: want array")
    with pytest.raises(DeployError) as error:
        install(cast, entry, tmp_path, report)
    assert str(error.value) == (
        f"Flux could not install {cast.commit[:12]}; what ran before goes on:\n"
        "  devnet: Helm upgrade failed: nodes: want array\n"
        "  cure: mend the spec, render, commit and push; `ethgen gitops status --env local` shows what Flux says"
    )


def test_objects_that_cannot_be_built_are_told(cast: Cast, entry: Entry, tmp_path: Path, report: Report):
    """Where Flux gets to no release, its word about the whole is the error."""
    cast.whole("False", "BuildFailed", "kustomize build failed: invalid YAML", applied=False)
    with pytest.raises(DeployError, match="local: kustomize build failed: invalid YAML"):
        install(cast, entry, tmp_path, report)


def test_an_older_failure_is_not_this_commits(
    cast: Cast, entry: Entry, tmp_path: Path, report: Report, listener: Details
):
    """A release that failed with the commit before is waited for until it has tried this one."""
    cast.release("False", "UpgradeFailed", "Helm upgrade failed: nodes: want array", commit="e" * 40)
    with pytest.raises(DeployError, match=r"Flux is not done after \d+ s: devnet \(Helm upgrade failed"):
        install(cast, entry, tmp_path, report)
    assert any("devnet (Helm upgrade failed" in line for line in listener.details)


def test_a_release_with_an_older_commit_is_waited_for(cast: Cast, entry: Entry, tmp_path: Path, report: Report):
    """Ready with what it had before is not ready with this commit."""
    cast.release(commit="e" * 40)
    with pytest.raises(DeployError, match=r"devnet \(has an older commit\)"):
        install(cast, entry, tmp_path, report)


def test_only_what_is_committed_is_installed(entry: Entry, tmp_path: Path):
    """Generated files that the branch lacks, and charts that differ, are named before anything is done."""
    require_committed(entry, tmp_path, [])
    (tmp_path / "charts").mkdir()
    (tmp_path / "charts" / "new").touch()
    (tmp_path / "elsewhere").touch()
    with pytest.raises(DeployError) as error:
        require_committed(entry, tmp_path, ["values/local/devnet.yaml"])
    assert str(error.value) == (
        "Flux installs what main holds, which lacks charts/new, values/local/devnet.yaml\n"
        "  cure: ethgen render --env local, then commit and push"
    )


GROWTH = ImmutableChange("StatefulSet", "devnet", "a", "volumeClaimTemplates[data].storage", "4Gi", "8Gi", "grow", "")
FOUND = Preflight((GROWTH,), ("devnet",))


@pytest.fixture
def made(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """Return the cluster, which also notes when way is made for a StatefulSet."""

    def make_way(_kubectl: object, changes: tuple[ImmutableChange, ...], _report: object) -> None:
        if changes:
            cast.done.append("make way")

    monkeypatch.setattr(module, "make_way", make_way)
    return cast


def test_flux_rests_while_a_stateful_set_is_made_anew(made: Cast, entry: Entry, tmp_path: Path, report: Report):
    """Flux has the commit at hand before the old set goes, and would make that again if it did not rest."""
    made.chart()
    install(made, entry, tmp_path, report, FOUND)
    assert made.done == ["suspend devnet", "apply", "make way", "resume devnet"]


def test_a_chart_that_is_not_there_yet_is_waited_for(made: Cast, entry: Entry, tmp_path: Path, report: Report):
    """With the old chart Flux would make the old set: nothing is removed before it has the new one."""
    for chart in ((), ("False", "ChartPackageError", "values.yaml is not there")):
        made.chart("" if chart else "e" * 40, *chart)
        with pytest.raises(DeployError, match=r"Flux is not done after \d+ s: devnet \(not there yet\)"):
            install(made, entry, tmp_path, report, FOUND)
        assert made.done == ["suspend devnet", "apply", "resume devnet"]
        made.done.clear()


def test_a_release_is_resumed_whatever_happens(
    made: Cast, entry: Entry, tmp_path: Path, report: Report, monkeypatch: pytest.MonkeyPatch
):
    """A volume that does not grow, and Ctrl-C, leave no release that Flux forgets."""
    made.chart()
    for error in (DeployError("the volume does not grow"), KeyboardInterrupt()):

        def fail(*_arguments: object, error: BaseException = error) -> None:
            raise error

        monkeypatch.setattr(module, "make_way", fail)
        with pytest.raises(type(error)):
            install(made, entry, tmp_path, report, FOUND)
        assert made.suspended == {"devnet": ""}


def test_what_a_killed_run_has_left_suspended_is_resumed(made: Cast, entry: Entry, tmp_path: Path, report: Report):
    """The next run finds its mark, also where nothing is left to be made anew."""
    made.left = [release_object(mark="until its StatefulSets are made anew", suspend=True)]
    install(made, entry, tmp_path, report)
    assert made.done == ["apply", "resume devnet"]


def test_what_somebody_else_has_suspended_is_not_touched(made: Cast, entry: Entry, tmp_path: Path, report: Report):
    """A release that Flux would not install again loses nothing; others are resumed by who suspended them."""
    made.left = [release_object(suspend=True)]
    with pytest.raises(DeployError, match="devnet is suspended in Flux") as error:
        install(made, entry, tmp_path, report, FOUND)
    assert error.value.cure == "flux --context ethgen-local --namespace flux-system resume helmrelease devnet"
    assert made.done == []
    assert install(made, entry, tmp_path, report) is False
    assert made.done == ["apply"]


def test_before_flux_knows_an_environment_the_way_is_made_first(
    made: Cast, entry: Entry, tmp_path: Path, report: Report, cluster: Cluster
):
    """What helmfile has installed is compared too, and Flux begins when the old set has gone."""
    made.left = []
    path = f"/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/{NAMESPACE}/kustomizations/local"
    answer = cluster.pages.pop(path)
    apply = made.apply

    def applied(objects: list[dict[str, Any]]) -> None:
        cluster.pages[path] = answer
        apply(objects)

    made.apply = applied  # type: ignore[method-assign] - it comes with the objects
    install(made, entry, tmp_path, report, FOUND)
    assert made.done == ["make way", "apply"]


def test_values_of_others_charts_are_at_hand_with_their_config_map(
    made: Cast, entry: Entry, tmp_path: Path, report: Report, cluster: Cluster
):
    """A chart that is not of the repository has its values from a ConfigMap of the commit."""
    values = tmp_path / "values" / "local" / "devnet.yaml"
    values.parent.mkdir(parents=True)
    values.write_text("size: 8Gi\n")
    base = f"/apis/helm.toolkit.fluxcd.io/v2/namespaces/{NAMESPACE}/helmreleases/devnet"
    said = cluster.pages[base]
    cluster.pages[base] = lambda body: {
        **said(body), "spec": {"valuesFrom": [{"kind": "ConfigMap", "name": "values-devnet-abc"}]}
    }  # fmt: skip
    others = replace(entry, own=frozenset())
    config_map = f"/api/v1/namespaces/{NAMESPACE}/configmaps/values-devnet-abc"
    cluster.pages[config_map] = {"data": {"values.yaml": "size: 4Gi\n"}}
    with pytest.raises(DeployError, match="not there yet"):
        install(made, others, tmp_path, report, FOUND)
    cluster.pages[config_map] = {"data": {"values.yaml": "size: 8Gi\n"}}
    install(made, others, tmp_path, report, FOUND)
    assert "make way" in made.done


def test_without_the_section_the_place_is_named(tmp_path: Path):
    """Flux cannot install an environment whose spec names no repository; the error shows one that can be served."""
    path = tmp_path / "local.yaml"
    path.write_text("profile: local\ncluster: {provider: bare}\n", encoding="utf-8")
    with pytest.raises(SpecError) as error:
        entry_of(load(path))
    assert str(error.value) == (
        f"{path}:1:1: gitops: Flux is not told where to read from; name the repository, as in "
        "gitops: {repository: http://10.88.0.1:8418/fleet.git}"
    )
