"""Prysm.

Flags and ports: `beacon-chain --help` and `validator --help` of 7.0.0, and OffchainLabs/prysm at v7.1.6 (`cmd/`,
`config/features/`, `CHANGELOG.md`). Images: Prysm's documentation, "Install Prysm using Docker".
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
    NODE,
    Change,
    ConsensusClient,
    ConsensusContext,
    Logs,
    Metrics,
    Port,
    Process,
    Validator,
    ValidatorContext,
)
from ethgen.clients.version import order

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ethgen.clients.facts import Arguments

# The deposit contract that a private network's genesis allocates, as on mainnet.
_DEPOSIT_CONTRACT = "0x00000000219ab540356cBB839Cbe05303d7705Fa"
_LOGS = Logs(level="level", message="msg", time="time")
_CONFIG = "prysm.yaml"
_WALLET = f"{NODE}/wallet"
_PASSWORD = f"{KEYSTORES}/password"

# From this version on, 24 hours of debug lines are written to the data folder unless told otherwise.
_EPHEMERAL_LOG_SINCE = "7.1.3"

_CHANGES = (
    Change("--disable-ephemeral-log-file", since=_EPHEMERAL_LOG_SINCE),
    Change("--log.vmodule", since="7.1.3"),
    Change("--disable-grpc-gateway", until="7.0.0", instead="remove it, for there is no gateway any more"),
)

# What the flags of a network, and of a configuration instead, set: config/features/config.go and cmd/config.go.
_NETWORKS = (
    *("--mainnet", "--sepolia", "--holesky", "--hoodi"),
    *("--chain-config-file", "--minimal-config", "--e2e-config"),
)

_BEACON_NODE = Process(
    image="gcr.io/offchainlabs/prysm/beacon-chain",
    tag="v{version}",
    command=(),
    ports=(
        Port("beacon-api", 3500, "beacon"),
        Port("beacon-grpc", 4000, "beacon"),
        Port("consensus-tcp", 13000, "p2p"),
        Port("consensus-udp", 12000, "p2p", "UDP"),
        Port("cl-metrics", 8080, "metrics"),
    ),
    metrics_path="/metrics",
    logs=_LOGS,
    stop_seconds=60,
    cpu="2",
    memory="8Gi",
    changes=(
        *_CHANGES,
        Change("--semi-supernode", since="7.1.0"),
        Change("--supernode", since="7.1.0", instead="use --subscribe-all-data-subnets"),
    ),
    equivalents=MappingProxyType(
        {
            "--grpc-gateway-host": "--http-host",
            "--grpc-gateway-port": "--http-port",
            "--genesis-beacon-api-url": "--genesis-state",
            "--checkpoint-state": "--checkpoint-sync-url",
            "--disable-monitoring": "--monitoring-port",
        }
    ),
    exclusive=((*_NETWORKS, "--chain-id", "--network-id"),),
    metrics=Metrics(head="beacon_head_slot", peers="p2p_peer_count", finalized="beacon_finalized_epoch"),
)

_VALIDATOR = Process(
    image="gcr.io/offchainlabs/prysm/validator",
    tag="v{version}",
    command=(),
    ports=(Port("vc-metrics", 8081, "metrics"),),
    metrics_path="/metrics",
    logs=_LOGS,
    stop_seconds=30,
    cpu="250m",
    memory="512Mi",
    changes=_CHANGES,
    equivalents=MappingProxyType(
        {
            "--beacon-rpc-provider": "--beacon-rest-api-provider",
            "--graffiti-file": "--graffiti",
            "--disable-monitoring": "--monitoring-port",
        }
    ),
    exclusive=(_NETWORKS,),
)


def _arguments(context: ConsensusContext) -> Arguments:
    return (
        "--accept-terms-of-use",
        f"--datadir={DATA}/consensus",
        *_network(context),
        "--execution-endpoint=http://127.0.0.1:8551",
        f"--jwt-secret={JWT}",
        "--http-host=127.0.0.1",
        "--http-port=3500",
        "--rpc-host=127.0.0.1",
        "--rpc-port=4000",
        "--monitoring-host=0.0.0.0",
        "--monitoring-port=8080",
        "--p2p-tcp-port=13000",
        "--p2p-udp-port=12000",
        # The pinned quic-go panics on the first inbound connection when built with Go 1.26.
        "--disable-quic",
        f"--suggested-fee-recipient={context.fee_recipient}",
        *(("--slots-per-archive-point=32",) if context.retention == "archive" else ()),
        *_logs(context.version),
    )


def _logs(version: str) -> Arguments:
    ephemeral = not version or order(version) >= order(_EPHEMERAL_LOG_SINCE)
    return ("--log-format=json", *(("--disable-ephemeral-log-file",) if ephemeral else ()))


def _network(context: ConsensusContext) -> Arguments:
    chain = context.chain
    if not chain.private:
        return (
            f"--{chain.name}",
            f"--checkpoint-sync-url={context.checkpoint_url}",
            f"--genesis-beacon-api-url={context.checkpoint_url}",
        )
    return (
        f"--chain-config-file={GENESIS}/config.yaml",
        f"--genesis-state={GENESIS}/genesis.ssz",
        f"--chain-id={chain.chain_id}",
        f"--network-id={chain.chain_id}",
        f"--deposit-contract={_DEPOSIT_CONTRACT}",
        "--contract-deployment-block=0",
        # A node that waits for peers waits for ever where they all have its own head: after a late genesis, or a stop
        # of the whole network. Without waiting it looks sixteen times an epoch whether they are ahead.
        "--min-sync-peers=0",
        "--minimum-peers-per-subnet=0",
        # By default it starts from the justified block. What peers send then builds on blocks that are in its database
        # but not in its fork choice: it rejects the first, and for that each one after it, until it starts again.
        "--sync-from=head",
        # By default a peer gives 64 slots in 30 seconds, as fast as slots of half a second come. In a network whose
        # nodes are all ours nobody has to be kept from asking for more.
        "--block-batch-limit-burst-factor=64",
        "--blob-batch-limit-burst-factor=64",
        "--no-discovery",
        "--bootstrap-node=",
        f"--p2p-priv-key={NODE}/consensus.key",
        f"--config-file={NODE}/{_CONFIG}",
    )


def _files(context: ConsensusContext) -> Mapping[str, str]:
    if not context.chain.private:
        return {}
    # As a file, for a replica must not dial itself and all replicas have the same arguments.
    return {_CONFIG: "peer:\n" + "".join(f'  - "{peer}"\n' for peer in context.peers) if context.peers else "{}\n"}


def _validator_arguments(context: ValidatorContext) -> Arguments:
    return (
        "--accept-terms-of-use",
        f"--datadir={DATA}/validator",
        *_validator_network(context),
        f"--wallet-dir={_WALLET}",
        f"--wallet-password-file={_PASSWORD}",
        *_beacon_node(context),
        f"--suggested-fee-recipient={context.fee_recipient}",
        *((f"--graffiti={context.graffiti}",) if context.graffiti else ()),
        "--monitoring-host=0.0.0.0",
        "--monitoring-port=8081",
        *_logs(context.version),
    )


def _beacon_node(context: ValidatorContext) -> Arguments:
    """Return how to reach a beacon node: Prysm's own gRPC where there is a Prysm node, else the Beacon API."""
    if "beacon-grpc" in context.beacon:
        return (f"--beacon-rpc-provider={context.beacon['beacon-grpc']}",)
    return ("--enable-beacon-rest-api", f"--beacon-rest-api-provider=http://{context.beacon['beacon-api']}")


