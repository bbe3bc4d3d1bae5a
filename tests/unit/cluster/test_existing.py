"""Clusters that were there before."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ethgen.cluster.existing import ExistingProvider
from ethgen.cluster.process import Command, Result
from ethgen.cluster.provider import ClusterConfig
from ethgen.errors import ClusterError

KUBECONFIG = """\
clusters: [{name: a, cluster: {server: "https://prod.example.org"}}]
contexts:
  - {name: eks-prod, context: {cluster: a, user: u}}
  - {name: eks-staging, context: {cluster: a, user: u}}
current-context: eks-prod
"""


@dataclass
class Recorder:
    """Plays kubectl."""

    result: Result = field(default_factory=lambda: Result(0, "ok", ""))
    asked: list[list[str]] = field(default_factory=list)

    def __call__(self, command: Command) -> Result:
        """Keep the command and give the answer."""
        self.asked.append(list(command.argv))
        return self.result


@pytest.fixture
def kubeconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the second of two files in $KUBECONFIG; it has the contexts."""
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("clusters: []\ncontexts: []\n")
    second.write_text(KUBECONFIG)
    monkeypatch.setenv("KUBECONFIG", f"{first}:{second}:{tmp_path}/missing")
    return second


def config(context: str) -> ClusterConfig:
    """Return an environment in that context."""
    return ClusterConfig("staging", Path("/nowhere"), provider="existing", context=context)


def test_up_finds_the_context_and_asks_the_cluster(kubeconfig: Path):
    """The file that has the context is used, whatever its current context is."""
    recorder = Recorder()
    cluster = ExistingProvider(recorder, "kubectl").up(config("eks-staging"))
    assert (cluster.context, cluster.kubeconfig) == ("eks-staging", kubeconfig)
    assert recorder.asked == [
        [
            "kubectl",
            f"--kubeconfig={kubeconfig}",
            "--context=eks-staging",
            "--request-timeout=15s",
            "get",
            "--raw=/readyz",
        ]
    ]


def test_a_context_that_is_not_there_is_an_error_that_names_those_that_are(kubeconfig: Path):
    """The error says where was looked and what is there; nothing is asked of any cluster."""
    recorder = Recorder()
    with pytest.raises(ClusterError) as caught:
        ExistingProvider(recorder, "kubectl").up(config("eks-stagin"))
    assert caught.value.message == (
        f"the kube context 'eks-stagin' is not in {kubeconfig.parent}/first, {kubeconfig}, "
        f"{kubeconfig.parent}/missing (there: eks-prod, eks-staging)"
    )
    assert recorder.asked == []


def test_a_cluster_that_does_not_answer_is_an_error_in_kubectls_words(kubeconfig: Path):
    """The last line of kubectl is the reason."""
    recorder = Recorder(Result(1, "", "E1121 noise\nUnable to connect to the server: no such host\n"))
    with pytest.raises(ClusterError) as caught:
        ExistingProvider(recorder, "kubectl").up(config("eks-prod"))
    assert caught.value.message == (
        "the cluster of the kube context 'eks-prod' does not answer: Unable to connect to the server: no such host"
    )
    assert str(kubeconfig) in caught.value.cure


def test_nothing_is_ever_removed(kubeconfig: Path):
    """`down` refuses."""
    with pytest.raises(ClusterError, match="was not made by ethgen and is not removed"):
        ExistingProvider(Recorder(), "kubectl").down(config("eks-prod"))
    assert kubeconfig.read_text() == KUBECONFIG


def test_images_are_not_loaded():
    """An archive cannot be put into nodes that are not ours."""
    with pytest.raises(ClusterError, match="cannot be loaded into the nodes of eks-prod") as caught:
        ExistingProvider(Recorder(), "kubectl").load_image(config("eks-prod"), Path("/cache/geth.tar"))
    assert "registry" in caught.value.cure


@pytest.mark.usefixtures("kubeconfig")
def test_status_tells_the_three_states():
    """A context may be absent, answer, or not answer."""
    assert ExistingProvider(Recorder(), "kubectl").status(config("none")).state == "absent"
    running = ExistingProvider(Recorder(), "kubectl").status(config("eks-prod"))
    assert (running.state, running.detail) == ("running", "API server https://prod.example.org")
    broken = ExistingProvider(Recorder(Result(1, "", "refused\n")), "kubectl").status(config("eks-prod"))
    assert (broken.state, broken.detail) == ("broken", "refused")


def test_a_file_that_is_no_kubeconfig_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Broken YAML is one clear line that names the file."""
    broken = tmp_path / "config"
    broken.write_text("contexts: [")
    monkeypatch.setenv("KUBECONFIG", str(broken))
    with pytest.raises(ClusterError, match=f"cannot read the kubeconfig {broken}"):
        ExistingProvider(Recorder(), "kubectl").up(config("eks-prod"))
