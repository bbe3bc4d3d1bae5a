"""What a profile decides where a spec does not, and what profile `production` refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from ethgen.spec.internet import everybody
from ethgen.spec.positions import dotted
from ethgen.spec.problem import Problem
from ethgen.spec.types import is_pinned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.spec.model import NetworkSpec
    from ethgen.spec.network import Network
    from ethgen.spec.node import Client


class Defaults(NamedTuple):
    """What a profile decides.

    Attributes:
        cpu: cores that each client requests; the catalogue's figure if empty.
        memory: memory that each client requests; the catalogue's figure if empty.
        zone_spread: what becomes of a pod that zones cannot take evenly, where zones are given.
    """

    cpu: str = ""
    memory: str = ""
    zone_spread: Literal["ScheduleAnyway", "DoNotSchedule"] = "ScheduleAnyway"


PROFILES = {
    # What a laptop can spare; the catalogue's requests are for public networks.
    "local": Defaults(cpu="50m", memory="128Mi"),
    "staging": Defaults(),
    "production": Defaults(zone_spread="DoNotSchedule"),
}


def zone_spread(spec: NetworkSpec) -> Literal["ScheduleAnyway", "DoNotSchedule"]:
    """Return what becomes of a pod that would make one zone hold more of its group than another."""
    chosen = PROFILES[spec.profile].zone_spread if spec.cluster.zones else "ScheduleAnyway"
    return spec.cluster.zone_spread or chosen


def problems_of(spec: NetworkSpec) -> Iterator[Problem]:
    """Yield what a profile does not allow."""
    if spec.profile != "production":
        return
    if spec.cluster.provider != "existing":
        yield Problem(
            ("cluster", "provider"),
            f"{spec.cluster.provider} makes a cluster of this machine, and profile is production; use existing",
        )
    if spec.networks and spec.cluster.registry == "localhost":
        yield Problem(
            ("cluster", "registry"),
            "profile production needs a registry that all hosts can pull the agent's image from",
        )
    for name, network in spec.networks.items():
        yield from _open(("networks", name), network)
        yield from _images(("networks", name), network)


def _open(here: tuple[str, ...], network: Network) -> Iterator[Problem]:
    ranges = everybody(network.rpc.from_cidrs)
    if ranges and not network.rpc.any_address:
        said = dotted((*here, "rpc", "anyAddress"))
        yield Problem(
            (*here, "rpc", "fromCidrs"),
            f"{ranges} {'let' if ',' in ranges else 'lets'} everybody call, and profile is production; "
            f"name the ranges that may, or say that it is on purpose with {said}: true",
        )


def _images(here: tuple[str, ...], network: Network) -> Iterator[Problem]:
    clients: dict[tuple[str, ...], Client] = {
        ("validators", name): key_set for name, key_set in network.validators.items()
    }
    for name, group in network.nodes.items():
        clients |= {("nodes", name, "execution"): group.execution, ("nodes", name, "consensus"): group.consensus}
    for path, client in clients.items():
        if client.image is not None and not is_pinned(client.image):
            yield Problem(
                (*here, *path, "image"),
                f"{client.image} may be another image tomorrow, and profile is production; "
                "name a version's tag or a digest",
            )
