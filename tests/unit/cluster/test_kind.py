"""Driving kind."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from ethgen.cluster.kind import KindProvider
from ethgen.cluster.process import Command, Result
from ethgen.cluster.provider import ClusterConfig, Subnets
from ethgen.errors import ClusterError

PRINTED = """\
apiVersion: v1
kind: Config
clusters: [{name: kind-ethgen-local, cluster: {server: "https://127.0.0.1:40000"}}]
users: [{name: kind-ethgen-local, user: {token: secret}}]
contexts: [{name: kind-ethgen-local, context: {cluster: kind-ethgen-local, user: kind-ethgen-local}}]
current-context: kind-ethgen-local
"""


@dataclass
class Recorder:
    """Plays kind: keeps what was asked, and answers."""

    clusters: str = "No kind clusters found.\n"
    failing: str = ""
    asked: list[list[str]] = field(default_factory=list)

    def __call__(self, command: Command) -> Result:
        """Answer a command."""
        argv = list(command.argv)
        self.asked.append(argv)
        if self.failing and self.failing in argv:
            return Result(1, "", "ERROR: first line\nERROR: port 6443 is taken\n")
        if argv == ["kind", "get", "clusters"]:
            return Result(0, self.clusters, "")
        return Result(0, PRINTED if argv[1:3] == ["get", "kubeconfig"] else "", "")


@pytest.fixture
def config(tmp_path: Path) -> ClusterConfig:
    """Return an environment called local."""
    return ClusterConfig("local", tmp_path, subnets=Subnets(pods="10.1.0.0/16", services="10.2.0.0/16"))


def test_up_makes_the_cluster_and_writes_its_kubeconfig_under_our_name(config: ClusterConfig):
    """`up` calls kind with our subnets and kubeconfig, and the context is called ethgen-local."""
    recorder = Recorder()
    cluster = KindProvider(recorder).up(config)
    assert recorder.asked == [
        ["kind", "get", "clusters"],
        [
            "kind",
            "create",
            "cluster",
            "--name=ethgen-local",
            f"--config={config.state}/kind.json",
            f"--kubeconfig={config.state}/kubeconfig",
            "--wait=240s",
        ],
        ["kind", "get", "kubeconfig", "--name=ethgen-local"],
    ]
    assert json.loads((config.state / "kind.json").read_text())["networking"] == {
        "podSubnet": "10.1.0.0/16",
        "serviceSubnet": "10.2.0.0/16",
    }
    written = yaml.safe_load(config.kubeconfig.read_text())
    assert written["current-context"] == "ethgen-local"
    assert written["contexts"] == [
        {"name": "ethgen-local", "context": {"cluster": "ethgen-local", "user": "ethgen-local"}}
    ]
    assert written["clusters"][0] == {"name": "ethgen-local", "cluster": {"server": "https://127.0.0.1:40000"}}
    assert config.kubeconfig.stat().st_mode & 0o777 == 0o600
    assert (cluster.provider, cluster.context, cluster.kubeconfig) == ("kind", "ethgen-local", config.kubeconfig)


def test_up_of_a_cluster_that_is_there_makes_none(config: ClusterConfig):
    """A second `up` only fetches the kubeconfig."""
    recorder = Recorder(clusters="other\nethgen-local\n")
    KindProvider(recorder).up(config)
    assert [argv[1:3] for argv in recorder.asked] == [["get", "clusters"], ["get", "kubeconfig"]]


def test_down_removes_the_cluster_and_the_kubeconfig(config: ClusterConfig):
    """`down` deletes what is there."""
    config.kubeconfig.write_text(PRINTED)
    recorder = Recorder(clusters="ethgen-local\n")
    KindProvider(recorder).down(config)
    assert recorder.asked[-1] == [
        "kind",
        "delete",
        "cluster",
        "--name=ethgen-local",
        f"--kubeconfig={config.kubeconfig}",
    ]
    assert not config.kubeconfig.exists()


def test_down_of_nothing_deletes_nothing(config: ClusterConfig):
    """A cluster that is not there is no error."""
    recorder = Recorder()
    KindProvider(recorder).down(config)
    assert recorder.asked == [["kind", "get", "clusters"]]


def test_keeping_data_is_refused(config: ClusterConfig):
    """What kind cannot do is said, and nothing is removed."""
    recorder = Recorder(clusters="ethgen-local\n")
    with pytest.raises(ClusterError, match="kind cannot keep the data"):
        KindProvider(recorder).down(config, keep_data=True)
    assert recorder.asked == []


def test_an_image_is_loaded_from_its_archive(config: ClusterConfig):
    """The archive goes to kind as it is."""
    recorder = Recorder()
    assert KindProvider(recorder).load_image(config, Path("/cache/geth.tar"))
    assert recorder.asked == [["kind", "load", "image-archive", "/cache/geth.tar", "--name=ethgen-local"]]


def test_status_says_whether_it_is_there(config: ClusterConfig):
    """A cluster of that name is running, any other one is not ours."""
    assert KindProvider(Recorder(clusters="ethgen-locally\n")).status(config).state == "absent"
    assert KindProvider(Recorder(clusters="ethgen-local\n")).status(config).state == "running"


def test_a_failure_is_told_in_kinds_last_line(config: ClusterConfig):
    """What kind said last is the message."""
    with pytest.raises(ClusterError) as caught:
        KindProvider(Recorder(failing="create")).up(config)
    assert caught.value.message.startswith("`kind create cluster --name=ethgen-local")
    assert caught.value.message.endswith("failed: ERROR: port 6443 is taken")


def test_without_the_program_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """A machine without kind is told so before Docker is asked."""
    monkeypatch.setenv("PATH", str(tmp_path))
    recorder = Recorder()
    answer = KindProvider(recorder).available()
    assert (answer.ok, answer.why_not) == (False, "kind is not installed")
    assert "sigs.k8s.io/kind" in answer.cure
    assert recorder.asked == []


def test_without_an_engine_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """The program alone is not enough."""
    (tmp_path / "kind").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert KindProvider(Recorder(failing="docker")).available().why_not == "no Docker engine answers"
    assert KindProvider(Recorder()).available().ok
