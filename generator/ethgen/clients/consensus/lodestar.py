"""Lodestar.

Flags and metric names: the npm packages @chainsafe/lodestar and @lodestar/beacon-node of 1.44.0 (`lib/cmds`,
`lib/options`, `lib/metrics`). Image: ChainSafe/lodestar, `Dockerfile`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from ethgen.clients.consensus.sizing import sizes
from ethgen.clients.facts import (
    DATA,
    GENESIS,
    JWT,
    KEYSTORES,
    ConsensusClient,
    ConsensusContext,
    Logs,
    Metrics,
    Port,
    Process,
    Validator,
    ValidatorContext,
)

if TYPE_CHECKING:
    from ethgen.clients.facts import Arguments

_IMAGE = "chainsafe/lodestar"
_LOGS = Logs(level="level", message="message", time="timestamp")
# The container's standard output is what is collected, and the log file would fill the volume.
_LOGGING = ("--logFormat=json", "--logFile=none")

_NETWORK = ("--network", "--paramsFile", "--preset")

_BEACON_NODE = Process(
    image=_IMAGE,
    tag="v{version}",
    command=(),
    ports=(
        Port("beacon-api", 9596, "beacon"),
        Port("consensus-tcp", 9000, "p2p"),
        Port("consensus-udp", 9000, "p2p", "UDP"),
        Port("consensus-quic", 9001, "p2p", "UDP"),
        Port("cl-metrics", 8008, "metrics"),
    ),
    metrics_path="/metrics",
    logs=_LOGS,
    stop_seconds=60,
    cpu="2",
    memory="8Gi",
    equivalents=MappingProxyType(
        {
            "--no-rest": "--rest",
            "--no-metrics": "--metrics",
            "--quic": "--quicPort",
            "--jwt-secret": "--jwtSecret",
            "--checkpointState": "--checkpointSyncUrl",
            "--unsafeCheckpointState": "--checkpointSyncUrl",
            "--beaconDir": "--dataDir",
            "--dbDir": "--dataDir",
        }
    ),
    exclusive=(_NETWORK,),
    metrics=Metrics(head="beacon_head_slot", peers="libp2p_peers", finalized="beacon_finalized_epoch"),
)

_VALIDATOR = Process(
    image=_IMAGE,
    tag="v{version}",
    command=(),
    ports=(Port("vc-metrics", 5064, "metrics"),),
    metrics_path="/metrics",
    logs=_LOGS,
    stop_seconds=30,
    cpu="250m",
    memory="1Gi",
    equivalents=MappingProxyType(
        {
            "--server": "--beaconNodes",
            "--keystore": "--importKeystores",
            "--passphraseFile": "--importKeystoresPassword",
            "--keystoresDir": "--importKeystores",
            "--secretsDir": "--importKeystoresPassword",
            "--doppelgangerProtectionEnabled": "--doppelgangerProtection",
            "--no-metrics": "--metrics",
        }
    ),
    exclusive=(_NETWORK,),
)


def _arguments(context: ConsensusContext) -> Arguments:
    return (
        "beacon",
        f"--network={context.chain.name}",
        f"--dataDir={DATA}/consensus",
        f"--checkpointSyncUrl={context.checkpoint_url}",
        "--execution.urls=http://127.0.0.1:8551",
        f"--jwtSecret={JWT}",
        "--rest=true",
        "--rest.address=127.0.0.1",
        "--rest.port=9596",
        "--metrics=true",
        "--metrics.address=0.0.0.0",
        "--metrics.port=8008",
        "--port=9000",
        "--quicPort=9001",
        f"--suggestedFeeRecipient={context.fee_recipient}",
        *(("--serveHistoricalState=true",) if context.retention == "archive" else ()),
        *_LOGGING,
    )


def _validator_arguments(context: ValidatorContext) -> Arguments:
    return (
        "validator",
        *_validator_network(context),
        # Its cache of decrypted keys is there too, encrypted with their passwords (keymanager/keystoreCache.ts).
        f"--dataDir={DATA}/validator",
        f"--beaconNodes=http://{context.beacon['beacon-api']}",
        f"--importKeystores={KEYSTORES}",
        f"--importKeystoresPassword={KEYSTORES}/password",
        f"--suggestedFeeRecipient={context.fee_recipient}",
        *((f"--graffiti={context.graffiti}",) if context.graffiti else ()),
        "--metrics=true",
        "--metrics.address=0.0.0.0",
        "--metrics.port=5064",
        *_LOGGING,
    )


def _validator_network(context: ValidatorContext) -> Arguments:
    if context.chain.private:
        return (f"--paramsFile={GENESIS}/config.yaml",)
    return (f"--network={context.chain.name}", "--doppelgangerProtection=true")


CLIENT = ConsensusClient(
    name="lodestar",
    version="1.50.1",
    # The oldest one whose options were read.
    oldest="1.44.0",
    process=_BEACON_NODE,
    api_port="beacon-api",
    arguments=_arguments,
    validator=Validator(
        process=_VALIDATOR,
        beacon_port="beacon-api",
        arguments=_validator_arguments,
        # packages/cli/src/cmds/validator/paths.ts
        slashing_protection=f"{DATA}/validator/validator-db",
    ),
    # Glamsterdam: obolnetwork/charon, app/eth2wrap, the least versions of beacon nodes by fork.
    upgrades=MappingProxyType({"pectra": "1.29.0", "fusaka": "1.36.0", "glamsterdam": "1.49.0"}),
    sizing=sizes("Lodestar 1.42.0", disk=20, memory=12),
    # Peers of a private network know a node by its key. This one reads it from peer-id.json in its data folder alone,
    # which nothing here prepares.
    genesis_forks=(),
)
