"""Besu.

Flags, ports and metrics: the source of 26.8.0 (app/src/main/java/org/hyperledger/besu/cli) and what CHANGELOG.md says
of 26.8.1 to 26.10.0; 26.11.0 is known by name (rocket-pool/smartnode, release notes of 1.25.2). Image:
hub.docker.com/r/hyperledger/besu, tags `<version>` (Besu's documentation, "Run Besu from a Docker image").
"""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING

from ethgen.clients.execution.sizing import Machine, Use, estimate, sizes
from ethgen.clients.facts import (
    DATA,
    GENESIS,
    JWT,
    NODE,
    Change,
    DatabaseChange,
    ExecutionClient,
    ExecutionContext,
    Heap,
    Logs,
    Metrics,
    Port,
    Process,
)
from ethgen.clients.version import order

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ethgen.clients.facts import Arguments

_VERSION = "26.11.0"
_STATIC_NODES = "static-nodes.json"

# The first release that writes JSON without a configuration file of Log4j.
_JSON_SINCE = "26.8.0"

# Five months: MIN_EPOCHS_FOR_BLOCK_REQUESTS of the consensus specifications (33,024 epochs), 32 slots each.
_ROLLING_BLOCKS = 33_024 * 32

_PROCESS = Process(
    image="hyperledger/besu",
    tag="{version}",
    # Past the image's entry script, which changes owners as root.
    command=("/opt/besu/bin/besu",),
    ports=(
        Port("http", 8545, "rpc"),
        Port("ws", 8546, "rpc"),
        Port("execution-tcp", 30303, "p2p"),
        Port("execution-udp", 30303, "p2p", "UDP"),
        Port("el-metrics", 9545, "metrics"),
    ),
    metrics_path="/metrics",
    # Log4j's LogstashJsonEventLayoutV1.json.
    logs=Logs(level="level", message="message", time="@timestamp"),
    # Killed in the middle of a write, its trie logs no longer match its state.
    stop_seconds=300,
    cpu="2",
    memory="12Gi",
    changes=(
        # CHANGELOG.md, and the source of each release.
        Change("--fast-sync-min-peers", until="26.2.0", instead="--sync-min-peers"),
        Change("--Xsynchronizer-fast-sync-pivot-distance", until="26.2.0", instead="--Xsynchronizer-pivot-distance"),
        Change("--Xsynchronizer-fast-sync-full-validation-rate", until="26.2.0"),
        Change("--max-blobs-per-block", since="26.4.0"),
        Change("--max-blobs-per-transaction", since="26.4.0"),
        Change("--Xbal-optimization-enabled", until="26.4.0"),
        Change("--Xewp-max-get-node-data", until="26.5.0"),
        Change("--Xpeertask-system-enabled", until="26.5.0"),
        Change("--Xbal-processing-timeout", until="26.6.0"),
        Change("--Xbal-state-root-timeout", until="26.6.0"),
        Change("--tx-sender-nonce-index-enabled", since="26.6.1"),
        Change("--Xbal-lenient-on-state-root-mismatch", until="26.6.1"),
        Change("--Xbal-trust-state-root", until="26.6.1"),
        Change("--rpc-max-active-filters", since="26.7.1"),
        Change("--rpc-ws-max-active-subscriptions", since="26.7.1"),
        Change("--checkpoint", since="26.8.0"),
        Change("--discovery-mode", since="26.8.0"),
        Change("--p2p-tx-feecap", since="26.8.0"),
        Change("--logging-format", since=_JSON_SINCE),
        *(
            Change(flag, until="25.12.0", instead=instead)
            for flag, instead in {
                "--Xbonsai-parallel-tx-processing-enabled": "--bonsai-parallel-tx-processing-enabled",
                "--Xhistory-expiry-prune": "--history-expiry-prune",
                "--Xsnapsync-server-enabled": "--snapsync-server-enabled",
            }.items()
        ),
        Change("--Xchain-pruning-blocks-retained-limit", until="26.2.0", instead="--Xchain-pruning-retained-minimum"),
        Change("--Xchain-pruning-bals-retained", since="26.2.0"),
        Change("--Xv5-discovery-enabled", until="26.8.0", instead="--discovery-mode"),
        Change("--Xmax-tracked-seen-txs-per-peer", until="26.8.1", instead="--Xmax-tracked-seen-txs"),
        Change("--min-block-occupancy-ratio", until="26.8.1"),
        Change("--Xsnapsync-synchronizer-pivot-block-distance-before-caching", until="26.10.0"),
    ),
    equivalents=MappingProxyType(
        {
            "--engine-rpc-http-port": "--engine-rpc-port",
            "--engine-jwt-disabled": "--engine-jwt-secret",
            "--rpc-http-apis": "--rpc-http-api",
            "--rpc-ws-apis": "--rpc-ws-api",
        }
    ),
    exclusive=(("--network", "--genesis-file", "--network-id"),),
    metrics=Metrics(head="ethereum_blockchain_height", peers="ethereum_peer_count"),
    # Besu's documentation, "Manage JVM memory": 3 of 8 GB, 5 of 16, and never more than 8; RocksDB is outside of it.
    heap=Heap("BESU_OPTS", percent=50, most=8),
)

