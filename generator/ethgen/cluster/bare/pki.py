"""The cluster's certificate authorities, certificates and service-account key.

The set is the one kubeadm documents ("PKI certificates and requirements"): one authority for the cluster, one for the
aggregation layer's front proxy, and the key pair that signs service-account tokens. Keys are P-256.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ethgen.cluster.bare.settings import CLUSTER_DOMAIN, MADE_FOR

if TYPE_CHECKING:
    from pathlib import Path

    from ethgen.cluster.bare.settings import Settings

VALID = dt.timedelta(days=3650)
CLOCK_SKEW = dt.timedelta(hours=1)
CLUSTER_AUTHORITY = "ca"
PROXY_AUTHORITY = "front-proxy-ca"


@dataclass(frozen=True, slots=True)
class Leaf:
    """One certificate to be issued.

    Attributes:
        name: the name of its files, `<name>.crt` and `<name>.key`.
        common_name: the user name Kubernetes reads from it.
        organization: the group Kubernetes reads from it; empty for none.
        dns: the host names it is valid for as a server.
        addresses: the addresses it is valid for as a server; with neither it is a client's certificate alone.
        authority: the authority that signs it.
    """

    name: str
    common_name: str
    organization: str = ""
    dns: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    authority: str = CLUSTER_AUTHORITY

    @property
    def serves(self) -> bool:
        """Whether a server shows it."""
        return bool(self.dns or self.addresses)


def leaves(cluster: Settings) -> tuple[Leaf, ...]:
    """Return every certificate of the cluster, the authorities' own apart."""
    service = ("kubernetes", "kubernetes.default", "kubernetes.default.svc", f"kubernetes.default.svc.{CLUSTER_DOMAIN}")
    return (
        Leaf("apiserver", "kube-apiserver", "", service, (cluster.node_address, cluster.api_service, "127.0.0.1")),
        Leaf("etcd", "etcd", "", ("localhost",), ("127.0.0.1",)),
        Leaf("kubelet-server", cluster.name, "", (cluster.name,), (cluster.node_address,)),
        Leaf("apiserver-etcd-client", "kube-apiserver-etcd-client"),
        Leaf("apiserver-kubelet-client", "kube-apiserver-kubelet-client"),
        Leaf("front-proxy-client", "front-proxy-client", authority=PROXY_AUTHORITY),
        Leaf("admin", "kubernetes-admin", "system:masters"),
        Leaf("kubelet", f"system:node:{cluster.name}", "system:nodes"),
        Leaf("kube-controller-manager", "system:kube-controller-manager"),
        Leaf("kube-scheduler", "system:kube-scheduler"),
        Leaf("kube-proxy", "system:kube-proxy"),
        Leaf("network-policy", "ethgen:network-policy"),
        Leaf("csi", "ethgen:csi"),
    )


def ensure_pki(cluster: Settings) -> bool:
    """Write the cluster's PKI unless it is there; it appears whole or not at all.

    Returns:
        Whether it was made now.
    """
    if cluster.pki.is_dir():
        return False
    folder = cluster.root / "pki.new"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    authorities = {name: _authority(folder, name) for name in (CLUSTER_AUTHORITY, PROXY_AUTHORITY)}
    for leaf in leaves(cluster):
        _issue(folder, leaf, *authorities[leaf.authority])
    _service_account_key(folder)
    (folder / MADE_FOR).write_text(cluster.addresses, encoding="ascii")
    folder.replace(cluster.pki)
    return True


def _authority(folder: Path, name: str) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        _builder(_subject(name, ""), _subject(name, ""), key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
    )
    certificate = builder.sign(key, hashes.SHA256())
    _write(folder, name, certificate, key)
    return certificate, key


def _issue(folder: Path, leaf: Leaf, authority: x509.Certificate, authority_key: ec.EllipticCurvePrivateKey) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    purposes = [ExtendedKeyUsageOID.CLIENT_AUTH]
    builder = (
        _builder(_subject(leaf.common_name, leaf.organization), authority.subject, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
    )
    if leaf.serves:
        purposes.append(ExtendedKeyUsageOID.SERVER_AUTH)
        names: list[x509.GeneralName] = [x509.DNSName(name) for name in leaf.dns]
        names += [x509.IPAddress(IPv4Address(address)) for address in leaf.addresses]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    _write(folder, leaf.name, builder.sign(authority_key, hashes.SHA256()), key)


def _builder(subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + VALID)
    )


def _subject(common_name: str, organization: str) -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)] if organization else []
    return x509.Name([*attributes, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=not signs_certificates,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _service_account_key(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    _write_private(folder / "service-account.key", _private_pem(key))
    (folder / "service-account.pub").write_bytes(public)


def _write(folder: Path, name: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
    (folder / f"{name}.crt").write_bytes(certificate.public_bytes(Encoding.PEM))
    _write_private(folder / f"{name}.key", _private_pem(key))


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write_private(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
