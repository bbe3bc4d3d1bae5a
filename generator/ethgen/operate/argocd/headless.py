"""Argo CD's parts as processes of this machine, for one cluster: they speak with one another on loopback alone."""

from __future__ import annotations

import http.client
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ethgen.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_LOOPBACK = "127.0.0.1"

# A start takes about a second where nothing else runs, and the controller waits for its caches of the cluster.
_START_SECONDS = 120.0
_STOP_SECONDS = 10.0
_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Setup:
    """What the parts are started with.

    Attributes:
        program: what `ethgen.operate.argocd.program` builds.
        scripts: what the repository server calls by name.
        tools: the variables that find helm, as `tool_environment` returns them.
        kubeconfig: file whose current context is the cluster, with the rights of an administrator.
        namespace: where Argo CD keeps its own objects.
        interval: seconds between two looks at the git repository.
        logs: folder of the parts' logs.
    """

    program: Path
    scripts: Sequence[Path]
    tools: Mapping[str, str]
    kubeconfig: Path
    namespace: str
    interval: float
    logs: Path


@dataclass(frozen=True)
class Part:
    """One process.

    Attributes:
        name: what it is.
        log: the file it writes to.
        process: the process.
    """

    name: str
    log: Path
    process: subprocess.Popen[bytes]

    def require_alive(self) -> None:
        """Do nothing while it runs.

        Raises:
            ToolError: it has ended; the message holds the last line of its log.
        """
        status = self.process.poll()
        if status is not None:
            lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
            said = f": {lines[-1]}" if lines else ""
            raise ToolError(f"Argo CD's {self.name} ended with {status}{said}", cure=f"read {self.log}")


@contextmanager
def running(setup: Setup) -> Iterator[Sequence[Part]]:
    """Start Redis, the repository server and the application controller; stop them at the end of the block.

    None of them outlives this process, whatever ends it: each ends with its standard input.

    Raises:
        ToolError: there is no git, or a part does not start.
    """
    if shutil.which("git") is None:
        raise ToolError("Argo CD's repository server needs git", cure="install it: apt install git")
    setup.logs.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        # Not below the repository: its path may be longer than a Unix socket's address can be.
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ethgen-argocd-")))
        ports = _free_ports(4)
        environment = _environment(setup, scratch)
        parts = []
        for name, arguments, port in _commands(setup, ports):
            part = stack.enter_context(_started(setup, name, arguments, environment))
            parts.append(part)
            _wait_ready(part, port)
        yield parts


def _commands(setup: Setup, ports: Sequence[int]) -> Iterator[tuple[str, list[str], int]]:
    """Yield each part's name, its arguments, and the port that tells when it is ready."""
    redis, repository, repository_metrics, controller_metrics = ports
    yield "redis", [f"{_LOOPBACK}:{redis}"], redis
    yield (
        "repo-server",
        [
            f"--redis={_LOOPBACK}:{redis}",
            f"--address={_LOOPBACK}",
            f"--port={repository}",
            f"--metrics-address={_LOOPBACK}",
            f"--metrics-port={repository_metrics}",
        ],
        repository_metrics,
    )
    yield (
        "application-controller",
        [
            f"--kubeconfig={setup.kubeconfig}",
            f"--namespace={setup.namespace}",
            f"--redis={_LOOPBACK}:{redis}",
            f"--repo-server={_LOOPBACK}:{repository}",
            f"--metrics-port={controller_metrics}",
        ],
        controller_metrics,
    )


def _environment(setup: Setup, scratch: Path) -> dict[str, str]:
    """Return the parts' variables: nothing of the user's settings of Argo CD, git or Kubernetes reaches them."""
    folders = {name: scratch / name for name in ("bin", "home", "tmp", "tls", "ssh", "app")}
    for folder in folders.values():
        folder.mkdir()
    for script in setup.scripts:
        shutil.copyfile(script, folders["bin"] / script.name)
        (folders["bin"] / script.name).chmod(0o755)
    own = ("ARGOCD_", "REDIS_", "GIT_", "KUBERNETES_")
    return {name: value for name, value in setup.tools.items() if not name.startswith(own)} | {
        "PATH": f"{folders['bin']}{os.pathsep}{setup.tools['PATH']}",
        "HOME": str(folders["home"]),
        "TMPDIR": str(folders["tmp"]),
        "KUBECONFIG": str(setup.kubeconfig),
        "REDIS_PASSWORD": secrets.token_hex(16),
        # https://kubernetes.default.svc, where Applications go, is the cluster of KUBECONFIG.
        "ARGOCD_FAKE_IN_CLUSTER": "true",
        "ARGOCD_GPG_ENABLED": "false",
        "ARGOCD_TLS_DATA_PATH": str(folders["tls"]),
        "ARGOCD_SSH_DATA_PATH": str(folders["ssh"]),
        "ARGOCD_APP_CONF_PATH": str(folders["app"]),
        "ARGOCD_ASK_PASS_SOCK": str(scratch / "ask-pass.sock"),
        # How often git is asked, and how long its answer is remembered.
        "ARGOCD_RECONCILIATION_TIMEOUT": f"{setup.interval:g}s",
        "ARGOCD_RECONCILIATION_JITTER": "0s",
        # A commit that cannot be drawn is told at the next look, not after the usual three minutes.
        "ARGOCD_REPO_ERROR_GRACE_PERIOD_SECONDS": f"{setup.interval:g}",
    }


@contextmanager
def _started(setup: Setup, name: str, arguments: Sequence[str], environment: Mapping[str, str]) -> Iterator[Part]:
    log = setup.logs / f"{name}.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [str(setup.program), name, *arguments],
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd=environment["TMPDIR"],
            # An interruption from the keyboard reaches this process alone, which stops the parts in order.
            start_new_session=True,
        )
    try:
        yield Part(name, log, process)
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdin is not None:
        process.stdin.close()


def _wait_ready(part: Part, port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not _answers(port, speaks_http=part.name != "redis"):
        part.require_alive()
        if time.monotonic() > deadline:
            raise ToolError(f"Argo CD's {part.name} is not ready after {_START_SECONDS:g} s", cure=f"read {part.log}")
        time.sleep(_POLL_SECONDS)


def _answers(port: int, *, speaks_http: bool) -> bool:
    """Return whether something listens on a port of loopback and, over HTTP, calls itself healthy."""
    try:
        if not speaks_http:
            socket.create_connection((_LOOPBACK, port), timeout=1).close()
            return True
        with closing(http.client.HTTPConnection(_LOOPBACK, port, timeout=5)) as connection:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False


def _free_ports(count: int) -> list[int]:
    """Return ports of loopback that nobody listens on."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((_LOOPBACK, 0))
        return [one.getsockname()[1] for one in sockets]
