"""Where a first finalized state can be had from: the chart lets nodes call public addresses and one another alone."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ethgen.spec.checks import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.spec.network import Network

# What the NetworkPolicy `p2p` of the chart takes out of what nodes may call (templates/policies/nodes.yaml).
CLOSED = tuple(
    ipaddress.ip_network(cidr)
    for cidr in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "127.0.0.0/8",
        "fc00::/7",
        "fe80::/10",
        "::1/128",
    )
)


def problems(here: tuple[str, ...], network: Network) -> Iterator[Problem]:
    """Yield the checkpoint URL of the network at `here` where its nodes may not call it.

    What a host name of the Internet leads to is not known here, and not looked up.
    """
    host = urlsplit(network.checkpoint_url or "").hostname
    # A private network has none, which is told elsewhere.
    if network.chain != "custom" and host and (reason := _closed(host)):
        text = f"{host} {reason}, and the chart's NetworkPolicy lets nodes call none"
        yield Problem((*here, "checkpointUrl"), f"{text}; use a Beacon API with a public address")


def _closed(host: str) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        # Kubernetes documentation, "DNS for Services and Pods": a name without a dot is a Service beside the caller.
        labels = host.rstrip(".").split(".")
        if len(labels) == 1 or "svc" in labels[-3:] or labels[-2:] == ["cluster", "local"]:
            return "is a name inside the cluster"
        return ""
    mapped = getattr(address, "ipv4_mapped", None) or address
    return "is a private address" if any(mapped in closed for closed in CLOSED) else ""
