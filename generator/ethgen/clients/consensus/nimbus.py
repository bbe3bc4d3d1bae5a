"""Nimbus.

Flags and metric names: status-im/nimbus-eth2 at 24.12.0 (`beacon_chain/conf.nim`, `trusted_node_sync.nim`), and
ethstaker/eth-docker of August 2026 (`nimbus-cl-only.yml`, `nimbus-vc-only.yml`) for those that 26.x still takes.
Images: the same, `docker/dist/binaries/`; only in 24.12.0 other users cannot run them (pull request 6803).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from ethgen.clients.consensus.sizing import sizes
from ethgen.clients.facts import (
    DATA,
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

_TAG = "multiarch-v{version}"
_LOGS = Logs(level="lvl", message="msg", time="ts")
_DATADIR = f"--data-dir={DATA}/consensus"
_VALIDATORS = f"{DATA}/validator/validators"

_BEACON_NODE = Process(
    image="statusim/nimbus-eth2",
    tag=_TAG,
    command=(),
    ports=(
        Port("beacon-api", 5052, "beacon"),
        Port("consensus-tcp", 9000, "p2p"),
        Port("consensus-udp", 9000, "p2p", "UDP"),
        Port("cl-metrics", 8008, "metrics"),
    ),
    metrics_path="/metrics",
    logs=_LOGS,
    stop_seconds=60,
    cpu="2",
    memory="4Gi",
    equivalents=MappingProxyType(
        {
            "-d": "--data-dir",
            "--web3-url": "--el",
            "--no-el": "--el",
            "--external-beacon-api-url": "--network",
            "--finalized-checkpoint-state": "--network",
        }
    ),
    metrics=Metrics(head="beacon_head_slot", peers="nbc_peers", finalized="beacon_finalized_epoch"),
)

_VALIDATOR = Process(
    image="statusim/nimbus-validator-client",
    tag=_TAG,
    command=(),
    ports=(Port("vc-metrics", 8009, "metrics"),),
    metrics_path="/metrics",
    logs=_LOGS,
    stop_seconds=30,
    cpu="250m",
    memory="512Mi",
    equivalents=MappingProxyType({"-d": "--data-dir"}),
)


def _arguments(context: ConsensusContext) -> Arguments:
    return (
        f"--network={context.chain.name}",
        _DATADIR,
        "--non-interactive",
        "--status-bar=false",
        "--el=http://127.0.0.1:8551",
        f"--jwt-secret={JWT}",
        "--tcp-port=9000",
        "--udp-port=9000",
        # A pod has no router to ask for a port; the node learns its address from what its peers see.
        "--nat=none",
        "--enr-auto-update=true",
        "--rest",
        "--rest-address=127.0.0.1",
        "--rest-port=5052",
        "--metrics",
        "--metrics-address=0.0.0.0",
        "--metrics-port=8008",
        f"--suggested-fee-recipient={context.fee_recipient}",
        f"--history={'archive' if context.retention == 'archive' else 'prune'}",
        "--log-format=json",
    )


def _init(context: ConsensusContext) -> tuple[Arguments, ...]:
    """Return the checkpoint sync, which is a command of its own and leaves a database that has a head as it is."""
    return (
        (
            "trustedNodeSync",
            f"--network={context.chain.name}",
            _DATADIR,
            f"--trusted-node-url={context.checkpoint_url}",
            # The node fetches older blocks from its peers while it runs.
            "--backfill=false",
            "--log-format=json",
        ),
    )


def _validator_arguments(context: ValidatorContext) -> Arguments:
    return (
        f"--data-dir={DATA}/validator",
        "--non-interactive",
        f"--beacon-node=http://{context.beacon['beacon-api']}",
        # The slashing protection lies in it, and so it must be on the claim (nimbus_validator_client.nim,
        # SlashingProtectionDB.init). The keystores lie there too, encrypted; their passwords are in memory.
        f"--validators-dir={_VALIDATORS}",
        f"--secrets-dir={KEYSTORES}/secrets",
        f"--doppelganger-detection={'false' if context.chain.private else 'true'}",
        f"--suggested-fee-recipient={context.fee_recipient}",
        *((f"--graffiti={context.graffiti}",) if context.graffiti else ()),
        "--metrics",
        "--metrics-address=0.0.0.0",
        "--metrics-port=8009",
        "--log-format=json",
    )


CLIENT = ConsensusClient(
    name="nimbus",
    version="26.10.2",
    oldest="25.11.0",
    process=_BEACON_NODE,
    api_port="beacon-api",
    arguments=_arguments,
    init=_init,
    validator=Validator(
        process=_VALIDATOR,
        beacon_port="beacon-api",
        arguments=_validator_arguments,
        slashing_protection=f"{_VALIDATORS}/slashing_protection.sqlite3",
        keystores="by-key",
        validators=_VALIDATORS,
    ),
    # Glamsterdam: obolnetwork/charon, app/eth2wrap, the least versions of beacon nodes by fork.
    upgrades=MappingProxyType({"pectra": "25.4.1", "fusaka": "25.11.0", "glamsterdam": "26.10.0"}),
    sizing=sizes("Nimbus 26.3.1", disk=75, memory=5),
    # Peers of a private network know a node by its key, which this one reads from an encrypted keystore alone.
    genesis_forks=(),
)
