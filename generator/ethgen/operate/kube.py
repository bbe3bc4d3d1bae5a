"""The Kubernetes API through one `kubectl proxy`: any way of signing in that kubectl knows, many answers a second.

A kubectl per question costs a tenth of a second each and loading the Python client half a second, so neither suits a
command that asks fifty things. The proxy listens on a Unix socket in a folder that only this user can enter.
"""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ethgen.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ethgen.operate.kubectl import Kubectl

_START_SECONDS = 15.0
_POLL_SECONDS = 0.01


class ApiError(ClusterError):
    """The API server, or the pod behind it, refused a question.

    Attributes:
        status: the HTTP status; 0 where nobody answered.
    """

    def __init__(self, status: int, message: str, *, cure: str = "") -> None:
        super().__init__(message, cure=cure)
        self.status = status


class Api:
    """Asks the API server behind a proxy's socket; may be used by several threads at once.

    Args:
        path: the proxy's Unix socket.
        context: the kube context, for messages.
        seconds: how long an answer may take.
    """

    def __init__(self, path: Path, context: str, seconds: float = 10.0) -> None:
        self._path = path
        self._seconds = seconds
        self.context = context

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """Return the JSON that a GET answers.

        Raises:
            ApiError: there is no answer, or no success.
        """
        return _json(path, self.exchange("GET", path)[0])

    def find(self, path: str) -> dict[str, Any] | None:
        """Return an object, or None where there is none, or none of its kind.

        Raises:
            ApiError: there is no answer, or a refusal.
        """
        try:
            return dict(self.get(path))
        except ApiError as error:
            if error.status == http.client.NOT_FOUND:
                return None
            raise

    def text(self, path: str) -> str:
        """Return the text that a GET answers.

        Raises:
            ApiError: there is no answer, or no success.
        """
        return self.exchange("GET", path)[0].decode(errors="replace")

    def post(self, path: str, document: object) -> Any:  # noqa: ANN401 - JSON
        """Return the JSON that a POST of a JSON document answers.

        Raises:
            ApiError: there is no answer, or no success.
        """
        return _json(path, self.exchange("POST", path, document)[0])

    def items(self, path: str) -> list[dict[str, Any]]:
        """Return the objects of a list.

        Raises:
            ApiError: there is no answer, or no success.
        """
        return list(self.get(path)["items"])

    def exchange(
        self, method: str, path: str, document: object = None, content_type: str = "application/json"
    ) -> tuple[bytes, Mapping[str, list[str]]]:
        """Return the body and the headers of an answer.

        Raises:
            ApiError: there is no answer, or no success.
        """
        connection = _UnixConnection(self._path, self._seconds)
        body = None if document is None else json.dumps(document)
        try:
            connection.request(method, path, body, {"Content-Type": content_type, "Accept": "application/json, */*"})
            with connection.getresponse() as answer:
                content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise ApiError(0, f"the API server of {self.context} does not answer: {error}") from error
        finally:
            connection.close()
        if answer.status >= http.client.BAD_REQUEST:
            raise ApiError(answer.status, f"{method} {path}: {_reason(content) or answer.reason}")
        return content, {name: answer.headers.get_all(name, []) for name in answer.headers}


@contextmanager
def connected(kubectl: Kubectl, seconds: float = 10.0) -> Iterator[Api]:
    """Keep a proxy to the only context that may be touched while the body runs.

    Args:
        kubectl: program, kubeconfig and context.
        seconds: how long each answer may take.

    Raises:
        ClusterError: kubectl cannot use the context, or the API server does not answer.
    """
    with tempfile.TemporaryDirectory(prefix="ethgen-") as folder:
        path = Path(folder, "api")
        command = [str(kubectl.program), f"--kubeconfig={kubectl.kubeconfig}", f"--context={kubectl.context}"]
        command += ["proxy", f"--unix-socket={path}"]
        log = Path(folder, "log")
        with log.open("wb") as output:
            proxy = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=output)
        try:
            _wait(proxy, path, log, kubectl)
            yield Api(path, kubectl.context, seconds)
        finally:
            proxy.terminate()
            proxy.wait()


def pod_path(namespace: str, pod: str, port: int, path: str) -> str:
    """Return the API path under which a pod's own HTTP server answers `path`."""
    return f"/api/v1/namespaces/{quote(namespace)}/pods/{quote(pod)}:{port}/proxy{path}"


def rpc(api: Api, namespace: str, pod: str, port: int, call: tuple[str, list[Any]]) -> Any:  # noqa: ANN401 - JSON
    """Return the result of a JSON-RPC call to a pod.

    Args:
        api: the API server.
        namespace: the pod's namespace.
        pod: the pod.
        port: the port of its JSON-RPC.
        call: method and parameters.

    Raises:
        ApiError: no answer, or an error in place of a result.
    """
    method, parameters = call
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
    answer = api.post(pod_path(namespace, pod, port, "/"), request)
    if not isinstance(answer, dict) or "result" not in answer:
        raise ApiError(0, f"{pod}: {method}: {str(answer)[:200]}")
    return answer["result"]


def is_ready(pod: dict[str, Any]) -> bool:
    """Tell whether a pod is ready and is to stay."""
    conditions = pod.get("status", {}).get("conditions", [])
    ready = any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)
    return ready and "deletionTimestamp" not in pod["metadata"]


def restarts(pod: dict[str, Any]) -> int:
    """Return how often the containers of a pod were started again, in all."""
    status = pod.get("status", {})
    return sum(container["restartCount"] for container in status.get("containerStatuses", []))


def _wait(proxy: subprocess.Popen[bytes], path: Path, log: Path, kubectl: Kubectl) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not _listens(path):
        if proxy.poll() is not None or time.monotonic() > deadline:
            words = log.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["no answer"]
            raise ClusterError(f"kubectl cannot use the context {kubectl.context}: {words[-1]}", cure=_UP)
        time.sleep(_POLL_SECONDS)
    try:
        Api(path, kubectl.context, _START_SECONDS).get("/version")
    except ApiError as error:
        raise ClusterError(f"the API server of {kubectl.context} does not answer: {error.message}", cure=_UP) from error


def _listens(path: Path) -> bool:
    """Return whether somebody takes connections at a socket, which has its name a moment before."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        return caller.connect_ex(str(path)) == 0


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def _json(path: str, content: bytes) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(content)
    except ValueError as error:
        raise ApiError(0, f"{path}: an answer that is not JSON") from error


def _reason(content: bytes) -> str:
    """Return the message of a Kubernetes Status, else the answer's own first line."""
    try:
        document = json.loads(content)
    except ValueError:
        document = None
    if isinstance(document, dict) and "message" in document:
        return str(document["message"])
    return (content.decode(errors="replace").strip().splitlines() or [""])[0][:200]


_UP = "is the cluster up? See `ethgen cluster status`, and bring it up with `ethgen cluster up`"
