"""Nethermind.

Flags, ports and metrics: docs.nethermind.io, "Configuration" of 1.34 to 2.0 and "Metrics" of 1.39 and 2.1, made from
the client's own source; "Archive nodes" of 2.0. Image: hub.docker.com/r/nethermind/nethermind, tags `<version>`
(docs.nethermind.io, "Installing Nethermind").
"""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING

from ethgen.clients.execution.sizing import Machine, Use, sizes
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
from ethgen.clients.version import order

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ethgen.clients.facts import Arguments

_VERSION = "2.2.2"
_LOGGING = "NLog.config"
_STATIC_NODES = "static-nodes.json"

# The first release whose fresh databases are flat; what is there as a trie stays one ("Configuration" of 2.0).
_FLAT_SINCE = "2.0.0"

# The first blocks after the merge and of Prague (go-ethereum, core/history/historymode.go of 1.17.10).
_MERGE = {"mainnet": 15_537_393, "sepolia": 1_450_409}
_PRAGUE = {"mainnet": 22_431_084, "sepolia": 7_836_331, "hoodi": 60_412}

# The form of NLog (nlog-project.org, "JsonLayout"). The default one writes colours, and a file besides.
_NLOG = """\
<?xml version="1.0" encoding="utf-8"?>
<nlog xmlns="http://www.nlog-project.org/schemas/NLog.xsd" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <targets>
    <target name="console" xsi:type="Console">
      <layout xsi:type="JsonLayout">
        <attribute name="time" layout="${date:universalTime=true:format=o}" />
        <attribute name="level" layout="${level:lowercase=true}" />
        <attribute name="logger" layout="${logger:shortName=true}" />
        <attribute name="message" layout="${message}" />
        <attribute name="exception" layout="${exception:format=toString}" />
      </layout>
    </target>
  </targets>
  <rules>
    <logger name="*" minlevel="Info" writeTo="console" />
  </rules>
</nlog>
"""

_PROCESS = Process(
    image="nethermind/nethermind",
    tag="{version}",
    command=(),
    ports=(
        Port("http", 8545, "rpc"),
        Port("ws", 8546, "rpc"),
        Port("execution-tcp", 30303, "p2p"),
        Port("execution-udp", 30303, "p2p", "UDP"),
        Port("el-metrics", 9545, "metrics"),
    ),
    metrics_path="/metrics",
    logs=Logs(level="level", message="message", time="time"),
    # Its state stays in memory between two snapshots, and a kill loses it.
    stop_seconds=300,
    cpu="2",
    memory="12Gi",
    changes=(
        # docs.nethermind.io, "Configuration", of 1.34 to 2.0.
        Change("--Init.IsMining", until="1.36.0"),
        Change("--History.PruningInterval", since="1.36.0"),
        Change("--FlatDb.Enabled", since="1.37.0"),
        Change("--FlatDb.Layout", since="1.37.0"),
        Change("--FlatDb.MinCompactSize", since="1.37.0", until="1.39.0"),
        Change("--LogIndex.Enabled", since="1.37.0"),
        Change("--EraE.ImportDirectory", since="1.38.0"),
        Change("--Sync.FastSyncCatchUpHeightDelta", until="1.38.0"),
        *(
            Change(flag, until="1.39.0")
            for flag in (
                "--Bloom.Index",
                "--Bloom.IndexLevelBucketSizes",
                "--Bloom.Migration",
                "--Sync.NonValidatorNode",
            )
        ),
        Change("--Blocks.PreWarmStateOnBlockProcessing", until=_FLAT_SINCE, instead="--Blocks.PreWarming"),
        Change("--StateComposition.Enabled", until=_FLAT_SINCE),
        *(
            Change(flag, since=_FLAT_SINCE)
            for flag in (
                "--Blocks.PreWarming",
                "--FlatDb.ArchiveProofBuildEnabled",
                "--FlatDb.ArchiveProofServeEnabled",
                "--FlatDb.HistoryEnabled",
                "--FlatDb.HistoryRetention",
                "--FlatDb.HistoryRetentionBlocks",
                "--FlatDb.HistoryRetentionSinceBlock",
                "--FlatDb.HistorySliceAddresses",
                "--Receipt.DeriveFromState",
                "--Snapshot.Streaming",
            )
        ),
    ),
    equivalents=MappingProxyType(
        {
            "-c": "--config",
            "-dd": "--data-dir",
            "--datadir": "--data-dir",
            "-lcs": "--logger-config",
            "--loggerConfigSource": "--logger-config",
            "--JsonRpc.UnsecureDevNoRpcAuthentication": "--JsonRpc.JwtSecretFile",
            **{
                f"--{section.lower()}-{name.lower()}": f"--{section}.{name}"
                for section, names in {
                    "Blocks": ("SecondsPerSlot",),
                    "FlatDb": ("Enabled", "HistoryEnabled"),
                    "History": ("Pruning",),
                    "Init": ("ChainSpecPath", "DiscoveryEnabled", "StaticNodesPath", "WebSocketsEnabled"),
                    "JsonRpc": (
                        *("Enabled", "EnabledModules", "EngineHost", "EnginePort"),
                        *("Host", "JwtSecretFile", "Port", "WebSocketsPort"),
                    ),
                    "KeyStore": ("EnodeKeyFile",),
                    "Metrics": ("Enabled", "ExposeHost", "ExposePort"),
                    "Network": ("DiscoveryPort", "P2PPort"),
                    "Pruning": ("Mode",),
                    "Receipt": ("TxLookupLimit",),
                    "Sync": ("AncientBodiesBarrier", "AncientReceiptsBarrier"),
                }.items()
                for name in names
            },
        }
    ),
    exclusive=(("--config", "-c", "--Init.ChainSpecPath", "--init-chainspecpath"),),
    metrics=Metrics(head="nethermind_blockchain_height", peers="nethermind_sync_peers"),
)

