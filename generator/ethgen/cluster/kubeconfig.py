"""Kubeconfig files: written for clusters that are made here, read for all."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ethgen.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Identity:
    """Who calls: a client certificate and its key, and the authority that signed the server's; all PEM."""

    authority: bytes
    certificate: bytes
    key: bytes


def write_kubeconfig(path: Path, context: str, server: str, identity: Identity) -> None:
    """Write a kubeconfig with one context, readable by its owner alone, unless it is there with this very content."""
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": context, "cluster": {"server": server, "certificate-authority-data": _text(identity.authority)}}
        ],
        "users": [
            {
                "name": context,
                "user": {
                    "client-certificate-data": _text(identity.certificate),
                    "client-key-data": _text(identity.key),
                },
            }
        ],
        "contexts": [{"name": context, "context": {"cluster": context, "user": context}}],
        "current-context": context,
    }
    import yaml  # noqa: PLC0415 - not needed where only paths are asked for

    write_private(path, yaml.safe_dump(document, sort_keys=False).encode())


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all, unless it holds this very content."""
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.new")
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    scratch.replace(path)


def search_path(explicit: Path | None = None) -> tuple[Path, ...]:
    """Return the kubeconfig files in the order in which kubectl reads them: `$KUBECONFIG`, else `~/.kube/config`."""
    if explicit is not None:
        return (explicit,)
    if listed := os.environ.get("KUBECONFIG"):
        return tuple(Path(entry) for entry in listed.split(os.pathsep) if entry)
    return (Path.home() / ".kube" / "config",)


def read(path: Path) -> dict[str, Any]:
    """Return a kubeconfig's content.

    Raises:
        ClusterError: it cannot be read or is not a kubeconfig.
    """
    import yaml  # noqa: PLC0415

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ClusterError(
            f"cannot read the kubeconfig {path}: {str(error).splitlines()[0]}",
            cure="mend it, or name another file with KUBECONFIG",
        ) from error
    if not isinstance(content, dict) or not isinstance(content.get("contexts") or [], list):
        raise ClusterError(f"{path} is not a kubeconfig", cure="name another file with KUBECONFIG")
    return content


def renamed(text: str, context: str) -> bytes:
    """Return a kubeconfig of one cluster with its context, cluster and user called `context`.

    Raises:
        ClusterError: the text is not a kubeconfig with one context.
    """
    import yaml  # noqa: PLC0415 - as above

    try:
        document = yaml.safe_load(text)
        (cluster,), (user,) = document["clusters"], document["users"]
    except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise ClusterError("the cluster's own program printed no kubeconfig of one cluster") from error
    cluster["name"] = user["name"] = context
    document["contexts"] = [{"name": context, "context": {"cluster": context, "user": context}}]
    document["current-context"] = context
    return yaml.safe_dump(document, sort_keys=False).encode()


def find_context(context: str, files: Sequence[Path]) -> tuple[Path, str] | None:
    """Return the file that has the context and the context's server, or None where no file has it."""
    for path in files:
        if not path.is_file():
            continue
        content = read(path)
        chosen = next((c for c in content.get("contexts") or [] if c.get("name") == context), None)
        if chosen is None:
            continue
        cluster = (chosen.get("context") or {}).get("cluster")
        servers = {c.get("name"): (c.get("cluster") or {}).get("server", "") for c in content.get("clusters") or []}
        return path, str(servers.get(cluster, ""))
    return None


def contexts(files: Sequence[Path]) -> tuple[str, ...]:
    """Return the names of all contexts in the files, sorted."""
    found = {str(c.get("name")) for path in files if path.is_file() for c in read(path).get("contexts") or []}
    return tuple(sorted(found))


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
