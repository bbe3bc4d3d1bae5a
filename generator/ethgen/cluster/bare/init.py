"""The node's launcher and its first process: a script of its own that needs nothing but the standard library.

`init.py PLAN` joins the node's cgroups, makes its namespaces, starts the first process in them, writes down its number
and ends. The first process makes the node's mounts, waits for its network link, starts the daemons, starts them again
when they end, and reaps every orphan. SIGTERM stops the node in order; whatever ends it, all in it ends with it.
"""

from __future__ import annotations

import ctypes
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

# Values from linux/sched.h and sys/mount.h.
CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
MS_NOSUID_NODEV_NOEXEC = 2 | 4 | 8
MS_BIND = 1 << 12
MS_REC = 1 << 14
MS_PRIVATE = 1 << 18
MS_SHARED = 1 << 20
MNT_DETACH = 2

LINK_SECONDS = 30.0
POLL_SECONDS = 0.02
API_POLL_SECONDS = 0.1
RESTART_SECONDS = 1.0
LOG_BYTES = 8 << 20
# A stop has to fit into five seconds; a pod's clients need up to three to write down what they hold in memory.
KUBELET_SECONDS = 0.5
PODS_SECONDS = 3.0
REST_SECONDS = 1.0

libc = ctypes.CDLL(None, use_errno=True)


def launch(plan: dict[str, Any]) -> None:
    """Start the node's first process in namespaces of its own and write down who it is."""
    for tasks in plan["cgroups"]:
        Path(tasks).write_text("0", encoding="ascii")
    _call(libc.unshare, CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET)
    recorded, done = os.pipe()
    first = os.fork()
    if first == 0:
        os.close(done)
        # Both see the same mounts: a new /proc before the record is written would hide this process from its parent.
        os.read(recorded, 1)
        Node(plan).run()
    record = Path(plan["record"])
    scratch = record.with_suffix(".new")
    scratch.write_text(json.dumps({"pid": first, "started": start_time(first)}), encoding="ascii")
    scratch.replace(record)


def start_time(pid: int) -> int:
    """Return when a process started, in clock ticks since boot: field 22 of proc_pid_stat(5)."""
    text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    return int(text.rpartition(")")[2].split()[19])


