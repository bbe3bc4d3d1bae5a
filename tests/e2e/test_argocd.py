"""Argo CD on a real cluster: commits become pods, drift is healed, what is taken out goes and its volumes stay."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ethgen.cluster.tools import tool_path
from ethgen.operate.argocd.program import ensure_program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

ROOT = Path(__file__).parents[2]
ETHGEN = Path(sys.executable).with_name("ethgen")
ENVIRONMENT = "argotest"

# Beside any other cluster of this machine. Argo CD looks at the repository every 10 seconds.
INTERVAL = 10
HEAD = f"""\
profile: local
cluster:
  provider: bare
  subnets: {{link: 10.88.12.0/30, pods: 10.30.0.0/16, services: 10.31.0.0/16}}
gitops: {{repository: "http://10.88.12.1:8418/fleet.git", interval: {INTERVAL}s}}
networks:
"""
NETWORK = """\
  {name}:
    chain: custom
    chainId: {chain_id}
    genesis: {{fork: electra, slotSeconds: 12, slotsPerEpoch: 8, mnemonic: {mnemonic}}}
    nodes:
      geth-prysm:
        execution: {{client: geth, version: 1.17.8}}
        consensus: {{client: prysm, version: 7.0.0}}
        storage: 2Gi
    validators:
      a: {{client: prysm, version: {version}, keys: 8, feeRecipient: "{FEES}", extraArgs: [--graffiti={words}]}}
