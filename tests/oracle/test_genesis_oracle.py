"""Our genesis against the programs that will run it: geth, prysmctl, beacon-chain and validator.

Each program is looked for on PATH and among the programs that ethgen has built; a test whose program is in neither is
skipped, and says so.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from py_arkworks_bls12381 import G2Point, Scalar

from ethgen.cluster.cache import cache_root
from ethgen.genesis import committees
from ethgen.genesis.build import build_genesis
from ethgen.genesis.config import BlobParameters, GenesisConfig
from ethgen.genesis.execution import execution_block_hash
from ethgen.genesis.folder import write_genesis
from ethgen.genesis.keys import genesis_validator, validator_keys
from ethgen.genesis.ssz import Bytes, Container, Type, Uint
from ethgen.genesis.state import Validator, genesis_state, genesis_state_root

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ethgen.genesis.config import Withdrawals
    from ethgen.genesis.keys import ValidatorKey
    from ethgen.genesis.presets import Fork

pytestmark = pytest.mark.oracle

CONFIG = GenesisConfig(
    network="oracle",
    chain_id=3151908,
    genesis_time=1_700_000_000,
    mnemonic="test test test test test test test test test test test junk",
    key_sets={"a": 40, "b": 24},
    validator_count=64,
    seconds_per_slot=2,
    slots_per_epoch=8,
    extra_data=b"oracle",
    kdf_rounds=2,
)
STANDARD = dataclasses.replace(CONFIG, slots_per_epoch=32)
EMPTY_DEPOSIT_ROOT = (
    "0xd70a234731285c6804c2a4f56711ddb8c82c99740f207854891028af34e27e5e"  # mainnet's, before any deposit
)
LOOKAHEAD_BYTES = 8 * 64


def program(name: str) -> str:
    """Find a client, or skip the test that needs it."""
    built = sorted(cache_root().glob(f"bin/{name}-*/**/{name}"))
    found = shutil.which(name) or (str(built[-1]) if built else None)
    if found is None:
        pytest.skip(f"{name} is neither on PATH nor built in {cache_root() / 'bin'}")
    return found


@pytest.mark.parametrize(
    "config",
    [
        *(dataclasses.replace(STANDARD, fork=fork) for fork in ("capella", "deneb", "electra", "fulu")),
        CONFIG,
        dataclasses.replace(
            STANDARD,
            fork="deneb",
            later_forks={"electra": 1, "fulu": 2},
            blob_schedule=(BlobParameters(2, 15), BlobParameters(3, 21)),
            premine={b"\xaa" * 20: 2**127, b"\x01" * 20: 1},
            deposit_contract=b"\x42" * 20,
            base_fee=7,
        ),
    ],
    ids=["capella", "deneb", "electra", "fulu", "short epochs", "later forks"],
)
def test_geth_computes_the_same_block_and_runs_the_deposit_contract(config: GenesisConfig, tmp_path: Path) -> None:
    """Block 0 of geth has our hash, knows our chain id, and its deposit contract answers with the empty tree's root."""
    geth = program("geth")
    write_genesis(config, tmp_path / "genesis", private=False)
    datadir = ["--datadir", str(tmp_path / "geth")]
    run(geth, *datadir, "init", str(tmp_path / "genesis/metadata/genesis.json"))
    question = (
        "JSON.stringify([eth.getBlock(0).hash, eth.chainId(), "
        f"eth.call({{to: '0x{config.deposit_contract.hex()}', data: '0xc5f2892f'}})])"  # get_deposit_root()
    )
    offline = ["--nodiscover", "--maxpeers=0", "--nat=none", "--port=0", "--ipcdisable", "--authrpc.port=0"]
    answer = run(geth, *datadir, *offline, "--verbosity=1", "console", "--exec", question).stdout
    assert json.loads(json.loads(answer)) == [
        f"0x{execution_block_hash(config).hex()}",
        hex(config.chain_id),
        EMPTY_DEPOSIT_ROOT,
    ]


@pytest.mark.parametrize("fork", ["capella", "deneb", "electra"])
@pytest.mark.parametrize("config", [CONFIG, STANDARD], ids=["8 slots", "32 slots"])
@pytest.mark.parametrize("withdrawals", ["bls", "execution"])
def test_prysmctl_makes_the_same_state(
    fork: Fork, config: GenesisConfig, withdrawals: Withdrawals, tmp_path: Path
) -> None:
    """From the same deposits, prysmctl writes the same bytes."""
    config = dataclasses.replace(config, fork=fork, withdrawals=withdrawals)
    ours, theirs = both_states(config, tmp_path)
    assert ours == theirs


