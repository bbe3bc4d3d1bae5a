"""Reth.

Flags: docs/vocs/docs/pages/cli/reth/node.mdx of 2.5.1, made from `reth node --help`, and what the release notes of
2.6.0 to 2.11.0 say of flags; what each retention keeps: crates/node/core/src/args/pruning.rs. Image:
ghcr.io/paradigmxyz/reth, tags `v<version>` (reth.rs, "Installation", "Docker").
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

_CONFIG = "reth.toml"

# The first blocks of Prague (go-ethereum, core/history/historymode.go of 1.17.10).
_PRAGUE = {"mainnet": 22_431_084, "sepolia": 7_836_331, "hoodi": 60_412}

# Five months: MIN_EPOCHS_FOR_BLOCK_REQUESTS of the consensus specifications (33,024 epochs), 32 slots each.
_ROLLING_BLOCKS = 33_024 * 32

# States of the last 10,064 blocks, as `--full` keeps them; that flag drops the receipts of older blocks besides.
_RECENT_STATES = (
    "--prune.sender-recovery.full",
    "--prune.account-history.distance=10064",
    "--prune.storage-history.distance=10064",
)

_PROCESS = Process(
    image="ghcr.io/paradigmxyz/reth",
    tag="v{version}",
    command=("reth",),
    ports=(
        Port("http", 8545, "rpc"),
        Port("ws", 8546, "rpc"),
        Port("execution-tcp", 30303, "p2p"),
        Port("execution-udp", 30303, "p2p", "UDP"),
        Port("execution-v5", 9200, "p2p", "UDP"),
        Port("el-metrics", 9001, "metrics"),
    ),
    metrics_path="/",
    # The message stands in the object `fields` of tracing-subscriber's JSON format.
    logs=Logs(level="level", message="fields.message", time="timestamp"),
    stop_seconds=300,
    cpu="2",
    memory="16Gi",
    changes=(
        # crates/node/core/src/args of each version.
        Change("--prune.sender-recovery.full", since="1.9.0", instead="--prune.senderrecovery.full"),
        Change("--prune.account-history.distance", since="1.9.0", instead="--prune.accounthistory.distance"),
        Change("--prune.storage-history.distance", since="1.9.0", instead="--prune.storagehistory.distance"),
        Change("--prune.transaction-lookup.distance", since="1.9.0", instead="--prune.transactionlookup.distance"),
        *(
            Change(flag, until="1.11.0")
            for flag in (
                *("--ress.enable", "--ress.max-active-connections", "--ress.max-witness-window"),
                *(
                    "--static-files.account-change-sets",
                    "--static-files.receipts",
                    "--static-files.transaction-senders",
                ),
            )
        ),
        Change("--storage.v2", since="1.11.0"),
        *(
            Change(flag, until="2.0.0")
            for flag in ("--engine.disable-proof-v2", "--engine.disable-trie-cache", "--engine.multiproof-chunking")
        ),
        Change("--prune.minimum-distance", since="2.0.0"),
        Change("--engine.sparse-trie-max-hot-accounts", since="2.0.0", until="2.5.0"),
        Change("--engine.sparse-trie-max-hot-slots", since="2.0.0", until="2.5.0"),
        Change("--disable-discv5-discovery", since="2.2.0"),
        Change("--jit", since="2.4.0"),
        # Release notes of 2.7.0, 2.8.0 and 2.11.0.
        *(Change(flag, since="2.7.0") for flag in ("--rpc-cache.idle-timeout", "--rpc-cache.max-bals-bytes")),
        Change("--engine.prewarm-reuse", since="2.8.0"),
        *(
            Change(flag, until="2.11.0")
            for flag in (
                *("--engine.caching-and-prewarming", "--engine.legacy-state-root", "--engine.precompile-cache"),
                *("--engine.disable-parallel-sparse-trie", "--engine.parallel-sparse-trie"),
                *("--rpc-cache.max-envs", "--rpc-cache.max-headers"),
            )
        ),
    ),
    equivalents=MappingProxyType(
        {
            "-d": "--disable-discovery",
            "--auth-ipc": "--ipcdisable",
            "--disable-auth-server": "--authrpc.jwtsecret",
            "--disable-engine-api": "--authrpc.jwtsecret",
            "--full": "--prune.account-history.distance",
            "--ipcpath": "--ipcdisable",
            "--metrics.prometheus": "--metrics",
            "--p2p-secret-key-hex": "--p2p-secret-key",
            "--prune.accounthistory.distance": "--prune.account-history.distance",
            "--prune.accounthistory.full": "--prune.account-history.distance",
            "--prune.bodies.pre-merge": "--prune.bodies.before",
            "--prune.senderrecovery.full": "--prune.sender-recovery.full",
            "--prune.storagehistory.distance": "--prune.storage-history.distance",
            "--prune.storagehistory.full": "--prune.storage-history.distance",
            "--ws.corsdomain": "--ws.origins",
        }
    ),
    exclusive=(("--chain", "--dev", "--auto-mine"),),
    metrics=Metrics(head="reth_blockchain_tree_canonical_chain_height", peers="reth_network_connected_peers"),
)

_SIZES = sizes(
    {"mainnet": Machine("2", "16Gi"), "sepolia": Machine("1", "12Gi"), "hoodi": Machine("1", "12Gi")},
    {
        ("mainnet", "archive"): Use(2900, 15, "reth.rs, System requirements: 2.8 TB or more"),
        ("mainnet", "full"): Use(1840, 8, "operators' reports of 2026"),
        ("mainnet", "post-merge"): Use(1020, 8, "operators' reports of 2026"),
        ("mainnet", "post-prague"): Use(600, 8, estimate("between what is kept since the merge and the least")),
        ("mainnet", "rolling"): Use(500, 8, estimate("between what is kept since Prague and the least")),
        ("mainnet", "minimal"): Use(248, 8, "operators' reports of 2026"),
        ("sepolia", "archive"): Use(1300, 10),
        ("sepolia", "full"): Use(950, 6),
        ("sepolia", "post-merge"): Use(930, 6),
        ("sepolia", "post-prague"): Use(500, 6),
        ("sepolia", "rolling"): Use(350, 6),
        ("sepolia", "minimal"): Use(200, 6),
        ("hoodi", "archive"): Use(550, 8),
        ("hoodi", "full"): Use(320, 5),
        ("hoodi", "post-prague"): Use(320, 5),
        ("hoodi", "rolling"): Use(250, 5),
        ("hoodi", "minimal"): Use(150, 5),
    },
)


def _arguments(context: ExecutionContext) -> Arguments:
    apis = ",".join(context.apis)
    return (
        "node",
        f"--datadir={DATA}/execution",
        *_network(context),
        "--http",
        "--http.addr=0.0.0.0",
        "--http.port=8545",
        f"--http.api={apis}",
        "--ws",
        "--ws.addr=0.0.0.0",
        "--ws.port=8546",
        f"--ws.api={apis}",
        "--ws.origins=*",
        "--ipcdisable",
        "--authrpc.addr=127.0.0.1",
        "--authrpc.port=8551",
        f"--authrpc.jwtsecret={JWT}",
        "--metrics=0.0.0.0:9001",
        "--port=30303",
        "--log.stdout.format=json",
        # It writes files to a home directory otherwise, which the container has not.
        "--log.file.max-files=0",
    )


def _network(context: ExecutionContext) -> Arguments:
    if not context.chain.private:
        return (f"--chain={context.chain.name}", "--discovery.port=30303", "--discovery.v5.port=9200")
    return (
        f"--chain={GENESIS}/genesis.json",
        "--disable-discovery",
        "--disable-nat",
        f"--p2p-secret-key={NODE}/execution.key",
        f"--config={NODE}/{_CONFIG}",
    )


def _files(context: ExecutionContext) -> Mapping[str, str]:
    if not context.chain.private:
        return {}
    nodes = "".join(f'  "{peer}",\n' for peer in context.peers)
    return {_CONFIG: f"[peers]\ntrusted_nodes = [\n{nodes}]\n"}


CLIENT = ExecutionClient(
    name="reth",
    version="2.11.0",
    # The first with the storage and the pruning flags that are used here.
    oldest="2.0.0",
    process=_PROCESS,
    retentions=MappingProxyType(
        {
            "archive": (),
            "full": _RECENT_STATES,
            "post-merge": (*_RECENT_STATES, "--prune.bodies.pre-merge", "--prune.receipts.pre-merge"),
            "post-prague": _RECENT_STATES,
            "rolling": (
                *_RECENT_STATES,
                f"--prune.transaction-lookup.distance={_ROLLING_BLOCKS}",
                f"--prune.bodies.distance={_ROLLING_BLOCKS}",
                f"--prune.receipts.distance={_ROLLING_BLOCKS}",
            ),
            "minimal": ("--minimal",),
        }
    ),
    history=MappingProxyType(
        {
            (network, "post-prague"): (f"--prune.bodies.before={block}", f"--prune.receipts.before={block}")
            for network, block in _PRAGUE.items()
        }
    ),
    arguments=_arguments,
    # Release notes of 1.3.12, 1.9.3 and 2.7.0.
    upgrades=MappingProxyType({"pectra": "1.3.12", "fusaka": "1.9.3", "glamsterdam": "2.7.0"}),
    sizing=_SIZES,
    files=_files,
    databases=(
        DatabaseChange(
            since="0.2.0-beta.1",
            source="release notes of 0.2.0-beta.1",
            upgrade="the beta moved history to static files and does not take over what an alpha synced",
            downgrade="alphas do not know the static files that the beta brought",
        ),
        DatabaseChange(
            since="2.0.0",
            source="release notes of 2.0.0; paradigmxyz/reth #22890",
            downgrade=(
                "databases that began with 2.0 have its second storage layout, which releases before it do not read; "
                "those that began before it keep the first one"
            ),
        ),
    ),
)
