"""Ethrex.

Flags and ports: docs/CLI.md of 23.0.0, ethrex #6627 (`--http.api`, in every release since 15.0.0), and how eth-docker
26.8.1 and ethereum-package run it. Metrics: crates/blockchain/metrics. Image: ghcr.io/lambdaclass/ethrex, tags
`<version>` (ethrex's docs, "Releases"); versions: its release notes.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from ethgen.clients.execution.sizing import Machine, Use, estimate, sizes
from ethgen.clients.facts import DATA, JWT, Change, ExecutionClient, ExecutionContext, Logs, Metrics, Port, Process

if TYPE_CHECKING:
    from ethgen.clients.facts import Arguments

_NO_HISTORY = "it cannot execute {} from its first block (eth-docker 26.8.1); use minimal"

_PROCESS = Process(
    image="ghcr.io/lambdaclass/ethrex",
    tag="{version}",
    command=("/usr/local/bin/ethrex",),
    ports=(
        Port("http", 8545, "rpc"),
        Port("ws", 8546, "rpc"),
        Port("execution-tcp", 30303, "p2p"),
        Port("execution-udp", 30303, "p2p", "UDP"),
        Port("el-metrics", 9090, "metrics"),
    ),
    metrics_path="/metrics",
    # No JSON: the lines of tracing-subscriber.
    logs=Logs(
        level="level",
        message="message",
        time="time",
        pattern=r"^(?P<time>\S+)\s+(?P<level>TRACE|DEBUG|INFO|WARN|ERROR)\s+(?P<message>.*)$",
    ),
    stop_seconds=300,
    cpu="2",
    memory="16Gi",
    changes=(Change("--http.api", since="15.0.0"),),
    exclusive=(("--network", "--dev"),),
    metrics=Metrics(head="head_height", peers="ethrex_p2p_peer_count"),
)

_WORKING_SET = "docs.stereumlabs.com, Ethereum execution client hardware footprint, 2026: more than 16 GiB"

_SIZES = sizes(
    {"mainnet": Machine("2", "32Gi"), "sepolia": Machine("1", "16Gi"), "hoodi": Machine("1", "16Gi")},
    {
        ("mainnet", "minimal"): Use(500, 8, f"{estimate('a state as large as geth has')}. Memory: {_WORKING_SET}"),
        ("sepolia", "minimal"): Use(350, 6),
        ("hoodi", "full"): Use(250, 5),
        ("hoodi", "minimal"): Use(200, 5),
    },
)


def _arguments(context: ExecutionContext) -> Arguments:
    return (
        f"--datadir={DATA}/execution",
        f"--network={context.chain.name}",
        "--http.addr=0.0.0.0",
        "--http.port=8545",
        # Of WebSockets too.
        f"--http.api={','.join(context.apis)}",
        "--ws.enabled",
        "--ws.addr=0.0.0.0",
        "--ws.port=8546",
        "--authrpc.addr=127.0.0.1",
        "--authrpc.port=8551",
        f"--authrpc.jwtsecret={JWT}",
        "--metrics",
        "--metrics.addr=0.0.0.0",
        "--metrics.port=9090",
        "--p2p.port=30303",
        "--discovery.port=30303",
    )


CLIENT = ExecutionClient(
    name="ethrex",
    version="30.0.1",
    # The first that surely has `--http.api`; before it every namespace was open.
    oldest="15.0.0",
    process=_PROCESS,
    retentions=MappingProxyType({"full": ("--syncmode=full",), "minimal": ("--syncmode=snap",)}),
    unavailable=MappingProxyType(
        {(network, "full"): _NO_HISTORY.format(network) for network in ("mainnet", "sepolia")}
    ),
    arguments=_arguments,
    # All releases that the arguments are for came after Fusaka; glamsterdam: release notes of 28.0.0.
    upgrades=MappingProxyType({"pectra": "15.0.0", "fusaka": "15.0.0", "glamsterdam": "28.0.0"}),
    sizing=_SIZES,
    no_private="it makes its own node key, and no argument gives it another",
)
