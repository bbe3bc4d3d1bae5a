"""Driving k3d."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from ethgen.cluster.k3d import K3dProvider
from ethgen.cluster.process import Command, Result
from ethgen.cluster.provider import ClusterConfig
from ethgen.errors import ClusterError

PRINTED = """\
clusters: [{name: k3d-ethgen-local, cluster: {server: "https://0.0.0.0:40000"}}]
users: [{name: admin@k3d-ethgen-local, user: {token: secret}}]
contexts: [{name: k3d-ethgen-local, context: {cluster: k3d-ethgen-local, user: admin@k3d-ethgen-local}}]
"""


@dataclass
class Recorder:
    """Plays k3d: keeps what was asked, and answers."""

    clusters: str = ""
    kubeconfig: str = PRINTED
    asked: list[list[str]] = field(default_factory=list)

    def __call__(self, command: Command) -> Result:
        """Answer a command."""
        argv = list(command.argv)
        self.asked.append(argv)
        if argv[1:3] == ["cluster", "list"]:
            return Result(0, self.clusters, "")
        return Result(0, self.kubeconfig if argv[1] == "kubeconfig" else "", "")


@pytest.fixture
def config(tmp_path: Path) -> ClusterConfig:
    """Return an environment called local."""
    return ClusterConfig("local", tmp_path)


def test_up_makes_the_cluster_and_leaves_the_users_kubeconfig_alone(config: ClusterConfig):
    """`up` calls k3d so that it writes no kubeconfig itself, and writes ours."""
    recorder = Recorder()
    K3dProvider(recorder).up(config)
    assert recorder.asked == [
        ["k3d", "cluster", "list", "--no-headers"],
        [
            "k3d",
            "cluster",
            "create",
            "ethgen-local",
            "--kubeconfig-update-default=false",
            "--kubeconfig-switch-context=false",
            "--wait",
            "--timeout=240s",
            "--k3s-arg=--cluster-cidr=10.244.0.0/16@server:*",
            "--k3s-arg=--service-cidr=10.96.0.0/16@server:*",
        ],
        ["k3d", "kubeconfig", "get", "ethgen-local"],
    ]
    written = yaml.safe_load(config.kubeconfig.read_text())
    assert [written["users"][0]["name"], written["current-context"]] == ["ethgen-local", "ethgen-local"]


def test_down_and_images(config: ClusterConfig):
    """`down` deletes the cluster; an image's archive is imported."""
    recorder = Recorder(clusters="ethgen-local   1/1   0/0   true\n")
    K3dProvider(recorder).load_image(config, Path("/cache/geth.tar"))
    K3dProvider(recorder).down(config)
    assert recorder.asked[0] == ["k3d", "image", "import", "/cache/geth.tar", "--cluster=ethgen-local"]
    assert recorder.asked[-1] == ["k3d", "cluster", "delete", "ethgen-local"]


def test_a_kubeconfig_of_several_clusters_is_refused(config: ClusterConfig):
    """What k3d prints must be the kubeconfig of one cluster; nothing is written otherwise."""
    with pytest.raises(ClusterError, match="printed no kubeconfig of one cluster"):
        K3dProvider(Recorder(kubeconfig="clusters: []\nusers: []\n")).up(config)
    assert not config.kubeconfig.exists()
