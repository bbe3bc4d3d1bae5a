"""From where a fleet's machines and its CI install ethgen: the line of its requirements.txt."""

from __future__ import annotations

import json
import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ethgen import __version__

# The extra that has each package in one version, and all that these need; see pyproject.toml.
_PINNED = "ethgen[pinned]"

# A tag of a release, which is never moved, unlike a branch.
_TAG = re.compile(r"v?\d+\.\d+\.\d+\S*")

_ADDRESS = re.compile(r"(git\+(https|http|ssh|file)|https|http|file)://\S+")

# A fleet's own copy of a wheel, from the repository's root.
FOLDER = "wheels"

EXPECTED = (
    "expected a version such as ethgen==1.2.3, an address such as git+https://git.example.org/ethgen@v1.2.3, "
    "or the file of a wheel"
)


def as_installed() -> str:
    """Return the requirement that gives the ethgen which runs.

    Of a wheel that lies on this machine it is the wheel's path; of anything else, what pip can be given anywhere that
    reaches it. Without a record of where it came from (PEP 610), it came by its name from an index.
    """
    try:
        text = distribution("ethgen").read_text("direct_url.json")
    except PackageNotFoundError:
        text = None
    return _of_record(json.loads(text)) if text else f"{_PINNED}=={__version__}"


def written(requirement: str) -> str:
    """Return the line of requirements.txt for what somebody asked for."""
    if wheel := local_wheel(requirement):
        return f"./{FOLDER}/{wheel.name}[pinned]"
    if _ADDRESS.fullmatch(requirement):
        return f"{_PINNED} @ {requirement}"
    return re.sub(r"^ethgen(?=\s*[=@])", _PINNED, requirement)


def local_wheel(requirement: str) -> Path | None:
    """Return the file that a requirement names where it is a wheel of this machine, of which a fleet has a copy."""
    path = Path(requirement)
    return path if requirement.endswith(".whl") and not _ADDRESS.match(requirement) and path.is_file() else None


def is_of_this_machine(line: str) -> bool:
    """Return whether a line of requirements.txt can be installed where it was written only."""
    return "file://" in line


def mistake(requirement: str) -> str:
    """Return why something is no requirement that always gives the same ethgen; empty where it is."""
    found = re.fullmatch(r"ethgen(\[[\w,]+\])?\s*(==\s*[\w.+!]+|@\s*(?P<address>\S+))", requirement)
    address = found["address"] if found else requirement
    if (found and not address) or local_wheel(requirement):
        return ""
    if not _ADDRESS.fullmatch(address or ""):
        return EXPECTED
    parts = urlsplit(address or "")
    if parts.password or (parts.username and parts.scheme != "git+ssh"):
        return "a password or token is a secret, which no repository holds"
    return ""


def _of_record(record: dict[str, Any]) -> str:
    url = str(record["url"])
    if vcs := record.get("vcs_info"):
        asked = str(vcs.get("requested_revision") or "")
        return f"{_PINNED} @ {vcs['vcs']}+{url}@{asked if _TAG.fullmatch(asked) else vcs['commit_id']}"
    if url.startswith("file://") and url.endswith(".whl"):
        path = Path(unquote(urlsplit(url).path))
        if path.is_file():
            return str(path)
    digest = (record.get("archive_info") or {}).get("hashes", {}).get("sha256", "")
    return f"{_PINNED} @ {url}" + (f"#sha256={digest}" if digest and not url.startswith("file://") else "")