_SIZES = sizes(
    {"mainnet": Machine("2", "16Gi"), "sepolia": Machine("1", "8Gi"), "hoodi": Machine("1", "8Gi")},
    {
        ("mainnet", "archive"): Use(
            2150,
            15,
            "docs.nethermind.io, Archive snapshots: 2.2 TB at block 26,032,570; growth since and weekly: an estimate",
        ),
        ("mainnet", "full"): Use(1130, 11),
        ("mainnet", "post-merge"): Use(740, 11),
        ("mainnet", "post-prague"): Use(600, 11, "ethdocker.com, Client Resource Usage, of blocks since Cancun"),
        ("mainnet", "rolling"): Use(240, 11),
        ("sepolia", "archive"): Use(1200, 10),
        ("sepolia", "full"): Use(650, 6),
        ("sepolia", "post-merge"): Use(630, 6),
        ("sepolia", "post-prague"): Use(400, 6),
        ("sepolia", "rolling"): Use(300, 6),
        ("hoodi", "archive"): Use(500, 8),
        ("hoodi", "full"): Use(220, 5),
        ("hoodi", "post-prague"): Use(220, 5),
        ("hoodi", "rolling"): Use(180, 5),
    },
)


# "Archive nodes" of 2.0: the shape "full archive"; the configuration of that name syncs from the first block.
_FLAT_ARCHIVE = ("--FlatDb.Enabled=true", "--FlatDb.HistoryEnabled=true", "--Receipt.TxLookupLimit=0")


def _arguments(context: ExecutionContext) -> Arguments:
    return (
        *_network(context),
        f"--data-dir={DATA}/execution",
        f"--logger-config={NODE}/{_LOGGING}",
        "--Init.WebSocketsEnabled=true",
        "--JsonRpc.Enabled=true",
        "--JsonRpc.Host=0.0.0.0",
        "--JsonRpc.Port=8545",
        "--JsonRpc.WebSocketsPort=8546",
        f"--JsonRpc.EnabledModules={','.join(context.apis)}",
        "--JsonRpc.EngineHost=127.0.0.1",
        "--JsonRpc.EnginePort=8551",
        f"--JsonRpc.JwtSecretFile={JWT}",
        "--Metrics.Enabled=true",
        "--Metrics.ExposeHost=+",
        "--Metrics.ExposePort=9545",
        "--Network.P2PPort=30303",
        "--Network.DiscoveryPort=30303",
    )


def _network(context: ExecutionContext) -> Arguments:
    chain = context.chain
    flat = order(context.version or _VERSION) >= order(_FLAT_SINCE)
    if not chain.private:
        if context.retention != "archive":
            return (f"--config={chain.name}",)
        return (f"--config={chain.name}_archive", *(_FLAT_ARCHIVE if flat else ()))
    return (
        "--config=none",
        # It knows geth's format by itself (nethermind #3591, ethereum-package #1466).
        f"--Init.ChainSpecPath={GENESIS}/genesis.json",
        "--Init.DiscoveryEnabled=false",
        f"--Init.StaticNodesPath={NODE}/{_STATIC_NODES}",
        # The whole file is the key (Nethermind.Wallet, NodeKeyManager).
        f"--KeyStore.EnodeKeyFile={NODE}/execution.key.raw",
        # Every state is written as it is made, and none is lost with a kill; a flat database has the latest in memory.
        "--Pruning.Mode=None",
        *(("--FlatDb.Enabled=false",) if flat else ()),
        f"--Blocks.SecondsPerSlot={chain.seconds_per_slot}",
    )


def _files(context: ExecutionContext) -> Mapping[str, str]:
    if not context.chain.private:
        return {_LOGGING: _NLOG}
    return {_LOGGING: _NLOG, _STATIC_NODES: json.dumps(context.peers, indent=2) + "\n"}


def _since(block: int) -> Arguments:
    """Return what neither fetches nor keeps bodies and receipts before a block."""
    return (
        f"--Sync.AncientBodiesBarrier={block}",
        f"--Sync.AncientReceiptsBarrier={block}",
        "--History.Pruning=UseAncientBarriers",
    )


CLIENT = ExecutionClient(
    name="nethermind",
    version=_VERSION,
    # The first whose documentation is at hand; it has all flags that are used here.
    oldest="1.34.0",
    process=_PROCESS,
    retentions=MappingProxyType(
        {
            # A configuration of its own: see `config`.
            "archive": (),
            "full": ("--Sync.AncientBodiesBarrier=0", "--Sync.AncientReceiptsBarrier=0"),
            "post-merge": (),
            "post-prague": (),
            # 82,125 epochs, a year, which is the least it takes on mainnet.
            "rolling": ("--History.Pruning=Rolling",),
        }
    ),
    history=MappingProxyType(
        {
            **{(network, "post-merge"): _since(block) for network, block in _MERGE.items()},
            **{(network, "post-prague"): _since(block) for network, block in _PRAGUE.items()},
        }
    ),
    arguments=_arguments,
    # The Ethereum Foundation's announcements of Pectra and Fusaka; release notes of 2.1.0.
    upgrades=MappingProxyType({"pectra": "1.31.9", "fusaka": "1.35.2", "glamsterdam": "2.1.0"}),
    sizing=_SIZES,
    files=_files,
    databases=(
        DatabaseChange(
            since=_FLAT_SINCE,
            source="NethermindEth/nethermind #11931 and #13428",
            downgrade=(
                "databases that began with 2.0 are flat, and a release before it leaves them aside and syncs again; "
                "those that began before it are tries in both"
            ),
        ),
    ),
)
