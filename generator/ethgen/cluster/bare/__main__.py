"""`python -m ethgen.cluster.bare up|down|status [environment]`: the bare provider without the rest of ethgen."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from ethgen.cluster.bare.provider import BareProvider
from ethgen.cluster.provider import ClusterConfig
from ethgen.errors import EthgenError


def main(arguments: list[str]) -> int:
    """Run one command and return the exit status."""
    command, environment = (*arguments, "status", "local")[:2] if len(arguments) > 1 else (*arguments, "local")
    config = ClusterConfig(environment, Path.cwd() / ".ethgen" / environment)
    provider = BareProvider()
    started = time.monotonic()
    try:
        if command == "up":
            cluster = provider.up(config, show)
            print(f"{cluster.context} at {', '.join(cluster.addresses)}: {cluster.kubeconfig}")
        elif command == "down":
            provider.down(config, progress=show)
        else:
            print(provider.status(config))
    except EthgenError as error:
        print(error, file=sys.stderr)
        return error.exit_status
    show("all", time.monotonic() - started)
    return 0


def show(step: str, seconds: float) -> None:
    """Print a step and its duration."""
    print(f"{seconds:6.2f} s  {step}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
