"""What a bare cluster asks of its machine."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ethgen.cluster.bare import machine
from ethgen.cluster.bare.provider import BareProvider
from ethgen.cluster.bare.settings import settings
from ethgen.cluster.process import Command, Result
from ethgen.cluster.provider import ClusterConfig
from ethgen.errors import ClusterError

CLUSTER = settings(ClusterConfig("local", Path("/repository/.ethgen/local")))


@dataclass
class Recorder:
    """Plays ip(8) and its like."""

    routes: list[dict[str, Any]] = field(default_factory=list)
    result: Result = field(default_factory=lambda: Result(0, "", ""))
    asked: list[list[str]] = field(default_factory=list)

    def __call__(self, command: Command) -> Result:
        """Keep the command and answer."""
        self.asked.append(list(command.argv))
        return Result(0, json.dumps(self.routes), "") if "-json" in command.argv else self.result


def test_the_link_and_the_routes_are_made_in_this_order():
    """One virtual link into the node's namespace, its address, and a route for each of the cluster's networks."""
    recorder = Recorder()
    machine.make_link(CLUSTER, 4711, recorder)
    link = CLUSTER.host_link
    assert recorder.asked == [
        ["ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", "4711"],
        ["ip", "address", "add", "10.88.0.1/30", "dev", link],
        ["ip", "link", "set", link, "up"],
        ["ip", "route", "add", "10.244.0.0/16", "via", "10.88.0.2", "dev", link],
        ["ip", "route", "add", "10.96.0.0/16", "via", "10.88.0.2", "dev", link],
    ]


def test_a_failing_command_is_told_in_its_own_words():
    """What ip(8) says is the message."""
    recorder = Recorder(result=Result(2, "", "RTNETLINK answers: File exists\n"))
    with pytest.raises(ClusterError, match=r"`ip link add .*` failed: RTNETLINK answers: File exists"):
        machine.make_link(CLUSTER, 4711, recorder)


@pytest.mark.parametrize(
    "route",
    [
        {"dst": "10.88.0.0/30", "dev": "ethgen-0badcafe"},
        {"dst": "10.88.0.2", "dev": "docker0"},
        {"dst": "10.96.3.0/24", "dev": "tun0"},
        {"dst": "10.244.0.0/16", "dev": "cni0"},
    ],
)
def test_a_subnet_in_use_is_refused(route: dict[str, Any]):
    """An address or a route of another device inside one of the networks is an error that names both."""
    with pytest.raises(ClusterError) as caught:
        machine.check_addresses(CLUSTER, CLUSTER.host_link, Recorder([route]))
    assert f"is in use by {route['dev']} ({route['dst']})" in caught.value.message
    assert "ethgen cluster down --env NAME" in caught.value.cure


@pytest.mark.parametrize(
    "route",
    [
        {"dst": "default", "dev": "eth0"},
        {"dst": "10.0.0.0/8", "dev": "tun0"},
        {"dst": "192.168.0.0/16", "dev": "eth0"},
        {"dst": "10.88.0.0/30", "dev": CLUSTER.host_link},
        {"dst": "10.88.0.3", "dev": "eth0", "type": "broadcast"},
    ],
)
def test_what_takes_nothing_of_ours_is_no_conflict(route: dict[str, Any]):
    """Wider routes, other networks and the cluster's own link are left alone."""
    ours = [IPv4Network("10.88.0.0/30"), IPv4Network("10.244.0.0/16"), IPv4Network("10.96.0.0/16")]
    assert machine.conflict(route, ours, CLUSTER.host_link) is None


