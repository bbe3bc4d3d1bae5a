"""A load of JSON-RPC requests that counts every failure; standard library alone, so that it runs in a pod too.

`python load.py http://rpc:8545 WORKERS SECONDS` prints a line of JSON for each failure and one with the totals, at the
latest after SECONDS, or when it is told to end (SIGTERM). Half of the workers open a connection for each request; the
others keep theirs, and open a new one where they see that the server has closed it, as HTTP clients do. Where it closes
one that was kept at the very moment of a call, before a byte of the answer, they call once more on a new one (RFC 9112,
section 9.3.1), and that is counted apart. A call on a new connection is never made twice.
"""

from __future__ import annotations

import http.client
import json
import select
import signal
import sys
import threading
import time
from urllib.parse import urlsplit

# Longest wait for an answer: a node answers within milliseconds, a busy machine within a second.
_SECONDS = 10.0

# Seconds between two requests of one worker.
_PAUSE = 0.2

_CALLS = (
    ("eth_blockNumber", ()),
    ("eth_getBlockByNumber", ("latest", False)),
    ("eth_getBalance", ("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", "latest")),
    ("eth_chainId", ()),
)


class Load:
    """Workers that call one endpoint until they are stopped.

    Args:
        url: the endpoint.
        workers: how many call at a time.
    """

    def __init__(self, url: str, workers: int) -> None:
        address = urlsplit(url)
        self._host, self._port = str(address.hostname), address.port or 80
        self.stopped = threading.Event()
        self.requests = [0] * workers
        self.reconnections = [0] * workers
        self.repeated = [0] * workers
        self.failures: list[dict[str, object]] = []
        self._threads = [threading.Thread(target=self._work, args=(number,)) for number in range(workers)]

    def start(self) -> None:
        """Start all workers."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> dict[str, object]:
        """Stop, and return what was counted."""
        self.stopped.set()
        for thread in self._threads:
            thread.join()
        return {
            "requests": sum(self.requests),
            "failures": len(self.failures),
            "reconnections": sum(self.reconnections),
            "repeated": sum(self.repeated),
        }

    def _work(self, number: int) -> None:
        keeps = number % 2 == 1
        connection: http.client.HTTPConnection | None = None
        while not self.stopped.wait(_PAUSE):
            method, parameters = _CALLS[self.requests[number] % len(_CALLS)]
            self.requests[number] += 1
            if connection is not None and _is_closed(connection):
                connection.close()
                connection = None
            kept = connection is not None
            if connection is None:
                connection = self._connect(number)
            try:
                try:
                    closes = _call(connection, method, parameters)
                except (ConnectionError, http.client.RemoteDisconnected):
                    if not kept:
                        raise
                    self.repeated[number] += 1
                    connection.close()
                    connection = self._connect(number)
                    closes = _call(connection, method, parameters)
            except (OSError, http.client.HTTPException, ValueError) as error:
                failure = {
                    "time": round(time.time(), 2),
                    "method": method,
                    "kept": keeps,
                    "error": repr(error),
                }
                self.failures.append(failure)
                sys.stdout.write(json.dumps(failure) + "\n")
                sys.stdout.flush()
                closes = True
            if closes or not keeps:
                connection.close()
                connection = None
        if connection is not None:
            connection.close()

    def _connect(self, number: int) -> http.client.HTTPConnection:
        self.reconnections[number] += 1
        return http.client.HTTPConnection(self._host, self._port, timeout=_SECONDS)


def _is_closed(connection: http.client.HTTPConnection) -> bool:
    """Return whether the server has closed a connection: its end can be read, where no answer is waited for."""
    return connection.sock is not None and bool(select.select([connection.sock], [], [], 0)[0])


def _call(connection: http.client.HTTPConnection, method: str, parameters: tuple[object, ...]) -> bool:
    """Call a method, and return whether the server closes the connection after its answer.

    Raises:
        OSError: the connection fails.
        http.client.HTTPException: the answer is cut off.
        ValueError: the answer is no result.
    """
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters})
    connection.request("POST", "/", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != http.client.OK or json.loads(content).get("result") is None:
        raise ValueError(f"{answer.status} {content[:200]!r}")
    return answer.will_close


def main() -> None:
    """Run a load as the command line says."""
    url, workers, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    load = Load(url, workers)
    signal.signal(signal.SIGTERM, lambda *_: load.stopped.set())
    load.start()
    load.stopped.wait(seconds)
    sys.stdout.write(json.dumps(load.stop()) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
