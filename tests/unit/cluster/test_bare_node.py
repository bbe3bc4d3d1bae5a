"""The node's first process, its image store and DNS as the machine sees them."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ethgen.cluster.archive import Entry, ImageConfig, write_archive
from ethgen.cluster.bare import dns, lifecycle, node, store
from ethgen.cluster.bare.init import start_time
from ethgen.cluster.bare.settings import Settings, settings
from ethgen.cluster.process import Command, Result
from ethgen.cluster.provider import ClusterConfig
from ethgen.errors import ClusterError, ImageError

CTR = ["/run/ethgen/bin/ctr", "--address=/run/containerd/containerd.sock", "--namespace=k8s.io"]

# Its arguments can be read once it runs, which is a moment after it was started.
TALKER = "import sys; print('here', flush=True); sys.stdin.read()"


@pytest.fixture
def cluster(tmp_path: Path) -> Settings:
    """Return a cluster whose folder is there."""
    made = settings(ClusterConfig("of-a-unit-test", tmp_path))
    made.logs.mkdir(parents=True)
    return made


def record(cluster: Settings, pid: int, started: int) -> None:
    """Write down a first process."""
    cluster.record.write_text(json.dumps({"pid": pid, "started": started}))


def test_a_process_is_the_node_only_with_its_start_time(cluster: Settings):
    """A number that was given to another process since is not the node."""
    assert node.running(cluster) is None
    record(cluster, os.getpid(), start_time(os.getpid()))
    assert node.running(cluster) == os.getpid()
    record(cluster, os.getpid(), start_time(os.getpid()) - 1)
    assert node.running(cluster) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x", "started": 1}'])
def test_a_broken_record_is_no_node(cluster: Settings, text: str):
    """Whatever a crash left in the record is read as: not running."""
    cluster.record.write_text(text)
    assert node.running(cluster) is None


def test_a_node_that_ended_is_told_in_its_last_words(cluster: Settings):
    """Waiting stops with the last line of the node's log and where the logs are."""
    (cluster.logs / "node.log").write_text("node: first\nnode: no network link within 30 s\n")
    with pytest.raises(ClusterError) as caught:
        node.require_alive(cluster)
    assert caught.value.message == "the node ended while it was starting: node: no network link within 30 s"
    assert str(cluster.logs) in caught.value.cure


def test_leftovers_are_described(cluster: Settings):
    """A folder without a running node is a broken cluster, nothing at all is an absent one."""
    assert lifecycle.describe(cluster) == ("broken", f"not running; left: folder {cluster.root}")
    lifecycle.remove_files(cluster)
    assert lifecycle.describe(cluster) == ("absent", "")


def test_other_subnets_than_the_clusters_own_are_refused(cluster: Settings):
    """Addresses that certificates and objects were made for are not changed under them."""
    cluster.pki.mkdir()
    (cluster.pki / "made-for").write_text("10.99.0.2 10.244.0.0/16 10.96.0.0/16\n")
    with pytest.raises(ClusterError, match="the cluster ethgen-of-a-unit-test was made with other subnets"):
        lifecycle.check(cluster)


