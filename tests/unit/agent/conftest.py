"""HTTP servers that play an execution and a consensus client, well or badly."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Literal

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Mode = Literal["answer", "hang", "garbage", "error", "drip"]


@dataclass
class FakeClient:
    """One client: what it answers, and how."""

    url: str = ""
    mode: Mode = "answer"
    released: threading.Event = field(default_factory=threading.Event)


@dataclass
class FakeExecution(FakeClient):
    """An execution client that knows four methods."""

    chain_id: int = 1337
    number: int = 100
    block_hash: str = "0x" + "ab" * 32
    timestamp: int = field(default_factory=lambda: int(time.time()))
    peers: int = 1
    state_error: str = ""
    disabled: frozenset[str] = frozenset()

    def answer(self, body: bytes) -> object:
        """Answer a JSON-RPC request or batch."""
        request = json.loads(body)
        return [self._one(item) for item in request] if isinstance(request, list) else self._one(request)

    def _one(self, request: dict[str, Any]) -> dict[str, Any]:
        method = request["method"]
        if method in self.disabled or (method == "eth_getBalance" and self.state_error):
            message = self.state_error or f"the method {method} does not exist"
            return {"jsonrpc": "2.0", "id": request["id"], "error": {"code": -32601, "message": message}}
        results: dict[str, object] = {
            "eth_chainId": hex(self.chain_id),
            "eth_getBlockByNumber": {
                "number": hex(self.number), "hash": self.block_hash, "timestamp": hex(self.timestamp)
            },
            "eth_getBalance": "0x0",
            "net_peerCount": hex(self.peers),
            "web3_clientVersion": "Fake/v1",
        }  # fmt: skip
        return {"jsonrpc": "2.0", "id": request["id"], "result": results[method]}


@dataclass
class FakeConsensus(FakeClient):
    """A consensus client that knows the pages that the agent asks for."""

    head_slot: int = 120
    sync_distance: int = 0
    is_syncing: bool = False
    is_optimistic: bool = False
    el_offline: bool = False
    peers: int = 1
    genesis_time: int = field(default_factory=lambda: int(time.time()) - 120 * 12)
    payload_hash: str = "0x" + "ab" * 32
    missing: frozenset[str] = frozenset()

    def page(self, path: str) -> dict[str, Any] | None:
        """Answer a page of the Beacon API; None where there is none."""
        pages: dict[str, dict[str, Any]] = {
            "/eth/v1/node/syncing": {
                "head_slot": str(self.head_slot), "sync_distance": str(self.sync_distance),
                "is_syncing": self.is_syncing, "is_optimistic": self.is_optimistic, "el_offline": self.el_offline,
            },
            "/eth/v1/node/peer_count": {"connected": str(self.peers)},
            "/eth/v1/node/version": {"version": "Fake/v2"},
            "/eth/v1/beacon/genesis": {"genesis_time": str(self.genesis_time)},
            "/eth/v1/beacon/states/head/finality_checkpoints": {
                "current_justified": {"epoch": "3"}, "finalized": {"epoch": "2"}
            },
            "/eth/v1/beacon/blinded_blocks/head": {
                "message": {
                    "slot": str(self.head_slot),
                    "body": {"execution_payload_header": {"block_hash": self.payload_hash}},
                }
            },
        }  # fmt: skip
        return None if path in self.missing else pages.get(path)


@contextmanager
def running(client: FakeExecution | FakeConsensus) -> Iterator[None]:
    """Let a fake listen on a port of loopback that it names in `url`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert isinstance(client, FakeConsensus)
            page = client.page(self.path)
            self._reply({"data": page} if page is not None else {"code": 404}, 200 if page is not None else 404)

        def do_POST(self) -> None:
            assert isinstance(client, FakeExecution)
            self._reply(client.answer(self.rfile.read(int(self.headers["Content-Length"]))), 200)

        def _reply(self, document: object, status: int) -> None:
            body = json.dumps(document).encode()
            if client.mode == "hang":
                client.released.wait(30)
                return
            if client.mode == "garbage":
                self.wfile.write(b"\x00\x01 this is no HTTP\r\n\r\n")
                return
            self.send_response(500 if client.mode == "error" else status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if client.mode == "drip":
                self.wfile.write(body[:1])
                self.wfile.flush()
                while not client.released.wait(0.01):
                    self.wfile.write(b" ")
                    self.wfile.flush()
                return
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    client.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield
    finally:
        client.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def execution() -> Iterator[FakeExecution]:
    """Run an execution client that is well."""
    client = FakeExecution()
    with running(client):
        yield client


@pytest.fixture
def consensus() -> Iterator[FakeConsensus]:
    """Run a consensus client that is well."""
    client = FakeConsensus()
    with running(client):
        yield client


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool], str], None]:
    """Wait until a condition holds, at most half a minute."""
    return _eventually


def _eventually(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 30
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, f"never: {what}"
        pause.wait(0.01)
