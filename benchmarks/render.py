"""How long rendering takes, against a plain YAML dump of the same documents."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from ethgen.render.build import build
from ethgen.spec import load

if TYPE_CHECKING:
    from collections.abc import Callable

RUNS = 9
ROOT = Path(__file__).parents[1]
GROUPS = 200
# Promised: seconds of `ethgen render --env local`.
LIMIT = 0.4


def main() -> None:
    """Render the local environment and one with many node groups, and print medians and ratios."""
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / "environments" / "large.yaml"
        large.parent.mkdir()
        large.write_text(_large(), encoding="utf-8")
        for path in (ROOT / "environments" / "local.yaml", large):
            _compare(path)
    _process()


def _compare(path: Path) -> None:
    """Print what reading, building and a plain dump of an environment take in this process."""
    files = build(load(path))
    documents: list[Any] = [document for text in files.values() for document in yaml.load_all(text, yaml.CSafeLoader)]
    spec = load(path)
    print(f"{path.stem}: {len(files)} files, {sum(map(len, files.values())) / 1000:.0f} kB")
    _print(
        {
            "plain dump": lambda: yaml.dump_all(documents, Dumper=yaml.CSafeDumper, sort_keys=False),
            "build": lambda: build(spec),
            "load and build": lambda: build(load(path)),
        }
    )


def _process() -> None:
    """Print what the command takes as a process of its own, against importing the libraries that it needs."""
    print(f"as a process (promised: {LIMIT * 1000:.0f} ms at most)")
    _print(
        {
            "imports alone": lambda: _run("-c", "import click, yaml; from pydantic import BaseModel"),
            "render --diff": lambda: _run("-m", "ethgen", "render", "--env", "local", "--diff"),
        }
    )


def _print(works: dict[str, Callable[[], object]]) -> None:
    """Do the works in turn, so that all meet the same load, and print medians, bests and ratios to the first."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(RUNS):
        for name, work in works.items():
            start = time.perf_counter()
            work()
            seconds[name].append(time.perf_counter() - start)
    baseline = statistics.median(next(iter(seconds.values())))
    for name, found in seconds.items():
        median = statistics.median(found)
        print(
            f"  {name:16} median {median * 1000:7.1f} ms  best {min(found) * 1000:7.1f} ms  {median / baseline:5.2f} x"
        )


def _run(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def _large() -> str:
    """Return a spec of a public network with many groups of nodes."""
    groups = "".join(
        f"      group-{number}: {{execution: {{client: geth}}, consensus: {{client: {client}}}, storage: 2Ti}}\n"
        for number in range(GROUPS)
        for client in (("prysm", "lighthouse")[number % 2],)
    )
    return f"profile: production\nnetworks:\n  mainnet:\n    chain: mainnet\n    nodes:\n{groups}"


if __name__ == "__main__":
    main()
