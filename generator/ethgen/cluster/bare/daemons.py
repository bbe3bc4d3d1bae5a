"""The node's processes: which there are, with which arguments, and in what order they start and stop."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ethgen.cluster.bare.settings import (
    API_PORT,
    CSI_DRIVER,
    KUBELET_ROOT,
    NODE_BIN,
    NODE_CONFIG,
    NODE_PKI,
    NODE_STATE,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ethgen.cluster.bare.settings import Settings

ETCD = "https://127.0.0.1:2379"
CSI_SOCKET = f"{KUBELET_ROOT}/plugins/{CSI_DRIVER}/csi.sock"
NO_GROUP_SNAPSHOTS = "--feature-gates=CSIVolumeGroupSnapshot=false"
"""Their kinds are not served here, and the controllers would wait for them."""
MULTI_CALL = (
    "csi-directory",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-proxy",
    "kube-scheduler",
    "kubectl",
    "kubelet",
    "network-policy",
)
"""The names under which the one Kubernetes binary is called."""


@dataclass(frozen=True, slots=True)
class Daemon:
    """One process that runs as long as the node does and is started again when it ends.

    Attributes:
        name: its name, that of its log file too.
        argv: the program and its arguments, as the node sees them.
        environment: variables besides the node's own.
        needs_api: whether it starts only once the API server answers.
    """

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    needs_api: bool = True


def daemons(cluster: Settings) -> tuple[Daemon, ...]:
    """Return the node's processes in the order in which they start; they stop the other way round."""
    return (
        Daemon("etcd", _etcd(), {"GOGC": "50"}, needs_api=False),
        Daemon("containerd", (_bin("containerd"), f"--config={NODE_CONFIG}/containerd.toml"), needs_api=False),
        Daemon("kube-apiserver", _apiserver(cluster), {"GOGC": "75"}, needs_api=False),
        Daemon("kubelet", _kubelet(cluster)),
        Daemon("kube-controller-manager", _controller_manager(cluster)),
        Daemon("kube-scheduler", _scheduler()),
        Daemon("kube-proxy", _proxy(cluster)),
        Daemon("network-policy", (_bin("network-policy"), f"--kubeconfig={_kubeconfig('network-policy')}")),
        Daemon("csi-directory", _csi_driver(cluster)),
        Daemon("csi-provisioner", _csi_helper("csi-provisioner")),
        Daemon("csi-snapshotter", (*_csi_helper("csi-snapshotter"), NO_GROUP_SNAPSHOTS)),
        Daemon("snapshot-controller", _snapshot_controller()),
    )


def _bin(name: str) -> str:
    return f"{NODE_BIN}/{name}"


def _pki(name: str) -> str:
    return f"{NODE_PKI}/{name}"


def _kubeconfig(name: str) -> str:
    return f"{NODE_CONFIG}/{name}.kubeconfig"


def _etcd() -> tuple[str, ...]:
    peer = "https://127.0.0.1:2380"
    identity = []
    for prefix in ("", "peer-"):
        identity += [
            f"--{prefix}cert-file={_pki('etcd.crt')}",
            f"--{prefix}key-file={_pki('etcd.key')}",
            f"--{prefix}trusted-ca-file={_pki('ca.crt')}",
            f"--{prefix}client-cert-auth",
        ]
    return (
        _bin("etcd"),
        "--name=node",
        f"--data-dir={NODE_STATE}/etcd",
        f"--listen-client-urls={ETCD}",
        f"--advertise-client-urls={ETCD}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=node={peer}",
        *identity,
        # What a crash of the whole machine could lose is a local cluster; a killed process loses nothing.
        "--unsafe-no-fsync",
        "--log-level=warn",
    )


