"""The few calls to the API server that making a cluster needs, with the standard library alone."""

from __future__ import annotations

import http.client
import json
import ssl
import time
from typing import TYPE_CHECKING, Any, Self

from ethgen.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FIELD_MANAGER = "ethgen"
POLL_SECONDS = 0.05
LATE = "run `ethgen cluster up` again to wait on; the logs are in .ethgen/ENVIRONMENT/bare/log"


class ApiError(ClusterError):
    """The API server refused a call.

    Attributes:
        status: the HTTP status; 0 where it did not answer.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Api:
    """A client that shows one certificate and keeps one connection, which it closes at the end of its `with` block."""

    def __init__(self, address: str, port: int, pki: Path, client: str = "admin", timeout: float = 10.0) -> None:
        context = ssl.create_default_context(cafile=str(pki / "ca.crt"))
        context.load_cert_chain(pki / f"{client}.crt", pki / f"{client}.key")
        self._connection = http.client.HTTPSConnection(address, port, timeout=timeout, context=context)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self._connection.close()

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """Return the answer to a GET.

        Raises:
            ApiError: the server did not answer, or not with success.
        """
        body = self._request("GET", path)
        return json.loads(body) if body.lstrip().startswith(b"{") else body.decode()

    def apply(self, path: str, document: str | dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """Apply an object on the server's side, given as YAML text or as data, and return what it is now.

        Args:
            path: the object's own path, its name included.
            document: the object.

        Raises:
            ApiError: the server did not answer, or not with success.
        """
        text = document if isinstance(document, str) else json.dumps(document)
        target = f"{path}?fieldManager={FIELD_MANAGER}&force=true"
        return json.loads(self._request("PATCH", target, text.encode(), "application/apply-patch+yaml"))

    def _request(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> bytes:
        headers = {"Accept": "application/json"} | ({"Content-Type": kind} if kind else {})
        try:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise ApiError(0, f"the API server does not answer: {error}") from error
        if answer.status >= http.client.BAD_REQUEST:
            raise ApiError(answer.status, f"{method} {path}: {_message(content) or answer.reason}")
        return content


def wait(what: str, seconds: float, ready: Callable[[], bool], alive: Callable[[], None] = lambda: None) -> None:
    """Wait until `ready` returns true; calls that the server refuses meanwhile count as not ready.

    Args:
        what: what is waited for, for the error.
        seconds: how long at most.
        ready: asked again and again.
        alive: raises when waiting on has no sense.

    Raises:
        ClusterError: it was not ready in time; the last refusal is named.
    """
    deadline = time.monotonic() + seconds
    refusal = ""
    while True:
        alive()
        try:
            if ready():
                return
        except ApiError as error:
            refusal = f": {error.message}"
        if time.monotonic() > deadline:
            raise ClusterError(f"{what}: not there within {seconds:g} s{refusal}", cure=LATE)
        time.sleep(POLL_SECONDS)


def _message(content: bytes) -> str:
    try:
        return str(json.loads(content).get("message", ""))
    except ValueError:
        return content.decode(errors="replace").strip()[:200]
