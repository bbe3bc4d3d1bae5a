"""What a fleet takes: what its pods request, what the catalogue knows they need, when volumes fill, what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Any

from ethgen.spec.types import bytes_of
from ethgen.stack import releases
from ethgen.stack.resources import sizings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ethgen.clients.facts import Sizing
    from ethgen.report.prices import Prices
    from ethgen.spec import NetworkSpec
    from ethgen.spec.network import Network

_GIBIBYTE = Decimal(1024**3)


@dataclass(frozen=True)
class Amount:
    """Cores of CPU, and GiB of memory and disk."""

    cpu: Decimal
    memory: Decimal
    disk: Decimal

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.cpu + other.cpu, self.memory + other.memory, self.disk + other.disk)

    def __mul__(self, times: int) -> Amount:
        return Amount(self.cpu * times, self.memory * times, self.disk * times)


NOTHING = Amount(Decimal(0), Decimal(0), Decimal(0))


@dataclass(frozen=True)
class Group:
    """What all pods of a node group or of a key set take together.

    Attributes:
        network: its network.
        name: `nodes.<group>` or `validators.<key set>`.
        pods: how many there are.
        requested: what they ask Kubernetes for.
        needed: what measurements say they need after a first sync; None where nobody measured.
        growth: GiB that their disks grow by in a week; None where that is not known.
        weeks: whole weeks from a first sync until the volumes are full; None where that is not known, 0 where they
            are too small from the beginning.
        cost: what the requests cost in a month.
        sources: where the figures of `needed` are from, after the client's name.
    """

    network: str
    name: str
    pods: int
    requested: Amount
    needed: Amount | None
    growth: Decimal | None
    weeks: int | None
    cost: Decimal
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Capacity:
    """All groups of an environment, and their sums."""

    groups: tuple[Group, ...]

    @property
    def pods(self) -> int:
        """How many pods there are."""
        return sum(group.pods for group in self.groups)

    @property
    def requested(self) -> Amount:
        """What all pods ask for."""
        return sum((group.requested for group in self.groups), NOTHING)

    @property
    def needed(self) -> Amount | None:
        """What all node groups need; None where that of one is not known. Nobody measures validator processes."""
        amounts = [group.needed for group in self._nodes]
        known = [amount for amount in amounts if amount is not None]
        return sum(known, NOTHING) if known and len(known) == len(amounts) else None

    @property
    def growth(self) -> Decimal | None:
        """GiB that all disks grow by in a week; None where that of one node group is not known."""
        known = [group.growth for group in self._nodes if group.growth is not None]
        return sum(known, Decimal(0)) if known and len(known) == len(self._nodes) else None

    @property
    def _nodes(self) -> list[Group]:
        return [group for group in self.groups if group.name.startswith("nodes.")]

    @property
    def cost(self) -> Decimal:
        """What all requests cost in a month."""
        return sum((group.cost for group in self.groups), Decimal(0))


def capacity_of(spec: NetworkSpec, prices: Prices) -> Capacity:
    """Return what an environment takes, each group in the order of the spec.

    Raises:
        SpecError: the spec cannot be rendered.
    """
    values = {release.name: release.values for release in releases(spec) if release.installed}
    return Capacity(
        tuple(
            group
            for name, network in spec.networks.items()
            if name in values
            for group in _groups(name, network, values[name], prices)
        )
    )


def _groups(name: str, network: Network, values: Mapping[str, Any], prices: Prices) -> Iterator[Group]:
    agent = _requests(values["agent"])
    for group_name, group in values.get("nodes", {}).items():
        containers = [group[layer] for layer in ("execution", "consensus") if group.get(layer)]
        pod = sum((_requests(container) for container in containers), agent) + _volume(group)
        sizes = _sizes(network, group_name)
        yield _group((name, f"nodes.{group_name}"), group["replicas"], pod, sizes, prices)
    for key_set, signer in values.get("validators", {}).items():
        pod = _requests(signer["container"]) + _volume(signer)
        yield _group((name, f"validators.{key_set}"), signer["replicas"], pod, {}, prices)


def _group(place: tuple[str, str], pods: int, pod: Amount, sizes: Mapping[str, Sizing], prices: Prices) -> Group:
    requested = pod * pods
    need = sum((_sized(sizing) for sizing in sizes.values()), NOTHING) if sizes else None
    growth = sum((Decimal(str(sizing.growth)) for sizing in sizes.values()), Decimal(0)) if sizes else None
    return Group(
        network=place[0],
        name=place[1],
        pods=pods,
        requested=requested,
        needed=need * pods if need is not None else None,
        growth=growth * pods if growth is not None else None,
        weeks=_weeks(pod.disk, need, growth),
        cost=prices.monthly(requested.cpu, requested.memory, requested.disk),
        sources=tuple(f"{name}: {sizing.source}" for name, sizing in sizes.items()),
    )


def _weeks(disk: Decimal, need: Amount | None, growth: Decimal | None) -> int | None:
    if need is None or not growth:
        return None
    return max(0, int(((disk - need.disk) / growth).to_integral_value(ROUND_FLOOR)))


def _sizes(network: Network, group_name: str) -> dict[str, Sizing]:
    """Return what each part of a pod needs by its name, or nothing where that of one of them is not known."""
    group = network.nodes[group_name]
    sizes = sizings(network, group, group.execution.retention)
    known = {name: sizing for name, sizing in sizes.items() if sizing is not None}
    return known if len(known) == len(sizes) else {}


def _sized(sizing: Sizing) -> Amount:
    return Amount(bytes_of(sizing.cpu), bytes_of(sizing.memory) / _GIBIBYTE, Decimal(sizing.disk))


def _requests(container: Mapping[str, Any]) -> Amount:
    requests = container["resources"]["requests"]
    return Amount(bytes_of(requests["cpu"]), bytes_of(requests["memory"]) / _GIBIBYTE, Decimal(0))


def _volume(values: Mapping[str, Any]) -> Amount:
    return Amount(Decimal(0), Decimal(0), bytes_of(values["storage"]) / _GIBIBYTE)
