"""One question to cluster DNS: the shortest proof that a name in the cluster is found from end to end."""

from __future__ import annotations

import socket
import struct

PORT = 53
IDENTIFIER = 0x6567
TYPE_A, CLASS_IN = 1, 1
# RFC 1035, section 4.1.1: the header's second word ends in the response code, and its fourth counts the answers.
HEADER = struct.Struct(">HHHHHH")
RESPONSE, CODE_MASK = 0x8000, 0x000F


def resolves(server: str, name: str, seconds: float = 1.0) -> bool:
    """Return whether a server has an address for a name.

    Args:
        server: the server's address.
        name: an absolute name, without the last dot.
        seconds: how long to wait for the answer.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as question:
        question.settimeout(seconds)
        try:
            question.connect((server, PORT))
            question.send(query(name))
            return found(question.recv(512))
        except OSError:
            return False


def query(name: str) -> bytes:
    """Return the message that asks for a name's address."""
    labels = b"".join(bytes([len(label)]) + label.encode("ascii") for label in name.split("."))
    return HEADER.pack(IDENTIFIER, 0, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", TYPE_A, CLASS_IN)


def found(message: bytes) -> bool:
    """Return whether a message is the answer to our question and holds an address."""
    if len(message) < HEADER.size:
        return False
    identifier, flags, _, answers, _, _ = HEADER.unpack_from(message)
    return identifier == IDENTIFIER and bool(flags & RESPONSE) and not flags & CODE_MASK and answers > 0
