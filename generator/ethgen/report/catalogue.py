"""The client catalogue for people: what each client is, what it can keep, and what one of its versions supports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from pydantic import TypeAdapter, ValidationError

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.clients.facts import ConsensusClient, ConsensusContext, ExecutionClient, ExecutionContext, ValidatorContext
from ethgen.clients.support import supports
from ethgen.errors import EthgenError
from ethgen.networks.chain import PUBLIC
from ethgen.networks.upgrades import UPGRADES
from ethgen.spec.ethereum import Retention
from ethgen.spec.near import nearest
from ethgen.spec.types import ChartVersion, Version

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ethgen.clients.facts import Arguments, Process, Sizing
    from ethgen.networks.facts import Chain
    from ethgen.stack.release import Release

Client = ExecutionClient | ConsensusClient
Layer = Literal["execution", "consensus"]

_VERSION = TypeAdapter[str](Version)
_CHART_VERSION = TypeAdapter[str](ChartVersion)

# Stands in arguments for what a spec decides.
_FEE_RECIPIENT = "<feeRecipient>"


@dataclass(frozen=True)
class Row:
    """One line of the catalogue.

    Attributes:
        private: empty where the client can be part of a private network, else why it cannot.
    """

    name: str
    layer: Layer
    version: str
    oldest: str
    image: str
    retentions: tuple[str, ...]
    upgrades: Mapping[str, str]
    private: str


@dataclass(frozen=True)
class Support:
    """Whether a version supports an upgrade: `since` is the first that does, empty where none is known to."""

    upgrade: str
    supported: bool
    since: str
    activations: Mapping[str, str]


def layer_of(client: Client) -> Layer:
    """Return which of the two layers a client is for."""
    return "execution" if isinstance(client, ExecutionClient) else "consensus"


def clients() -> list[Client]:
    """Return the clients of the catalogue: execution first, each layer by name."""
    return [
        *(EXECUTION_CLIENTS[name] for name in sorted(EXECUTION_CLIENTS)),
        *(CONSENSUS_CLIENTS[name] for name in sorted(CONSENSUS_CLIENTS)),
    ]


def client_called(name: str) -> Client:
    """Return the client of that name.

    Raises:
        EthgenError: there is none.
    """
    known = {client.name: client for client in clients()}
    if name not in known:
        raise EthgenError(
            f"there is no client {name!r} in the catalogue{nearest(name, list(known))}",
            cure=f"known: {', '.join(known)}",
        )
    return known[name]


def row_of(client: Client) -> Row:
    """Return a client's line of the catalogue."""
    kept: tuple[str, ...] = ("full", "archive")
    if isinstance(client, ExecutionClient):
        kept = tuple(mode for mode in get_args(Retention) if mode in client.retentions)
    return Row(
        name=client.name,
        layer=layer_of(client),
        version=client.version,
        oldest=client.oldest,
        image=client.process.reference(client.version),
        retentions=kept,
        upgrades={name: client.upgrades[name] for name in UPGRADES if name in client.upgrades},
        private=_no_private(client),
    )


def _no_private(client: Client) -> str:
    if isinstance(client, ExecutionClient):
        return client.no_private
    return "" if client.genesis_forks else "no genesis fork that its nodes can begin on"


def checked_version(client: Client, version: str) -> str:
    """Return a version of a client as it is.

    Raises:
        EthgenError: it is not written as a spec has to write it.
    """
    return _checked(_VERSION, version, f"the catalogue has {client.name} {client.version}")


def checked_chart_version(release: Release, version: str) -> str:
    """Return a version of a release's chart as it is.

    Raises:
        EthgenError: it is not written as a spec has to write it.
    """
    return _checked(_CHART_VERSION, version, f"the catalogue has {release.chart.name} {release.chart.version}")


def _checked(kind: TypeAdapter[str], version: str, cure: str) -> str:
    try:
        return kind.validate_python(version)
    except ValidationError as error:
        reason = error.errors()[0]["ctx"]["error"]
        raise EthgenError(f"{reason}, found {version!r}", cure=cure) from None


def upgrades_of(client: Client, version: str) -> list[Support]:
    """Return what a version supports of the network upgrades; those before the catalogue's first, all versions do."""
    return [
        Support(
            name,
            supports(client, version, name),
            client.upgrades.get(name, ""),
            {
                chain.name: activation.day
                for chain in PUBLIC.values()
                for activation in chain.upgrades
                if activation.upgrade == name
            },
        )
        for name in UPGRADES
    ]


def processes_of(client: Client) -> Iterator[tuple[str, Process]]:
    """Yield a client's processes with what people call them."""
    if isinstance(client, ExecutionClient):
        yield "execution client", client.process
        return
    yield "beacon node", client.process
    if client.validator is not None:
        yield "validator", client.validator.process


def database_rows(client: Client) -> list[tuple[str, str, str]]:
    """Return releases that changed a client's database as the cells of a table: versions, what is lost, source."""
    rows = []
    for change in client.databases:
        old, new = f"before {change.readable or change.since}", f"{change.since} and later"
        if change.upgrade:
            rows.append((f"{old} to {new}", change.upgrade, change.source))
        if change.downgrade:
            rows.append((f"{new} to {old}", change.downgrade, change.source))
    return rows


def sizes_of(client: Client) -> list[tuple[str, str, Sizing]]:
    """Return network, retention and sizing, in the order of the networks."""
    networks = list(PUBLIC)
    found = [(network, kept, sizing) for (network, kept), sizing in client.sizing.items()]
    modes = get_args(Retention)
    return sorted(found, key=lambda entry: (networks.index(entry[0]), modes.index(entry[1])))


def sizing_rows(client: Client) -> list[tuple[str, ...]]:
    """Return `sizes_of` as the cells of a table: network, retention, CPU, memory, disk, growth in a week, source."""
    return [
        (network, kept, sizing.cpu, sizing.memory, f"{sizing.disk} GiB", f"{sizing.growth:g} GiB", sizing.source)
        for network, kept, sizing in sizes_of(client)
    ]


def chain_called(name: str) -> Chain:
    """Return a public network.

    Raises:
        EthgenError: there is none of that name.
    """
    if name not in PUBLIC:
        raise EthgenError(
            f"there is no public network {name!r}{nearest(name, list(PUBLIC))}",
            cure=f"known: {', '.join(PUBLIC)}; for a private one: ethgen explain <path of the client>.args --env NAME",
        )
    return PUBLIC[name]


def arguments_of(client: Client, chain: Chain, version: str) -> dict[str, Arguments]:
    """Return the arguments of each process of a version on a public network, and what each retention mode adds."""
    if isinstance(client, ExecutionClient):
        context = ExecutionContext(chain, "full", ("eth", "net", "web3"), version=version)
        modes = {
            f"retention {mode}": client.retention_arguments(chain.name, mode)
            for mode in get_args(Retention)
            if mode in client.retentions and (chain.name, mode) not in client.unavailable
        }
        return {"execution client": client.arguments(context), **modes}
    beacon = ConsensusContext(chain, "full", chain.checkpoint_url, _FEE_RECIPIENT, version=version)
    found = {"beacon node": client.arguments(beacon)}
    if client.validator is not None:
        addresses = {port.name: f"beacon:{port.number}" for port in client.process.ports if port.purpose == "beacon"}
        signer = ValidatorContext(chain, _FEE_RECIPIENT, "", addresses, version)
        found["validator"] = client.validator.arguments(signer)
    return found
