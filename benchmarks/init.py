"""How long a new fleet and its own checks take, against importing what every check has to import."""

from __future__ import annotations

import resource
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

from ethgen import __version__

RUNS = 3
NETWORKS = ("private", "hoodi", "sepolia", "mainnet")
# Promised: seconds of both together, from a program that is installed.
LIMIT = 10


def main() -> None:
    """Make a fleet on every network, run `make check` in it, and print the best of some runs."""
    programs = Path(sysconfig.get_path("scripts"))
    options = [word for name in NETWORKS for word in ("--network", name)]
    # Never installed: the checks are run with the programs that are here.
    options += ["--requirement", f"ethgen=={__version__}"]
    found: dict[str, list[tuple[float, float]]] = {"import pydantic": [], "ethgen init": [], "make check": []}
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as folder:
            fleet = Path(folder) / "fleet"
            found["import pydantic"].append(_measured([sys.executable, "-c", "import pydantic"], Path(folder)))
            command = [str(programs / "ethgen"), "init", "--yes", str(fleet), *options]
            found["ethgen init"].append(_measured(command, Path(folder)))
            found["make check"].append(_measured(["make", "check", f"BIN={programs}"], fleet))
    baseline = min(found["import pydantic"])[0]
    for name, figures in found.items():
        wall, processor = min(figures)
        print(f"{name:16} {wall:6.2f} s  processor {processor:5.2f} s  {wall / baseline:6.1f} x")
    total = min(found["ethgen init"])[0] + min(found["make check"])[0]
    print(f"promised: ethgen init and its own checks in {LIMIT} s at most; best {total:.2f} s")


def _measured(command: list[str], folder: Path) -> tuple[float, float]:
    """Return the seconds that a program took, and those of them that it had a processor."""
    before, start = _processor(), time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start, _processor() - before


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
