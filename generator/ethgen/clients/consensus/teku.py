"""Teku.

Flags, ports and metric names: Consensys/teku at tag 26.8.0 (`teku/src/main/java/tech/pegasys/teku/cli`,
`services/beaconchain`, `CHANGELOG.md`), and the tags from 25.11.0 on for what came and went. Image: `docker/`.
"""

from __future__ import annotations

import json
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
    Heap,
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

_IMAGE = "consensys/teku"
_CONFIG = "teku.yaml"
_LOGGING = "log4j2-teku.xml"

# The port of QUIC; before, there was none.
_QUIC_SINCE = "26.7.0"

# Of the 10 GiB that ethstaker/eth-docker-docs measured, 7.5 and so near the 8 of ethstaker/eth-docker (teku.yml), in
# such a way that a smaller container still has room for the buffers and the database outside of the heap.
_HEAP = Heap("JAVA_OPTS", percent=75)

_BEACON_NODE = Process(
    image=_IMAGE,
    tag="{version}",
    command=(),
    ports=(
        Port("beacon-api", 5051, "beacon"),
        Port("consensus-tcp", 9000, "p2p"),
        Port("consensus-udp", 9000, "p2p", "UDP"),
        Port("consensus-quic", 9001, "p2p", "UDP"),
        Port("cl-metrics", 8008, "metrics"),
    ),
    metrics_path="/metrics",
    logs=Logs(level="level", message="message", time="timestamp"),
    stop_seconds=60,
    cpu="2",
    memory="8Gi",
    changes=(
        Change("--p2p-quic-port", since=_QUIC_SINCE),
        Change("--p2p-quic-port-ipv6", since=_QUIC_SINCE),
        Change("--p2p-advertised-quic-port", since=_QUIC_SINCE),
        Change("--p2p-advertised-quic-port-ipv6", since=_QUIC_SINCE),
        Change("--force-clear-db", since="26.2.0"),
        Change("--rest-api-getblobs-sidecars-download-enabled", since="26.2.0"),
        Change("--rest-api-getblobs-sidecars-download-timeout", since="26.2.0"),
        Change(
            "--eth1-endpoint", until="26.8.0", instead="remove it, for deposits come from the execution layer's blocks"
        ),
        Change(
            "--eth1-endpoints", until="26.8.0", instead="remove it, for deposits come from the execution layer's blocks"
        ),
        Change("--eth1-deposit-contract-max-request-size", until="26.8.0"),
    ),
    equivalents=MappingProxyType(
        {
            "-n": "--network",
            "--data-base-path": "--data-path",
            "--initial-state": "--checkpoint-sync-url",
            "--ignore-weak-subjectivity-period-enabled": "--checkpoint-sync-url",
            "--Xp2p-private-key-file-ecdsa": "--Xp2p-private-key-file-secp256k1",
            "--p2p-private-key-file": "--Xp2p-private-key-file-secp256k1",
        }
    ),
    metrics=Metrics(head="beacon_head_slot", peers="beacon_peer_count", finalized="beacon_finalized_epoch"),
    env=MappingProxyType({"LOG4J_CONFIGURATION_FILE": f"{NODE}/{_LOGGING}"}),
    heap=_HEAP,
)

_VALIDATOR = Process(
    image=_IMAGE,
    tag="{version}",
    command=(),
    ports=(Port("vc-metrics", 8009, "metrics"),),
    metrics_path="/metrics",
    # infrastructure/logging, ConsolePatternSelector: it writes JSON only where a file tells it how.
    logs=Logs(
        level="level",
        message="message",
        time="time",
        pattern=r"^(?P<time>(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d{3}) (?P<level>[A-Z]+) +- (?P<message>.*)$",
    ),
    stop_seconds=30,
    cpu="250m",
    memory="2Gi",
    equivalents=MappingProxyType(
        {
            "-n": "--network",
            "--data-base-path": "--data-path",
            "--beacon-node-api-endpoint": "--beacon-node-api-endpoints",
            "--validators-graffiti-file": "--validators-graffiti",
        }
    ),
    heap=_HEAP,
)


