"""One HTTP request with a deadline that holds for the whole exchange, whatever the other side does."""

from __future__ import annotations

import http.client
import json
import time
from typing import Literal
from urllib.parse import urlsplit

Kind = Literal["refused", "timeout", "http", "garbage"]

_LARGEST_BODY = 16 << 20  # bytes; a block with all its transactions stays below, see EIP-7934 (10 MiB of RLP)


class NoAnswerError(Exception):
    """The other side gave no answer that can be used.

    Attributes:
        kind: `refused` (nothing listens), `timeout` (something listens and stays silent), `http` (a status other than
            2xx), `garbage` (an answer that is not what was asked for).
    """

    def __init__(self, kind: Kind, text: str) -> None:
        super().__init__(text)
        self.kind: Kind = kind


def get(url: str, *, seconds: float) -> object:
    """Return the JSON that a GET answers.

    Raises:
        NoAnswerError: within `seconds` there was no usable answer.
    """
    return _parse(_exchange("GET", url, None, seconds))


def post(url: str, document: object, *, seconds: float) -> object:
    """Return the JSON that a POST of a JSON document answers.

    Raises:
        NoAnswerError: within `seconds` there was no usable answer.
    """
    return _parse(_exchange("POST", url, json.dumps(document).encode(), seconds))


def _exchange(method: str, url: str, body: bytes | None, seconds: float) -> bytes:
    deadline = time.monotonic() + seconds
    parts = urlsplit(url)
    connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = connect(parts.hostname or "", parts.port, timeout=seconds)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(method, target, body, {"Accept": "application/json", "Content-Type": "application/json"})
        return _answer(connection, deadline)
    except TimeoutError as error:
        raise NoAnswerError("timeout", f"no answer within {seconds:g} s") from error
    except http.client.HTTPException as error:
        raise NoAnswerError("garbage", f"not an HTTP answer ({type(error).__name__})") from error
    except ConnectionRefusedError as error:
        raise NoAnswerError("refused", "connection refused") from error
    except OSError as error:
        raise NoAnswerError("timeout", f"connection failed ({error.strerror or error})") from error
    finally:
        connection.close()


def _answer(connection: http.client.HTTPConnection, deadline: float) -> bytes:
    _shorten(connection, deadline)
    with connection.getresponse() as response:
        body = bytearray()
        while piece := response.read1(1 << 16):
            _shorten(connection, deadline)
            body += piece
            if len(body) > _LARGEST_BODY:
                raise NoAnswerError("garbage", f"an answer of more than {_LARGEST_BODY >> 20} MiB")
    if not 200 <= response.status < 300:  # noqa: PLR2004 - RFC 9110, section 15.3: successful
        raise NoAnswerError("http", f"HTTP status {response.status}")
    return bytes(body)


def _shorten(connection: http.client.HTTPConnection, deadline: float) -> None:
    """Leave the next system call only what is left of the time: the timeout of a socket is one per call."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    if connection.sock is not None:
        connection.sock.settimeout(left)


def _parse(body: bytes) -> object:
    try:
        document: object = json.loads(body)
    except ValueError as error:
        raise NoAnswerError("garbage", "an answer that is not JSON") from error
    return document
