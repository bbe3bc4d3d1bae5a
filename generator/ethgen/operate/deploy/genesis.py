"""A private network's genesis as objects of its namespace: made once, and from then on the truth about the network."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import time
from typing import TYPE_CHECKING, Any

from ethgen.errors import DeployError
from ethgen.genesis.archive import genesis_archive, split
from ethgen.genesis.folder import write_genesis
from ethgen.genesis.from_spec import from_spec
from ethgen.stack.genesis_parts import parts_of

if TYPE_CHECKING:
    from pathlib import Path

    from ethgen.genesis.config import GenesisConfig
    from ethgen.genesis.folder import GenesisIdentity
    from ethgen.operate.kubectl import Kubectl
    from ethgen.spec import NetworkSpec

# Name of the ConfigMap that says a network has begun; it is written last.
MARKER = "genesis"


def ensure(kubectl: Kubectl, spec: NetworkSpec, name: str, root: Path) -> str:
    """Make the genesis of a network, unless its namespace has one, and return a line about it.

    Args:
        kubectl: the cluster, where the network's namespace exists.
        spec: the environment.
        name: the network.
        root: the repository; the genesis is written to `.ethgen/<environment>/<network>`, outside git.

    Raises:
        DeployError: the spec asks for another genesis than the one the network began with.
        GenesisError: the spec's genesis cannot be made.
    """
    network = spec.networks[name]
    if network.genesis is None:
        return f"{name} is a public network"
    begin = int(time.time()) + network.genesis.delay_seconds
    config = from_spec(spec, name, begin, root)
    marker = kubectl.get("configmap", MARKER, name)
    if marker is not None:
        return _same(marker["data"], config, spec)
    folder = root / ".ethgen" / spec.environment / name
    identity = write_genesis(config, folder)
    archive, parts = genesis_archive(folder), parts_of(network)
    kubectl.apply([*_parts(name, split(archive, parts)), *_secrets(name, folder)])
    kubectl.apply([_marker(config, identity, archive, parts)])
    return f"{name} begins in {begin - int(time.time())} s with {config.validator_count} validators"


def _same(data: dict[str, str], config: GenesisConfig, spec: NetworkSpec) -> str:
    name = config.network
    if data["config"] != _digest(config):
        raise DeployError(
            f"{spec.where('networks', name, 'genesis')}: networks.{name}: the network that runs began with another "
            "genesis than this one",
            cure="undo the change, or give the network up and begin anew with --new-genesis",
        )
    return f"{name} began {int(time.time()) - int(data['genesisTime'])} s ago"


def _digest(config: GenesisConfig) -> str:
    """Return what tells two genesis configurations apart, whenever they begin."""
    content = {field.name: getattr(config, field.name) for field in dataclasses.fields(config)}
    return hashlib.sha256(repr({**content, "genesis_time": None}).encode()).hexdigest()


def _parts(namespace: str, parts: list[bytes]) -> list[dict[str, Any]]:
    return [
        _object("ConfigMap", f"genesis-{index}", namespace, {"binaryData": {"part": _base64(part)}})
        for index, part in enumerate(parts)
    ]


def _secrets(namespace: str, folder: Path) -> list[dict[str, Any]]:
    """Return a Secret for every folder of keys below `private/`, its files as keys."""
    return [
        _object("Secret", f"{kind}-{chosen.name}", namespace, {"data": _files(chosen)})
        for kind in ("node-keys", "keystores")
        for chosen in sorted((folder / "private" / kind).iterdir())
    ]


def _files(folder: Path) -> dict[str, str]:
    return {file.name: _base64(file.read_bytes()) for file in sorted(folder.iterdir())}


def _marker(config: GenesisConfig, identity: GenesisIdentity, archive: bytes, parts: int) -> dict[str, Any]:
    data = {
        "genesisTime": str(identity.genesis_time),
        "genesisValidatorsRoot": identity.genesis_validators_root,
        "genesisBlockHash": identity.block_hash,
        "sha256": hashlib.sha256(archive).hexdigest(),
        "parts": str(parts),
        "config": _digest(config),
    }
    return _object("ConfigMap", MARKER, config.network, {"data": data})


def _object(kind: str, name: str, namespace: str, content: dict[str, Any]) -> dict[str, Any]:
    labels = {"app.kubernetes.io/managed-by": "ethgen", "app.kubernetes.io/component": "genesis"}
    return {
        "apiVersion": "v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        **content,
    }


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