@pytest.mark.parametrize("there", [True, False])
def test_another_clones_cluster_of_the_same_name_is_left_alone(
    cluster: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    there: bool,  # noqa: FBT001
):
    """A running node whose folder is another one is refused, unless that folder was deleted."""
    other = tmp_path / "other clone"
    if there:
        other.mkdir()
    command = [sys.executable, "-c", TALKER, "/clone/bare/init.py", str(other / "plan.json")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"here\n"
        monkeypatch.setattr("ethgen.cluster.bare.cgroups.members", lambda *_: {first.pid})
        assert node.folder_of_running(cluster) == other
        if there:
            with pytest.raises(ClusterError) as caught:
                lifecycle.require_ours(cluster)
            assert caught.value.message == f"a cluster {cluster.name} runs already; its folder is {other}"
            told = f"another cluster of this name runs; its folder is {other}"
            assert lifecycle.describe(cluster) == ("absent", told)
        else:
            lifecycle.require_ours(cluster)
        first.kill()


def test_kept_data_is_a_stopped_cluster(cluster: Settings):
    """A folder with its keys and nothing else left can be started again."""
    cluster.pki.mkdir()
    assert lifecycle.describe(cluster) == ("stopped", f"its data is kept in {cluster.root}")


def test_a_launcher_is_found_by_the_plan_it_was_given(cluster: Settings, tmp_path: Path):
    """A launcher that is in no cgroup yet is found by its arguments, another cluster's is not."""
    command = [sys.executable, "-c", TALKER, str(node.INIT), str(cluster.root / "plan.json")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as launcher:
        assert launcher.stdout is not None
        assert launcher.stdout.readline() == b"here\n"
        assert node.launchers(cluster) == {launcher.pid}
        assert node.launchers(settings(ClusterConfig("of-a-unit-test", tmp_path / "other"))) == set()
        launcher.kill()


def test_an_answer_with_an_address_resolves():
    """Only the answer to our own question, without an error code and with an answer, counts."""
    question = dns.query("kubernetes.default")
    assert question[12:] == b"\x0akubernetes\x07default\x00\x00\x01\x00\x01"

    def answer(identifier: int = 0x6567, flags: int = 0x8180, count: int = 1) -> bytes:
        return struct.pack(">HHHHHH", identifier, flags, 1, count, 0, 0)

    assert dns.found(answer())
    assert not dns.found(answer(identifier=1))
    assert not dns.found(answer(flags=0x0180))
    assert not dns.found(answer(flags=0x8182))
    assert not dns.found(answer(count=0))
    assert not dns.found(b"short")


@dataclass
class Containerd:
    """Plays ctr in the node."""

    images: str = ""
    content: str = ""
    asked: list[list[str]] = field(default_factory=list)

    def __call__(self, command: Command) -> Result:
        """Answer a listing."""
        self.asked.append(list(command.argv))
        return Result(0, self.images if "images" in command.argv else self.content, "")


def test_an_image_that_is_there_is_not_loaded_again(tmp_path: Path):
    """The same reference with the same image ID is left alone."""
    archive = tmp_path / "image.tar"
    image_id = write_archive(archive, "localhost/ethgen/geth:1", [Entry("a", b"b")], ImageConfig())
    containerd = Containerd("localhost/ethgen/geth:1\n", f"sha256:0\n{image_id}\n")
    assert store.load(4711, archive, containerd) is False
    assert containerd.asked == [
        ["nsenter", "--target=4711", "--mount", "--", *CTR, "images", "list", "--quiet"],
        ["nsenter", "--target=4711", "--mount", "--", *CTR, "content", "list", "--quiet"],
    ]


@pytest.mark.parametrize(
    ("images", "content"),
    [("", "sha256:1"), ("localhost/ethgen/geth:1\n", ""), ("localhost/ethgen/geth:10\n", "sha256:1")],
)
def test_another_image_is_not_taken_for_it(images: str, content: str):
    """A changed image under the same reference, or the same image under another one, is not there."""
    assert not store.holds(4711, "localhost/ethgen/geth:1", "sha256:1", Containerd(images, content))


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path):
    """A broken archive is an error before the node is asked."""
    broken = tmp_path / "image.tar"
    broken.write_bytes(b"no archive")
    containerd = Containerd()
    with pytest.raises(ImageError, match=r"image\.tar is not a docker-archive"):
        store.load(4711, broken, containerd)
    assert containerd.asked == []


def test_the_init_script_needs_only_the_standard_library():
    """The node's first process runs in an isolated interpreter without site packages."""
    script = Path(node.__file__).with_name("init.py")
    code = f"import runpy; runpy.run_path({str(script)!r}); import sys; print('ethgen' in sys.modules)"
    done = subprocess.run(["python3", "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