class Node:
    """The node as its first process sees it.

    Args:
        plan: `hostname`, `state` (its folder on the machine), `node` (its own folder in memory), `binaries` (name to
            path), `links` (name to name), `masks` (path to content), `address` (with prefix length), `daemons`
            (`name`, `argv`, `environment`, `needs_api`), `path` and `api` (`address`, `port`, `ca`, `certificate`,
            `key`).
    """

    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.state = f"{plan['node']}/state"
        self.running: dict[int, dict[str, Any]] = {}
        self.due: list[tuple[float, dict[str, Any]]] = []
        self.gate = 0

    def run(self) -> NoReturn:
        """Be the first process until SIGTERM."""
        status = 0
        try:
            os.setsid()
            # Signals are fetched, never delivered: nothing happens between two steps.
            signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
            socket.sethostname(self.plan["hostname"])
            self.mount()
            self.bring_up_network()
            self.start_daemons()
            self.serve()
        except Exception as error:  # noqa: BLE001 - the last frame of this process: its log is all that is left
            sys.stderr.write(f"node: {error}\n")
            status = 1
        finally:
            os._exit(status)

    def mount(self) -> None:
        """Make the mounts that keep the node's files, settings and cgroups to itself."""
        node = Path(self.plan["node"])
        # What is about to be hidden is held open, and bound from there.
        sources = {"state": os.open(self.plan["state"], os.O_PATH)}
        sources |= {f"bin/{name}": os.open(path, os.O_PATH) for name, path in self.plan["binaries"].items()}
        _mount("none", "/", "", MS_REC | MS_PRIVATE)
        _mount("proc", "/proc", "proc", MS_NOSUID_NODEV_NOEXEC)
        _mount("tmpfs", "/run", "tmpfs", 0, "mode=755")
        _mount("tmpfs", "/var/lib", "tmpfs", 0, "mode=755")
        for name in ("state", "bin", "masks", "tmp", "cgroup"):
            (node / name).mkdir(parents=True)
        for name, descriptor in sources.items():
            if name != "state":
                (node / name).touch()
            _mount(f"/proc/self/fd/{descriptor}", str(node / name), "", MS_BIND)
            os.close(descriptor)
        for name, target in self.plan["links"].items():
            (node / "bin" / name).symlink_to(target)
        _mount(f"{self.state}/var-log", "/var/log", "", MS_BIND)
        self.mount_sysfs(str(node / "cgroup"))
        for number, (path, content) in enumerate(self.plan["masks"].items()):
            mask = node / "masks" / str(number)
            mask.write_text(f"{content}\n", encoding="ascii")
            if Path(path).exists():
                _mount(str(mask), path, "", MS_BIND)
        # Last: in a shared tree the unmounts above would have taken the cgroups away.
        _mount("none", "/", "", MS_REC | MS_SHARED)

    def mount_sysfs(self, aside: str) -> None:
        """Show the node's own network devices in /sys, and the machine's cgroups as before."""
        cgroups = "/sys/fs/cgroup"
        _mount(cgroups, aside, "", MS_BIND | MS_REC)
        _call(libc.umount2, b"/sys", MNT_DETACH)
        _mount("sysfs", "/sys", "sysfs", MS_NOSUID_NODEV_NOEXEC)
        _mount(aside, cgroups, "", MS_BIND | MS_REC)
        _call(libc.umount2, aside.encode(), MNT_DETACH)

    def bring_up_network(self) -> None:
        """Wait for this end of the link, which the machine's side makes, and give it its address."""
        deadline = time.monotonic() + LINK_SECONDS
        while not Path("/sys/class/net/eth0").exists():
            if time.monotonic() > deadline:
                raise TimeoutError(f"no network link within {LINK_SECONDS:g} s")
            time.sleep(POLL_SECONDS)
        Path("/proc/sys/net/ipv4/ip_forward").write_text("1", encoding="ascii")
        commands = f"link set lo up\naddress add {self.plan['address']} dev eth0\nlink set eth0 up\n"
        path = {"PATH": self.plan["path"]}
        subprocess.run(["ip", "-batch", "-"], input=commands.encode(), env=path, check=True)

    def start_daemons(self) -> None:
        """Start what needs no API server, and a process that ends as soon as the API server answers."""
        for daemon in self.plan["daemons"]:
            if not daemon["needs_api"]:
                self.start(daemon)
        self.gate = os.fork()
        if self.gate == 0:
            wait_for_api(self.plan["api"])

    def start(self, daemon: dict[str, Any]) -> None:
        """Start one daemon; its output goes to its log file."""
        log = f"{self.state}/log/{daemon['name']}.log"
        fresh = os.O_TRUNC if Path(log).exists() and Path(log).stat().st_size > LOG_BYTES else os.O_APPEND
        environment = {"PATH": self.plan["path"], "HOME": "/root", "TMPDIR": str(Path(self.plan["node"], "tmp"))}
        pid = os.posix_spawn(
            daemon["argv"][0],
            daemon["argv"],
            environment | daemon["environment"],
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | fresh, 0o644),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setpgroup=0,
            setsigmask=[],
        )
        self.running[pid] = daemon

    def serve(self) -> None:
        """Reap and start again until told to stop."""
        while True:
            received = signal.sigtimedwait(WATCHED, RESTART_SECONDS if self.due else 3600)
            if received is not None and received.si_signo in {signal.SIGTERM, signal.SIGINT}:
                return self.stop()
            self.reap()
            now = time.monotonic()
            for moment, daemon in [entry for entry in self.due if entry[0] <= now]:
                self.due.remove((moment, daemon))
                self.start(daemon)

    def reap(self) -> bool:
        """Take note of every process that has ended; return whether any child is left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid == self.gate:
                for daemon in self.plan["daemons"]:
                    if daemon["needs_api"]:
                        self.start(daemon)
            elif daemon := self.running.pop(pid, None):
                sys.stderr.write(f"node: {daemon['name']} ended with {os.waitstatus_to_exitcode(status)}\n")
                sys.stderr.flush()
                self.due.append((time.monotonic() + RESTART_SECONDS, daemon))

    def stop(self) -> None:
        """Stop the kubelet, then the pods' processes, then the rest, each within its time."""
        kubelet = {pid for pid, daemon in self.running.items() if daemon["name"] == "kubelet"}
        self.end(kubelet, KUBELET_SECONDS)
        rest = set(self.running) | {pid for pid in processes() if name_of(pid).startswith("containerd-shim")}
        self.end(processes() - rest, PODS_SECONDS)
        self.end(processes(), REST_SECONDS)

    def end(self, pids: set[int], seconds: float) -> None:
        """Send SIGTERM and wait until the processes are gone or the time is up."""
        for pid in pids:
            try:
                os.kill(pid, signal.SIGTERM)
            except ProcessLookupError:
                continue
        deadline = time.monotonic() + seconds
        while pids & processes() and time.monotonic() < deadline:
            signal.sigtimedwait({signal.SIGCHLD}, POLL_SECONDS)
            self.reap()


WATCHED = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGHUP}


def wait_for_api(api: dict[str, Any]) -> NoReturn:
    """End this process once the API server says it is ready."""
    context = ssl.create_default_context(cafile=api["ca"])
    context.load_cert_chain(api["certificate"], api["key"])
    while True:
        connection = http.client.HTTPSConnection(api["address"], api["port"], timeout=5, context=context)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == http.client.OK:
                os._exit(0)
        except OSError:
            pass  # not listening yet
        finally:
            connection.close()
        time.sleep(API_POLL_SECONDS)


def processes() -> set[int]:
    """Return the node's processes but this one."""
    return {int(entry) for entry in os.listdir("/proc") if entry.isdigit() and entry != "1"}  # noqa: PTH208 - names


def name_of(pid: int) -> str:
    """Return a process's name; empty when it has ended."""
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    _call(libc.mount, source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), data.encode(), at=target)


def _call(function: Any, *arguments: Any, at: str = "") -> None:  # noqa: ANN401 - ctypes has no types
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function.__name__}: {os.strerror(number)}", at or None)


if __name__ == "__main__":
    launch(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
