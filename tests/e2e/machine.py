"""What a machine looks like from outside, to be compared before and after."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Settings of the machine that a cluster would change if it could, and the folders in which it would leave files.
SYSCTLS = ("vm", "kernel/panic", "kernel/panic_on_oops", "kernel/keys", "net/ipv4", "net/netfilter", "net/bridge")
MOVING = ("stat_refresh", "drop_caches", "compact_memory", "nf_conntrack_count", "tcp_fastopen_key")
FOLDERS = ("/var/lib", "/var/log", "/run", "/opt", "/etc/cni", "/etc/kubernetes", "/usr/libexec/kubernetes")


def picture(link: str) -> dict[str, set[str]]:
    """Return what the machine looks like; links and routes of other clusters, which come and go, are left out."""
    words = ("ip", "-oneline", "route", "show", "table", "all")
    routes = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
    tables = subprocess.run(("nft", "list", "tables"), capture_output=True, text=True, check=True).stdout
    links = {path.name for path in Path("/sys/class/net").iterdir()}
    return {
        "mounts": set(Path("/proc/self/mounts").read_text().splitlines()),
        "links": {name for name in links if name == link or not name.startswith("ethgen-")},
        "routes": {line for line in routes if link in line or "ethgen-" not in line},
        "tables": set(tables.splitlines()),
        "settings": {f"{path}={text}" for path, text in _settings()},
        "files": {str(path) for folder in FOLDERS for path in Path(folder).glob("*")},
    }


def _settings() -> Iterator[tuple[Path, str]]:
    for name in SYSCTLS:
        top = Path("/proc/sys", name)
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            # Each network device has settings of its own, which come and go with it.
            if path.is_file() and path.name not in MOVING and not path.parent.name.startswith("ethgen-"):
                try:
                    yield path, path.read_text().strip()
                except OSError:
                    continue


def processes(root: Path) -> set[str]:
    """Return the programs that run on behalf of a clone of the repository, by process id: all that name its folder."""
    found = set()
    for folder in Path("/proc").iterdir():
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            continue
        if str(root) in line and "pytest" not in line:
            found.add(f"{folder.name} {line[:120]}")
    return found