def _arguments(context: ConsensusContext) -> Arguments:
    quic = not context.version or order(context.version) >= order(_QUIC_SINCE)
    return (
        f"--data-path={DATA}/consensus",
        *_network(context),
        "--ee-endpoint=http://127.0.0.1:8551",
        f"--ee-jwt-secret-file={JWT}",
        "--rest-api-enabled=true",
        "--rest-api-interface=127.0.0.1",
        "--rest-api-port=5051",
        # Validators call it by the name of a Service.
        "--rest-api-host-allowlist=*",
        "--metrics-enabled=true",
        "--metrics-interface=0.0.0.0",
        "--metrics-port=8008",
        "--metrics-host-allowlist=*",
        "--p2p-port=9000",
        *(("--p2p-quic-port=9001",) if quic else ()),
        f"--validators-proposer-default-fee-recipient={context.fee_recipient}",
        *(
            ("--data-storage-mode=ARCHIVE", "--reconstruct-historic-states=true")
            if context.retention == "archive"
            else ()
        ),
        # As LOG4J_CONFIGURATION_FILE says.
        "--log-destination=CUSTOM",
    )


def _network(context: ConsensusContext) -> Arguments:
    if not context.chain.private:
        return (f"--network={context.chain.name}", f"--checkpoint-sync-url={context.checkpoint_url}")
    return (
        f"--network={GENESIS}/config.yaml",
        f"--genesis-state={GENESIS}/genesis.ssz",
        "--ignore-weak-subjectivity-period-enabled=true",
        "--p2p-discovery-enabled=false",
        # The only flag that takes a secp256k1 key as hex digits, as ethpandaops/ethereum-package gives it too.
        f"--Xp2p-private-key-file-secp256k1={NODE}/consensus.key",
        f"--config-file={NODE}/{_CONFIG}",
    )


def _files(context: ConsensusContext) -> Mapping[str, str]:
    logging = {_LOGGING: _LOG4J}
    if not context.chain.private:
        return logging
    # As a file, for a replica must not dial itself and all replicas have the same arguments.
    return {**logging, _CONFIG: f"p2p-static-peers: {json.dumps(list(context.peers))}\n"}


# https://logging.apache.org/log4j/2.x/manual/pattern-layout.html
_LOG4J = """<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="WARN">
  <Appenders>
    <Console name="console" target="SYSTEM_OUT">
      <PatternLayout alwaysWriteExceptions="false" pattern='\
{"timestamp":"%d{yyyy-MM-dd&apos;T&apos;HH:mm:ss.SSSXXX}","level":"%level","logger":"%c","thread":"%enc{%t}{JSON}",\
"message":"%enc{%msg}{JSON}","throwable":"%enc{%throwable}{JSON}"}%n'/>
    </Console>
  </Appenders>
  <Loggers>
    <Root level="info">
      <AppenderRef ref="console"/>
    </Root>
  </Loggers>
</Configuration>
"""


def _validator_arguments(context: ValidatorContext) -> Arguments:
    return (
        "validator-client",
        *_validator_network(context),
        f"--data-path={DATA}/validator",
        f"--beacon-node-api-endpoints=http://{context.beacon['beacon-api']}",
        f"--validator-keys={KEYSTORES}:{KEYSTORES}",
        # There is one process for a key set, and its slashing protection is on its own volume.
        "--validators-keystore-locking-enabled=false",
        "--exit-when-no-validator-keys-enabled=true",
        f"--validators-proposer-default-fee-recipient={context.fee_recipient}",
        *((f"--validators-graffiti={context.graffiti}",) if context.graffiti else ()),
        "--metrics-enabled=true",
        "--metrics-interface=0.0.0.0",
        "--metrics-port=8009",
        "--metrics-host-allowlist=*",
        "--log-destination=CONSOLE",
        "--log-color-enabled=false",
    )


def _validator_network(context: ValidatorContext) -> Arguments:
    if context.chain.private:
        return (f"--network={GENESIS}/config.yaml",)
    return (f"--network={context.chain.name}", "--doppelganger-detection-enabled=true")


CLIENT = ConsensusClient(
    name="teku",
    version="26.10.3",
    oldest="25.11.0",
    process=_BEACON_NODE,
    api_port="beacon-api",
    arguments=_arguments,
    files=_files,
    validator=Validator(
        process=_VALIDATOR,
        beacon_port="beacon-api",
        arguments=_validator_arguments,
        # ValidatorClientService.getSlashingProtectionPath, in the validator's folder of --data-path
        slashing_protection=f"{DATA}/validator/validator/slashprotection",
        keystores="paired",
    ),
    # Glamsterdam: obolnetwork/charon, app/eth2wrap, the least versions of beacon nodes by fork.
    upgrades=MappingProxyType({"pectra": "25.4.1", "fusaka": "25.11.0", "glamsterdam": "26.9.1"}),
    sizing=sizes("Teku 26.4.0", disk=80, memory=10),
    genesis_forks=("electra", "fulu"),
)
