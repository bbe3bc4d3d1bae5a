"""The certificates of a bare cluster."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ethgen.cluster.bare.pki import ensure_pki, leaves
from ethgen.cluster.bare.settings import Settings, settings
from ethgen.cluster.provider import ClusterConfig

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return a cluster whose PKI was made."""
    made = settings(ClusterConfig("local", tmp_path_factory.mktemp("state")))
    assert ensure_pki(made)
    return made


def load(cluster: Settings, name: str) -> x509.Certificate:
    """Return a certificate."""
    return x509.load_pem_x509_certificate((cluster.pki / f"{name}.crt").read_bytes())


def test_the_api_server_is_valid_for_every_name_it_is_called_by(cluster: Settings):
    """Its names are those of the service `kubernetes`; its addresses the node's, the service's and the loopback."""
    names = load(cluster, "apiserver").extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
    ]
    assert names.get_values_for_type(x509.IPAddress) == [
        IPv4Address("10.88.0.2"),
        IPv4Address("10.96.0.1"),
        IPv4Address("127.0.0.1"),
    ]


@pytest.mark.parametrize(
    ("name", "user", "group"),
    [
        ("admin", "kubernetes-admin", "system:masters"),
        ("kubelet", "system:node:ethgen-local", "system:nodes"),
        ("kube-scheduler", "system:kube-scheduler", ""),
        ("network-policy", "ethgen:network-policy", ""),
    ],
)
def test_clients_are_who_kubernetes_takes_them_for(cluster: Settings, name: str, user: str, group: str):
    """The common name is the user, the organization the group, and a client cannot pose as a server."""
    certificate = load(cluster, name)
    (common_name,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    organizations = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    assert (common_name.value, "".join(str(one.value) for one in organizations)) == (user, group)
    purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(purposes) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def test_every_leaf_is_signed_by_its_authority_and_signs_none(cluster: Settings):
    """The aggregation layer's client has an authority of its own; no leaf is an authority."""
    for leaf in leaves(cluster):
        certificate = load(cluster, leaf.name)
        certificate.verify_directly_issued_by(load(cluster, leaf.authority))
        assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert [leaf.name for leaf in leaves(cluster) if leaf.authority != "ca"] == ["front-proxy-client"]


def test_keys_are_private(cluster: Settings):
    """Nobody but root reads a key."""
    keys = list(cluster.pki.glob("*.key"))
    assert len(keys) == len(leaves(cluster)) + 3
    assert {path.stat().st_mode & 0o777 for path in keys} == {0o600}
    assert cluster.pki.stat().st_mode & 0o777 == 0o700


def test_it_is_made_once_and_whole(tmp_path: Path):
    """A half-made PKI of an interrupted start is replaced, a whole one is kept."""
    cluster = settings(ClusterConfig("local", tmp_path))
    half = cluster.root / "pki.new"
    half.mkdir(parents=True)
    (half / "left.key").touch()
    assert ensure_pki(cluster)
    assert not half.exists()
    assert not (cluster.pki / "left.key").exists()
    before = (cluster.pki / "ca.crt").read_bytes()
    assert not ensure_pki(cluster)
    assert (cluster.pki / "ca.crt").read_bytes() == before