def _validator_network(context: ValidatorContext) -> Arguments:
    if context.chain.private:
        return (f"--chain-config-file={GENESIS}/config.yaml",)
    return (f"--{context.chain.name}", "--enable-doppelganger")


def _validator_init(_: ValidatorContext) -> tuple[Arguments, ...]:
    return (
        (
            "accounts",
            "import",
            "--accept-terms-of-use",
            f"--keys-dir={KEYSTORES}",
            f"--wallet-dir={_WALLET}",
            f"--wallet-password-file={_PASSWORD}",
            f"--account-password-file={_PASSWORD}",
        ),
    )


CLIENT = ConsensusClient(
    name="prysm",
    version="7.3.1",
    oldest="7.0.0",
    process=_BEACON_NODE,
    api_port="beacon-api",
    arguments=_arguments,
    files=_files,
    validator=Validator(
        process=_VALIDATOR,
        beacon_port="beacon-api",
        arguments=_validator_arguments,
        # validator/db/kv/db.go, ProtectionDbFileName
        slashing_protection=f"{DATA}/validator/validator.db",
        init=_validator_init,
    ),
    # Glamsterdam: obolnetwork/charon, app/eth2wrap, the least versions of beacon nodes by fork.
    upgrades=MappingProxyType({"pectra": "6.0.0", "fusaka": "7.0.0", "glamsterdam": "7.2.1"}),
    sizing=sizes("Prysm 7.1.3", disk=20, memory=9),
    genesis_forks=("electra", "fulu"),
    # Tried: 8 slots with the mainnet preset finalise; on fulu the proposer look-ahead has the preset's own size.
    short_epochs=("electra",),
)
