"""Erigon.

Flags and ports: docs/site/docs/fundamentals/configuring-erigon.mdx, caplin.md, default-ports.md and pruning-modes.md of
the 3.5 series (made from `erigon --help`), node/cli/default_flags.go, and the release notes of 3.6 to 3.8.2. Image:
hub.docker.com/r/erigontech/erigon, tags `v<version>` (docs.erigon.tech, "Docker").
"""

from __future__ import annotations

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
    Logs,
    Metrics,
    Port,
    Process,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ethgen.clients.facts import Arguments

_DATADIR = f"--datadir={DATA}/execution"
_CONFIG = "erigon.yaml"

# The built-in consensus client; every other one is outside.
_CAPLIN = "caplin"

# Release notes: the first release with QUIC between Caplin's peers.
QUIC_SINCE = "3.7.1"

# pruning-modes.md: all blocks since the merge; 3.6 and later also know it as keep-post-merge.
_POST_MERGE = 2**64 - 1

# Five months: MIN_EPOCHS_FOR_BLOCK_REQUESTS of the consensus specifications (33,024 epochs), 32 slots each.
_ROLLING_BLOCKS = 33_024 * 32

_PROCESS = Process(
    image="erigontech/erigon",
    tag="v{version}",
    command=("erigon",),
    ports=(
        Port("http", 8545, "rpc"),
        Port("ws", 8546, "rpc"),
        Port("execution-tcp", 30303, "p2p"),
        Port("execution-udp", 30303, "p2p", "UDP"),
        Port("torrent-tcp", 42069, "p2p"),
        Port("torrent-udp", 42069, "p2p", "UDP"),
        Port("el-metrics", 6061, "metrics"),
    ),
    metrics_path="/debug/metrics/prometheus",
    logs=Logs(level="lvl", message="msg", time="t"),
    stop_seconds=300,
    cpu="2",
    memory="16Gi",
    changes=(
        # erigon #21335, #22793 and ChangeLog.md.
        Change("--p2p.allowed-ports", until="3.5.0", instead="--port"),
        *(
            Change(flag, until="3.5.0")
            for flag in ("--clique.checkpoint", "--clique.datadir", "--clique.signatures", "--clique.snapshots")
        ),
        Change("--diagnostics.endpoint.port", until="3.5.0"),
        Change("--prune.include-receipts", since="3.6.0", instead="--persist.receipts"),
        Change("--prune.receipts.distance", since="3.6.0"),
        Change("--beacon.api.preserve-graffiti", since="3.7.1"),
        Change("--caplin.discovery.quicport", since=QUIC_SINCE),
        *(Change(flag, since="3.5.0") for flag in ("--exec.serial", "--exec.workers", "--snap.chaintoml-url")),
    ),
    equivalents=MappingProxyType(
        {
            "--discv4": "--nodiscover",
            "--discv5": "--nodiscover",
            "--discovery.v4": "--nodiscover",
            "--discovery.v5": "--nodiscover",
            "--v5disc": "--nodiscover",
            "--http.enabled": "--http",
            "--log.json": "--log.console.json",
            "--log.dir.path": "--log.dir.disable",
            "--nodekeyhex": "--nodekey",
        }
    ),
    exclusive=(("--chain", "--networkid", "--caplin.custom-config", "--caplin.custom-genesis"),),
    metrics=Metrics(head='sync{stage="execution"}', peers="p2p_peers"),
)

# Erigon's figures are with Caplin, which takes one core and 4 GiB of them.
_SIZES = sizes(
    {"mainnet": Machine("3", "24Gi"), "sepolia": Machine("2", "16Gi"), "hoodi": Machine("2", "16Gi")},
    {
        ("mainnet", "archive"): Use(1850, 11, "docs.erigon.tech, Hardware requirements: 1.77 TB for an archive node"),
        ("mainnet", "full"): Use(1020, 8),
        ("mainnet", "post-merge"): Use(650, 8),
        ("mainnet", "rolling"): Use(500, 8, estimate("between the least and what is kept since the merge")),
        ("mainnet", "minimal"): Use(355, 8, "operators' reports of 2026"),
        ("sepolia", "archive"): Use(1050, 9),
        ("sepolia", "full"): Use(600, 6),
        ("sepolia", "post-merge"): Use(590, 6),
        ("sepolia", "rolling"): Use(350, 6),
        ("sepolia", "minimal"): Use(250, 6),
        ("hoodi", "archive"): Use(300, 7),
        ("hoodi", "full"): Use(220, 5),
        ("hoodi", "rolling"): Use(180, 5),
        ("hoodi", "minimal"): Use(150, 5),
    },
)


