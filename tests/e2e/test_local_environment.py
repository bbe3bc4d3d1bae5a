"""`make deploy-all ENV=local` on a real cluster: blocks, finality, RPC, a transaction, faults, and a clean machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from machine import picture, processes

from ethgen.cluster.bare import cgroups
from ethgen.cluster.bare.settings import settings
from ethgen.cluster.tools import tool_path
from ethgen.operate.deploy.target import cluster_config
from ethgen.spec import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(3600), pytest.mark.usefixtures("network")]

ROOT = Path(__file__).parents[2]
ETHGEN = Path(sys.executable).with_name("ethgen")
NETWORK = "devnet"
NODES = ("geth-prysm-0", "geth-prysm-1")
VALIDATORS = ("validator-a-0", "validator-b-0")

# Each fault comes once; for an endurance run set this variable to more.
TURNS = range(int(os.environ.get("ETHGEN_TEST_TURNS", "1")))

# The first account of the throw-away mnemonic that every development tool ships, m/44'/60'/0'/0/0.
KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"


def ethgen(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run ethgen in the repository and return what it printed."""
    done = subprocess.run([str(ETHGEN), *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if check and done.returncode != 0:
        pytest.fail(f"ethgen {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done


def kubectl(*arguments: str) -> str:
    """Run kubectl on the environment's cluster and return what it printed."""
    command = [str(tool_path("kubectl")), f"--kubeconfig={ROOT}/.ethgen/local/kubeconfig", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def endpoint() -> str:
    """Return the JSON-RPC endpoint as this machine reaches it."""
    service = json.loads(kubectl("get", "service", "rpc", f"--namespace={NETWORK}", "--output=json"))
    port = next(port["nodePort"] for port in service["spec"]["ports"] if port["name"] == "http")
    address = kubectl("get", "nodes", "--output=jsonpath={.items[0].status.addresses[0].address}")
    return f"http://{address}:{port}"


def rpc(method: str, *parameters: object) -> Any:  # noqa: ANN401 - JSON-RPC results are of any type
    """Return the result of a JSON-RPC call from outside the cluster."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}).encode()
    request = urllib.request.Request(endpoint(), body, {"Content-Type": "application/json"})  # noqa: S310 - http, see endpoint
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - likewise
        return json.load(answer)["result"]


def wait(what: str, seconds: float, condition: Callable[[], bool]) -> float:
    """Wait until a condition holds, and return how long that took."""
    begin = time.monotonic()
    while True:
        try:
            if condition():
                return time.monotonic() - begin
        except (OSError, subprocess.CalledProcessError, KeyError):
            pass
        if time.monotonic() - begin > seconds:
            pytest.fail(f"{what} did not come about within {seconds:.0f} s\n{ethgen('status', check=False).stdout}")
        time.sleep(0.5)


def finalized() -> int:
    """Return the number of the finalized block."""
    hashes_only = False
    return int(rpc("eth_getBlockByNumber", "finalized", hashes_only)["number"], 16)


def ready(pod: str) -> bool:
    """Return whether a pod is ready and not on its way out."""
    found = json.loads(kubectl("get", "pod", pod, f"--namespace={NETWORK}", "--output=json"))
    conditions = {item["type"]: item["status"] for item in found["status"].get("conditions", [])}
    return conditions.get("Ready") == "True" and "deletionTimestamp" not in found["metadata"]


def pods() -> list[str]:
    """Return the names of the network's pods."""
    return kubectl("get", "pods", f"--namespace={NETWORK}", "--output=jsonpath={.items[*].metadata.name}").split()


def look() -> dict[str, set[str]]:
    """Return what the machine looks like, with what runs for this environment.

    A cgroup holds every process of a cluster and cannot be removed before they end.
    """
    cluster = settings(cluster_config(load(ROOT / "environments" / "local.yaml"), ROOT))
    groups = {cluster.name} if cgroups.exists(cluster.name, cgroups.mounted()) else set()
    return {**picture(cluster.host_link), "processes": processes(ROOT / ".ethgen"), "cgroups": groups}


@pytest.fixture(scope="module")
def before() -> dict[str, set[str]]:
    """The machine before anything of ours runs on it."""
    if os.geteuid() != 0:
        pytest.skip("a bare cluster needs root")
    ethgen("destroy", "--env", "local")
    return look()


@pytest.fixture(scope="module")
def network(before: dict[str, set[str]]) -> Iterator[subprocess.CompletedProcess[str]]:
    """The deployed local environment; removed again whatever happens."""
    assert before
    try:
        yield ethgen("deploy", "--env", "local")
    finally:
        ethgen("destroy", "--env", "local")


def test_deploy_prints_endpoints(network: subprocess.CompletedProcess[str]):
    """A deployment ends with the endpoint of the network's JSON-RPC, which answers from outside the cluster."""
    assert endpoint() in network.stdout
    assert int(rpc("eth_chainId"), 16) == 3151908


def test_the_chain_finalizes():
    """Blocks advance and are finalized."""
    first = finalized()
    assert first > 0
    wait("another finalized block", 120, lambda: finalized() > first)


def test_a_second_deployment_changes_nothing():
    """Deploying again finds nothing to do, and restarts no pod."""
    started = kubectl("get", "pods", f"--namespace={NETWORK}", "--output=jsonpath={.items[*].metadata.uid}")
    second = ethgen("deploy", "--env", "local")
    assert "nothing to do" in second.stderr
    assert kubectl("get", "pods", f"--namespace={NETWORK}", "--output=jsonpath={.items[*].metadata.uid}") == started


def test_status_and_live_checks_are_good():
    """`status --json` names every node, and every live check passes."""
    shown = json.loads(ethgen("status", "--env", "local", "--json").stdout)
    assert "geth-prysm-0" in json.dumps(shown)
    ethgen("validate", "--env", "local", "--live")


def test_a_real_api_server_takes_the_chart():
    """What the chart draws, also from drawn specs, passes a real API server with Pod Security `restricted`."""
    kubeconfig = str(ROOT / ".ethgen" / "local" / "kubeconfig")
    variables = {**os.environ, "ETHGEN_TEST_KUBECONFIG": kubeconfig, "ETHGEN_TEST_SPECS": "100"}
    files = [f"tests/chart/test_chart_{name}.py" for name in ("server", "properties")]
    command = [sys.executable, "-m", "pytest", "-q", "-k", "server", *files]
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "skipped" not in done.stdout


def test_a_transaction_is_included():
    """A transaction sent with web3 is in a block of both nodes."""
    code = f"""
from web3 import Account, HTTPProvider, Web3
web3 = Web3(HTTPProvider("{endpoint()}"))
sender = Account.from_key("{KEY}")
to = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
fees = {{"maxFeePerGas": 10**10, "maxPriorityFeePerGas": 10**9}}
nonce = web3.eth.get_transaction_count(sender.address, "pending")
transaction = {{"to": to, "value": 1, "gas": 21000, "nonce": nonce, "chainId": web3.eth.chain_id, **fees}}
digest = web3.eth.send_raw_transaction(sender.sign_transaction(transaction).raw_transaction)
print(web3.eth.wait_for_transaction_receipt(digest, timeout=60).status)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "1", done.stderr


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("pod", [*NODES, *VALIDATORS])
def test_a_deleted_pod_comes_back(pod: str, turn: int):
    """After any one pod is deleted the chain goes on finalising, and the pod is ready at the head within 90 seconds."""
    rest()
    uid = kubectl("get", "pod", pod, f"--namespace={NETWORK}", "--output=jsonpath={.metadata.uid}")
    kubectl("delete", "pod", pod, f"--namespace={NETWORK}", "--wait=false")

    def back() -> bool:
        now = kubectl("get", "pod", pod, f"--namespace={NETWORK}", "--output=jsonpath={.metadata.uid}")
        return now != uid and ready(pod)

    report(turn, f"{pod} deleted", wait(f"{pod} back", 90, back))
    first = finalized()
    wait("another finalized block", 120, lambda: finalized() > first)


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize(
    ("pod", "program"),
    [*product(NODES, ("geth", "beacon-chain")), *product(VALIDATORS, ("validator",))],
)
def test_a_killed_client_comes_back(pod: str, program: str, turn: int):
    """After `kill -9` of any one client the chain goes on finalising, and its pod is ready within 90 seconds."""
    rest()
    uid = kubectl("get", "pod", pod, f"--namespace={NETWORK}", "--output=jsonpath={.metadata.uid}")
    before = restarts(pod)
    os.kill(process_of(uid, program), 9)
    seconds = wait(f"{pod} restarted", 90, lambda: restarts(pod) > before and ready(pod))
    report(turn, f"{program} of {pod} killed", seconds)
    first = finalized()
    wait("another finalized block", 120, lambda: finalized() > first)


@pytest.mark.parametrize("pod", NODES)
def test_a_beacon_node_that_hangs_keeps_no_validators(pod: str):
    """While a beacon node stands still, but keeps its connections, the validators go to the other one and finalise."""
    rest()
    uid = kubectl("get", "pod", pod, f"--namespace={NETWORK}", "--output=jsonpath={.metadata.uid}")
    process = process_of(uid, "beacon-chain")
    os.kill(process, signal.SIGSTOP)
    try:
        wait(f"{pod} not ready", 30, lambda: not ready(pod))
        first = finalized()
        wait("another finalized block", 120, lambda: finalized() > first)
        assert not ready(pod)
    finally:
        os.kill(process, signal.SIGCONT)
    # Longer than after a restart: its peers have left it meanwhile, and wait between two tries to reach it.
    wait(f"{pod} ready", 150, lambda: ready(pod))


def rest() -> None:
    """Wait until every pod is ready: faults come one at a time."""
    wait("every pod ready", 120, lambda: all(map(ready, pods())))


def report(turn: int, fault: str, seconds: float) -> None:
    """Print how long a fault lasted, for whoever runs several turns (`-s` shows it)."""
    sys.stdout.write(f"\nturn {turn}: {fault}, ready after {seconds:.1f} s\n")


def restarts(pod: str) -> int:
    """Return how often containers of a pod were restarted."""
    path = "--output=jsonpath={.status.containerStatuses[*].restartCount}"
    return sum(map(int, kubectl("get", "pod", pod, f"--namespace={NETWORK}", path).split()))


def process_of(uid: str, program: str) -> int:
    """Return the process of a pod's program, found by the pod's cgroup."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            groups = (folder / "cgroup").read_text()
        except OSError:
            continue
        if uid in groups and words[0].decode().rsplit("/", 1)[-1] == program:
            return int(folder.name)
    raise AssertionError(f"no process {program} of pod {uid}")


def test_destroy_leaves_the_machine_as_it_was(before: dict[str, set[str]]):
    """After `destroy` no process, mount, link, route, cgroup, firewall table, setting or file differs from before."""
    ethgen("destroy", "--env", "local")
    after = look()
    assert {kind: before[kind] ^ after[kind] for kind in before if before[kind] != after[kind]} == {}
