"""The files of each node of a network, with who dials whom in a private one.

There every node dials every other, under keys and names known before any of them runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.clients.facts import ConsensusContext, ExecutionContext
from ethgen.networks.chain import chain_of
from ethgen.networks.node_keys import derive_node_key, enode_url, multiaddr

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ethgen.networks.node_keys import Layer, NodeKey
    from ethgen.spec.network import Network


def node_key(name: str, network: Network, group: str, ordinal: int, layer: Layer) -> NodeKey:
    """Return the key of one client of one replica of a private network, derived from its mnemonic."""
    seed = network.genesis.seed if network.genesis else b""
    return derive_node_key(seed, name, group, ordinal, layer)


def files(name: str, network: Network, group: str) -> dict[str, str]:
    """Return the files of each replica of a group, keyed `<ordinal>.<file name>`; only private networks know peers."""
    chosen, chain = network.nodes[group], chain_of(network)
    execution, consensus = EXECUTION_CLIENTS[chosen.execution.client], CONSENSUS_CLIENTS[chosen.consensus.client]
    retention = chosen.execution.retention

    def mine(others: Sequence[tuple[str, int]]) -> dict[str, str]:
        enodes = tuple(_enode(name, network, *other) for other in others)
        multiaddrs = tuple(_multiaddr(name, network, *other) for other in others)
        return {
            **execution.files(ExecutionContext(chain, retention, (), enodes)),
            **consensus.files(ConsensusContext(chain, retention, "", "", multiaddrs)),
        }

    if chain.private:
        replicas = list(_replicas(network))
        found = [mine([other for other in replicas if other != (group, own)]) for own in range(chosen.replicas)]
    else:
        found = [mine(())] * chosen.replicas
    return {f"{ordinal}.{file}": text for ordinal, files in enumerate(found) for file, text in files.items()}


def _replicas(network: Network) -> Iterator[tuple[str, int]]:
    return ((group, ordinal) for group, chosen in network.nodes.items() for ordinal in range(chosen.replicas))


def _host(name: str, group: str, ordinal: int) -> str:
    return f"{group}-{ordinal}-p2p.{name}.svc.cluster.local"


def _enode(name: str, network: Network, group: str, ordinal: int) -> str:
    client = EXECUTION_CLIENTS[network.nodes[group].execution.client]
    key = node_key(name, network, group, ordinal, "execution")
    return enode_url(key, _host(name, group, ordinal), client.process.port("execution-tcp"))


def _multiaddr(name: str, network: Network, group: str, ordinal: int) -> str:
    client = CONSENSUS_CLIENTS[network.nodes[group].consensus.client]
    key = node_key(name, network, group, ordinal, "consensus")
    return multiaddr(_host(name, group, ordinal), client.process.port("consensus-tcp"), key)