def _arguments(context: ExecutionContext) -> Arguments:
    return (
        _DATADIR,
        *_network(context),
        *(() if context.consensus == _CAPLIN else ("--externalcl",)),
        "--http",
        "--http.addr=0.0.0.0",
        "--http.port=8545",
        f"--http.api={','.join(context.apis)}",
        "--http.vhosts=*",
        # WebSockets have the same address and namespaces.
        "--ws",
        "--ws.port=8546",
        "--authrpc.addr=127.0.0.1",
        "--authrpc.port=8551",
        "--authrpc.vhosts=localhost",
        f"--authrpc.jwtsecret={JWT}",
        "--private.api.addr=127.0.0.1:9090",
        "--mcp.disable",
        "--metrics",
        "--metrics.addr=0.0.0.0",
        "--metrics.port=6061",
        "--port=30303",
        "--torrent.port=42069",
        "--log.console.json",
        "--log.dir.disable",
    )


def _network(context: ExecutionContext) -> Arguments:
    if not context.chain.private:
        return (f"--chain={context.chain.name}",)
    return (
        f"--networkid={context.chain.chain_id}",
        "--prune.mode=archive",
        "--nodiscover",
        "--no-downloader",
        f"--nodekey={NODE}/execution.key",
        f"--config={NODE}/{_CONFIG}",
    )


def _init(context: ExecutionContext) -> tuple[Arguments, ...]:
    return (("init", _DATADIR, f"{GENESIS}/genesis.json"),) if context.chain.private else ()


def _files(context: ExecutionContext) -> Mapping[str, str]:
    if not context.chain.private:
        return {}
    # As a file, for a replica must not dial itself and all replicas have the same arguments.
    peers = "".join(f'  - "{peer}"\n' for peer in context.peers)
    return {_CONFIG: f"staticpeers:\n{peers}" if peers else "{}\n"}


CLIENT = ExecutionClient(
    name="erigon",
    version="3.8.2",
    # Before 3.5 `full` kept all blocks since the merge.
    oldest="3.5.0",
    process=_PROCESS,
    retentions=MappingProxyType(
        {
            "archive": ("--prune.mode=archive",),
            "full": ("--prune.mode=blocks",),
            "post-merge": ("--prune.mode=full", f"--prune.distance.blocks={_POST_MERGE}"),
            "rolling": ("--prune.mode=full", f"--prune.distance.blocks={_ROLLING_BLOCKS}"),
            "minimal": ("--prune.mode=minimal",),
        }
    ),
    arguments=_arguments,
    # The Ethereum Foundation's announcement of Pectra, ChangeLog.md of 3.2.2, release notes of 3.7.0.
    upgrades=MappingProxyType({"pectra": "3.0.2", "fusaka": "3.2.2", "glamsterdam": "3.7.0"}),
    sizing=_SIZES,
    init=_init,
    files=_files,
    databases=(
        DatabaseChange(
            since="3.0.0",
            source="release notes of 3.0.0: another layout of the data folder",
            upgrade="Erigon 3 has other files than Erigon 2, and syncs into an empty volume",
            downgrade="Erigon 2 has other files than Erigon 3, and syncs into an empty volume",
        ),
        DatabaseChange(
            since="3.6.0",
            readable="3.4.0",
            source="release notes of 3.6.0",
            upgrade=(
                "what Erigon 3.3 or earlier began has to be rebased first, with the pod stopped: erigon seg "
                "step-rebase --datadir=<path> --new-step-size=390625"
            ),
        ),
    ),
)
