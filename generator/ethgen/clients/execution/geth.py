"""Go Ethereum.

Flags and ports: `geth --help` of 1.17.7, 1.17.8 (the same flags) and 1.17.10; networks a history mode knows:
core/history/historymode.go of 1.17.10. Image: hub.docker.com/r/ethereum/client-go, tags `v<version>`
(geth.ethereum.org, "Installing Geth").
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
_CONFIG = "geth.toml"

# Every state of a small network is written as it is made. The path scheme holds the latest ones in memory: after a kill
# it begins again at block 0, and may wait for ever for a peer to serve it a state.
_DURABLE = ("--state.scheme=hash", "--gcmode=archive")

_PROCESS = Process(
    image="ethereum/client-go",
    tag="v{version}",
    command=("geth",),
    ports=(
        Port("http", 8545, "rpc"),
        Port("ws", 8546, "rpc"),
        Port("execution-tcp", 30303, "p2p"),
        Port("execution-udp", 30303, "p2p", "UDP"),
        Port("el-metrics", 6060, "metrics"),
    ),
    metrics_path="/debug/metrics/prometheus",
    logs=Logs(level="lvl", message="msg", time="t"),
    # A clean stop writes the in-memory state of the path scheme; a mainnet node takes minutes at worst.
    stop_seconds=300,
    cpu="2",
    memory="8Gi",
    changes=(
        # go-ethereum #31838 and #35021; `geth show-deprecated-flags` of 1.17.8 names what goes next.
        *(Change(flag, until="1.16.0") for flag in ("--light.serve", "--light.maxpeers", "--light.nopruning")),
        *(
            Change(flag, until="1.17.4", instead=instead)
            for flag, instead in {
                "--allow-insecure-unlock": "sign outside of the node",
                "--cache.trie.journal": "",
                "--cache.trie.rejournal": "",
                "--log.backtrace": "",
                "--log.debug": "",
                "--metrics.expensive": "",
                "--mine": "let the consensus client propose blocks",
                "--miner.etherbase": "--miner.pending.feeRecipient",
                "--miner.newpayload-timeout": "",
                "--nousb": "",
                "--rpc.enabledeprecatedpersonal": "",
                "--txlookuplimit": "--history.transactions",
                "--unlock": "sign outside of the node",
                "--v5disc": "--discovery.v5",
                "--whitelist": "--eth.requiredblocks",
            }.items()
        ),
    ),
    equivalents=MappingProxyType(
        {
            "--discv4": "--nodiscover",
            "--discv5": "--nodiscover",
            "--discovery.v4": "--nodiscover",
            "--discovery.v5": "--nodiscover",
            "--ipcpath": "--ipcdisable",
            "--log.json": "--log.format",
            "--nodekeyhex": "--nodekey",
        }
    ),
    # cmd/utils/flags.go: CheckExclusive, and what a private network has instead of them.
    exclusive=(("--mainnet", "--sepolia", "--holesky", "--hoodi", "--dev", "--networkid", "--override.genesis"),),
    metrics=Metrics(head="chain_head_block", peers="p2p_peers"),
)

# May to December 2025; the 32 months from the merge to Prague take the 250 GiB between 830 and 580.
_SINCE_OSAKA = estimate("580 GiB with the blocks since Prague, less those of the seven months until Osaka")

_SIZES = sizes(
    {"mainnet": Machine("2", "16Gi"), "sepolia": Machine("1", "8Gi"), "hoodi": Machine("1", "8Gi")},
    {
        ("mainnet", "archive"): Use(
            2300, 18, estimate("about 2 TB with the path scheme when it came in 2025, and its growth since")
        ),
        ("mainnet", "full"): Use(1230, 8),
        ("mainnet", "post-merge"): Use(830, 8),
        ("mainnet", "post-prague"): Use(580, 8),
        ("mainnet", "minimal"): Use(530, 8, _SINCE_OSAKA),
        ("sepolia", "archive"): Use(1300, 10),
        ("sepolia", "full"): Use(700, 5),
        ("sepolia", "post-merge"): Use(680, 5),
        ("sepolia", "post-prague"): Use(450, 5),
        ("sepolia", "minimal"): Use(350, 5),
        ("hoodi", "archive"): Use(500, 8),
        ("hoodi", "full"): Use(250, 4),
        ("hoodi", "post-prague"): Use(250, 4),
        ("hoodi", "minimal"): Use(200, 4),
    },
)


def _arguments(context: ExecutionContext) -> Arguments:
    return (
        _DATADIR,
        *_network(context),
        "--http",
        "--http.addr=0.0.0.0",
        "--http.port=8545",
        f"--http.api={','.join(context.apis)}",
        "--http.vhosts=*",
        "--ws",
        "--ws.addr=0.0.0.0",
        "--ws.port=8546",
        f"--ws.api={','.join(context.apis)}",
        "--ws.origins=*",
        "--authrpc.addr=127.0.0.1",
        "--authrpc.port=8551",
        "--authrpc.vhosts=localhost",
        f"--authrpc.jwtsecret={JWT}",
        "--metrics",
        "--metrics.addr=0.0.0.0",
        "--metrics.port=6060",
        "--port=30303",
        "--ipcdisable",
        "--log.format=json",
    )


def _network(context: ExecutionContext) -> Arguments:
    if not context.chain.private:
        return (f"--{context.chain.name}",)
    return (
        f"--networkid={context.chain.chain_id}",
        "--syncmode=full",
        *_DURABLE,
        "--nodiscover",
        "--nat=none",
        f"--nodekey={NODE}/execution.key",
        f"--config={NODE}/{_CONFIG}",
    )


def _init(context: ExecutionContext) -> tuple[Arguments, ...]:
    return (("init", _DATADIR, _DURABLE[0], f"{GENESIS}/genesis.json"),) if context.chain.private else ()


def _files(context: ExecutionContext) -> Mapping[str, str]:
    if not context.chain.private:
        return {}
    # geth has no flag for static nodes, and no other way that reconnects to them.
    nodes = "".join(f'  "{peer}",\n' for peer in context.peers)
    return {_CONFIG: f"[Node.P2P]\nStaticNodes = [\n{nodes}]\n"}


CLIENT = ExecutionClient(
    name="geth",
    version="1.17.10",
    oldest="1.17.7",
    process=_PROCESS,
    retentions=MappingProxyType(
        {
            "archive": ("--syncmode=full", "--gcmode=archive", "--state.scheme=path", "--history.state=0"),
            "full": ("--history.chain=all",),
            "post-merge": ("--history.chain=postmerge",),
            "post-prague": ("--history.chain=postprague",),
            "minimal": ("--history.chain=postosaka", "--history.state=1024", "--history.logs.disable"),
        }
    ),
    arguments=_arguments,
    # Release notes of 1.15.9 and 1.16.7; glamsterdam: obolnetwork/charon, minimumExecutionEngineVersionByFork.
    upgrades=MappingProxyType({"pectra": "1.15.9", "fusaka": "1.16.7", "glamsterdam": "1.17.7"}),
    sizing=_SIZES,
    init=_init,
    files=_files,
    databases=(
        DatabaseChange(
            since="1.15.0",
            source="release notes of 1.15.0",
            downgrade="1.15.0 rewrote it, and releases before have to sync again",
        ),
    ),
)