def test_prysmctl_differs_on_fulu_in_the_lookahead_alone(tmp_path: Path) -> None:
    """The tool leaves the proposer lookahead of fulu zero, and makes the same bytes otherwise."""
    ours, theirs = both_states(dataclasses.replace(STANDARD, fork="fulu"), tmp_path)
    start = len(ours) - _variable_tail(ours)
    assert ours[:start] + bytes(LOOKAHEAD_BYTES) + ours[start + LOOKAHEAD_BYTES :] == theirs
    assert any(ours[start : start + LOOKAHEAD_BYTES])


@pytest.mark.parametrize("config", [CONFIG, STANDARD], ids=["8 slots", "32 slots"])
def test_prysm_agrees_on_the_state_root_and_the_proposers(config: GenesisConfig, tmp_path: Path) -> None:
    """A beacon node started from our files reports our state root, and has our proposers for each slot."""
    config = dataclasses.replace(config, genesis_time=int(time.time()))
    validators = validators_of(config, list(validator_keys(config.mnemonic, config.validator_count)))
    write_genesis(config, tmp_path / "genesis", private=False)
    with beacon_node(config, tmp_path) as address:
        root = get(f"{address}/eth/v1/beacon/states/genesis/root")["root"]
        duties = [duty for epoch in (0, 1) for duty in get(f"{address}/eth/v1/validator/duties/proposer/{epoch}")]
    assert root == f"0x{genesis_state_root(config, validators).hex()}"
    proposers = {int(duty["slot"]): int(duty["validator_index"]) for duty in duties}
    balances = [32 * 10**9] * len(validators)
    sizes = dataclasses.replace(config.sizes, slots_per_epoch=config.slots_per_epoch)
    lookahead = committees.proposer_lookahead(balances, execution_block_hash(config), sizes)
    assert {slot: lookahead[slot] for slot in proposers} == proposers
    assert len(proposers) >= 2 * config.slots_per_epoch - 1


def test_prysm_imports_the_keystores(tmp_path: Path) -> None:
    """Prysm's validator client decrypts every keystore of a key set and finds the public keys in them."""
    validator = program("validator")
    write_genesis(CONFIG, tmp_path / "genesis")
    keystores = tmp_path / "genesis/private/keystores/b"
    password = str(keystores / "password")
    run(
        validator,
        *("accounts", "import", "--accept-terms-of-use", "--keys-dir", str(keystores)),
        *("--wallet-dir", str(tmp_path / "wallet"), "--wallet-password-file", password),
        *("--account-password-file", password),
    )
    listed = run(
        validator,
        *("accounts", "list", "--accept-terms-of-use", "--wallet-dir", str(tmp_path / "wallet")),
        *("--wallet-password-file", password),
    )
    shown = set(re.findall(r"0x([0-9a-f]{96})", listed.stdout + listed.stderr))
    keys = list(validator_keys(CONFIG.mnemonic, CONFIG.validator_count))
    assert shown == {key.public_key.hex() for key in keys[40:64]}


def both_states(config: GenesisConfig, folder: Path) -> tuple[bytes, bytes]:
    """Make the state of a config with our code, and with prysmctl from signed deposits."""
    prysmctl = program("prysmctl")
    keys = list(validator_keys(config.mnemonic, config.validator_count))
    validators = validators_of(config, keys)
    files = build_genesis(config).files
    for name in ("genesis.json", "config.yaml"):
        (folder / name).write_bytes(files[f"metadata/{name}"])
    (folder / "deposits.json").write_text(json.dumps(deposits(config, keys, validators)))
    run(
        prysmctl,
        *("testnet", "generate-genesis", "--fork", config.fork, "--num-validators", "0"),
        *("--deposit-json-file", str(folder / "deposits.json"), "--chain-config-file", str(folder / "config.yaml")),
        *("--geth-genesis-json-in", str(folder / "genesis.json"), "--genesis-time", str(config.genesis_time)),
        *("--output-ssz", str(folder / "prysm.ssz")),
    )
    ours = genesis_state(config, validators)
    assert ours == files["metadata/genesis.ssz"]
    return ours, (folder / "prysm.ssz").read_bytes()


def validators_of(config: GenesisConfig, keys: Sequence[ValidatorKey]) -> list[Validator]:
    """Give the genesis validators of keys."""
    return [genesis_validator(config, key) for key in keys]


