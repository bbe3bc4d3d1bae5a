"""The node's first process as the machine sees it: started, found again, entered and ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ethgen.cluster.bare import cgroups
from ethgen.cluster.bare.daemons import daemons
from ethgen.cluster.bare.init import start_time
from ethgen.cluster.bare.machine import SYSTEM_PATH
from ethgen.cluster.bare.settings import API_PORT, NODE, NODE_BIN, NODE_PKI
from ethgen.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ethgen.cluster.bare.settings import Settings

MASKS = {
    "/proc/sys/vm/overcommit_memory": "1",
    "/proc/sys/vm/panic_on_oom": "0",
    "/proc/sys/kernel/panic": "10",
    "/proc/sys/kernel/panic_on_oops": "1",
    "/proc/sys/kernel/keys/root_maxkeys": "1000000",
    "/proc/sys/kernel/keys/root_maxbytes": "25000000",
}
"""What the kubelet wants of the machine's own settings (container_manager_linux.go, setupKernelTunables): the node sees
them set, and the machine keeps its own."""

KILL_SECONDS = 3.0
STOP_SECONDS = 6.0
POLL_SECONDS = 0.02
INIT = Path(__file__).with_name("init.py")


def start(cluster: Settings, binaries: Mapping[str, Path], links: Mapping[str, str]) -> int:
    """Start the node and return the number of its first process.

    Raises:
        ClusterError: it did not start.
    """
    tasks = cgroups.create(cluster.name, cgroups.mounted())
    plan = _plan_path(cluster)
    plan.write_text(json.dumps(_plan(cluster, binaries, links, tasks), indent=2), encoding="utf-8")
    with (cluster.logs / "node.log").open("wb") as log:
        launcher = subprocess.Popen(
            [sys.executable, "-I", "-S", str(INIT), str(plan)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,
        )
        status = launcher.wait()
    pid = running(cluster)
    if status or pid is None:
        raise ClusterError(f"the node did not start: {last_words(cluster)}", cure=_log_cure(cluster))
    return pid


def _plan_path(cluster: Settings) -> Path:
    return cluster.root / "plan.json"


def _plan(
    cluster: Settings, binaries: Mapping[str, Path], links: Mapping[str, str], tasks: Sequence[Path]
) -> dict[str, Any]:
    return {
        "hostname": cluster.name,
        "state": str(cluster.root),
        "record": str(cluster.record),
        "node": NODE,
        "cgroups": [str(path) for path in tasks],
        "binaries": {name: str(path) for name, path in binaries.items()},
        "links": dict(links),
        "masks": MASKS,
        "address": f"{cluster.node_address}/{cluster.link_prefix}",
        "path": f"{NODE_BIN}:{SYSTEM_PATH}",
        "api": {
            "address": cluster.node_address,
            "port": API_PORT,
            "ca": f"{NODE_PKI}/ca.crt",
            "certificate": f"{NODE_PKI}/admin.crt",
            "key": f"{NODE_PKI}/admin.key",
        },
        "daemons": [
            {"name": d.name, "argv": list(d.argv), "environment": dict(d.environment), "needs_api": d.needs_api}
            for d in daemons(cluster)
        ],
    }


def running(cluster: Settings) -> int | None:
    """Return the number of the node's first process, if it runs; a number that was given to another one is not it."""
    try:
        record = json.loads(cluster.record.read_text(encoding="ascii"))
        return int(record["pid"]) if start_time(record["pid"]) == record["started"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def require_alive(cluster: Settings) -> None:
    """Refuse to wait on for a node that has ended.

    Raises:
        ClusterError: its first process does not run.
    """
    if running(cluster) is None:
        raise ClusterError(f"the node ended while it was starting: {last_words(cluster)}", cure=_log_cure(cluster))


def stop(cluster: Settings) -> None:
    """Stop the node in order, so that what its pods hold in memory reaches the disk."""
    pid = running(cluster)
    if pid is None:
        return
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while running(cluster) is not None and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def kill(cluster: Settings) -> None:
    """Kill whatever is left of the node, with or without its record.

    Raises:
        ClusterError: a process does not end.
    """
    # A launcher that was left alone may be about to join the cgroups.
    for pid in launchers(cluster):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    cgroups.kill(cluster.name, cgroups.mounted(), KILL_SECONDS)


def launchers(cluster: Settings) -> set[int]:
    """Return the processes that run the init script with this cluster's plan: launchers, and the node's first one."""
    ending = b"\0".join([str(INIT).encode(), str(_plan_path(cluster)).encode(), b""])
    found = set()
    for folder in Path("/proc").iterdir():
        with suppress(OSError):
            if folder.name.isdigit() and (folder / "cmdline").read_bytes().endswith(ending):
                found.add(int(folder.name))
    return found


def folder_of_running(cluster: Settings) -> Path | None:
    """Return the folder of the node that runs under this cluster's name; it may be another clone's."""
    for pid in sorted(cgroups.members(cluster.name, cgroups.mounted())):
        with suppress(OSError):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
            if len(words) > 2 and words[-3].endswith(f"/{INIT.name}"):  # noqa: PLR2004 - script, plan, last NUL
                return Path(words[-2]).parent
    return None


def enter(pid: int, argv: Sequence[str]) -> list[str]:
    """Return the argument list that runs `argv` among the node's files, with the machine's network."""
    return ["nsenter", f"--target={pid}", "--mount", "--", *argv]


def last_words(cluster: Settings) -> str:
    """Return the last line of the node's own log."""
    try:
        lines = (cluster.logs / "node.log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        lines = []
    return lines[-1] if lines else "it left no word"


def _log_cure(cluster: Settings) -> str:
    return f"read the logs in {cluster.logs}, then `ethgen cluster down` and `ethgen cluster up`"
