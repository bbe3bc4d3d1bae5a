"""How long `ethgen render --watch` takes from a save to the files, against a whole `ethgen render` of the same spec.

Usage: python benchmarks/watch.py [--networks N] [--runs N]; each network is two documents. Each save changes the
replicas of one network; the time is that until the file of its values holds them.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from render import ETHGEN, MEMORY, fleet

if TYPE_CHECKING:
    from collections.abc import Iterator

# Promised: seconds from a save to the last file.
LIMIT = 0.3
# Seconds after which a save counts as missed.
PATIENCE = 30
# How often the file is looked at, in seconds.
STEP = 0.001


def main() -> None:
    """Run the benchmark and print medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", type=int, default=499)
    parser.add_argument("--runs", type=int, default=9)
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}")
    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as scratch:
        root = Path(scratch)
        _save(root, fleet(options.networks))
        whole = statistics.median([_whole(root) for _ in range(options.runs)])
        with _watching(root):
            times, touched = zip(
                *[_saved(root, options.networks, number) for number in range(options.runs)], strict=True
            )
    median = statistics.median(times)
    print(f"{options.networks} networks, {2 * options.networks + 2} documents")
    print(f"{'ethgen render':34} {whole:7.3f} s")
    print(f"{'--watch, from a save to the file':34} {median:7.3f} s  {median / whole:5.2f} x  best {min(times):.3f} s")
    print(f"files written by each save: {sorted({*touched})}")
    print(f"promised: {LIMIT} s at most, and only what changed")


def _save(root: Path, text: str) -> None:
    """Write the spec as editors do: beside it, and then in its place."""
    spec = root / "environments" / "fleet.yaml"
    spec.parent.mkdir(exist_ok=True)
    fresh = spec.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(spec)


def _whole(root: Path) -> float:
    start = time.perf_counter()
    subprocess.run(ETHGEN, cwd=root, env=_environment(root), check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


@contextmanager
def _watching(root: Path) -> Iterator[None]:
    """Keep a watch running, from its first render on."""
    process = subprocess.Popen([*ETHGEN, "--watch"], cwd=root, env=_environment(root), stdout=subprocess.PIPE)
    try:
        if process.stdout:
            process.stdout.readline()
        yield
    finally:
        process.terminate()
        process.wait()


def _saved(root: Path, networks: int, number: int) -> tuple[float, int]:
    """Change the replicas of a network; return the seconds until its file has them, and how many files were written."""
    chosen, replicas = networks * (number + 1) // 100, number + 5
    head, name, rest = fleet(networks).partition(f"  net-{chosen}:\n")
    before, count, after = rest.partition("replicas: ")
    text = head + name + before + count + str(replicas) + after[1:]
    folder = root / "values" / "fleet"
    stamps = {file: file.stat().st_mtime_ns for file in folder.iterdir()}
    file = folder / f"net-{chosen}.yaml"
    start = time.perf_counter()
    _save(root, text)
    while f"replicas: {replicas}\n" not in file.read_text(encoding="utf-8"):
        if time.perf_counter() - start > PATIENCE:
            sys.exit(f"{file.name} was not rendered again within {PATIENCE} s of a save")
        time.sleep(STEP)
    seconds = time.perf_counter() - start
    return seconds, sum(stamps.get(each) != each.stat().st_mtime_ns for each in folder.iterdir())


def _environment(root: Path) -> dict[str, str]:
    """Return an environment in which Python keeps the modules that it has compiled, beside what is written."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(root / "compiled-modules"), "PYTHONUNBUFFERED": "1"}


if __name__ == "__main__":
    main()
