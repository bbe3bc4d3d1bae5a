"""Argo CD on a real cluster: commits become pods, drift is healed, what is taken out goes and its volumes stay."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest
from fleets import ETHGEN, Fleet, said

from ethgen.operate.argocd.program import ensure_program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

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

    What changes in these tests are validators, which are ready again within seconds.
    """
    return NETWORK.format(name=name, chain_id=chain_id, words=words, version=version, mnemonic=MNEMONIC, FEES=FEES)


SPARE = network("spare", 3151912)
BOTH = HEAD + network("kept", 3151911) + SPARE
MORE = HEAD + network("kept", 3151911, words=SECOND)


class ArgoFleet(Fleet):
    """A fleet that Argo CD installs, which runs beside the cluster."""

    def applications(self) -> dict[str, Any]:
        """Return what Argo CD says of each Application, without the environment's name before it."""
        found = self.objects("applications.argoproj.io", "argocd")
        return {name.removeprefix(f"{self.environment}-"): each.get("status", {}) for name, each in found.items()}

    def settled(self, name: str, commit: str) -> bool:
        """Return whether an Application is what a commit says, and well."""
        status = self.applications().get(name, {})
        words = (status.get("sync", {}).get("status"), status.get("health", {}).get("status"))
        return words == ("Synced", "Healthy") and commit in revisions(status)

    def see(self, what: str, condition: Callable[[], bool]) -> float:
        """Wait as long as a busy machine may take until a condition holds, and return how many seconds that took."""
        return self.wait(what, SECONDS, condition)

    def described(self) -> str:
        """Return what Argo CD says, and all pods."""
        return f"{json.dumps(self.applications())}\n{super().described()}"


def revisions(status: dict[str, Any]) -> list[str]:
    """Return the commits that an Application was compared with: one of each source."""
    sync = status.get("sync", {})
    return [*sync.get("revisions", []), sync.get("revision", "")]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArgoFleet]:
    """Return a fleet of two networks that Argo CD installs; removed again whatever happens."""
    if os.geteuid() != 0:
        pytest.skip("a bare cluster needs root")
    ensure_program(said)
    made = ArgoFleet.begun(tmp_path_factory.mktemp("fleet"), ENVIRONMENT, BOTH)
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


def started(fleet: ArgoFleet, command: str, sign: str, *arguments: str) -> subprocess.Popen[str]:
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


def test_a_commit_becomes_running_pods(fleet: ArgoFleet) -> None:
    """From one object that was applied, every release of the commit is installed, and its pods get ready."""
    commit = fleet.head()
    for name in (ENVIRONMENT, "namespaces", "kept", "spare"):
        fleet.see(f"{name} synced and healthy", lambda: fleet.settled(name, commit))  # noqa: B023 - waited for here
    for name in ("kept", "spare"):
        assert set(fleet.objects("pods", name)) == {"geth-prysm-0", "validator-a-0"}
        assert fleet.objects("configmaps", name)["genesis-0"]["metadata"]["labels"] is not None


def test_values_come_from_the_file_of_the_environment(fleet: ArgoFleet) -> None:
    """The second source's file reaches the pods: another argument in the spec is another pod that has it."""

    def says(words: str) -> bool:
        return f"--graffiti={words}" in json.dumps(fleet.objects("pods", "kept").get("validator-a-0", {}))

    assert says(FIRST)
    node = fleet.ids("pods", "kept")["geth-prysm-0"]
    commit = fleet.commit("other words", spec=MORE + SPARE)
    took = fleet.see("a new pod that is ready", lambda: says(SECOND) and fleet.settled("kept", commit))
    said(f"from commit to a ready pod: {took:.0f} s, with an interval of {INTERVAL} s")
    assert fleet.ids("pods", "kept")["geth-prysm-0"] == node


def test_drift_is_healed(fleet: ArgoFleet) -> None:
    """What is deleted by hand comes back, and what is changed by hand is changed back."""
    service = fleet.ids("services", "kept")["rpc"]
    fleet.kubectl("delete", "service", "rpc", "--namespace=kept", "--wait=true")
    took = fleet.see("the Service", lambda: fleet.ids("services", "kept").get("rpc", service) != service)
    said(f"a deleted Service was back after {took:.1f} s")
    fleet.kubectl("scale", "statefulset/validator-a", "--replicas=0", "--namespace=kept")
    took = fleet.see(
        "the validator", lambda: fleet.objects("statefulsets", "kept")["validator-a"]["spec"]["replicas"] == 1
    )
    said(f"a StatefulSet that was scaled to nothing was back after {took:.1f} s")
    fleet.see("its pod", lambda: fleet.applications()["kept"]["health"]["status"] == "Healthy")


