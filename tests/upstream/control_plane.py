"""etcd and a real kube-apiserver on the loopback interface: all that a dry run needs, without a node or root."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import subprocess
import time
from typing import TYPE_CHECKING, NamedTuple

from ethgen.cluster.bare.binaries import requests
from ethgen.cluster.bare.pki import ensure_pki
from ethgen.cluster.bare.settings import Settings
from ethgen.cluster.gobuild import cached

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONTEXT = "charts-test"

# Seconds until an API server must be ready, on a machine that does much else.
READY_SECONDS = 300.0


class ControlPlane(NamedTuple):
    """A running API server.

    Attributes:
        kubeconfig: the file to reach it by.
        context: its context there.
    """

    kubeconfig: Path
    context: str


def programs() -> dict[str, Path]:
    """Return etcd and the Kubernetes binary where the cache has both, else nothing."""
    wanted = {request.binary: request for request in requests() if request.binary in {"etcd", "kubernetes"}}
    found = {name: path for name, request in wanted.items() if (path := cached(request)) is not None}
    return found if len(found) == len(wanted) else {}


@contextlib.contextmanager
def running(folder: Path) -> Iterator[ControlPlane]:
    """Run etcd and an API server with their state in `folder`; both are gone afterwards."""
    binaries = programs()
    settings = Settings(
        name=CONTEXT,
        root=folder,
        pods="10.244.0.0/16",
        services="10.96.0.0/16",
        host_address="127.0.0.1",
        node_address="127.0.0.1",
        link_prefix=30,
        api_service="10.96.0.1",
        dns_service="10.96.0.10",
        metrics=False,
    )
    ensure_pki(settings)
    client, peer, port = free_ports(3)
    with contextlib.ExitStack() as stack:
        stack.enter_context(_process(folder, "etcd", [str(binaries["etcd"]), *_etcd(folder, client, peer)]))
        # One binary for all of Kubernetes, which goes by the name it is called with.
        link = folder / "kube-apiserver"
        link.symlink_to(binaries["kubernetes"])
        command = [str(link), *_apiserver(settings, client, port)]
        server = stack.enter_context(_process(folder, "kube-apiserver", command))
        _wait_ready(settings, port, server, folder / "kube-apiserver.log")
        yield ControlPlane(_kubeconfig(settings, port), CONTEXT)


def free_ports(count: int) -> list[int]:
    """Return ports of the loopback interface that nobody listens on."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


@contextlib.contextmanager
def _process(folder: Path, name: str, command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / f"{name}.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            yield process
        finally:
            process.terminate()


def _etcd(folder: Path, client: int, peer: int) -> list[str]:
    return [
        "--name=node",
        f"--data-dir={folder}/etcd",
        f"--listen-client-urls=http://127.0.0.1:{client}",
        f"--advertise-client-urls=http://127.0.0.1:{client}",
        f"--listen-peer-urls=http://127.0.0.1:{peer}",
        f"--initial-advertise-peer-urls=http://127.0.0.1:{peer}",
        f"--initial-cluster=node=http://127.0.0.1:{peer}",
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]


def _apiserver(settings: Settings, etcd: int, port: int) -> list[str]:
    pki = settings.pki
    return [
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--etcd-servers=http://127.0.0.1:{etcd}",
        "--authorization-mode=RBAC",
        "--allow-privileged=true",
        f"--service-cluster-ip-range={settings.services}",
        f"--client-ca-file={pki}/ca.crt",
        f"--tls-cert-file={pki}/apiserver.crt",
        f"--tls-private-key-file={pki}/apiserver.key",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={pki}/service-account.pub",
        f"--service-account-signing-key-file={pki}/service-account.key",
        # Nobody makes the accounts that pods run with.
        "--disable-admission-plugins=ServiceAccount",
    ]


def _wait_ready(settings: Settings, port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    context = ssl.create_default_context(cafile=str(settings.pki / "ca.crt"))
    context.load_cert_chain(settings.pki / "admin.crt", settings.pki / "admin.key")
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=context)
            with contextlib.closing(connection):
                connection.request("GET", "/readyz")
                if connection.getresponse().status == http.client.OK:
                    return
        time.sleep(0.1)
    raise AssertionError(f"the API server is not ready: {log.read_text()[-2000:]}")


def _kubeconfig(settings: Settings, port: int) -> Path:
    path = settings.root / "kubeconfig"
    cluster = {"server": f"https://127.0.0.1:{port}", "certificate-authority": str(settings.pki / "ca.crt")}
    user = {"client-certificate": f"{settings.pki}/admin.crt", "client-key": f"{settings.pki}/admin.key"}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": CONTEXT, "cluster": cluster}],
        "users": [{"name": CONTEXT, "user": user}],
        "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": CONTEXT}}],
        "current-context": CONTEXT,
    }
    path.write_text(json.dumps(document))
    return path
