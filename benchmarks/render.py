"""How long rendering takes as a whole process, against other generators that print the same documents.

Usage: python benchmarks/render.py [--networks N ...] [--runs N] [--alone]; each network is two documents: the values of
its release and its namespace. The peers (benchmarks/peers) are installed once, into the cache.

All of them run from compiled modules, as installed programs do, and write to memory where there is a folder for that:
some disks take longer to make a thousand files than these programs to fill them. Their ratio is that of processor time,
which other programs of the machine change the least.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml
from peers import peers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# Promised: seconds of a render of 1,000 documents, and of `--check` where nothing changed.
LIMIT = 0.3
# Promised: how many times longer each peer takes.
RATIO = 3
# Where Linux has a file system in memory.
MEMORY = "/dev/shm"  # noqa: S108 - what is made there has a name of its own
ETHGEN = [sys.executable, "-m", "ethgen", "render", "--env", "fleet"]
PAIRS = [("geth", "lighthouse"), ("reth", "prysm"), ("nethermind", "teku"), ("besu", "nimbus"), ("geth", "lodestar")]


class Times(NamedTuple):
    """Seconds of one process: by the clock, and of the processor."""

    wall: float
    processor: float


def fleet(networks: int) -> str:
    """Return a spec of networks that differ in clients, retention, size and number of replicas."""
    lines = ["profile: staging", "networks:"]
    for number in range(networks):
        execution, consensus = PAIRS[number % len(PAIRS)]
        lines += [
            f"  net-{number}:",
            "    chain: hoodi",
            "    nodes:",
            f"      {execution}-{consensus}:",
            f"        execution: {{client: {execution}}}",
            f"        consensus: {{client: {consensus}}}",
            f"        replicas: {number % 3 + 1}",
            f"        storage: {2000 + number}Gi",
        ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the benchmark and print a table for each size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", type=int, nargs="+", default=[499, 4999])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--alone", action="store_true", help="without the peers")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}; median of each")
    folder = MEMORY if os.access(MEMORY, os.W_OK) else None
    for index, networks in enumerate(options.networks):
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            # Peers are compared at the first size only: at ten times of it, some take a minute.
            _compare(Path(scratch), networks, options.runs, with_peers=index == 0 and not options.alone)


def _compare(scratch: Path, networks: int, runs: int, *, with_peers: bool) -> None:
    ours = scratch / "ethgen"
    (ours / "environments").mkdir(parents=True)
    (ours / "environments" / "fleet.yaml").write_text(fleet(networks), encoding="utf-8")
    _run(ETHGEN, ours)
    documents = _read(ours / "values" / "fleet")
    count = sum(map(len, documents.values()))
    size = sum(file.stat().st_size for file in (ours / "values" / "fleet").glob("*.yaml"))
    print(f"\n{networks} networks: {count} documents in {len(documents)} files, {size / 1e6:.1f} MB")
    works: dict[str, Callable[[], Times]] = {
        "ethgen render": lambda: _timed(ETHGEN, ours, remove="values"),
        "ethgen render, nothing changed": lambda: _timed(ETHGEN, ours),
        "ethgen render --check": lambda: _timed([*ETHGEN, "--check"], ours),
    }
    for peer in peers() if with_peers else []:
        folder, installed = scratch / peer.name.replace(" ", "-"), peer.installed()
        folder.mkdir()
        peer.prepare(folder, documents)
        command = peer.command(installed)
        works[peer.name] = lambda command=command, folder=folder, output=peer.output: _timed(  # type: ignore[misc]
            command, folder, remove=output.split("/")[0]
        )
        works[peer.name]()
        if (found := _read(folder / peer.output)) != documents:
            different = [name for name in documents if found.get(name) != documents[name]]
            sys.exit(f"{peer.name} gives other documents: {len(found)} files, {different[:3]} differ")
    _print(works, runs, count)


def _print(works: dict[str, Callable[[], Times]], runs: int, count: int) -> None:
    """Do the works by turns, so that all meet the same load, and print medians, bests and ratios to the first."""
    times: dict[str, list[Times]] = {name: [] for name in works}
    for _ in range(runs):
        for name, work in works.items():
            times[name].append(work())
    first = _processor(times["ethgen render"])
    print(f"{'':32} {'median':>8} {'best':>8} {'processor':>10} {'ratio':>7}")
    for name, found in times.items():
        wall, processor = statistics.median(each.wall for each in found), _processor(found)
        best = min(each.wall for each in found)
        print(f"{name:32} {wall:7.3f}s {best:7.3f}s {processor:9.3f}s {processor / first:6.2f}x")
    peer_ratios = [_processor(found) / first for name, found in times.items() if not name.startswith("ethgen")]
    if peer_ratios:
        print(
            f"promised: 1,000 documents in {LIMIT} s, here {first * 1000 / count:.3f} s of the processor for each 1,000"
        )
        print(f"promised: each peer takes {RATIO} times as long, here {min(peer_ratios):.1f} times at least")


def _processor(times: Sequence[Times]) -> float:
    return statistics.median(each.processor for each in times)


def _timed(command: Sequence[str], folder: Path, remove: str = "") -> Times:
    """Run a program on one core, after what it made before was removed, and return what it took."""
    if remove:
        shutil.rmtree(folder / remove, ignore_errors=True)
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    _run(command, folder)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Times(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _run(command: Sequence[str], folder: Path) -> None:
    """Run a program, on the first core where the system can tell it so, and end with its output where it fails."""
    pinned = ["taskset", "--cpu-list", "0", *command] if shutil.which("taskset") else [*command]
    done = subprocess.run(pinned, cwd=folder, env=_environment(folder), capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{command[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")


def _environment(folder: Path) -> dict[str, str]:
    """Return an environment in which Python keeps the modules that it has compiled, beside what is written."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(folder / "compiled-modules")}


def _read(folder: Path) -> dict[str, list[Any]]:
    """Return the documents of each file of a folder, by its name without suffix."""
    return {
        file.stem: list(yaml.load_all(file.read_text(encoding="utf-8"), yaml.CSafeLoader))
        for file in sorted(folder.glob("*.yaml"))
    }


if __name__ == "__main__":
    main()