# CHANGELOG.md of 26.10.0: 14,299 epochs where it was 3,533.
_TWO_MONTHS = estimate("290 GiB with the blocks of sixteen days, and those of two months since 26.10.0")

_SIZES = sizes(
    {"mainnet": Machine("2", "16Gi"), "sepolia": Machine("1", "10Gi"), "hoodi": Machine("1", "10Gi")},
    {
        ("mainnet", "archive"): Use(14_000, 60, estimate("every trie is kept; operators named 12 TB in 2023")),
        ("mainnet", "full"): Use(1385, 8),
        ("mainnet", "post-merge"): Use(850, 8),
        ("mainnet", "rolling"): Use(400, 8, estimate("between the state alone and all blocks since the merge")),
        ("mainnet", "minimal"): Use(330, 8, _TWO_MONTHS),
        ("sepolia", "archive"): Use(3000, 30),
        ("sepolia", "full"): Use(800, 6),
        ("sepolia", "post-merge"): Use(780, 6),
        ("sepolia", "rolling"): Use(350, 6),
        ("sepolia", "minimal"): Use(305, 6),
        ("hoodi", "archive"): Use(1500, 25),
        ("hoodi", "full"): Use(280, 5),
        ("hoodi", "rolling"): Use(230, 5),
        ("hoodi", "minimal"): Use(200, 5),
    },
)


def _arguments(context: ExecutionContext) -> Arguments:
    apis = ",".join(api.upper() for api in context.apis)
    return (
        f"--data-path={DATA}/execution",
        *_network(context),
        "--rpc-http-enabled",
        # The engine API has no address of its own and listens here too. Only the pod itself gets through: no Service
        # and no policy opens its port, and it wants the pod's JWT.
        "--rpc-http-host=0.0.0.0",
        "--rpc-http-port=8545",
        f"--rpc-http-api={apis}",
        "--rpc-ws-enabled",
        "--rpc-ws-host=0.0.0.0",
        "--rpc-ws-port=8546",
        f"--rpc-ws-api={apis}",
        "--host-allowlist=*",
        "--engine-rpc-port=8551",
        "--engine-host-allowlist=localhost,127.0.0.1",
        f"--engine-jwt-secret={JWT}",
        "--metrics-enabled",
        "--metrics-host=0.0.0.0",
        "--metrics-port=9545",
        "--p2p-port=30303",
        "--nat-method=NONE",
        *(("--logging-format=LOGSTASH",) if order(context.version or _VERSION) >= order(_JSON_SINCE) else ()),
    )


def _network(context: ExecutionContext) -> Arguments:
    if not context.chain.private:
        return (f"--network={context.chain.name}",)
    return (
        f"--genesis-file={GENESIS}/genesis.json",
        f"--network-id={context.chain.chain_id}",
        "--data-storage-format=FOREST",
        "--sync-mode=FULL",
        "--discovery-enabled=false",
        f"--node-private-key-file={NODE}/execution.key",
        f"--static-nodes-file={NODE}/{_STATIC_NODES}",
        # Peers are known by the names of their Services.
        "--Xdns-enabled=true",
        "--Xdns-update-enabled=true",
    )


def _files(context: ExecutionContext) -> Mapping[str, str]:
    return {_STATIC_NODES: json.dumps(context.peers, indent=2) + "\n"} if context.chain.private else {}


CLIENT = ExecutionClient(
    name="besu",
    version=_VERSION,
    # CHANGELOG.md of 26.2.0: `--Xchain-pruning-enabled` takes ALL.
    oldest="26.2.0",
    process=_PROCESS,
    retentions=MappingProxyType(
        {
            "archive": ("--data-storage-format=FOREST", "--sync-mode=FULL"),
            "full": (),
            "post-merge": ("--sync-mode=SNAP",),
            "rolling": (
                "--sync-mode=SNAP",
                "--Xchain-pruning-enabled=ALL",
                f"--Xchain-pruning-blocks-retained={_ROLLING_BLOCKS}",
            ),
            # The number of blocks is the least that the version takes.
            "minimal": ("--sync-mode=SNAP", "--Xchain-pruning-enabled=ALL"),
        }
    ),
    history=MappingProxyType(
        {
            # A snap sync leaves out what was before the merge.
            ("mainnet", "full"): ("--sync-mode=FULL",),
            ("sepolia", "full"): ("--sync-mode=FULL",),
            ("hoodi", "full"): ("--sync-mode=SNAP",),
        }
    ),
    arguments=_arguments,
    # CHANGELOG.md: mainnet's time of Prague in 25.4.1, of Osaka in 25.11.0; Sepolia's of Amsterdam in 26.9.0.
    upgrades=MappingProxyType({"pectra": "25.4.1", "fusaka": "25.11.0", "glamsterdam": "26.9.0"}),
    sizing=_SIZES,
    files=_files,
    databases=(
        DatabaseChange(
            since="24.9.1",
            readable="24.5.1",
            source="CHANGELOG.md, 24.9.1",
            downgrade="its receipts are compact since 24.9.1, which releases before 24.5.1 do not read",
        ),
    ),
)
