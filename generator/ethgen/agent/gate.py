"""Passes connections on to a client of the pod while the node is ready, and ends them when it is not.

A Service leads only new connections to ready pods. Validators keep one connection for days, so a node that lags but
lives would keep its validators too.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_CLIENT = "127.0.0.1"
_CHUNK = 64 * 1024  # bytes


class Gate:
    """Listens on an address of the pod for ports that a client has on loopback.

    Args:
        host: address to listen on; not loopback, where the client has the same ports.
        ports: the ports, the same on both sides.
        is_ready: whether the node is ready; asked all the time, so it must answer at once.
        period: seconds from one such question to the next while connections stand.
    """

    def __init__(self, host: str, ports: Sequence[int], is_ready: Callable[[], bool], period: float = 0.5) -> None:
        self._host = host
        self._ports = ports
        self._is_ready = is_ready
        self._period = period
        self._writers: set[asyncio.StreamWriter] = set()
        self._listening = threading.Event()
        self._error: OSError | None = None

    def start(self) -> None:
        """Listen on all ports, in a thread of its own.

        Raises:
            OSError: a port cannot be listened on.
        """
        threading.Thread(target=lambda: asyncio.run(self._run()), name="gate", daemon=True).start()
        self._listening.wait()
        if self._error:
            raise self._error

    async def _run(self) -> None:
        try:
            for port in self._ports:
                await self._listen(port)
        except OSError as error:
            self._error = error
            return
        finally:
            self._listening.set()
        while True:
            await asyncio.sleep(self._period)
            if self._writers and not self._is_ready():
                self._end_all()

    async def _listen(self, port: int) -> None:
        async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._pass_on(port, reader, writer)

        await asyncio.start_server(pass_on, self._host, port, limit=_CHUNK)

    def _end_all(self) -> None:
        sys.stderr.write(f"not ready: ends {len(self._writers) // 2} connections of validators\n")
        sys.stderr.flush()
        for writer in self._writers:
            writer.transport.abort()

    async def _pass_on(self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._is_ready():
            writer.transport.abort()
            return
        try:
            answers, questions = await asyncio.open_connection(_CLIENT, port, limit=_CHUNK)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, questions}
        self._writers |= both
        try:
            await asyncio.gather(_copy(reader, questions), _copy(answers, writer))
        finally:
            self._writers -= both
            for end in both:
                end.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy until the reader's end, and pass that end on; a connection that breaks takes the other way with it."""
    try:
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
        with suppress(OSError):
            writer.write_eof()
    except OSError:
        writer.transport.abort()
