"""Whether the clients that are about to start can read the databases of those that run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.clients.support import database_objection

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ethgen.clients.facts import ConsensusClient, ExecutionClient

# A version in an image's tag, whatever stands around it: v1.17.8, erigon's plain 3.8.2, multiarch-v26.10.2.
_VERSION = re.compile(r"\d+\.\d+(?:\.\d+)?(?:-(?:alpha|beta|rc)[.\d]*)?")

_CLIENTS: Mapping[str, Mapping[str, ExecutionClient | ConsensusClient]] = {
    "execution": EXECUTION_CLIENTS,
    "consensus": CONSENSUS_CLIENTS,
}


class _Runs(NamedTuple):
    """A client in a StatefulSet: its name in the catalogue, and its version where the image tells it."""

    client: str
    version: str


def database_objections(running: Iterable[Mapping[str, Any]], wanted: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield why a client of `wanted` cannot go on with the database of its predecessor, as one line for each.

    Args:
        running: the objects as they are in the cluster.
        wanted: the objects that are about to be installed.
    """
    before = {item["metadata"]["name"]: item for item in running if item["kind"] == "StatefulSet"}
    for item in wanted:
        name = item["metadata"]["name"]
        if item["kind"] != "StatefulSet" or name not in before:
            continue
        old, new = _clients_of(before[name]), _clients_of(item)
        for layer in old.keys() & new.keys():
            if text := objection(layer, old[layer], new[layer]):
                yield f"{item['metadata'].get('namespace', '')}/{name}: {text}".lstrip("/")


def objection(layer: str, old: tuple[str, str], new: tuple[str, str]) -> str:
    """Return why a client cannot go on with a database; empty where nothing is known against it.

    Args:
        layer: `execution` or `consensus`.
        old: the client that wrote the database, and its version; empty where it is not known.
        new: the client that shall read it, and its version.
    """
    if old[0] != new[0]:
        return (
            f"{new[0]} cannot read the database of {old[0]}: add a group with {new[0]} beside it "
            '(`ethgen help upgrades "a new group"`)'
        )
    client = _CLIENTS[layer].get(new[0])
    if client is None or not old[1] or not new[1]:
        return ""
    text = database_objection(client, old[1], new[1])
    return f"{new[0]} {new[1]} cannot go on with the database of {old[1]}: {text}" if text else ""


def _clients_of(item: Mapping[str, Any]) -> dict[str, _Runs]:
    """Return the clients of a StatefulSet by layer, from its labels and images."""
    labels = item["metadata"].get("labels") or {}
    images = {each["name"]: each["image"] for each in item["spec"]["template"]["spec"]["containers"]}
    return {
        layer: _Runs(labels[f"{layer}-client"], version_of(images.get(layer, "")))
        for layer in _CLIENTS
        if f"{layer}-client" in labels
    }


def version_of(image: str) -> str:
    """Return the version that an image's tag names; empty where it names none."""
    tag = image.partition("@")[0].rpartition("/")[2].partition(":")[2]
    found = _VERSION.search(tag)
    return found[0] if found else ""
