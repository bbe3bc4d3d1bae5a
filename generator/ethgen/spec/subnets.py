"""What the networks of a bare cluster must be, by themselves and to one another."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

# The longest prefix of each: two ends of a link, the pods of one node, and the tenth Service, which is cluster DNS.
_LONGEST = {"link": 30, "pods": 24, "services": 24}


class Fault(NamedTuple):
    """What is wrong with one network: its role, the words, and the cure."""

    role: str
    text: str
    cure: str


def faults(subnets: dict[str, str]) -> Iterator[Fault]:
    """Yield what is wrong with networks in CIDR notation, by their role: link, pods and services."""
    right: dict[str, IPv4Network] = {}
    for role, text in subnets.items():
        try:
            network = IPv4Network(text)
        except ValueError:
            problem = f"the cluster's {role} subnet {text!r} is not an IPv4 network"
            yield Fault(role, problem, "write it as 10.88.0.0/16")
            continue
        longest = _LONGEST[role]
        if network.prefixlen > longest:
            yield Fault(role, f"the cluster's {role} subnet {text} is too small", f"use a /{longest} or larger")
        for other in right.values():
            if network.overlaps(other):
                problem = f"the cluster's subnets {other} and {network} overlap"
                yield Fault(role, problem, "choose separate networks")
        right[role] = network
