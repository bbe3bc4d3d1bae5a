"""Flux on a real cluster: a commit becomes running pods, drift is healed, and a bad commit leaves the fleet alone."""

from __future__ import annotations

import json
import os
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from fleets import ETHGEN, Fleet, said

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

ENVIRONMENT = "fluxtest"
NETWORK = "devnet"

# Beside any other cluster of this machine. Flux compares the cluster with the repository every 20 seconds.
INTERVAL = 20
SPEC = f"""\
profile: local
cluster:
  provider: bare
  subnets: {{link: 10.88.8.0/30, pods: 10.28.0.0/16, services: 10.29.0.0/16}}
gitops: {{repository: "http://10.88.8.1:8418/fleet.git", interval: {INTERVAL}s, tools: [flux]}}
networks:
  {NETWORK}:
    chain: custom
    chainId: 3151910
    genesis: {{fork: electra, slotSeconds: 4, slotsPerEpoch: 8, mnemonic: {" ".join(["test"] * 11)} junk}}
    nodes:
      geth-prysm:
        execution: {{client: geth, version: 1.17.8}}
        consensus: {{client: prysm, version: 7.0.0}}
        storage: 4Gi
    validators:
      a: {{client: prysm, version: 7.0.0, keys: 64, feeRecipient: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"}}
    rpc: {{service: NodePort, fromCidrs: [0.0.0.0/0]}}
"""
# Beside the interval: Flux may look a twentieth of it later than asked (--interval-jitter-percentage), draws the chart
# anew and compares all objects, on a machine that runs the fleet as well.
ALLOWANCE = 20

# What an operator is promised, from the moment at which Flux hears of the commit.
RUNNING_SECONDS = 90


