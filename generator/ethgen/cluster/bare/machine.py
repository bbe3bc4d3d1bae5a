"""What the machine must have for a bare cluster, and the one link the cluster has to it."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import TYPE_CHECKING

from ethgen.cluster.process import Command, run
from ethgen.cluster.provider import Availability
from ethgen.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ethgen.cluster.bare.settings import Settings
    from ethgen.cluster.process import Runner

FREE_BYTES = 3 << 30
"""Disk space a first start needs: images twice (packed and unpacked), etcd, volumes and logs of a two-node network."""

PROGRAMS = {"ip": "iproute2", "nft": "nftables", "runc": "runc", "nsenter": "util-linux", "cp": "coreutils"}
"""Each program the node runs and the Debian package that has it."""
CNI_FOLDERS = ("/usr/lib/cni", "/opt/cni/bin")
CNI_PLUGINS = ("ptp", "host-local", "portmap", "loopback")
CNI_PACKAGE = "containernetworking-plugins"
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ENVIRONMENT = {"PATH": SYSTEM_PATH}
"""For the machine's own programs: the PATH of whoever calls need not have /usr/sbin."""

KERNEL_TRIALS = (
    ("ip link add one type veth peer name other", "make virtual links (veth)"),
    ("nft add table ip a; add chain ip a b { type filter hook forward priority 0; }", "filter packets with nftables"),
    ("nft add table ip a; add chain ip a b; add rule ip a b ct state new accept", "track connections (nf_conntrack)"),
)
"""A command that is tried in a network namespace of its own, and what the kernel cannot do where it fails."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where the machine keeps what the node uses."""

    runc: str
    cni: str


def available() -> Availability:
    """Say whether a bare cluster can be made here; changes nothing."""
    if not sys.platform.startswith("linux"):
        return Availability(ok=False, why_not="it needs Linux", cure="install Docker and kind, or use Linux as root")
    if not is_root():
        return Availability(
            ok=False, why_not="it needs root", cure="run the command with sudo, or install Docker and kind"
        )
    if packages := missing_packages():
        names = " ".join(packages)
        return Availability(
            ok=False, why_not=f"Debian packages are missing: {names}", cure=f"apt-get install -y {names}"
        )
    if problem := missing_feature(Path("/proc")):
        return Availability(ok=False, why_not=problem, cure="use a kernel that has it, or install Docker and kind")
    return Availability(ok=True)


def missing_packages() -> tuple[str, ...]:
    """Return the Debian packages whose programs are not there."""
    missing = {package for program, package in PROGRAMS.items() if shutil.which(program, path=SYSTEM_PATH) is None}
    if cni_folder() is None:
        missing.add(CNI_PACKAGE)
    return tuple(sorted(missing))


def cni_folder() -> str | None:
    """Return the folder that holds the CNI plugins."""
    return next((f for f in CNI_FOLDERS if all(Path(f, plugin).is_file() for plugin in CNI_PLUGINS)), None)


def find() -> Found:
    """Return where runc and the CNI plugins are.

    Raises:
        ClusterError: they are not there.
    """
    runc, cni = shutil.which("runc", path=SYSTEM_PATH), cni_folder()
    if runc is None or cni is None:
        names = " ".join(missing_packages())
        raise ClusterError(f"Debian packages are missing: {names}", cure=f"apt-get install -y {names}")
    return Found(runc, cni)


def missing_feature(proc: Path) -> str:
    """Return what the kernel lacks, or nothing."""
    namespaces = {"mnt", "uts", "ipc", "net", "pid"}
    absent = sorted(name for name in namespaces if not (proc / "self" / "ns" / name).exists())
    if absent:
        return f"the kernel has no {', '.join(absent)} namespaces"
    if not (proc / "sys" / "net" / "netfilter").is_dir():
        return "the kernel has no netfilter"
    filesystems = (proc / "filesystems").read_text(encoding="ascii").split()
    if not {"cgroup", "cgroup2"} & set(filesystems):
        return "the kernel has no cgroups"
    return ""


def is_root() -> bool:
    """Return whether this process may change the machine."""
    return os.geteuid() == 0


