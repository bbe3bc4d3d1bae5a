"""A running network upgraded, taken back and rolled back under a load of requests, and its volumes grown."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from load import Load

from ethgen.cluster.tools import tool_environment, tool_path
from ethgen.errors import ClusterError
from ethgen.operate.kube import connected, is_ready
from ethgen.operate.kubectl import Kubectl
from ethgen.operate.status import agent_status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(3600)]

ROOT = Path(__file__).parents[2]
ETHGEN = Path(sys.executable).with_name("ethgen")
ENVIRONMENT = "upgradelab"
NETWORK = "devnet"
NODES = ("geth-prysm-0", "geth-prysm-1")
VERSION = f"networks.{NETWORK}.nodes.geth-prysm.execution.version"
STORAGE = f"networks.{NETWORK}.nodes.geth-prysm.storage"
OLD, NEW = "1.17.7", "1.17.8"

# Seconds, and slots. An epoch is finalized in time if two thirds of its votes are in a block before it ends. While
# clients start, a machine of two cores that has other work loses whole slots, whatever happens to the nodes; epochs of
# eight slots bear the loss of one, and those of sixteen that of four.
SLOT, EPOCH = 4, 16

SPEC = f"""\
extends: networks/devnet.yaml
profile: local
cluster:
  provider: bare
  subnets: {{link: 10.88.16.0/30, pods: 10.32.0.0/16, services: 10.33.0.0/16}}
networks:
  {NETWORK}:
    genesis: {{slotSeconds: {SLOT}, slotsPerEpoch: {EPOCH}}}
    nodes:
      geth-prysm:
        execution: {{version: {OLD}}}
