"""The node's cgroups: one tree named for the cluster in every hierarchy of the machine.

Both layouts work: one hierarchy per controller (version 1) and the unified one (version 2). All of the node's processes
are in this tree from their first instruction on, so it is also the surest list of what is left of a node.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ethgen.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DAEMONS = "daemons"
POLL_SECONDS = 0.02


def hierarchies(mountinfo: str) -> tuple[Path, ...]:
    """Return where the cgroup hierarchies are mounted, from the text of /proc/self/mountinfo."""
    found = []
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        if after.split(" ", 1)[0] in {"cgroup", "cgroup2"}:
            found.append(Path(before.split()[4]))
    return tuple(sorted(set(found)))


def mounted() -> tuple[Path, ...]:
    """Return where this machine's cgroup hierarchies are mounted."""
    return hierarchies(Path("/proc/self/mountinfo").read_text(encoding="utf-8"))


def create(name: str, roots: Sequence[Path]) -> tuple[Path, ...]:
    """Make the cluster's cgroups.

    Args:
        name: the cluster's name.
        roots: the hierarchies' mount points.

    Returns:
        The files to which a process writes itself to join the node's daemons.

    Raises:
        ClusterError: a hierarchy does not let itself be written to.
    """
    tasks = []
    try:
        for root in roots:
            leaf = root / name / DAEMONS
            leaf.mkdir(parents=True, exist_ok=True)
            for folder in (root / name, leaf):
                _inherit_cpuset(folder)
            if (root / "cgroup.subtree_control").exists():
                _delegate(root, name)
            tasks.append(leaf / "cgroup.procs")
    except OSError as error:
        raise ClusterError(
            f"cannot make the cluster's cgroups: {error.strerror}: {error.filename}",
            cure="run where root may write to /sys/fs/cgroup; in a container, where it is privileged",
        ) from error
    return tuple(tasks)


def _inherit_cpuset(folder: Path) -> None:
    """Give a version 1 cpuset its parent's processors and memory nodes; it starts with none and takes no process."""
    for setting in ("cpuset.cpus", "cpuset.mems"):
        file = folder / setting
        if file.exists() and not (folder / "cgroup.controllers").exists() and not file.read_text().strip():
            file.write_text((folder.parent / setting).read_text(), encoding="ascii")


def _delegate(root: Path, name: str) -> None:
    """Hand a version 2 hierarchy's controllers down to the cluster's tree."""
    for folder in (root, root / name):
        offered = (folder / "cgroup.controllers").read_text(encoding="ascii").split()
        enabled = (folder / "cgroup.subtree_control").read_text(encoding="ascii").split()
        for controller in offered:
            if controller not in enabled:
                (folder / "cgroup.subtree_control").write_text(f"+{controller}", encoding="ascii")


def members(name: str, roots: Sequence[Path]) -> set[int]:
    """Return the numbers of all processes in the cluster's cgroups."""
    found: set[int] = set()
    for folder in _folders(name, roots):
        try:
            found.update(int(line) for line in (folder / "cgroup.procs").read_text(encoding="ascii").split())
        except OSError:
            continue  # removed meanwhile
    return found - {0}


def exists(name: str, roots: Sequence[Path]) -> bool:
    """Return whether anything of the cluster's cgroups is there."""
    return any((root / name).is_dir() for root in roots)


def kill(name: str, roots: Sequence[Path], seconds: float) -> None:
    """Kill every process in the cluster's cgroups and wait until they are gone.

    Raises:
        ClusterError: some are still there after `seconds`.
    """
    deadline = time.monotonic() + seconds
    while left := members(name, roots):
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if time.monotonic() > deadline:
            raise ClusterError(
                f"processes of {name} do not end: {', '.join(map(str, sorted(left)))}",
                cure="see what they wait for with `cat /proc/PID/stack`, then run `ethgen cluster down` again",
            )
        time.sleep(POLL_SECONDS)


def remove(name: str, roots: Sequence[Path], seconds: float) -> None:
    """Remove the cluster's cgroups, deepest first.

    Raises:
        ClusterError: the kernel still holds one after `seconds`.
    """
    deadline = time.monotonic() + seconds
    while exists(name, roots):
        problem = ""
        for folder in _folders(name, roots):
            try:
                folder.rmdir()
            except FileNotFoundError:
                continue
            except OSError as error:
                problem = f"{error.strerror}: {folder}"
        if not problem:
            continue
        if time.monotonic() > deadline:
            raise ClusterError(f"cannot remove a cgroup: {problem}", cure="run `ethgen cluster down` again")
        time.sleep(POLL_SECONDS)


def _folders(name: str, roots: Sequence[Path]) -> Iterator[Path]:
    for root in roots:
        for folder, _, _ in os.walk(root / name, topdown=False):
            yield Path(folder)
