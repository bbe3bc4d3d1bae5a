"""A network of one node, run by the clients themselves with the arguments of its pods: it goes on after a restart."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from ethgen.cluster.cache import cache_root
from ethgen.genesis.folder import write_genesis
from ethgen.genesis.from_spec import from_spec
from ethgen.spec import load
from ethgen.stack import releases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

pytestmark = [pytest.mark.oracle, pytest.mark.timeout(600)]

SPEC = f"""\
profile: local
networks:
  devnet:
    chain: custom
    chainId: 1337
    genesis: {{fork: electra, slotSeconds: 2, slotsPerEpoch: 8, mnemonic: {" ".join(["test"] * 11)} junk}}
    nodes:
      node: {{execution: {{client: geth, version: 1.17.8}}, consensus: {{client: prysm, version: 7.0.0}}, storage: 4Gi}}
    validators:
      a: {{client: prysm, version: 7.0.0, keys: 8, feeRecipient: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"}}
"""

# Where validators reach the gate: an address beside that of the clients, as a pod's own is.
GATE = "127.0.0.2"

# Seconds from the genesis files to slot 0, and those in which a busy machine makes a block.
DELAY, PATIENCE = 10, 180


def program(name: str, version: str) -> str:
    """Find a client's version, or skip the test that needs it."""
    built = sorted(cache_root().glob(f"bin/{name}-v{version}-*/**/{name}"))
    if not built:
        pytest.skip(f"{name} {version} is not built in {cache_root() / 'bin'}")
    return str(built[-1])


class Node:
    """The pods of the network as processes of this machine, which speak with one another alone."""

    def __init__(self, root: Path) -> None:
        spec = root / "environments" / "here.yaml"
        spec.parent.mkdir()
        spec.write_text(SPEC)
        self.root, self.ports = root, dict[str, int]()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        network = load(spec)
        (self.release,) = releases(network)
        write_genesis(from_spec(network, "devnet", int(time.time()) + DELAY, root), root / "made")
        shutil.copytree(root / "made" / "metadata", root / "genesis")
        shutil.copytree(root / "made" / "private" / "keystores" / "a", root / "keystores")
        keys = root / "made" / "private" / "node-keys" / "node"
        (root / "node").mkdir()
        for layer in ("execution", "consensus"):
            shutil.copy(keys / f"0.{layer}", root / "node" / f"{layer}.key")
        (root / "node" / "jwt.hex").write_text(secrets.token_hex(32))
        for name, text in self.values["files"].items():
            (root / "node" / name.removeprefix("0.")).write_text(text)

    @property
    def values(self) -> dict[str, Any]:
        """The values of the node group."""
        return dict(self.release.values["nodes"]["node"])

    def here(self, arguments: Sequence[str]) -> list[str]:
        """Return a container's arguments with folders of this test, free ports, and loopback for all addresses."""
        return [
            re.sub(
                r"(port=|127\.0\.0\.\d:)(\d+)",
                lambda found: f"{found[1]}{self.port(found[2])}",
                re.sub(r"(^|=)/", rf"\g<1>{self.root}/", argument).replace("0.0.0.0", "127.0.0.1"),  # noqa: S104 - leaves it
            )
            for argument in arguments
        ]

    def port(self, usual: str) -> int:
        """Return a free port in place of a usual one, always the same."""
        if usual not in self.ports:
            with socket.create_server(("127.0.0.1", 0)) as server:
                self.ports[usual] = server.getsockname()[1]
        return self.ports[usual]

    def start_clients(self) -> None:
        """Start the containers of the node's pod."""
        execution, consensus = self.values["execution"], self.values["consensus"]
        self.start("geth", program("geth", "1.17.8"), *self.here(execution["args"]), "--maxpeers=0")
        local = ("--p2p-local-ip=127.0.0.1", "--p2p-host-ip=127.0.0.1")
        self.start("beacon", program("beacon-chain", "7.0.0"), *self.here([*consensus["args"], *local]))
        health = self.values["health"]
        agent = [
            "serve", "--host=127.0.0.1", "--port=9300", "--fleet=localhost:9300", "--private-network",
            f"--chain-id={health['chainId']}", f"--seconds-per-slot={health['secondsPerSlot']}",
            f"--max-head-age-slots={health['maxHeadAgeSlots']}",
            f"--max-sync-distance-slots={health['maxSyncDistanceSlots']}",
            f"--execution-url={health['executionUrl']}", f"--consensus-url={health['consensusUrl']}",
            f"--gate-host={GATE}", "--gate=4000",
        ]  # fmt: skip
        own = self.here(agent)
        own = [each.replace(":9300", f":{self.port('9300')}").replace("=4000", f"={self.port('4000')}") for each in own]
        self.start("agent", sys.executable, "-m", "ethgen.agent", *own)

    def stop_clients(self) -> None:
        """Stop them as Kubernetes does when their pod is deleted."""
        for name in ("geth", "beacon", "agent"):
            self.processes[name].terminate()
        for name in ("geth", "beacon", "agent"):
            self.processes[name].wait(120)

    def start_validator(self) -> None:
        """Start the validator's pod, which reaches its beacon node through the agent's gate."""
        container = self.release.values["validators"]["a"]["container"]
        client = program("validator", "7.0.0")
        subprocess.run([client, *self.here(container["init"][0])], check=True, capture_output=True)
        arguments = [each.replace("beacon:4000", f"{GATE}:4000") for each in container["args"]]
        self.start("validator", client, *self.here(arguments))

    def start(self, name: str, *command: str) -> None:
        """Start a process, whose output goes on in a log of its own."""
        with (self.root / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)

    def status(self) -> dict[str, Any]:
        """Return what the agent says; nothing while it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port('9300')}/status", timeout=5) as answer:
                return dict(json.load(answer))
        except (urllib.error.URLError, OSError):
            return {}

    def head(self) -> int:
        """Return the number of the newest block of a node that is ready; -1 while it is not."""
        seen = self.status()
        return int(seen["execution"]["blockNumber"]) if seen.get("ready") else -1

    def wait(self, what: str, condition: Callable[[], bool]) -> None:
        """Wait until a condition holds."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                pytest.fail(f"{what} did not come about within {PATIENCE} s: {json.dumps(self.status())}")
            time.sleep(0.5)


@contextmanager
def running(root: Path) -> Iterator[Node]:
    """Run the network, and end all of it whatever happens."""
    node = Node(root)
    subprocess.run(
        [program("geth", "1.17.8"), *node.here(node.values["execution"]["init"][0])], check=True, capture_output=True
    )
    try:
        node.start_clients()
        node.start_validator()
        yield node
    finally:
        for process in node.processes.values():
            process.kill()
            process.wait()


def test_a_network_goes_on_after_its_only_node_was_restarted(tmp_path: Path) -> None:
    """The beacon node calls its head optimistic until a validator proposes, and gets validators all the same."""
    with running(tmp_path) as node:
        node.wait("the tenth block", lambda: node.head() >= 10)
        node.stop_clients()
        assert node.status() == {}
        node.start_clients()
        node.wait("a node that is ready", lambda: node.head() >= 0)
        back = node.head()
        node.wait("three more blocks", lambda: node.head() >= back + 3)
