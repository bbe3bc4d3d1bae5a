"""What a machine looks like from outside, to be compared before and after."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

# The controllers' hierarchies lie one below each of these; a cgroup of ours is a folder in any.
_CGROUPS = Path("/sys/fs/cgroup")

# What clusters are known to change on the machine they run on.
_SYSCTLS = ("vm", "kernel/panic", "kernel/panic_on_oops", "kernel/keys", "net/ipv4/ip_forward", "net/bridge")

# Counters and the like, which change on any machine.
_MOVING = ("stat_refresh", "compact_memory", "drop_caches")


def picture() -> dict[str, list[str]]:
    """Return the machine's processes, mounts, links, routes, cgroups, firewall tables and settings, each sorted."""
    return {
        "processes": _processes(),
        "mounts": sorted(line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()),
        "links": sorted(path.name for path in Path("/sys/class/net").iterdir()),
        "routes": sorted(_output("ip", "route", "show", "table", "all").splitlines()),
        "cgroups": sorted(str(path) for path in _CGROUPS.glob("*/*") if path.is_dir()),
        "nftables": sorted(_output("nft", "list", "tables").splitlines()),
        "sysctls": sorted(_settings()),
    }


def _processes() -> list[str]:
    """Return the command lines of all processes that a cluster or a client could have left."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            continue
        if any(
            word in line for word in ("kube", "etcd", "containerd", "geth", "beacon-chain", "ethgen.cluster", "csi-")
        ):
            found.append(line[:120])
    return sorted(line for line in found if "pytest" not in line)


def _settings() -> list[str]:
    lines = []
    for name in _SYSCTLS:
        top = Path("/proc/sys") / name
        files = [top] if top.is_file() else sorted(path for path in top.rglob("*") if path.is_file())
        for path in files:
            if path.name in _MOVING or not os.access(path, os.R_OK):
                continue
            try:
                lines.append(f"{path}={path.read_text().strip()}")
            except OSError:
                continue
    return lines


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
