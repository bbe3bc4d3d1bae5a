"""Grandine.

Flags: grandinetech/grandine at tag 2.0.0 (`grandine/src/grandine_args.rs`). Metric names and log lines: the same,
`prometheus_metrics/` and `binary_utils/src/lib.rs`. Image: the same, `scripts/build/dockerhub.sh`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from ethgen.clients.consensus.sizing import sizes
from ethgen.clients.facts import (
    DATA,
    JWT,
    ConsensusClient,
    ConsensusContext,
    Logs,
    Metrics,
    Port,
    Process,
)

if TYPE_CHECKING:
    from ethgen.clients.facts import Arguments

_BEACON_NODE = Process(
    image="sifrai/grandine",
    tag="{version}",
    command=(),
    ports=(
        Port("beacon-api", 5052, "beacon"),
        Port("consensus-tcp", 9000, "p2p"),
        Port("consensus-udp", 9000, "p2p", "UDP"),
        Port("consensus-quic", 9001, "p2p", "UDP"),
        Port("cl-metrics", 5054, "metrics"),
    ),
    metrics_path="/metrics",
    logs=Logs(
        level="level",
        message="message",
        time="time",
        pattern=r"^\[(?P<time>[^\]]+)\] +(?P<level>[A-Z]+) (?P<message>.*)$",
    ),
    stop_seconds=60,
    cpu="2",
    memory="4Gi",
    equivalents=MappingProxyType(
        {
            "--force-checkpoint-sync": "--checkpoint-sync-url",
            "--store-directory": "--data-dir",
            "--network-dir": "--data-dir",
            "--disable-http-api": "--http-port",
            "--disable-quic": "--quic-port",
            "--prune-storage": "--archive-storage",
            "--back_sync": "--back-sync",
        }
    ),
    exclusive=(("--network", "--configuration-file", "--configuration-directory"),),
    metrics=Metrics(head="beacon_head_slot", peers="libp2p_peers", finalized="beacon_finalized_epoch"),
)


def _arguments(context: ConsensusContext) -> Arguments:
    return (
        f"--network={context.chain.name}",
        f"--data-dir={DATA}/consensus",
        f"--checkpoint-sync-url={context.checkpoint_url}",
        "--eth1-rpc-urls=http://127.0.0.1:8551",
        f"--jwt-secret={JWT}",
        "--http-address=127.0.0.1",
        "--http-port=5052",
        "--metrics",
        "--metrics-address=0.0.0.0",
        "--metrics-port=5054",
        "--libp2p-port=9000",
        "--discovery-port=9000",
        "--quic-port=9001",
        # A pod has no router to ask for a port.
        "--disable-upnp",
        f"--suggested-fee-recipient={context.fee_recipient}",
        *(("--archive-storage",) if context.retention == "archive" else ()),
        # Without it, a node serves no block from before its checkpoint. Peers ask for those of the last
        # MIN_EPOCHS_FOR_BLOCK_REQUESTS (consensus-specs, phase0/p2p-interface.md), as ethstaker/eth-docker has it too.
        "--back-sync",
    )


CLIENT = ConsensusClient(
    name="grandine",
    version="2.0.6",
    oldest="2.0.0",
    process=_BEACON_NODE,
    api_port="beacon-api",
    arguments=_arguments,
    # It signs inside the beacon node alone, so its keys would be on every replica of a group.
    validator=None,
    # No release is known to support glamsterdam (grandinetech/grandine, issue 927).
    upgrades=MappingProxyType({"pectra": "1.1.0", "fusaka": "2.0.0"}),
    sizing=sizes(
        "Grandine's own figure of memory; disk as of Lighthouse, whose network code and columns it shares",
        disk=20,
        memory=4,
        source="grandinetech/grandine, README (2.5 GB of memory), rounded up",
    ),
    # This one takes its peers as arguments, which all replicas of a group share.
    genesis_forks=(),
)
