"""What follows from a bare cluster's configuration."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ethgen.cluster.bare.settings import settings
from ethgen.cluster.provider import ClusterConfig, Subnets
from ethgen.errors import ClusterError

CONFIG = ClusterConfig("local", Path("/repository/.ethgen/local"))


def test_addresses_follow_from_the_subnets():
    """The link's two ends, the API's and DNS's service addresses are the documented ones of their networks."""
    cluster = settings(CONFIG)
    assert (cluster.host_address, cluster.node_address, cluster.link_prefix) == ("10.88.0.1", "10.88.0.2", 30)
    assert (cluster.api_service, cluster.dns_service) == ("10.96.0.1", "10.96.0.10")
    assert cluster.server == "https://10.88.0.2:6443"
    assert cluster.root == Path("/repository/.ethgen/local/bare")


@pytest.mark.parametrize("environment", ["a", "local", "a-very-long-environment-name-indeed"])
def test_the_links_name_fits_the_kernel(environment: str):
    """A network device's name has at most 15 characters, and another one for each environment."""
    link = settings(replace(CONFIG, environment=environment)).host_link
    assert len(link) <= 15
    assert link != settings(replace(CONFIG, environment="other")).host_link


@pytest.mark.parametrize(
    ("subnets", "message"),
    [
        (Subnets(pods="10.244.0.0"), "the cluster's pods subnet 10.244.0.0 is too small"),
        (Subnets(link="10.88.0.1/30"), "the cluster's link subnet '10.88.0.1/30' is not an IPv4 network"),
        (Subnets(services="fd00::/112"), "the cluster's services subnet 'fd00::/112' is not an IPv4 network"),
        (Subnets(services="10.244.128.0/20"), "the cluster's subnets 10.244.0.0/16 and 10.244.128.0/20 overlap"),
        (Subnets(link="10.88.0.0/31"), "the cluster's link subnet 10.88.0.0/31 is too small"),
    ],
)
def test_wrong_subnets_are_refused(subnets: Subnets, message: str):
    """Each wrong subnet is one clear error."""
    with pytest.raises(ClusterError) as caught:
        settings(replace(CONFIG, subnets=subnets))
    assert caught.value.message == message
    assert caught.value.cure
