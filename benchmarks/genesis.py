"""Genesis against prysmctl, on the same work in the same run: the numbered interop validators, to the same genesis.ssz.

Both programs start cold, read genesis.json and config.yaml, derive the interop keys of eth2.0-pm (secret key i is the
hash of i), and write the state; the bytes must be equal. prysmctl goes through signed deposits and checks them, which
is its own way and not asked for. A second part times a whole genesis from a mnemonic, keystores included, which
prysmctl cannot make.

Usage: python benchmarks/genesis.py [--validators N ...] [--runs N]; prysmctl is looked for on PATH and in the cache.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ethgen.genesis.config import GenesisConfig
from ethgen.genesis.folder import write_genesis
from ethgen.genesis.keys import public_key
from ethgen.genesis.state import Validator, genesis_state

if TYPE_CHECKING:
    from collections.abc import Callable

MNEMONIC = "test test test test test test test test test test test junk"
ORDER = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
GENESIS_TIME = 1_700_000_000


def config(validators: int) -> GenesisConfig:
    """Give an electra network of the mainnet preset."""
    return GenesisConfig(
        network="benchmark",
        chain_id=3151908,
        genesis_time=GENESIS_TIME,
        mnemonic=MNEMONIC,
        key_sets={"a": validators},
        validator_count=validators,
        kdf_rounds=1024,
    )


def interop_validator(index: int) -> Validator:
    """Give a numbered validator of eth2.0-pm's interop keys, with the credentials that prysmctl gives it."""
    digest = hashlib.sha256(index.to_bytes(32, "little")).digest()
    key = public_key(int.from_bytes(digest, "little") % ORDER)
    return Validator(key, b"\0" + hashlib.sha256(key).digest()[1:], 32 * 10**9)


def make_state(folder: Path, count: int) -> None:
    """Make ours.ssz: what a child process of the benchmark does."""
    validators = [interop_validator(index) for index in range(count)]
    (folder / "ours.ssz").write_bytes(genesis_state(config(count), validators))


def prysmctl_command(program: str, folder: Path, count: int) -> list[str]:
    """Give the command that makes prysm.ssz."""
    return [
        *(program, "testnet", "generate-genesis", "--fork", "electra", "--num-validators", str(count)),
        *("--genesis-time", str(GENESIS_TIME), "--chain-config-file", str(folder / "config.yaml")),
        *("--geth-genesis-json-in", str(folder / "genesis.json"), "--output-ssz", str(folder / "prysm.ssz")),
    ]


def compare(program: str, count: int, runs: int) -> None:
    """Print the median times of both for a number of validators, run by turns, and their ratio."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        small = dataclasses.replace(config(count), key_sets={})
        for name, content in build_public(small).items():
            (folder / name).write_bytes(content)
        ours_command = [sys.executable, __file__, "--child", str(folder), "--validators", str(count)]
        ours, theirs = [], []
        for _ in range(runs):
            ours.append(timed(lambda: run(ours_command)))
            theirs.append(timed(lambda: run(prysmctl_command(program, folder, count))))
        if (folder / "ours.ssz").read_bytes() != (folder / "prysm.ssz").read_bytes():
            sys.exit(f"{count} validators: the states differ")
    mine, other = statistics.median(ours), statistics.median(theirs)
    print(
        f"{count:6} validators to genesis.ssz: ethgen {mine:6.2f} s, prysmctl {other:6.2f} s, "
        f"ratio {other / mine:5.2f}; equal bytes; median of {runs}"
    )


def build_public(small: GenesisConfig) -> dict[str, bytes]:
    """Make genesis.json and config.yaml."""
    from ethgen.genesis.consensus import consensus_config  # noqa: PLC0415 - not part of what is timed
    from ethgen.genesis.execution import execution_genesis  # noqa: PLC0415 - likewise

    return {
        "genesis.json": json.dumps(execution_genesis(small)).encode(),
        "config.yaml": consensus_config(small).encode(),
    }


def whole(count: int) -> None:
    """Print the time of a whole genesis from a mnemonic: keys, state, keystores, files."""
    with tempfile.TemporaryDirectory() as scratch:
        seconds = timed(lambda: write_genesis(config(count), Path(scratch) / "genesis"))
    print(f"{count:6} validators from a mnemonic, keystores (1024 rounds) and files included: {seconds:6.2f} s")


def timed(action: Callable[[], object]) -> float:
    """Give the seconds that an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def run(command: list[str]) -> None:
    """Run a program to its end, and end with its output where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{command[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")


def find_prysmctl() -> str:
    """Find prysmctl, or end and say where it was looked for."""
    from ethgen.cluster.cache import cache_root  # noqa: PLC0415 - the child process needs none of it

    built = sorted(cache_root().glob("bin/prysmctl-*/**/prysmctl"))
    found = shutil.which("prysmctl") or (str(built[-1]) if built else None)
    return found or sys.exit(f"prysmctl is neither on PATH nor built in {cache_root() / 'bin'}")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--validators", type=int, nargs="+", default=[64, 10_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        make_state(options.child, options.validators[0])
        return
    program = find_prysmctl()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for count in options.validators:
        compare(program, count, options.runs)
    for count in options.validators:
        whole(count)


if __name__ == "__main__":
    main()
