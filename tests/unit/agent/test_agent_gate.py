"""The gate in front of a beacon node: who passes, and when everybody has to go."""

from __future__ import annotations

import socket
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from ethgen.agent.gate import Gate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Eventually = Callable[[Callable[[], bool], str], None]

CLIENT = "127.0.0.1"
POD = "127.0.0.2"
SECONDS = 10.0


@contextmanager
def echo() -> Iterator[int]:
    """Run a client that sends back what it gets, and at the end of that says goodbye; yields its port."""
    with closing(socket.create_server((CLIENT, 0))) as server:

        def serve(connection: socket.socket) -> None:
            with closing(connection):
                try:
                    while data := connection.recv(1 << 16):
                        connection.sendall(data)
                    connection.sendall(b"bye")
                except OSError:
                    return

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield server.getsockname()[1]
        finally:
            # Ends the call of `accept` too, which a close alone would leave listening.
            server.shutdown(socket.SHUT_RDWR)


class Node:
    """A node behind a gate."""

    def __init__(self, port: int) -> None:
        self.ready = True
        self.port = port
        Gate(POD, [port], lambda: self.ready, period=0.01).start()

    def call(self) -> socket.socket:
        """Open a connection."""
        return socket.create_connection((POD, self.port), timeout=SECONDS)


@pytest.fixture
def node() -> Iterator[Node]:
    """Return a ready node."""
    with echo() as port:
        yield Node(port)


def refused(node: Node) -> bool:
    """Tell whether a new connection is ended before an answer."""
    with closing(node.call()) as connection:
        try:
            connection.sendall(b"hello")
            return connection.recv(5) == b""
        except ConnectionError:
            return True


def test_a_ready_node_is_reached(node: Node) -> None:
    """Whatever is sent comes to the client and its answer comes back, also when it is more than a buffer holds."""
    sent = bytes(range(256)) * (1 << 13)
    with closing(node.call()) as connection:
        writer = threading.Thread(target=lambda: (connection.sendall(sent), connection.shutdown(socket.SHUT_WR)))
        writer.start()
        received = bytearray()
        while chunk := connection.recv(1 << 16):
            received += chunk
        writer.join()
    assert bytes(received) == sent + b"bye"


def test_a_standing_connection_ends_with_readiness(node: Node, capfd: pytest.CaptureFixture[str]) -> None:
    """When the node is not ready any more its connections end and new ones get nowhere, until it is again."""
    with closing(node.call()) as connection:
        connection.sendall(b"hello")
        assert connection.recv(5) == b"hello"
        node.ready = False
        assert connection.recv(1) == b""
    assert refused(node)
    assert "not ready: ends 1 connections of validators" in capfd.readouterr().err
    node.ready = True
    assert not refused(node)


def test_a_client_that_is_gone_refuses(node: Node) -> None:
    """A ready verdict that is a moment too old leads to no hang: without the client the connection ends."""
    with echo() as port:
        lonely = Node(port)
    assert refused(lonely)
    assert not refused(node)


def test_a_port_in_use_is_an_error() -> None:
    """A port of the pod that somebody has already is an error at the start."""
    with closing(socket.create_server((POD, 0))) as taken, pytest.raises(OSError, match="in use"):
        Gate(POD, [taken.getsockname()[1]], lambda: True).start()
