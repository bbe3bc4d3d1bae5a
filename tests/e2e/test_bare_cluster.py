"""The bare provider on this machine: what its clusters can do, what they survive, and what they leave behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from machine import picture

from ethgen.cluster.archive import Entry, ImageConfig, write_archive
from ethgen.cluster.bare import cgroups
from ethgen.cluster.bare.node import running
from ethgen.cluster.bare.provider import BareProvider
from ethgen.cluster.bare.settings import settings
from ethgen.cluster.gobuild import BuildRequest, WrapperModule, build
from ethgen.cluster.provider import ClusterConfig, Subnets
from ethgen.cluster.tools import tool_path
from ethgen.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ethgen.cluster.bare.settings import Settings

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

IMAGE = "localhost/ethgen/probe:1"
SUBNETS = Subnets(link="10.93.0.0/30", pods="10.253.0.0/16", services="10.153.0.0/16")
SECONDS = 90.0


class Bench:
    """One cluster of this file and the ways to look at it."""

    def __init__(self, folder: Path, name: str) -> None:
        self.config = ClusterConfig(name, folder / ".ethgen" / name, subnets=SUBNETS, metrics=False)
        self.provider = BareProvider()
        self.cluster: Settings = settings(self.config)
        self.program = str(tool_path("kubectl"))

    def kubectl(self, *arguments: str, document: Any = None, check: bool = True) -> str:  # noqa: ANN401 - JSON
        """Return what kubectl printed."""
        command = [self.program, f"--kubeconfig={self.config.kubeconfig}", *arguments]
        text = None if document is None else json.dumps(document)
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        if check and done.returncode:
            pytest.fail(f"kubectl {' '.join(arguments)}: {done.stderr}")
        return done.stdout + (done.stderr if done.returncode else "")

    def apply(self, *objects: dict[str, Any]) -> None:
        """Apply objects."""
        self.kubectl("apply", "-f", "-", document={"apiVersion": "v1", "kind": "List", "items": list(objects)})

    def ready(self, *pods: str) -> None:
        """Wait for pods."""
        names = [f"pod/{name}" for name in pods]
        self.kubectl("wait", "--for=condition=Ready", f"--timeout={SECONDS:g}s", *names)

    def ask(self, pod: str, *words: str) -> str:
        """Run the probe in a pod."""
        return self.kubectl("exec", pod, "--", "/probe", *words, check=False)

    def first(self) -> int:
        """Return the number of the node's first process."""
        pid = running(self.cluster)
        assert pid is not None
        return pid


def until(what: str, true: Callable[[], bool]) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + SECONDS
    while not true():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {SECONDS:g} s: {what}")
        time.sleep(0.1)


def pod(name: str, **spec: object) -> dict[str, Any]:
    """Return a pod that serves on port 8080, as the Pod Security Standard `restricted` wants it."""
    container = {
        "name": "probe",
        "image": IMAGE,
        "args": ["serve", ":8080"],
        "readinessProbe": {"tcpSocket": {"port": 8080}, "periodSeconds": 1},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        "volumeMounts": [{"name": volume["name"], "mountPath": "/data"} for volume in spec.get("volumes", [])],  # type: ignore[attr-defined]
    }
    security = {
        "runAsNonRoot": True,
        "runAsUser": 65532,
        "fsGroup": 65532,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {"containers": [container], "securityContext": security, "terminationGracePeriodSeconds": 0} | spec,
    }


def claim(name: str, **spec: object) -> dict[str, Any]:
    """Return a claim on a volume of the default class."""
    wanted = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "64Mi"}}}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name},
        "spec": wanted | spec,
    }


def volume(name: str) -> dict[str, Any]:
    """Return the pod's part of a claim."""
    return {"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": name}}]}


def require_gone(bench: Bench, before: dict[str, set[str]], processes: set[int]) -> None:
    """Compare the machine with what it looked like before the cluster."""
    after = picture(bench.cluster.host_link)
    changed = {kind: before[kind] ^ after[kind] for kind in before if before[kind] != after[kind]}
    assert changed == {}
    assert not bench.cluster.root.exists()
    assert not cgroups.exists(bench.cluster.name, cgroups.mounted())
    # The machine's own first process reaps the node's.
    until("the end of all processes", lambda: not any(Path(f"/proc/{pid}").exists() for pid in processes))


def members(bench: Bench) -> set[int]:
    """Return the numbers of all the cluster's processes."""
    return cgroups.members(bench.cluster.name, cgroups.mounted())


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the archive of the probe's image."""
    module = WrapperModule(Path(__file__).with_name("probe"))
    program = build(BuildRequest(binary="probe", version="1", module=module, package="."))
    archive = tmp_path_factory.mktemp("images") / "probe.tar"
    write_archive(archive, IMAGE, [Entry.program("probe", program)], ImageConfig(entrypoint=("/probe",)))
    return archive


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, probe: Path) -> Iterator[Bench]:
    """Return a cluster that runs and holds the probe's image."""
    made = Bench(tmp_path_factory.mktemp("repository with a space"), "e2e-bare")
    try:
        made.provider.up(made.config)
        made.provider.load_image(made.config, probe)
        yield made
    finally:
        made.provider.down(made.config)


