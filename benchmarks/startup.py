"""How long `ethgen --help` takes, against starting Python and importing click."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

RUNS = 15
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "python -c 'import click'": ["-c", "import click"],
    "ethgen --help": ["-m", "ethgen", "--help"],
    "ethgen --version": ["-m", "ethgen", "--version"],
}
# Promised: seconds of `ethgen --help`.
LIMIT = 0.15


def main() -> None:
    """Run the commands in turn, so that all of them meet the same load, and print medians and ratios."""
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(RUNS):
        for name, arguments in COMMANDS.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
            seconds[name].append(time.perf_counter() - start)
    baseline = statistics.median(seconds["python -c 'import click'"])
    for name, found in seconds.items():
        median = statistics.median(found)
        print(f"{name:26} median {median * 1000:6.1f} ms  best {min(found) * 1000:6.1f} ms  {median / baseline:4.2f} x")
    print(f"promised: ethgen --help in {LIMIT} s at most; best {min(seconds['ethgen --help']):.3f} s")


if __name__ == "__main__":
    main()