def deposits(
    config: GenesisConfig, keys: Sequence[ValidatorKey], validators: Sequence[Validator]
) -> list[dict[str, str | int]]:
    """Sign the deposits that a launchpad would write to deposit_data.json."""
    message: dict[str, Type[Any]] = {"pubkey": Bytes(48), "withdrawal_credentials": Bytes(32), "amount": Uint(64)}
    data = Container({**message, "signature": Bytes(96)})
    fork_data = Container({"current_version": Bytes(4), "genesis_validators_root": Bytes(32)}).hash_tree_root(
        {"current_version": config.fork_version("phase0"), "genesis_validators_root": bytes(32)}
    )
    domain = b"\x03\0\0\0" + fork_data[:28]  # DOMAIN_DEPOSIT
    signed = []
    for key, validator in zip(keys, validators, strict=True):
        deposit: dict[str, Any] = {
            "pubkey": validator.public_key,
            "withdrawal_credentials": validator.withdrawal_credentials,
            "amount": validator.balance,
        }
        signing_root = hashlib.sha256(Container(message).hash_tree_root(deposit) + domain).digest()
        point = G2Point.hash_to_curve(signing_root, b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_")
        scalar = Scalar.from_be_bytes(key.secret.to_bytes(32, "big"))
        deposit["signature"] = bytes((point * scalar).to_compressed_bytes())
        root = data.hash_tree_root(deposit).hex()
        texts = {name: value.hex() if isinstance(value, bytes) else value for name, value in deposit.items()}
        signed.append({**texts, "deposit_data_root": root})
    return signed


@contextmanager
def beacon_node(config: GenesisConfig, folder: Path) -> Iterator[str]:
    """Run a beacon node without peers and without its execution client, until its API answers."""
    binary = program("beacon-chain")
    (folder / "jwt").write_text("11" * 32)
    metadata = folder / "genesis/metadata"
    http, rpc, tcp, udp, monitoring, engine = free_ports(6)
    arguments = [
        *("--accept-terms-of-use", "--datadir", str(folder / "beacon"), "--jwt-secret", str(folder / "jwt")),
        *("--chain-config-file", str(metadata / "config.yaml"), "--genesis-state", str(metadata / "genesis.ssz")),
        *("--chain-id", str(config.chain_id), "--network-id", str(config.chain_id)),
        *("--deposit-contract", f"0x{config.deposit_contract.hex()}", "--contract-deployment-block", "0"),
        *("--execution-endpoint", f"http://127.0.0.1:{engine}", "--min-sync-peers", "0", "--no-discovery"),
        *("--bootstrap-node=", "--disable-quic", "--p2p-local-ip", "127.0.0.1", "--p2p-host-ip", "127.0.0.1"),
        *("--p2p-tcp-port", str(tcp), "--p2p-udp-port", str(udp), "--rpc-host", "127.0.0.1", "--rpc-port", str(rpc)),
        *("--http-host", "127.0.0.1", "--http-port", str(http), "--monitoring-host", "127.0.0.1"),
        *("--monitoring-port", str(monitoring)),
    ]
    log = folder / "beacon.log"
    with log.open("wb") as output:
        process = subprocess.Popen([binary, *arguments], stdout=output, stderr=subprocess.STDOUT)
    try:
        await_answer(f"http://127.0.0.1:{http}/eth/v1/beacon/genesis", process, log)
        yield f"http://127.0.0.1:{http}"
    finally:
        process.terminate()
        process.wait(timeout=60)


def await_answer(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a URL answers with 200, at most a minute, and no longer than the process lives."""
    deadline, pause = time.monotonic() + 60, threading.Event()
    while time.monotonic() < deadline and process.poll() is None:
        try:
            get(url)
        except (urllib.error.URLError, ConnectionError):
            pause.wait(0.2)
        else:
            return
    pytest.fail(f"the beacon node did not answer; its log ends:\n{log.read_text()[-2000:]}")


def get(url: str) -> Any:  # noqa: ANN401 - JSON of any shape
    """Give the field `data` of an answer."""
    with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310 - a loopback URL of this file
        return json.load(response)["data"]


def free_ports(count: int) -> list[int]:
    """Find loopback ports that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(server.getsockname()[1]) for server in sockets]
    for server in sockets:
        server.close()
    return ports


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a program to its end and fail with its output where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, f"{command[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done


def _variable_tail(state: bytes) -> int:
    """Count the bytes from the start of the lookahead to the end: the last fixed field before the varying ones."""
    first_offset = int.from_bytes(state[_HISTORICAL_ROOTS_AT:][:4], "little")
    return len(state) - first_offset + LOOKAHEAD_BYTES


_HISTORICAL_ROOTS_AT = 8 + 32 + 8 + 16 + 112 + 2 * 8192 * 32  # the fields of fixed size before the first varying one