def test_a_disk_that_is_about_to_be_full_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The check is made on the disk of the nearest folder that exists, before anything is written."""
    asked: list[Path] = []

    def usage(folder: Path) -> SimpleNamespace:
        asked.append(folder)
        return SimpleNamespace(free=1 << 30)

    monkeypatch.setattr("shutil.disk_usage", usage)
    with pytest.raises(ClusterError) as caught:
        machine.check_space(tmp_path / "not" / "there")
    assert caught.value.message == f"only 1.0 GiB are free under {tmp_path / 'not' / 'there'}; the cluster needs 3 GiB"
    assert asked == [tmp_path]
    assert list(tmp_path.iterdir()) == []


def test_missing_packages_are_named_with_their_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A machine without the programs is told the packages and the line that installs them."""
    monkeypatch.setattr(machine, "SYSTEM_PATH", str(tmp_path))
    monkeypatch.setattr(machine, "CNI_FOLDERS", (str(tmp_path),))
    monkeypatch.setattr(machine, "is_root", lambda: True)
    for present in ("ip", "cp", "nsenter"):
        (tmp_path / present).touch(mode=0o755)
    answer = BareProvider().available()
    assert not answer.ok
    assert answer.why_not == "Debian packages are missing: containernetworking-plugins nftables runc"
    assert answer.cure == "apt-get install -y containernetworking-plugins nftables runc"


def test_without_root_nothing_is_made_or_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """`up` and `down` refuse in one line each and write nothing."""
    monkeypatch.setattr(machine, "is_root", lambda: False)
    config = ClusterConfig("local", tmp_path / "state")
    with pytest.raises(ClusterError) as caught:
        BareProvider().up(config)
    assert str(caught.value).startswith(
        "the provider bare cannot work here: it needs root\n  cure: run the command with"
    )
    with pytest.raises(ClusterError, match="removing a bare cluster needs root"):
        BareProvider().down(config)
    assert list(tmp_path.iterdir()) == []


def test_missing_kernel_features_are_named(tmp_path: Path):
    """Each thing the kernel lacks is said, the first one first."""
    (tmp_path / "self" / "ns").mkdir(parents=True)
    for name in ("mnt", "uts", "ipc", "pid"):
        (tmp_path / "self" / "ns" / name).touch()
    assert machine.missing_feature(tmp_path) == "the kernel has no net namespaces"
    (tmp_path / "self" / "ns" / "net").touch()
    assert machine.missing_feature(tmp_path) == "the kernel has no netfilter"
    (tmp_path / "sys" / "net" / "netfilter").mkdir(parents=True)
    (tmp_path / "filesystems").write_text("nodev\tsysfs\n\text4\n")
    assert machine.missing_feature(tmp_path) == "the kernel has no cgroups"
    (tmp_path / "filesystems").write_text("nodev\tcgroup2\n")
    assert machine.missing_feature(tmp_path) == ""


def test_what_the_kernel_cannot_do_is_told():
    """Each trial runs in a network namespace of its own, and the first that fails is the error."""
    recorder = Recorder()
    machine.check_kernel(recorder)
    assert [argv[:3] for argv in recorder.asked] == [["unshare", "--net", "ip"]] + [["unshare", "--net", "nft"]] * 2
    with pytest.raises(ClusterError, match=r"the kernel cannot make virtual links \(veth\)"):
        machine.check_kernel(Recorder(result=Result(2, "", "Not supported")))


@pytest.mark.parametrize(("status", "expected"), [(0, "overlayfs"), (32, "native")])
def test_the_snapshotter_is_found_by_trying(tmp_path: Path, status: int, expected: str):
    """An overlay is mounted for trial in a namespace of its own; where it fails, layers are copied."""
    recorder = Recorder(result=Result(status, "", "wrong fs type"))
    assert machine.snapshotter(tmp_path, recorder) == expected
    assert recorder.asked[0][:4] == ["unshare", "--mount", "mount", "-t"]
    assert list(tmp_path.iterdir()) == []


def test_a_machine_that_is_no_linux_is_told_so(monkeypatch: pytest.MonkeyPatch):
    """Other systems are pointed to Docker."""
    monkeypatch.setattr("sys.platform", "darwin")
    assert machine.available().why_not == "it needs Linux"