class FluxFleet(Fleet):
    """A fleet that Flux installs."""

    def ready(self, pod: str) -> bool:
        """Return whether a pod is ready."""
        conditions = self.objects("pods", NETWORK).get(pod, {}).get("status", {}).get("conditions", [])
        return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)

    def announce(self, commit: str) -> None:
        """Tell Flux that there is a commit, as a webhook does; it goes on from there by itself."""
        self.kubectl(
            *("annotate", "gitrepository", self.environment, "--namespace=flux-system", "--overwrite"),
            f"reconcile.fluxcd.io/requestedAt={commit}",
        )

    def flux(self) -> dict[str, dict[str, str]]:
        """Return what Flux says, by kind."""
        return {
            each["kind"]: each for each in json.loads(self.ethgen("gitops", "status", "--json", check=False).stdout)
        }

    def described(self) -> str:
        """Return what Flux says, and all pods."""
        return self.ethgen("gitops", "status", check=False).stdout + super().described()

    def installed(self, commit: str) -> bool:
        """Return whether Flux has brought a commit to its end."""
        said = self.flux()
        whole, release = said["Kustomization"], said.get("HelmRelease")
        done = whole["state"] == "ready" and whole["revision"].endswith(commit)
        return done and (release is None or (release["state"] == "ready" and commit[:12] in release["attempted"]))


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FluxFleet]:
    """Return a fleet that helmfile has installed, with its repository served; removed again whatever happens."""
    if os.geteuid() != 0:
        pytest.skip("a bare cluster needs root")
    made = FluxFleet.begun(tmp_path_factory.mktemp("fleet"), ENVIRONMENT, SPEC)
    try:
        made.ethgen("deploy", "--offline", "--skip-checks")
        command = [str(ETHGEN), "gitops", "serve", "--env", ENVIRONMENT]
        with subprocess.Popen(command, cwd=made.folder, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            try:
                assert "is served as http://10.88.8.1:8418/fleet.git" in server.stdout.readline()
                yield made
            finally:
                server.terminate()
        assert server.returncode == 0
    finally:
        made.ethgen("destroy")


@pytest.fixture
def undone(fleet: FluxFleet) -> Iterator[None]:
    """Undo the test's last commit, and wait until Flux is well again."""
    yield
    fleet.git("revert", "--no-edit", "HEAD")
    commit = fleet.head()
    fleet.announce(commit)
    fleet.wait("the undone commit installed", 120, lambda: fleet.installed(commit))


def test_flux_takes_over_what_helmfile_installed(fleet: FluxFleet):
    """Flux goes on with the releases of helmfile: no pod is another one, and helmfile is refused from then on."""
    before = fleet.ids("pods", NETWORK)
    begin = time.monotonic()
    done = fleet.ethgen("deploy", "--offline", "--with", "flux")
    said(f"taken over by Flux, its controllers installed: {time.monotonic() - begin:.1f} s")
    assert ", 0 failed" in done.stdout
    assert fleet.ids("pods", NETWORK) == before
    assert fleet.installed(fleet.head())
    refused = fleet.ethgen("deploy", "--offline", check=False)
    assert refused.returncode == 1
    assert f"Flux installs {ENVIRONMENT} in the cluster ethgen-{ENVIRONMENT}" in refused.stderr


def test_status_shows_what_flux_says(fleet: FluxFleet):
    """`ethgen status` has the commit that Flux has installed, beside the network's own figures."""
    shown = fleet.ethgen("status").stdout
    assert "HelmRelease" in shown
    assert fleet.head()[:12] in shown


def test_a_commit_becomes_running_pods(fleet: FluxFleet):
    """A change of the spec is a ready pod soon after Flux has heard of the commit, and touches no other pod."""
    before = fleet.ids("pods", NETWORK)
    fleet.announce(fleet.commit("a graffiti", spec=SPEC.replace("keys: 64,", "keys: 64, graffiti: by Flux,")))

    def replaced() -> bool:
        return fleet.ids("pods", NETWORK).get("validator-a-0", "") not in {"", before["validator-a-0"]}

    begin = time.monotonic()
    fleet.wait("another pod", RUNNING_SECONDS, replaced)
    fleet.wait("a ready pod", RUNNING_SECONDS, lambda: fleet.ready("validator-a-0"))
    seconds = time.monotonic() - begin
    said(f"from commit to ready pods: {seconds:.1f} s")
    assert seconds <= RUNNING_SECONDS
    assert fleet.ids("pods", NETWORK)["geth-prysm-0"] == before["geth-prysm-0"]


def test_drift_is_healed(fleet: FluxFleet):
    """A Service that is deleted and a fleet that is scaled by hand come back within an interval, and what it takes."""
    service = fleet.ids("services", NETWORK)["rpc"]
    fleet.kubectl("delete", "service", "rpc", f"--namespace={NETWORK}")
    fleet.kubectl("scale", "statefulset", "validator-a", f"--namespace={NETWORK}", "--replicas=0")

    def healed() -> bool:
        return (
            fleet.ids("services", NETWORK).get("rpc", service) != service
            and fleet.objects("statefulsets", NETWORK)["validator-a"]["spec"]["replicas"] == 1
        )

    seconds = fleet.wait("what was there before", INTERVAL + ALLOWANCE, healed)
    said(f"drift healed: {seconds:.1f} s")
    fleet.wait("the validators", 120, lambda: fleet.ready("validator-a-0"))


BAD = {
    "YAML that is none": (f"gitops/{ENVIRONMENT}/flux/releases/{NETWORK}.yaml", "a: [", "Kustomization", "YAML"),
    "values that the chart refuses": (f"values/{ENVIRONMENT}/{NETWORK}.yaml", "nodes: 5\n", "HelmRelease", "/nodes"),
    "values that are no YAML": (f"values/{ENVIRONMENT}/{NETWORK}.yaml", "a: [", "HelmRelease", "values"),
}


@pytest.mark.usefixtures("undone")
@pytest.mark.parametrize("case", BAD)
def test_a_bad_commit_leaves_the_fleet_alone(fleet: FluxFleet, case: str):
    """What cannot be installed is told in the status, and every pod goes on."""
    path, text, kind, word = BAD[case]
    before = fleet.ids("pods", NETWORK)
    (fleet.folder / path).write_text(text, encoding="utf-8")
    fleet.announce(fleet.commit(case))

    def told() -> bool:
        done = fleet.ethgen("gitops", "status", "--json", check=False)
        said = [
            each["message"] for each in json.loads(done.stdout) if (each["kind"], each["state"]) == (kind, "failed")
        ]
        # Flux tries again and again, and has not failed while it does.
        return done.returncode == 1 and any(word in message for message in said)

    seconds = fleet.wait("a failure", 90, told)
    said(f"{case}, told: {seconds:.1f} s")
    assert fleet.ids("pods", NETWORK) == before


@pytest.mark.usefixtures("undone")
def test_objects_that_the_server_refuses_fail_the_deployment(fleet: FluxFleet):
    """`ethgen deploy --with flux` ends with what Flux says of the commit, and every pod goes on."""
    before = fleet.ids("pods", NETWORK)
    template = fleet.folder / "charts" / "ethereum-infrastructure" / "templates" / "refused.yaml"
    refused = {"metadata": {"name": "refused"}, "spec": {"ports": [{"port": 70000}]}}
    template.write_text(json.dumps({"apiVersion": "v1", "kind": "Service", **refused}), encoding="utf-8")
    commit = fleet.commit("a Service that no server takes")
    done = fleet.ethgen("deploy", "--offline", "--with", "flux", check=False)
    assert done.returncode == 1
    assert f"Flux could not install {commit[:12]}; what ran before goes on" in done.stderr
    assert "70000" in done.stderr
    assert fleet.ids("pods", NETWORK) == before


def test_a_deployment_of_what_is_not_committed_is_refused(fleet: FluxFleet):
    """Flux would install something else than this folder has: nothing is done, and the files are named."""
    path = fleet.folder / "charts" / "ethereum-infrastructure" / "values.yaml"
    old = path.read_text(encoding="utf-8")
    path.write_text(f"{old}\n# changed\n", encoding="utf-8")
    done = fleet.ethgen("deploy", "--offline", "--with", "flux", check=False)
    path.write_text(old, encoding="utf-8")
    assert done.returncode == 1
    assert "Flux installs what main holds, which lacks charts/ethereum-infrastructure/values.yaml" in done.stderr


def test_an_environment_leaves_flux(fleet: FluxFleet):
    """What is suspended is not uninstalled when Flux forgets it, and helmfile goes on with it (docs/gitops.md)."""
    before = fleet.ids("pods", NETWORK)
    here, mine = "--namespace=flux-system", f"--selector=app.kubernetes.io/part-of={ENVIRONMENT}"
    suspended = ("--type=merge", '--patch={"spec": {"suspend": true}}')
    releases = "helmreleases.helm.toolkit.fluxcd.io"
    fleet.kubectl("patch", here, "kustomizations.kustomize.toolkit.fluxcd.io", ENVIRONMENT, *suspended)
    for name in fleet.kubectl("get", releases, here, mine, "--output=name").split():
        fleet.kubectl("patch", here, name, *suspended)
    fleet.kubectl("delete", f"--filename={fleet.folder}/gitops/{ENVIRONMENT}/flux.yaml", "--timeout=60s")
    others = "helmcharts.source.toolkit.fluxcd.io,helmrepositories.source.toolkit.fluxcd.io,configmaps"
    fleet.kubectl("delete", f"{releases},{others}", here, mine, "--timeout=60s")
    assert fleet.objects(releases, "flux-system") == fleet.objects("helmcharts", "flux-system") == {}
    assert fleet.ids("pods", NETWORK) == before
    fleet.ethgen("deploy", "--offline", "--skip-checks")
    assert fleet.ids("pods", NETWORK) == before
    fleet.ethgen("deploy", "--offline", "--skip-checks", "--with", "flux")
    assert fleet.ids("pods", NETWORK) == before


def test_a_release_that_is_taken_out_keeps_its_volumes(fleet: FluxFleet):
    """Its pods go, its volumes and its genesis stay, and put back it goes on from there."""
    volumes, begun = (
        fleet.ids("persistentvolumeclaims", NETWORK),
        fleet.objects("configmaps", NETWORK)["genesis"]["data"],
    )
    spec = fleet.spec.read_text(encoding="utf-8")
    fleet.announce(fleet.commit("taken out", spec=f"{spec}releases: {{{NETWORK}: {{enabled: false}}}}\n"))
    seconds = fleet.wait("no pods", 180, lambda: not fleet.objects("pods", NETWORK))
    said(f"a release taken out: {seconds:.1f} s")
    assert "HelmRelease" not in fleet.flux()
    assert fleet.ids("persistentvolumeclaims", NETWORK) == volumes
    fleet.announce(fleet.commit("put back", spec=spec))
    seconds = fleet.wait("a pod", RUNNING_SECONDS, lambda: bool(running(fleet)))
    said(f"a release put back, its pods running: {seconds:.1f} s")
    assert fleet.ids("persistentvolumeclaims", NETWORK) == volumes
    assert fleet.objects("configmaps", NETWORK)["genesis"]["data"] == begun


def running(fleet: FluxFleet) -> bool:
    """Return whether the first node's clients run."""
    state = fleet.objects("pods", NETWORK).get("geth-prysm-0", {}).get("status", {})
    containers = state.get("containerStatuses", [])
    return bool(containers) and all("running" in each["state"] for each in containers)
