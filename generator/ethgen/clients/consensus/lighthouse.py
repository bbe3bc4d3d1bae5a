"""Lighthouse.

Flags, ports and metric names: sigp/lighthouse at 8.0.1 (`book/src/help_bn.md`, `help_vc.md`), and the pull
requests named below for what came later. Image: the Lighthouse Book, "Docker Guide".
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from ethgen.clients.consensus.sizing import Archive, sizes
from ethgen.clients.facts import (
    DATA,
    GENESIS,
    JWT,
    Change,
    ConsensusClient,
    ConsensusContext,
    DatabaseChange,
    Logs,
    Metrics,
    Port,
    Process,
    Validator,
    ValidatorContext,
)
from ethgen.clients.version import order

if TYPE_CHECKING:
    from ethgen.clients.facts import Arguments

_IMAGE = "sigp/lighthouse"
_LOGS = Logs(level="level", message="msg", time="ts")
_VALIDATORS = f"{DATA}/validator/validators"

# Pull request 8795 of February 2026; the old name goes on as an alias.
_ARCHIVE_SINCE = "8.2.0"

_NETWORK = ("--network", "--testnet-dir", "-t")

_BEACON_NODE = Process(
    image=_IMAGE,
    tag="v{version}",
    command=("lighthouse",),
    ports=(
        Port("beacon-api", 5052, "beacon"),
        Port("consensus-tcp", 9000, "p2p"),
        Port("consensus-udp", 9000, "p2p", "UDP"),
        Port("consensus-quic", 9001, "p2p", "UDP"),
        Port("cl-metrics", 5054, "metrics"),
    ),
    metrics_path="/metrics",
    logs=_LOGS,
    stop_seconds=60,
    cpu="2",
    memory="8Gi",
    changes=(
        Change("--archive", since=_ARCHIVE_SINCE, instead="use --reconstruct-historic-states"),
        # Pull request 8142.
        Change("--light-client-server", until="8.0.0", instead="remove it, for it is the default"),
    ),
    equivalents=MappingProxyType(
        {
            "--reconstruct-historic-states": "--archive",
            "-d": "--datadir",
            "--execution-endpoints": "--execution-endpoint",
            "--jwt-secrets": "--execution-jwt",
            "--allow-insecure-genesis-sync": "--checkpoint-sync-url",
            "--disable-quic": "--quic-port",
            "--zero-ports": "--port",
        }
    ),
    exclusive=(_NETWORK,),
    metrics=Metrics(head="beacon_head_slot", peers="libp2p_peers", finalized="beacon_finalized_epoch"),
)

_VALIDATOR = Process(
    image=_IMAGE,
    tag="v{version}",
    command=("lighthouse",),
    ports=(Port("vc-metrics", 5064, "metrics"),),
    metrics_path="/metrics",
    logs=_LOGS,
    stop_seconds=30,
    cpu="250m",
    memory="512Mi",
    equivalents=MappingProxyType({"-d": "--datadir", "--graffiti-file": "--graffiti"}),
    exclusive=(_NETWORK,),
)


def _arguments(context: ConsensusContext) -> Arguments:
    return (
        "bn",
        f"--datadir={DATA}/consensus",
        *_network(context),
        "--execution-endpoint=http://127.0.0.1:8551",
        f"--execution-jwt={JWT}",
        "--http",
        "--http-address=127.0.0.1",
        "--http-port=5052",
        "--metrics",
        "--metrics-address=0.0.0.0",
        "--metrics-port=5054",
        "--port=9000",
        "--quic-port=9001",
        f"--suggested-fee-recipient={context.fee_recipient}",
        *((_archive(context.version), "--genesis-backfill") if context.retention == "archive" else ()),
        "--log-format=JSON",
        # The container's file system is read-only, and its standard output is what is collected.
        "--logfile-max-number=0",
    )


def _archive(version: str) -> str:
    old = version and order(version) < order(_ARCHIVE_SINCE)
    return "--reconstruct-historic-states" if old else "--archive"


def _network(context: ConsensusContext) -> Arguments:
    return (f"--network={context.chain.name}", f"--checkpoint-sync-url={context.checkpoint_url}")


def _validator_arguments(context: ValidatorContext) -> Arguments:
    return (
        "vc",
        f"--datadir={DATA}/validator",
        # The slashing protection lies in it (validator_client/src/lib.rs), and validator_definitions.yml, which is made
        # anew at each start and leads to the keystores in memory. What else is there is not to be found. Its cache of
        # decrypted keys is there too, encrypted with their passwords (initialized_validators/src/key_cache.rs).
        f"--validators-dir={_VALIDATORS}",
        "--disable-auto-discover",
        # Keys that were added to the Secret are new to the database, which is made only where there is none.
        "--init-slashing-protection",
        *_validator_network(context),
        f"--beacon-nodes=http://{context.beacon['beacon-api']}",
        f"--suggested-fee-recipient={context.fee_recipient}",
        *((f"--graffiti={context.graffiti}",) if context.graffiti else ()),
        "--metrics",
        "--metrics-address=0.0.0.0",
        "--metrics-port=5064",
        "--log-format=JSON",
        "--logfile-max-number=0",
    )


def _validator_network(context: ValidatorContext) -> Arguments:
    if context.chain.private:
        return (f"--testnet-dir={GENESIS}",)
    return (f"--network={context.chain.name}", "--enable-doppelganger-protection")


CLIENT = ConsensusClient(
    name="lighthouse",
    version="8.3.3",
    oldest="8.0.0",
    process=_BEACON_NODE,
    api_port="beacon-api",
    arguments=_arguments,
    validator=Validator(
        process=_VALIDATOR,
        beacon_port="beacon-api",
        arguments=_validator_arguments,
        slashing_protection=f"{_VALIDATORS}/slashing_protection.sqlite",
        keystores="definitions",
        validators=_VALIDATORS,
    ),
    # Fusaka and Glamsterdam: obolnetwork/charon, app/eth2wrap, the least versions of beacon nodes by fork.
    upgrades=MappingProxyType({"pectra": "7.0.0", "fusaka": "8.0.0", "glamsterdam": "8.3.0"}),
    sizing=sizes(
        "Lighthouse 8.1.3",
        disk=20,
        memory=14,
        archive=Archive(418, "Lighthouse Book, Database Configuration: the default hierarchy exponents, without blobs"),
    ),
    # Peers of a private network know a node by its key. This one reads it as 32 raw bytes from a folder that it writes
    # to itself, and takes its peers as arguments, which all replicas of a group share.
    genesis_forks=(),
    databases=(
        DatabaseChange(
            since="8.0.0",
            source="Lighthouse book, Database Migrations: schema 28",
            downgrade="its schema 28 cannot be turned back since Fulu is active; sync from a checkpoint",
        ),
        DatabaseChange(
            since="8.2.0",
            source="Lighthouse book, Database Migrations (sigp/lighthouse #9489): schema 29",
            downgrade=(
                "its schema 29 has to be turned back first, with the pod stopped: lighthouse db migrate --to 28; "
                "or sync from a checkpoint"
            ),
        ),
    ),
)