"""

# Workers of each load; half of them keep their connections.
WORKERS = 6


@dataclass
class Fleet:
    """The deployed environment, and ways to look at it."""

    root: Path
    spec: Path = field(init=False)

    def __post_init__(self) -> None:
        self.spec = self.root / "environments" / f"{ENVIRONMENT}.yaml"

    @property
    def kubeconfig(self) -> Path:
        """The environment's own kubeconfig."""
        return self.root / ".ethgen" / ENVIRONMENT / "kubeconfig"

    def ethgen(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run ethgen for the environment and return what it printed."""
        command = [str(ETHGEN), *arguments, "--env", ENVIRONMENT]
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=False)
        if check and done.returncode != 0:
            pytest.fail(f"ethgen {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done

    def deploy(self, *, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Bring the cluster to what the spec says."""
        return self.ethgen("deploy", "--offline", "--skip-checks", check=check)

    def kubectl(self, *arguments: str, document: str | None = None) -> str:
        """Run kubectl and return what it printed."""
        command = [str(tool_path("kubectl")), f"--kubeconfig={self.kubeconfig}", *arguments]
        return subprocess.run(command, input=document, capture_output=True, text=True, check=True).stdout

    def objects(self, kind: str, *arguments: str) -> dict[str, dict[str, Any]]:
        """Return the network's objects of a kind, by name."""
        text = self.kubectl("get", kind, f"--namespace={NETWORK}", "--output=json", *arguments)
        return {item["metadata"]["name"]: item for item in json.loads(text)["items"]}

    def endpoint(self) -> str:
        """Return the JSON-RPC endpoint as this machine reaches it."""
        service = self.objects("service")["rpc"]
        port = next(port["nodePort"] for port in service["spec"]["ports"] if port["name"] == "http")
        address = self.kubectl("get", "nodes", "--output=jsonpath={.items[0].status.addresses[0].address}")
        return f"http://{address}:{port}"

    def images(self) -> set[str]:
        """Return the images of the execution clients that run."""
        pods = self.objects("pods", "--selector=app.kubernetes.io/component=node").values()
        return {each["image"] for pod in pods for each in pod["spec"]["containers"] if each["name"] == "execution"}

    def volumes(self) -> dict[str, str]:
        """Return the volume of every claim, by the claim's name and identity."""
        claims = self.objects("persistentvolumeclaims").values()
        return {claim["metadata"]["name"] + claim["metadata"]["uid"]: claim["spec"]["volumeName"] for claim in claims}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """A network of two nodes with the older geth; removed again whatever happens."""
    if os.geteuid() != 0:
        pytest.skip("a bare cluster needs root")
    root = tmp_path_factory.mktemp("upgrade")
    for folder in ("environments", "charts"):
        shutil.copytree(ROOT / folder, root / folder)
    made = Fleet(root)
    made.spec.write_text(SPEC)
    try:
        made.deploy()
        yield made
    finally:
        made.ethgen("destroy")


@dataclass
class Seen:
    """What was seen of the network once a second.

    Attributes:
        finalized: the highest finalized epoch, by the epoch in which it was seen.
        heads: time and highest head slot.
        unready: the pods of nodes that were not ready, each time.
    """

    finalized: dict[int, int] = field(default_factory=dict)
    heads: list[tuple[float, int]] = field(default_factory=list)
    unready: list[tuple[str, ...]] = field(default_factory=list)

    def missed(self) -> list[int]:
        """Return the epochs, of those seen whole, in which the one but last was not finalized."""
        whole = sorted(self.finalized)[1:-1]
        return [epoch for epoch in whole if self.finalized[epoch] < epoch - 2]

    def longest_pause(self) -> float:
        """Return the seconds between two new heads, at most."""
        firsts = [at for (_, last), (at, head) in pairwise(self.heads) if head > last]
        return max(later - sooner for sooner, later in pairwise(firsts))


@contextmanager
def watched(fleet: Fleet) -> Iterator[Seen]:
    """Look at the network while the body runs, and until the epoch after it has ended."""
    seen, stopped = Seen(), threading.Event()
    genesis = int(fleet.objects("configmaps")["genesis"]["data"]["genesisTime"])
    context = fleet.kubectl("config", "current-context").strip()

    def epoch() -> int:
        return int(time.time() - genesis) // (SLOT * EPOCH)

    def look() -> None:
        with connected(Kubectl(tool_path("kubectl"), fleet.kubeconfig, context)) as api:
            while not stopped.wait(1):
                pods = {pod["metadata"]["name"]: pod for pod in api.items(f"/api/v1/namespaces/{NETWORK}/pods")}
                seen.unready.append(tuple(name for name in NODES if name not in pods or not is_ready(pods[name])))
                views = []
                for name in NODES:
                    try:
                        answer = agent_status(api, NETWORK, name)
                    except ClusterError:
                        continue
                    views += [] if isinstance(answer, str) else [answer["consensus"]]
                now, finalized = epoch(), max((view.get("finalizedEpoch") or 0 for view in views), default=0)
                seen.finalized[now] = max(seen.finalized.get(now, 0), finalized)
                seen.heads.append((time.monotonic(), max((view.get("headSlot") or 0 for view in views), default=0)))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
        end = epoch() + 2
        while epoch() < end and thread.is_alive():
            time.sleep(0.5)
        assert thread.is_alive(), "the network could not be looked at any more"
    finally:
        stopped.set()
        thread.join()


@contextmanager
def loaded(fleet: Fleet) -> Iterator[dict[str, dict[str, Any]]]:
    """Call the Service `rpc` from outside and from a pod while the body runs; the counts are there afterwards."""
    counts: dict[str, dict[str, Any]] = {}
    script = (Path(__file__).parent / "load.py").read_text()
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "load", "namespace": "default"},
        "spec": {
            "restartPolicy": "Never",
            "containers": [
                {
                    "name": "load",
                    "image": next(
                        each["image"]
                        for each in fleet.objects("pods")[NODES[0]]["spec"]["containers"]
                        if each["name"] == "agent"
                    ),
                    "command": ["python3", "-c", script],
                    "args": [f"http://rpc.{NETWORK}.svc.cluster.local:8545", str(WORKERS), "3000"],
                }
            ],
        },
    }
    fleet.kubectl("apply", "--filename=-", document=json.dumps(pod))
    fleet.kubectl("wait", "--namespace=default", "--for=condition=Ready", "--timeout=120s", "pod/load")
    outside = Load(fleet.endpoint(), WORKERS)
    outside.start()
    try:
        yield counts
    finally:
        counts["outside"] = {**outside.stop(), "errors": outside.failures}
        stop = ("python3", "-c", "import os, signal; os.kill(1, signal.SIGTERM)")
        fleet.kubectl("exec", "--namespace=default", "load", "--", *stop)
        fleet.kubectl(
            "wait", "--namespace=default", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=60s", "pod/load"
        )
        *errors, total = fleet.kubectl("logs", "--namespace=default", "load").splitlines()
        counts["inside"] = {**json.loads(total), "errors": errors}
        fleet.kubectl("delete", "pod", "load", "--namespace=default")


def by_ethgen(version: str) -> Callable[[Fleet], None]:
    """Return a change to a version as a person makes it: the spec moves, and is deployed."""

    def change(fleet: Fleet) -> None:
        moved = fleet.ethgen("upgrade", "--client", "geth", "--to", version)
        assert f"{VERSION}: geth" in moved.stdout
        assert f"version: {version}" in fleet.spec.read_text()
        fleet.deploy()

    return change


def by_helm(fleet: Fleet) -> None:
    """Take back the last revision, without a word to the spec."""
    command = ["helm", "rollback", NETWORK, f"--namespace={NETWORK}"]
    subprocess.run(command, env=tool_environment(kubeconfig=fleet.kubeconfig), check=True, capture_output=True)
    fleet.kubectl("rollout", "status", "statefulset/geth-prysm", f"--namespace={NETWORK}", "--timeout=600s")