"""
MNEMONIC = " ".join(["test"] * 11) + " junk"

# A version that can be built here, and one that is in no cluster of this machine.
PRESENT, ABSENT = "7.0.0", "7.3.1"

FIRST, SECOND = "first", "second"

# The first account of every development tool.
FEES = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"

# A machine that does other things at once may take long; what is measured is printed.
SECONDS = 600.0


def network(name: str, chain_id: int, *, words: str = FIRST, version: str = PRESENT) -> str:
    """Return a network of a spec: one node, and one validator that writes these words into its blocks.

    What changes in these tests are validators: a network's only node, started anew, has no peer that tells it the head.
    """
    return NETWORK.format(name=name, chain_id=chain_id, words=words, version=version, mnemonic=MNEMONIC, FEES=FEES)


SPARE = network("spare", 3151912)
BOTH = HEAD + network("kept", 3151911) + SPARE
MORE = HEAD + network("kept", 3151911, words=SECOND)


@dataclass
class Fleet:
    """A repository of one's own, its cluster, and Argo CD beside it."""

    folder: Path

    def ethgen(self, *arguments: str) -> str:
        """Run ethgen in the repository and return what it printed."""
        command = [str(ETHGEN), *arguments, "--env", ENVIRONMENT]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.fail(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def kubectl(self, *arguments: str) -> str:
        """Run kubectl on the cluster and return what it printed."""
        kubeconfig = self.folder / ".ethgen" / ENVIRONMENT / "kubeconfig"
        command = [str(tool_path("kubectl")), f"--kubeconfig={kubeconfig}", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def objects(self, kind: str, namespace: str) -> dict[str, Any]:
        """Return the objects of a kind, by name."""
        listed = json.loads(self.kubectl("get", kind, f"--namespace={namespace}", "--output=json"))
        return {each["metadata"]["name"]: each for each in listed["items"]}

    def ids(self, kind: str, namespace: str) -> dict[str, str]:
        """Return what tells the objects of a kind from others that had their names."""
        return {name: each["metadata"]["uid"] for name, each in self.objects(kind, namespace).items()}

    def applications(self) -> dict[str, Any]:
        """Return what Argo CD says of each Application, without the environment's name before it."""
        found = self.objects("applications.argoproj.io", "argocd")
        return {name.removeprefix(f"{ENVIRONMENT}-"): each.get("status", {}) for name, each in found.items()}

    def settled(self, name: str, commit: str) -> bool:
        """Return whether an Application is what a commit says, and well."""
        status = self.applications().get(name, {})
        words = (status.get("sync", {}).get("status"), status.get("health", {}).get("status"))
        return words == ("Synced", "Healthy") and commit in revisions(status)

    def commit(self, words: str, spec: str) -> str:
        """Commit a spec and what is rendered of it, and return the commit."""
        (self.folder / "environments" / f"{ENVIRONMENT}.yaml").write_text(spec, encoding="utf-8")
        self.ethgen("render")
        return self.commit_files(words)

    def commit_files(self, words: str) -> str:
        """Commit the files as they are, and return the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", f"--message={words}")
        return self.git("rev-parse", "HEAD").strip()

    def git(self, *arguments: str) -> str:
        """Run git in the repository."""
        person = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]
        command = ["git", *person, "-C", str(self.folder), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def wait(self, what: str, condition: Callable[[], bool]) -> float:
        """Wait until a condition holds, and return how long that took."""
        begin = time.monotonic()
        while not condition():
            if time.monotonic() - begin > SECONDS:
                pytest.fail(f"{what} did not come about within {SECONDS:g} s: {json.dumps(self.applications())}")
            time.sleep(0.5)
        return time.monotonic() - begin


def measured(words: str) -> None:
    """Say what was measured; `pytest -s` shows it."""
    sys.stdout.write(f"{words}\n")


def revisions(status: dict[str, Any]) -> list[str]:
    """Return the commits that an Application was compared with: one of each source."""
    sync = status.get("sync", {})
    return [*sync.get("revisions", []), sync.get("revision", "")]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Return a fleet of two networks that Argo CD installs; removed again whatever happens."""
    if os.geteuid() != 0:
        pytest.skip("a bare cluster needs root")
    ensure_program(measured)
    made = Fleet(tmp_path_factory.mktemp("fleet"))
    shutil.copytree(ROOT / "charts", made.folder / "charts")
    (made.folder / "environments").mkdir()
    (made.folder / ".gitignore").write_text(".ethgen/\n", encoding="utf-8")
    made.git("init", "--quiet", "--initial-branch=main")
    made.commit("two networks", BOTH)
    running = []
    try:
        made.ethgen("cluster", "up")
        running.append(started(made, "serve", "is served as http://10.88.12.1:8418/fleet.git"))
        running.append(started(made, "argocd", f"{ENVIRONMENT}-kept: ", "--offline"))
        yield made
    finally:
        codes = [stopped(process) for process in reversed(running)]
        made.ethgen("destroy")
    assert codes == [0, 0]


def started(fleet: Fleet, command: str, sign: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a command of `ethgen gitops` that goes on until it is interrupted, and wait for a sign of it."""
    log = fleet.folder.with_name(f"{command}.log")
    with log.open("w") as output:
        process = subprocess.Popen(
            [str(ETHGEN), "gitops", command, "--env", ENVIRONMENT, *arguments],
            cwd=fleet.folder,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
    begin = time.monotonic()
    while sign not in log.read_text():
        if process.poll() is not None or time.monotonic() - begin > SECONDS:
            stopped(process)
            pytest.fail(f"ethgen gitops {command}: no {sign!r} within {SECONDS:g} s:\n{log.read_text()}")
        time.sleep(0.2)
    return process


def stopped(process: subprocess.Popen[str]) -> int:
    """Interrupt a command as Ctrl-C does, and return its exit status."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    return process.wait(60)


def test_a_commit_becomes_running_pods(fleet: Fleet) -> None:
    """From one object that was applied, every release of the commit is installed, and its pods get ready."""
    commit = fleet.git("rev-parse", "HEAD").strip()
    for name in (ENVIRONMENT, "namespaces", "kept", "spare"):
        fleet.wait(f"{name} synced and healthy", lambda: fleet.settled(name, commit))  # noqa: B023 - waited for here
    for name in ("kept", "spare"):
        assert set(fleet.objects("pods", name)) == {"geth-prysm-0", "validator-a-0"}
        assert fleet.objects("configmaps", name)["genesis-0"]["metadata"]["labels"] is not None


def test_values_come_from_the_file_of_the_environment(fleet: Fleet) -> None:
    """The second source's file reaches the pods: another argument in the spec is another pod that has it."""

    def says(words: str) -> bool:
        return f"--graffiti={words}" in json.dumps(fleet.objects("pods", "kept").get("validator-a-0", {}))

    assert says(FIRST)
    node = fleet.ids("pods", "kept")["geth-prysm-0"]
    commit = fleet.commit("other words", MORE + SPARE)
    took = fleet.wait("a new pod that is ready", lambda: says(SECOND) and fleet.settled("kept", commit))
    measured(f"from commit to a ready pod: {took:.0f} s, with an interval of {INTERVAL} s")
    assert fleet.ids("pods", "kept")["geth-prysm-0"] == node


def test_drift_is_healed(fleet: Fleet) -> None:
    """What is deleted by hand comes back, and what is changed by hand is changed back."""
    service = fleet.ids("services", "kept")["rpc"]
    fleet.kubectl("delete", "service", "rpc", "--namespace=kept", "--wait=true")
    took = fleet.wait("the Service", lambda: fleet.ids("services", "kept").get("rpc", service) != service)
    measured(f"a deleted Service was back after {took:.1f} s")
    fleet.kubectl("scale", "statefulset/validator-a", "--replicas=0", "--namespace=kept")
    took = fleet.wait(
        "the validator", lambda: fleet.objects("statefulsets", "kept")["validator-a"]["spec"]["replicas"] == 1
    )
    measured(f"a StatefulSet that was scaled to nothing was back after {took:.1f} s")
    fleet.wait("its pod", lambda: fleet.applications()["kept"]["health"]["status"] == "Healthy")


def test_a_bad_commit_leaves_the_fleet_alone(fleet: Fleet) -> None:
    """Values that the chart refuses are told as an error, no pod is touched, and the next good commit is taken."""
    before = fleet.ids("pods", "kept")
    values = fleet.folder / "values" / ENVIRONMENT / "kept.yaml"
    good = values.read_text()
    values.write_text(good + "nonsense: true\n")
    fleet.commit_files("values that the chart does not know")

    def problems() -> str:
        return " ".join(each["message"] for each in fleet.applications()["kept"].get("conditions", []))

    fleet.wait("an error that names the value", lambda: "nonsense" in problems())
    assert fleet.ids("pods", "kept") == before
    values.write_text(good)
    commit = fleet.commit_files("good values again")
    fleet.wait("the good commit", lambda: fleet.settled("kept", commit))
    assert fleet.ids("pods", "kept") == before


def test_what_does_not_get_ready_is_told_and_blocks_nothing(fleet: Fleet) -> None:
    """A pod without an image is not healthy; others are installed by the same commit, and the next one mends it."""
    others = fleet.ids("pods", "kept")["validator-a-0"]
    broken = HEAD + network("kept", 3151911) + network("spare", 3151912, version=ABSENT)
    commit = fleet.commit("a version that is nowhere", broken)
    fleet.wait("the other network", lambda: fleet.settled("kept", commit))
    fleet.wait("its new pod", lambda: fleet.ids("pods", "kept").get("validator-a-0", others) != others)
    # The kubelet says the first when it has tried, and the second until it tries again.
    reasons = ("ErrImagePull", "ImagePullBackOff")
    fleet.wait(
        "a pod without an image", lambda: any(each in json.dumps(fleet.objects("pods", "spare")) for each in reasons)
    )
    assert fleet.applications()["spare"]["health"]["status"] == "Progressing"
    fleet.wait("the end of the commit's sync", lambda: fleet.settled(ENVIRONMENT, commit))
    commit = fleet.commit("a version that is there", MORE + SPARE)
    for name in ("kept", "spare", ENVIRONMENT):
        fleet.wait(f"{name} healthy again", lambda: fleet.settled(name, commit))  # noqa: B023 - waited for here


def test_a_release_that_is_taken_out_goes_and_its_volumes_stay(fleet: Fleet) -> None:
    """Its Application, pods, Services and policies are deleted, its volumes wait for its return, and others run on."""
    volumes, pods = fleet.ids("persistentvolumeclaims", "spare"), fleet.ids("pods", "spare")
    assert len(volumes) == len(pods) == 2
    others = fleet.ids("pods", "kept")
    fleet.commit("without spare", MORE)
    took = fleet.wait("the end of its Application", lambda: "spare" not in fleet.applications())
    measured(f"a release was deleted after {took:.0f} s, with an interval of {INTERVAL} s")
    for kind in ("statefulsets", "services", "networkpolicies", "poddisruptionbudgets"):
        assert fleet.ids(kind, "spare") == {}
    fleet.wait("the end of its pods", lambda: fleet.ids("pods", "spare") == {})
    assert fleet.ids("persistentvolumeclaims", "spare") == volumes
    assert fleet.ids("pods", "kept") == others
    commit = fleet.commit("spare again", MORE + SPARE)
    fleet.wait("its return", lambda: commit in revisions(fleet.applications().get("spare", {})))
    fleet.wait("its pods", lambda: len(fleet.ids("pods", "spare")) == len(pods))
    assert fleet.ids("persistentvolumeclaims", "spare") == volumes
    assert set(fleet.ids("pods", "spare").values()).isdisjoint(pods.values())


def test_deleting_the_root_application_takes_out_every_release(fleet: Fleet) -> None:
    """The root Application takes all others and their objects with it, and leaves the volumes and its project."""
    names = ("kept", "spare")
    volumes = {name: fleet.ids("persistentvolumeclaims", name) for name in names}
    fleet.kubectl("delete", "application", ENVIRONMENT, "--namespace=argocd", f"--timeout={SECONDS:g}s")
    assert fleet.applications() == {}
    assert set(fleet.objects("appprojects.argoproj.io", "argocd")) == {ENVIRONMENT}
    for name in names:
        assert fleet.ids("statefulsets", name) == fleet.ids("services", name) == {}
    assert {name: fleet.ids("persistentvolumeclaims", name) for name in names} == volumes
