"""One branch of a local repository over HTTP, to be read by the pods of a cluster on this machine and by nobody else.

The protocol is git's own (gitprotocol-http): `git http-backend` answers, this server only decides what may be asked and
by whom. Nothing can be written, and no other branch, file or repository can be read.
"""

from __future__ import annotations

import errno
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Network, ip_address
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from ethgen.errors import EthgenError
from ethgen.operate.git import git_environment

if TYPE_CHECKING:
    from collections.abc import Callable

# A request says which commits are wanted and which are there: 50 bytes each.
_LARGEST_REQUEST = 1 << 20

# Seconds until a client that says nothing is let go.
_PATIENCE = 30

# What of a request the backend is told, beside its method and query (RFC 3875 and git-http-backend's manual). Not the
# protocol's version: in version 2 any commit can be had by its hash, also one that no branch shows (gitprotocol-v2).
_HEADERS = {
    "CONTENT_TYPE": "Content-Type",
    "HTTP_CONTENT_ENCODING": "Content-Encoding",
}


@dataclass(frozen=True, slots=True)
class Served:
    """What is served, and to whom.

    Attributes:
        directory: the repository itself, as `git rev-parse --absolute-git-dir` names it.
        branch: the only branch that is shown.
        address: the address to listen at.
        port: the port to listen at; 0 takes a free one.
        path: the repository's path in its URL, `/repository.git`.
        clients: who may ask, as networks in CIDR notation.
    """

    directory: str
    branch: str
    address: str
    port: int
    path: str
    clients: tuple[str, ...]


class GitServer(ThreadingHTTPServer):
    """Listens from its making until `server_close()`.

    Args:
        served: what is served.
        said: is told in a line of each request.

    Raises:
        EthgenError: the address is not there, or the port is taken.
    """

    daemon_threads = True

    def __init__(self, served: Served, said: Callable[[str], None]) -> None:
        self.served, self.said = served, said
        self.networks = [IPv4Network(client) for client in served.clients]
        try:
            super().__init__((served.address, served.port), _Handler)
        except OSError as error:
            raise _cannot_listen(served, error) from error

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ANN401 - socketserver's own signature
        """Tell whether a client may ask at all; a connection from anywhere else is closed without a word."""
        del request
        known = any(ip_address(client_address[0]) in network for network in self.networks)
        if not known:
            self.said(f"{client_address[0]} refused: it is not of this cluster")
        return known


class _Handler(BaseHTTPRequestHandler):
    server: GitServer
    timeout = _PATIENCE

    def do_GET(self) -> None:
        """Answer what the branch is at."""
        url = urlsplit(self.path)
        if url.path != f"{self.server.served.path}/info/refs":
            self.send_error(HTTPStatus.NOT_FOUND)
        elif parse_qs(url.query).get("service") != ["git-upload-pack"]:
            self.send_error(HTTPStatus.FORBIDDEN, "this repository can only be read, by git's smart protocol")
        else:
            self._backend("/info/refs", "service=git-upload-pack")

    def do_POST(self) -> None:
        """Answer with commits."""
        if urlsplit(self.path).path != f"{self.server.served.path}/git-upload-pack":
            self.send_error(HTTPStatus.FORBIDDEN, "this repository can only be read")
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal():
            self.send_error(HTTPStatus.LENGTH_REQUIRED)
        elif int(length) > _LARGEST_REQUEST:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            self._backend("/git-upload-pack", "", self.rfile.read(int(length)))

    def _backend(self, path: str, query: str, body: bytes = b"") -> None:
        with tempfile.TemporaryFile() as request:
            request.write(body)
            request.seek(0)
            with subprocess.Popen(
                ["git", "http-backend"],
                env=self._environment(path, query, len(body)),
                stdin=request,
                stdout=subprocess.PIPE,
            ) as backend:
                assert backend.stdout is not None  # noqa: S101 - it is a pipe
                self._answer(backend.stdout)

    def _environment(self, path: str, query: str, length: int) -> dict[str, str]:
        served = self.server.served
        settings = [
            ("transfer.hideRefs", "refs/"),
            ("transfer.hideRefs", f"!refs/heads/{served.branch}"),
            ("http.receivepack", "false"),
        ]
        told = {name: self.headers[header] for name, header in _HEADERS.items() if header in self.headers}
        return (
            git_environment()
            | told
            | {
                "GIT_CONFIG_COUNT": str(len(settings)),
                **{f"GIT_CONFIG_KEY_{index}": key for index, (key, _) in enumerate(settings)},
                **{f"GIT_CONFIG_VALUE_{index}": value for index, (_, value) in enumerate(settings)},
                "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_TRANSLATED": f"{served.directory}{path}",
                "REQUEST_METHOD": self.command,
                "QUERY_STRING": query,
                "CONTENT_LENGTH": str(length),
                "REMOTE_ADDR": self.client_address[0],
            }
        )

    def _answer(self, output: IO[bytes]) -> None:
        """Pass on what the backend prints: headers, an empty line, the body (RFC 3875, "Response Types")."""
        headers = []
        while line := output.readline().decode("latin-1").rstrip("\r\n"):
            name, _, value = line.partition(":")
            headers.append((name, value.strip()))
        if not headers:
            self.send_error(HTTPStatus.INTERNAL_SERVER_ERROR, "git http-backend does not answer")
            return
        status = next((value for name, value in headers if name == "Status"), "200")
        self.send_response(int(status.split()[0]))
        for name, value in headers:
            if name != "Status":
                self.send_header(name, value)
        self.end_headers()
        shutil.copyfileobj(output, self.wfile)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own signature
        """Say that a request was answered, or why not."""
        self.server.said(f"{self.client_address[0]} {format % args}")


def _cannot_listen(served: Served, error: OSError) -> EthgenError:
    where = f"{served.address}:{served.port}"
    if error.errno == errno.EADDRINUSE:
        return EthgenError(
            f"the port of {where} is taken",
            cure="end the program that has it, or name another port in gitops.repository",
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return EthgenError(
            f"{served.address} is no address of this machine now", cure="start the cluster first: `ethgen cluster up`"
        )
    return EthgenError(f"cannot listen at {where}: {error.strerror}")
