"""Caplin, the consensus client inside Erigon: every argument and port is one of Erigon's process.

Flags and ports: docs/site/docs/fundamentals/caplin.md and configuring-erigon.mdx of Erigon's 3.5 series, and the
release notes of 3.7.1; the form of the checkpoint's URL: eth-docker 26.8.1. It has no validator process, and serves
those of other clients.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from ethgen.clients.execution import erigon
from ethgen.clients.facts import ConsensusClient, ConsensusContext, Metrics, Port, Process, Sizing
from ethgen.clients.version import order

if TYPE_CHECKING:
    from ethgen.clients.facts import Arguments

_ERIGON = erigon.CLIENT.process

_PROCESS = Process(
    image=_ERIGON.image,
    tag=_ERIGON.tag,
    command=_ERIGON.command,
    ports=(
        Port("beacon-api", 5555, "beacon"),
        Port("consensus-tcp", 4001, "p2p"),
        Port("consensus-udp", 4000, "p2p", "UDP"),
        Port("consensus-quic", 4001, "p2p", "UDP"),
    ),
    metrics_path=_ERIGON.metrics_path,
    logs=_ERIGON.logs,
    stop_seconds=_ERIGON.stop_seconds,
    cpu="0",
    memory="0Mi",
    metrics=Metrics(),
)

# Of its Beacon API; `events` and `validator` are what validators of other clients ask.
_NAMESPACES = "beacon,builder,config,debug,events,node,validator,lighthouse"

_CORES = "Erigon's own figures hold it; disk: an estimate, the states of a day and the blobs of eighteen"


def _arguments(context: ConsensusContext) -> Arguments:
    quic = order(context.version or erigon.CLIENT.version) >= order(erigon.QUIC_SINCE)
    return (
        f"--caplin.checkpoint-sync-url={context.checkpoint_url}/eth/v2/debug/beacon/states/finalized",
        "--caplin.discovery.addr=0.0.0.0",
        "--caplin.discovery.port=4000",
        "--caplin.discovery.tcpport=4001",
        *(("--caplin.discovery.quicport=4001",) if quic else ()),
        f"--beacon.api={_NAMESPACES}",
        "--beacon.api.addr=127.0.0.1",
        "--beacon.api.port=5555",
        *(("--caplin.states-archive", "--caplin.blocks-archive") if context.retention == "archive" else ()),
    )


CLIENT = ConsensusClient(
    name="caplin",
    version=erigon.CLIENT.version,
    oldest=erigon.CLIENT.oldest,
    process=_PROCESS,
    api_port="beacon-api",
    arguments=_arguments,
    validator=None,
    # Erigon's release notes: 3.7.0 schedules glamsterdam on Sepolia, and 3.7.1 makes Caplin ready for it.
    upgrades=MappingProxyType({**erigon.CLIENT.upgrades, "glamsterdam": "3.7.1"}),
    sizing=MappingProxyType(
        {
            **{(network, "full"): Sizing("0", "0Mi", 80, 2.0, _CORES) for network in ("mainnet", "sepolia", "hoodi")},
            ("mainnet", "archive"): Sizing("0", "0Mi", 450, 4.0, _CORES),
            ("sepolia", "archive"): Sizing("0", "0Mi", 300, 3.0, _CORES),
            ("hoodi", "archive"): Sizing("0", "0Mi", 250, 3.0, _CORES),
        }
    ),
    # It knows a custom network by its own genesis (--caplin.custom-genesis), and has no argument for a node key.
    genesis_forks=(),
    inside="erigon",
)