def test_up_of_a_running_cluster_changes_nothing(bench: Bench) -> None:
    """A second `up` returns the same cluster with the same first process."""
    first = bench.first()
    cluster = bench.provider.up(bench.config)
    assert (cluster.context, cluster.addresses) == ("ethgen-e2e-bare", ("10.93.0.2",))
    assert bench.first() == first
    assert bench.provider.status(bench.config).state == "running"


def test_pods_find_each_other_by_name(bench: Bench) -> None:
    """A pod reaches another one through a service's name, and this machine reaches the service's address."""
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "server"},
        "spec": {"selector": {"app": "server"}, "ports": [{"port": 80, "targetPort": 8080}]},
    }
    bench.apply(pod("server"), pod("client"), service)
    bench.ready("server", "client")
    until("the name", lambda: bench.ask("client", "get", "http://server.default.svc.cluster.local") == "here")
    address = bench.kubectl("get", "service", "server", "--output=jsonpath={.spec.clusterIP}")
    reached = subprocess.run(
        [sys.executable, "-c", f"import urllib.request as r; print(r.urlopen('http://{address}', timeout=5).read())"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "here" in reached.stdout


def test_a_policy_blocks_what_it_does_not_allow(bench: Bench) -> None:
    """Default deny stops a pod's traffic in, an allowed one passes, and after its removal all do."""
    bench.apply(pod("guarded"), pod("friend"), pod("stranger"))
    bench.ready("guarded", "friend", "stranger")
    address = bench.kubectl("get", "pod", "guarded", "--output=jsonpath={.status.podIP}")
    url = f"http://{address}:8080"
    assert bench.ask("stranger", "get", url) == "here"
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "guarded"},
        "spec": {
            "podSelector": {"matchLabels": {"app": "guarded"}},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "friend"}}}], "ports": [{"port": 8080}]}],
        },
    }
    bench.apply(policy)
    until("the block", lambda: "deadline exceeded" in bench.ask("stranger", "get", url))
    assert bench.ask("friend", "get", url) == "here"
    bench.kubectl("delete", "networkpolicy", "guarded")
    until("the way back", lambda: bench.ask("stranger", "get", url) == "here")


def test_a_snapshot_restores_the_old_content(bench: Bench) -> None:
    """A volume made from a snapshot holds what the first one held then, and outlives its pod."""
    bench.apply(claim("old"), pod("writer", **volume("old")))
    bench.ready("writer")
    assert bench.ask("writer", "write", "/data/file", "first") == ""
    snapshot = {
        "apiVersion": "snapshot.storage.k8s.io/v1",
        "kind": "VolumeSnapshot",
        "metadata": {"name": "first"},
        "spec": {"source": {"persistentVolumeClaimName": "old"}},
    }
    bench.apply(snapshot)
    bench.kubectl("wait", "--for=jsonpath={.status.readyToUse}=true", f"--timeout={SECONDS:g}s", "volumesnapshot/first")
    assert bench.ask("writer", "write", "/data/file", "second") == ""
    source = {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "first"}
    bench.apply(claim("new", dataSource=source), pod("reader", **volume("new")))
    bench.ready("reader")
    assert bench.ask("reader", "read", "/data/file") == "first"
    bench.kubectl("delete", "pod", "writer")
    bench.apply(pod("writer", **volume("old")))
    bench.ready("writer")
    assert bench.ask("writer", "read", "/data/file") == "second"


def test_restricted_refuses_root(bench: Bench) -> None:
    """A namespace with the Pod Security Standard `restricted` takes a pod without rights and refuses root."""
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    bench.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "strict", "labels": labels}})
    until("the account", lambda: bench.kubectl("-nstrict", "get", "serviceaccount", "-oname") != "")
    root = pod("root")
    root["spec"]["securityContext"] |= {"runAsNonRoot": False, "runAsUser": 0}
    answer = bench.kubectl("-nstrict", "apply", "-f", "-", document=root, check=False)
    assert 'violates PodSecurity "restricted:latest"' in answer
    bench.kubectl("-nstrict", "apply", "-f", "-", document=pod("modest"))
    bench.kubectl("-nstrict", "wait", "--for=condition=Ready", f"--timeout={SECONDS:g}s", "pod/modest")


def test_a_killed_container_is_back_the_fifth_time_too(bench: Bench) -> None:
    """A container that is killed again and again is started again each time within a few seconds."""
    bench.apply(pod("victim"))
    bench.ready("victim")
    for count in range(1, 6):
        found = subprocess.run(["pgrep", "-x", "probe"], capture_output=True, text=True, check=True).stdout.split()
        container = bench.kubectl(
            "get", "pod", "victim", "--output=jsonpath={.status.containerStatuses[0].containerID}"
        )
        name = container.rpartition("/")[2]
        victims = [int(pid) for pid in found if name in Path(f"/proc/{pid}/cgroup").read_text()]
        assert len(victims) == 1
        os.kill(victims[0], signal.SIGKILL)
        restarts = "--output=jsonpath={.status.containerStatuses[0].restartCount}"
        until("the restart", lambda: bench.kubectl("get", "pod", "victim", restarts) == str(count))  # noqa: B023
        bench.ready("victim")