@pytest.mark.parametrize(
    ("change", "version"),
    [
        pytest.param(by_ethgen(NEW), NEW, id="upgrade"),
        pytest.param(by_ethgen(OLD), OLD, id="and-back"),
        pytest.param(by_helm, NEW, id="helm-rollback"),
    ],
)
def test_no_request_fails_and_no_epoch_stays_open(fleet: Fleet, change: Callable[[Fleet], None], version: str):
    """Another geth comes to every node, one after the other: no call fails, each epoch is finalized, volumes stay."""
    volumes = fleet.volumes()
    assert f"ethereum/client-go:v{version}" not in fleet.images()
    with watched(fleet) as seen, loaded(fleet) as counts:
        begin = time.monotonic()
        change(fleet)
        seconds = time.monotonic() - begin
    # A rollback by Helm leaves the spec behind; what comes later would bring its version again.
    fleet.ethgen("upgrade", "--client", "geth", "--to", version)
    requests = {place: (count["requests"], count["failures"], count["repeated"]) for place, count in counts.items()}
    sys.stdout.write(
        f"\nto {version} in {seconds:.0f} s: requests, failures and repeated {requests}, longest pause between heads "
        f"{seen.longest_pause():.0f} s, epochs {min(seen.finalized)} to {max(seen.finalized)}\n"
    )
    assert fleet.images() == {f"ethereum/client-go:v{version}"}
    assert fleet.volumes() == volumes
    assert {place: count["errors"] for place, count in counts.items()} == {"outside": [], "inside": []}
    assert all(count["requests"] > seconds for count in counts.values())
    assert {pods for pods in seen.unready if pods} == {(name,) for name in NODES}
    assert seen.missed() == []
    # A node that goes away takes no more than the slots with it in which its peers notice.
    assert seen.longest_pause() < SLOT * EPOCH


def test_what_cannot_be_changed_is_refused_before_anything_is(fleet: Fleet):
    """A smaller volume is refused with the procedure; neither the StatefulSet nor a pod has changed."""
    before = fleet.objects("statefulsets")["geth-prysm"]["metadata"]["generation"]
    fleet.ethgen("set", STORAGE, "2Gi")
    refused = fleet.deploy(check=False)
    assert refused.returncode == 1
    assert f"StatefulSet {NETWORK}/geth-prysm: volumeClaimTemplates[data].storage 4Gi -> 2Gi" in refused.stderr
    assert "a new group" in refused.stderr
    assert fleet.objects("statefulsets")["geth-prysm"]["metadata"]["generation"] == before


def test_a_class_that_cannot_expand_is_told(fleet: Fleet):
    """The driver of bare clusters does not grow volumes, and that is told before anything is changed."""
    fleet.ethgen("set", STORAGE, "5Gi")
    refused = fleet.deploy(check=False)
    assert refused.returncode == 1
    assert "its storage class standard does not allow expansion; nothing was changed" in refused.stderr


def test_volumes_grow_around_running_pods(fleet: Fleet):
    """Where the class allows it, claims grow one at a time and the StatefulSet is made anew; no pod notices.

    The API server, Helm and the StatefulSet are real. No driver of a bare cluster can expand, so the test sets the
    capacity of each volume in its place, as the external resizer of a driver does.
    """
    fleet.kubectl("patch", "storageclass", "standard", "--patch", '{"allowVolumeExpansion": true}')
    volumes, pods = fleet.volumes(), {name: pod["metadata"]["uid"] for name, pod in fleet.objects("pods").items()}
    fleet.ethgen("set", STORAGE, "5Gi")
    stopped, order = threading.Event(), []

    def drive() -> None:
        while not stopped.wait(0.5):
            for name, claim in fleet.objects("persistentvolumeclaims").items():
                wanted = claim["spec"]["resources"]["requests"]["storage"]
                if claim["status"]["capacity"]["storage"] != wanted:
                    order.append(name)
                    capacity = {"capacity": {"storage": wanted}}
                    volume = claim["spec"]["volumeName"]
                    fleet.kubectl("patch", "persistentvolume", volume, f"--patch={json.dumps({'spec': capacity})}")
                    status = ("--subresource=status", f"--patch={json.dumps({'status': capacity})}")
                    fleet.kubectl("patch", "persistentvolumeclaim", name, f"--namespace={NETWORK}", *status)

    driver = threading.Thread(target=drive)
    driver.start()
    try:
        fleet.deploy()
    finally:
        stopped.set()
        driver.join()
    assert order == [f"data-{name}" for name in NODES]
    assert fleet.volumes() == volumes
    assert {name: pod["metadata"]["uid"] for name, pod in fleet.objects("pods").items()} == pods
    (template,) = fleet.objects("statefulsets")["geth-prysm"]["spec"]["volumeClaimTemplates"]
    assert template["spec"]["resources"]["requests"]["storage"] == "5Gi"
    assert "nothing to do" in fleet.deploy().stderr


def test_a_stateful_set_that_an_ended_run_removed_is_made_anew(fleet: Fleet):
    """A run that was ended between removing a StatefulSet and Helm leaves pods, and the next run their owner."""
    pods = {name: pod["metadata"]["uid"] for name, pod in fleet.objects("pods").items()}
    fleet.kubectl("delete", "statefulset", "geth-prysm", f"--namespace={NETWORK}", "--cascade=orphan")
    fleet.deploy()
    assert fleet.objects("statefulsets")["geth-prysm"]["status"]["replicas"] == len(NODES)
    assert {name: pod["metadata"]["uid"] for name, pod in fleet.objects("pods").items()} == pods