def snapshotter(folder: Path, runner: Runner = run) -> str:
    """Return the containerd snapshotter that works on a folder's file system.

    Overlayfs cannot stand on every file system (not on another overlay, NFS or 9p), so it is tried, in a mount
    namespace that ends with the trial; `native` copies whole layers and works everywhere.
    """
    scratch = folder / "overlay-trial"
    for name in ("lower", "upper", "work", "merged"):
        (scratch / name).mkdir(parents=True, exist_ok=True)
    options = f"lowerdir={scratch}/lower,upperdir={scratch}/upper,workdir={scratch}/work"
    trial = ["unshare", "--mount", "mount", "-t", "overlay", "overlay", "-o", options, f"{scratch}/merged"]
    works = runner(Command(trial, ENVIRONMENT)).ok
    shutil.rmtree(scratch)
    return "overlayfs" if works else "native"


def check_kernel(runner: Runner = run) -> None:
    """Refuse a kernel that lacks what the node's network is made of; modules are loaded by the trial where they exist.

    Raises:
        ClusterError: it cannot do one of the things of `KERNEL_TRIALS`.
    """
    for command, ability in KERNEL_TRIALS:
        program, _, words = command.partition(" ")
        arguments = [words] if program == "nft" else words.split()
        if not runner(Command(["unshare", "--net", program, *arguments], ENVIRONMENT)).ok:
            raise ClusterError(f"the kernel cannot {ability}", cure="use a kernel that can, or install Docker and kind")


def check_space(folder: Path) -> None:
    """Refuse to begin on a disk that is about to be full.

    Raises:
        ClusterError: there are less than `FREE_BYTES` free.
    """
    there = next(path for path in (folder, *folder.parents) if path.is_dir())
    free = shutil.disk_usage(there).free
    if free < FREE_BYTES:
        raise ClusterError(
            f"only {free / (1 << 30):.1f} GiB are free under {folder}; the cluster needs {FREE_BYTES >> 30} GiB",
            cure="free some space, then run the command again",
        )


def check_addresses(cluster: Settings, link: str, runner: Runner = run) -> None:
    """Refuse subnets that are in use on this machine already.

    Raises:
        ClusterError: an address or a route of another device lies within one of the cluster's subnets.
    """
    routes = json.loads(_ip(["ip", "-json", "-4", "route", "show", "table", "all"], runner))
    ours = [IPv4Network(f"{cluster.host_address}/{cluster.link_prefix}", strict=False)]
    ours += [IPv4Network(cluster.pods), IPv4Network(cluster.services)]
    for route in routes:
        if taken := conflict(route, ours, link):
            device = route.get("dev", "?")
            raise ClusterError(
                f"the subnet {taken} of {cluster.name} is in use by {device} ({route['dst']})",
                cure="stop what uses it (another environment's cluster: `ethgen cluster down --env NAME`), "
                "or give this cluster other subnets",
            )


def conflict(route: Mapping[str, str], ours: Sequence[IPv4Network], link: str) -> IPv4Network | None:
    """Return which of our networks a route takes something of; a wider route, like the default one, takes nothing."""
    if route.get("dev") == link or route["dst"] == "default" or route.get("type") in {"multicast", "broadcast"}:
        return None
    taken = IPv4Network(route["dst"])
    return next((network for network in ours if taken.subnet_of(network)), None)


def link_exists(link: str) -> bool:
    """Return whether this machine has a network device of that name."""
    return Path("/sys/class/net", link).exists()


def make_link(cluster: Settings, pid: int, runner: Runner = run) -> None:
    """Join this machine and the node's network namespace, and route the pods' and services' networks there."""
    link, node = cluster.host_link, cluster.node_address
    _ip(["ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", str(pid)], runner)
    _ip(["ip", "address", "add", f"{cluster.host_address}/{cluster.link_prefix}", "dev", link], runner)
    _ip(["ip", "link", "set", link, "up"], runner)
    for network in (cluster.pods, cluster.services):
        _ip(["ip", "route", "add", network, "via", node, "dev", link], runner)


def remove_link(link: str, runner: Runner = run) -> None:
    """Remove the link, its addresses and its routes, if it is still there."""
    if link_exists(link):
        result = runner(Command(["ip", "link", "delete", link], ENVIRONMENT))
        # The kernel removes it with the node's namespace, perhaps in this very moment.
        if not result.ok and link_exists(link):
            raise ClusterError(f"cannot remove the network link {link}: {result.errors.strip()}")


def _ip(argv: Sequence[str], runner: Runner) -> str:
    result = runner(Command(argv, ENVIRONMENT))
    if not result.ok:
        raise ClusterError(
            f"`{' '.join(argv)}` failed: {result.errors.strip()}", cure="`ethgen cluster down`, then try again"
        )
    return result.output
