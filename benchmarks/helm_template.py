"""How long `helm template` takes for a network of 200 node groups.

Usage: python benchmarks/helm_template.py [--groups N] [--runs N]; helm is the pinned one, built once into the cache.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ethgen.cluster.tools import tool_path
from ethgen.render.build import build
from ethgen.spec import load

CHART = Path(__file__).parents[1] / "charts" / "ethereum-infrastructure"
PAIRS = [("geth", "lighthouse"), ("reth", "prysm"), ("nethermind", "teku"), ("besu", "nimbus"), ("geth", "lodestar")]
# Promised: seconds for 200 node groups.
LIMIT = 3


def fleet(groups: int) -> str:
    """Return a spec of one network with many groups of nodes."""
    lines = ["profile: staging", "networks:", "  hoodi:", "    chain: hoodi", "    nodes:"]
    for number in range(groups):
        execution, consensus = PAIRS[number % len(PAIRS)]
        pair = f"execution: {{client: {execution}}}, consensus: {{client: {consensus}}}"
        lines.append(f"      group-{number}: {{{pair}, storage: {2000 + number}Gi}}")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print what each run took, by the clock and of the processor."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--groups", type=int, default=200)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        spec = Path(scratch) / "environments" / "fleet.yaml"
        spec.parent.mkdir()
        spec.write_text(fleet(options.groups), encoding="utf-8")
        values = Path(scratch) / "hoodi.yaml"
        values.write_bytes(build(load(spec))["values/fleet/hoodi.yaml"])
        command = [
            str(tool_path("helm")),
            "template",
            "hoodi",
            str(CHART),
            "--namespace",
            "hoodi",
            "--values",
            str(values),
        ]
        found = [_timed(command) for _ in range(options.runs)]
    objects = found[0][2]
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}: {options.groups} node groups, {objects} objects")
    wall, processor = (statistics.median(each[index] for each in found) for index in (0, 1))
    print(f"median {wall:.2f} s, of the processor {processor:.2f} s; promised: {LIMIT} s for 200 groups")


def _timed(command: list[str]) -> tuple[float, float, int]:
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"helm ended with {done.returncode}:\n{done.stderr}")
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, processor, done.stdout.count("\nkind: ")


if __name__ == "__main__":
    main()