def test_a_bad_commit_leaves_the_fleet_alone(fleet: ArgoFleet) -> None:
    """Values that the chart refuses are told as an error, no pod is touched, and the next good commit is taken."""
    before = fleet.ids("pods", "kept")
    values = fleet.folder / "values" / ENVIRONMENT / "kept.yaml"
    good = values.read_text()
    values.write_text(good + "nonsense: true\n")
    fleet.commit("values that the chart does not know")

    def problems() -> str:
        return " ".join(each["message"] for each in fleet.applications()["kept"].get("conditions", []))

    fleet.see("an error that names the value", lambda: "nonsense" in problems())
    assert fleet.ids("pods", "kept") == before
    values.write_text(good)
    commit = fleet.commit("good values again")
    fleet.see("the good commit", lambda: fleet.settled("kept", commit))
    assert fleet.ids("pods", "kept") == before


def test_what_does_not_get_ready_is_told_and_blocks_nothing(fleet: ArgoFleet) -> None:
    """A pod without an image is not healthy; others are installed by the same commit, and the next one mends it."""
    others = fleet.ids("pods", "kept")["validator-a-0"]
    broken = HEAD + network("kept", 3151911) + network("spare", 3151912, version=ABSENT)
    commit = fleet.commit("a version that is nowhere", spec=broken)
    fleet.see("the other network", lambda: fleet.settled("kept", commit))
    fleet.see("its new pod", lambda: fleet.ids("pods", "kept").get("validator-a-0", others) != others)
    # The kubelet says the first when it has tried, and the second until it tries again.
    reasons = ("ErrImagePull", "ImagePullBackOff")
    fleet.see(
        "a pod without an image",
        lambda: any(each in json.dumps(fleet.objects("pods", "spare")) for each in reasons),
    )
    assert fleet.applications()["spare"]["health"]["status"] == "Progressing"
    fleet.see("the end of the commit's sync", lambda: fleet.settled(ENVIRONMENT, commit))
    commit = fleet.commit("a version that is there", spec=MORE + SPARE)
    for name in ("kept", "spare", ENVIRONMENT):
        fleet.see(f"{name} healthy again", lambda: fleet.settled(name, commit))  # noqa: B023 - waited for here


def test_a_release_that_is_taken_out_goes_and_its_volumes_stay(fleet: ArgoFleet) -> None:
    """Its Application, pods, Services and policies are deleted, its volumes wait for its return, and others run on."""
    volumes, pods = fleet.ids("persistentvolumeclaims", "spare"), fleet.ids("pods", "spare")
    assert len(volumes) == len(pods) == 2
    others = fleet.ids("pods", "kept")
    fleet.commit("without spare", spec=MORE)
    took = fleet.see("the end of its Application", lambda: "spare" not in fleet.applications())
    said(f"a release was deleted after {took:.0f} s, with an interval of {INTERVAL} s")
    for kind in ("statefulsets", "services", "networkpolicies", "poddisruptionbudgets"):
        assert fleet.ids(kind, "spare") == {}
    fleet.see("the end of its pods", lambda: fleet.ids("pods", "spare") == {})
    assert fleet.ids("persistentvolumeclaims", "spare") == volumes
    assert fleet.ids("pods", "kept") == others
    commit = fleet.commit("spare again", spec=MORE + SPARE)
    fleet.see("its return", lambda: commit in revisions(fleet.applications().get("spare", {})))
    fleet.see("its pods", lambda: len(fleet.ids("pods", "spare")) == len(pods))
    assert fleet.ids("persistentvolumeclaims", "spare") == volumes
    assert set(fleet.ids("pods", "spare").values()).isdisjoint(pods.values())


def test_deleting_the_root_application_takes_out_every_release(fleet: ArgoFleet) -> None:
    """The root Application takes all others and their objects with it, and leaves the volumes and its project."""
    names = ("kept", "spare")
    volumes = {name: fleet.ids("persistentvolumeclaims", name) for name in names}
    fleet.kubectl("delete", "application", ENVIRONMENT, "--namespace=argocd", f"--timeout={SECONDS:g}s")
    assert fleet.applications() == {}
    assert set(fleet.objects("appprojects.argoproj.io", "argocd")) == {ENVIRONMENT}
    for name in names:
        assert fleet.ids("statefulsets", name) == fleet.ids("services", name) == {}
    assert {name: fleet.ids("persistentvolumeclaims", name) for name in names} == volumes
