"""Scalars of a spec that git names things by: repositories, branches and folders."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from ethgen.spec.notation import NOTATION, Check, Notation, PlainError

_URL = "the address of a git repository such as https://git.example.org/fleet or ssh://git@git.example.org/fleet"


def _repository(text: str) -> str:
    user = text.partition("://")[2].partition("/")[0].rpartition("@")[0]
    if user and (":" in user or not text.startswith("ssh://")):
        raise PlainError(f"expected {_URL}; a password or token is a secret, which no spec holds: name a Secret")
    if problem := _repository_problem(text):
        raise ValueError(f"expected {_URL}{f' ({problem})' if problem else ''}")
    return text


def _repository_problem(text: str) -> str:
    host, colon, path = text.partition(":")
    if colon and not path.startswith("//"):
        return f"with its scheme, this one is ssh://{host}/{path}" if "@" in host else "its scheme is missing"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        return str(error)
    if text.partition(":")[0] not in {"http", "https", "ssh"}:
        return "its scheme is http, https or ssh"
    if port == 0 or not parts.hostname or not text.isprintable() or " " in text:
        return f"{parts.netloc!r} is no host"
    if "?" in text or "#" in text:
        return "nothing follows its path; the branch is a field of its own"
    return "" if parts.path.strip("/") else "the path of the repository is missing"


RepositoryUrl = Annotated[str, Check(_repository, {"type": "string", NOTATION: _URL})]

# git-check-ref-format(1).
_BRANCH = Notation(
    r"(?=.{1,200}$)(?![-/.])(?!.*(//|\.\.|@\{|/\.|\.lock(/|$)|[/.]$))[^\x00-\x20\x7f~^:?*\[\\]+",
    "a branch of git such as main or releases/2026",
)
Branch = Annotated[str, _BRANCH]

_FOLDER = Notation(
    r"(?!(.*/)?\.{1,2}(/|$))([A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*)?",
    "a folder of the repository such as clusters/fleet, from its root and without '..'",
)
RepositoryFolder = Annotated[str, _FOLDER]