def _apiserver(cluster: Settings) -> tuple[str, ...]:
    return (
        _bin("kube-apiserver"),
        f"--bind-address={cluster.node_address}",
        f"--advertise-address={cluster.node_address}",
        f"--secure-port={API_PORT}",
        "--allow-privileged=true",
        "--anonymous-auth=false",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        f"--client-ca-file={_pki('ca.crt')}",
        f"--tls-cert-file={_pki('apiserver.crt')}",
        f"--tls-private-key-file={_pki('apiserver.key')}",
        f"--etcd-servers={ETCD}",
        f"--etcd-cafile={_pki('ca.crt')}",
        f"--etcd-certfile={_pki('apiserver-etcd-client.crt')}",
        f"--etcd-keyfile={_pki('apiserver-etcd-client.key')}",
        f"--kubelet-certificate-authority={_pki('ca.crt')}",
        f"--kubelet-client-certificate={_pki('apiserver-kubelet-client.crt')}",
        f"--kubelet-client-key={_pki('apiserver-kubelet-client.key')}",
        "--kubelet-preferred-address-types=InternalIP",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        f"--service-account-key-file={_pki('service-account.pub')}",
        f"--service-account-signing-key-file={_pki('service-account.key')}",
        f"--service-cluster-ip-range={cluster.services}",
        f"--requestheader-client-ca-file={_pki('front-proxy-ca.crt')}",
        "--requestheader-allowed-names=front-proxy-client",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-username-headers=X-Remote-User",
        f"--proxy-client-cert-file={_pki('front-proxy-client.crt')}",
        f"--proxy-client-key-file={_pki('front-proxy-client.key')}",
        "--enable-aggregator-routing=true",
        "--profiling=false",
    )


def _kubelet(cluster: Settings) -> tuple[str, ...]:
    return (
        _bin("kubelet"),
        f"--config={NODE_CONFIG}/kubelet.yaml",
        f"--kubeconfig={_kubeconfig('kubelet')}",
        f"--root-dir={KUBELET_ROOT}",
        f"--hostname-override={cluster.name}",
        f"--node-ip={cluster.node_address}",
    )


def _controller_manager(cluster: Settings) -> tuple[str, ...]:
    return (
        _bin("kube-controller-manager"),
        *_single("kube-controller-manager"),
        "--use-service-account-credentials",
        f"--service-account-private-key-file={_pki('service-account.key')}",
        f"--root-ca-file={_pki('ca.crt')}",
        f"--cluster-signing-cert-file={_pki('ca.crt')}",
        f"--cluster-signing-key-file={_pki('ca.key')}",
        f"--cluster-name={cluster.name}",
        f"--service-cluster-ip-range={cluster.services}",
        # Each of some forty controllers gets its own account at the start; at the default of 20 calls a second that
        # alone takes four seconds.
        "--kube-api-qps=200",
        "--kube-api-burst=400",
        "--profiling=false",
    )


def _scheduler() -> tuple[str, ...]:
    return (_bin("kube-scheduler"), *_single("kube-scheduler"), "--profiling=false")


def _single(name: str) -> tuple[str, ...]:
    """Return the arguments of a controller that has no replica to elect a leader from."""
    kubeconfig = _kubeconfig(name)
    return (
        f"--kubeconfig={kubeconfig}",
        f"--authentication-kubeconfig={kubeconfig}",
        f"--authorization-kubeconfig={kubeconfig}",
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
    )


def _csi_driver(cluster: Settings) -> tuple[str, ...]:
    return (
        _bin("csi-directory"),
        f"--driver-name={CSI_DRIVER}",
        f"--node-name={cluster.name}",
        f"--root={NODE_STATE}",
        f"--kubelet-root={KUBELET_ROOT}",
    )


def _csi_helper(name: str) -> tuple[str, ...]:
    # A copy of a volume's files takes as long as its disk needs for them.
    return (_bin(name), f"--csi-address={CSI_SOCKET}", "--timeout=30m", *_csi_client())


def _snapshot_controller() -> tuple[str, ...]:
    return (_bin("snapshot-controller"), *_csi_client(), NO_GROUP_SNAPSHOTS)


def _csi_client() -> tuple[str, ...]:
    return (f"--kubeconfig={_kubeconfig('csi')}", "--leader-election=false")


def _proxy(cluster: Settings) -> tuple[str, ...]:
    return (
        _bin("kube-proxy"),
        f"--config={NODE_CONFIG}/kube-proxy.yaml",
        f"--hostname-override={cluster.name}",
    )
