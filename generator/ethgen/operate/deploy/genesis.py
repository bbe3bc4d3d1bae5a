"""A private network's genesis as objects of its namespace: made once, and from then on the truth about the network."""

from __future__ import annotations

import base64
import hashlib
import time
from typing import TYPE_CHECKING, Any

from ethgen.errors import DeployError
from ethgen.genesis.archive import genesis_archive, split
from ethgen.genesis.build import fingerprint
from ethgen.genesis.folder import write_genesis
from ethgen.genesis.from_spec import from_spec
from ethgen.stack.genesis_parts import parts_of
from ethgen.stack.peers import node_key

if TYPE_CHECKING:
    from pathlib import Path

    from ethgen.genesis.config import GenesisConfig
    from ethgen.genesis.folder import GenesisIdentity
    from ethgen.networks.node_keys import Layer
    from ethgen.operate.kubectl import Kubectl
    from ethgen.spec import NetworkSpec
    from ethgen.spec.network import Network

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
    # Also for a network that runs: a group that grew has replicas without keys.
    kubectl.apply(_node_keys(name, network))
    begin = int(time.time()) + network.genesis.delay_seconds
    config = from_spec(spec, name, begin, root)
    marker = kubectl.get("configmap", MARKER, name)
    # Without a volume no node has ever run: an interrupted deployment's genesis would only have lost slots by now.
    if marker is not None and kubectl.list("persistentvolumeclaims", name):
        return _same(marker["data"], config, spec)
    folder = root / ".ethgen" / spec.environment / name
    identity = write_genesis(config, folder)
    archive, parts = genesis_archive(folder), parts_of(network)
    kubectl.apply([*_parts(name, split(archive, parts)), *_keystores(name, folder)])
    kubectl.apply([_marker(config, identity, archive, parts)])
    return f"{name} begins in {begin - int(time.time())} s with {config.validator_count} validators"


def _same(data: dict[str, str], config: GenesisConfig, spec: NetworkSpec) -> str:
    name = config.network
    if data["config"] != fingerprint(config):
        raise DeployError(
            f"{spec.where('networks', name, 'genesis')}: networks.{name}: the network that runs began with another "
            "genesis than this one",
            cure="undo the change, or give the network up and begin anew with --new-genesis",
        )
    return f"{name} began {int(time.time()) - int(data['genesisTime'])} s ago"


def _parts(namespace: str, parts: list[bytes]) -> list[dict[str, Any]]:
    return [
        _object("ConfigMap", f"genesis-{index}", namespace, {"binaryData": {"part": _base64(part)}})
        for index, part in enumerate(parts)
    ]


def _node_keys(name: str, network: Network) -> list[dict[str, Any]]:
    """Return a Secret for every node group, with the keys of its replicas as `<ordinal>.<layer>`."""
    layers: tuple[Layer, ...] = ("execution", "consensus")
    return [
        _object(
            "Secret",
            f"node-keys-{group}",
            name,
            {
                "data": {
                    f"{ordinal}.{layer}": _base64(node_key(name, network, group, ordinal, layer).hex.encode())
                    for ordinal in range(chosen.replicas)
                    for layer in layers
                }
            },
        )
        for group, chosen in network.nodes.items()
    ]


def _keystores(namespace: str, folder: Path) -> list[dict[str, Any]]:
    """Return a Secret for every key set, with the files of its folder as keys."""
    return [
        _object("Secret", f"keystores-{chosen.name}", namespace, {"data": _files(chosen)})
        for chosen in sorted((folder / "private" / "keystores").iterdir())
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
        "config": fingerprint(config),
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