@pytest.mark.parametrize("daemon", ["kubelet", "containerd", "etcd", "kube-apiserver", "network-policy"])
def test_a_killed_daemon_is_started_again(bench: Bench, daemon: str) -> None:
    """A node process that is killed comes back, and the cluster is whole again without help."""

    def number() -> int | None:
        for pid in members(bench):
            try:
                line = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if line[0].decode().endswith(f"/{daemon}"):
                return pid
        return None

    old = number()
    assert old is not None
    os.kill(old, signal.SIGKILL)
    until(f"a new {daemon}", lambda: number() not in {None, old})
    until("the cluster", lambda: bench.provider.status(bench.config).state == "running")
    name = f"after-{daemon}"
    bench.apply(pod(name))
    bench.ready(name)


def test_another_cluster_on_the_same_subnets_is_refused(bench: Bench, tmp_path: Path) -> None:
    """A second environment's cluster with these subnets is one clear error, and leaves nothing."""
    other = ClusterConfig("e2e-other", tmp_path, subnets=SUBNETS)
    with pytest.raises(ClusterError, match=r"the subnet 10\.93\.0\.0/30 of ethgen-e2e-other is in use by ethgen-"):
        bench.provider.up(other)
    assert list(tmp_path.iterdir()) == []


def test_kept_data_is_there_after_the_next_start(bench: Bench) -> None:
    """After `down --keep-data` and `up` the objects, the images and the volumes' content are as before."""
    bench.apply(claim("kept"), pod("keeper", **volume("kept")))
    bench.ready("keeper")
    assert bench.ask("keeper", "write", "/data/file", "kept") == ""
    bench.provider.down(bench.config, keep_data=True)
    assert bench.provider.status(bench.config).state == "stopped"
    bench.provider.up(bench.config)
    until("the pod", lambda: bench.ask("keeper", "read", "/data/file") == "kept")


def test_a_killed_node_is_brought_up_again_with_its_data(bench: Bench) -> None:
    """After the node's first process was killed, `up` starts the cluster again from what it had."""
    bench.apply(claim("crash"), pod("survivor", **volume("crash")))
    bench.ready("survivor")
    assert bench.ask("survivor", "write", "/data/file", "still") == ""
    first = bench.first()
    os.kill(first, signal.SIGKILL)
    until("the end", lambda: running(bench.cluster) is None)
    assert bench.provider.status(bench.config).state == "broken"
    bench.provider.up(bench.config)
    assert bench.first() != first
    until("the pod", lambda: bench.ask("survivor", "read", "/data/file") == "still")


@pytest.fixture
def spare(tmp_path: Path, bench: Bench) -> Iterator[Bench]:
    """Return a cluster that is not there yet; the module's own is stopped meanwhile, for the subnets are its."""
    bench.provider.down(bench.config, keep_data=True)
    made = Bench(tmp_path, "e2e-spare")
    yield made
    made.provider.down(made.config)
    bench.provider.up(bench.config)


def test_down_leaves_nothing(spare: Bench) -> None:
    """After `up` and `down` the machine is as it was before."""
    before = picture(spare.cluster.host_link)
    spare.provider.up(spare.config)
    processes = members(spare)
    spare.provider.down(spare.config)
    assert not spare.config.kubeconfig.exists()
    require_gone(spare, before, processes)
    spare.provider.down(spare.config)
    assert spare.provider.status(spare.config).state == "absent"


def test_down_leaves_nothing_when_the_folder_was_deleted_by_hand(spare: Bench) -> None:
    """A node whose folder and record are gone is still found and removed."""
    before = picture(spare.cluster.host_link)
    spare.provider.up(spare.config)
    processes = members(spare)
    shutil.rmtree(spare.config.state)
    assert spare.provider.status(spare.config).state == "broken"
    spare.provider.down(spare.config)
    require_gone(spare, before, processes)


@pytest.mark.parametrize("seconds", [0.15, 0.3, 0.6, 1.5, 4.0])
def test_an_interrupted_up_is_removed_or_finished(spare: Bench, seconds: float) -> None:
    """Whenever `up` is killed, `down` removes all of what it made, and another `up` ends with a whole cluster."""
    before = picture(spare.cluster.host_link)
    script = (
        "import sys; from pathlib import Path; from ethgen.cluster.bare.provider import BareProvider\n"
        "from ethgen.cluster.provider import ClusterConfig, Subnets\n"
        f"BareProvider().up(ClusterConfig('e2e-spare', Path(sys.argv[1]), subnets={SUBNETS!r}, metrics=False))"
    )
    for finish in (False, True):
        starting = subprocess.Popen([sys.executable, "-c", script, str(spare.config.state)])
        with suppress(subprocess.TimeoutExpired):
            assert starting.wait(seconds) == 0
        starting.kill()
        starting.wait()
        if finish:
            spare.provider.up(spare.config)
            assert spare.provider.status(spare.config).state == "running"
        processes = members(spare)
        spare.provider.down(spare.config)
        require_gone(spare, before, processes)
