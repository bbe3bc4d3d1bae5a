"""The configuration files of the node's components, as text; paths in them are the node's own.

Values that look odd have one of two reasons: nothing on the machine outside the node may change, and images that were
loaded without a registry must never be thrown away.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ethgen.cluster.bare.settings import (
    CLUSTER_DOMAIN,
    CONTAINERD_SOCKET,
    NODE,
    NODE_CONFIG,
    NODE_PKI,
    NODE_STATE,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ethgen.cluster.bare.settings import Settings

PAUSE_IMAGE = "localhost/ethgen/pause:1"
CLIENTS = ("kubelet", "kube-controller-manager", "kube-scheduler", "kube-proxy", "network-policy", "csi")
CNI_CONFIG = f"{NODE_CONFIG}/cni"
CNI_LEASES = f"{NODE}/cni-leases"

UNUSED_CONTAINERD_PLUGINS = (
    "io.containerd.internal.v1.opt",  # would make /opt/containerd on the machine
    "io.containerd.internal.v1.tracing",
    "io.containerd.nri.v1.nri",
    "io.containerd.snapshotter.v1.blockfile",
    "io.containerd.snapshotter.v1.btrfs",
    "io.containerd.snapshotter.v1.devmapper",
    "io.containerd.snapshotter.v1.erofs",
    "io.containerd.snapshotter.v1.zfs",
    "io.containerd.tracing.processor.v1.otlp",
)


def configuration(cluster: Settings, *, snapshotter: str, runc: str, cni: str) -> Mapping[str, str]:
    """Return the configuration files by their name below the configuration folder.

    Args:
        cluster: the cluster's settings.
        snapshotter: containerd's snapshotter: `overlayfs`, or `native` where the state's file system cannot carry it.
        runc: the path of runc.
        cni: the folder of the CNI plugins.
    """
    files = {f"{name}.kubeconfig": kubeconfig_text(cluster, name) for name in CLIENTS}
    files["containerd.toml"] = _containerd(snapshotter, runc, cni)
    files["cni/10-ethgen.conflist"] = _json(_cni(cluster))
    files["kubelet.yaml"] = _json(_kubelet(cluster))
    files["kube-proxy.yaml"] = _json(_kube_proxy(cluster))
    # The kubelet hands this to pods whose DNS policy is `Default`; it has no name server, as the node has none.
    files["resolv.conf"] = f"search {CLUSTER_DOMAIN}\n"
    return files


def kubeconfig_text(cluster: Settings, client: str) -> str:
    """Return the kubeconfig with which a component of the node calls the API server."""
    return _json(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": cluster.name,
                    "cluster": {"server": cluster.server, "certificate-authority": f"{NODE_PKI}/ca.crt"},
                }
            ],
            "users": [
                {
                    "name": client,
                    "user": {
                        "client-certificate": f"{NODE_PKI}/{client}.crt",
                        "client-key": f"{NODE_PKI}/{client}.key",
                    },
                }
            ],
            "contexts": [{"name": client, "context": {"cluster": cluster.name, "user": client}}],
            "current-context": client,
        }
    )


def _containerd(snapshotter: str, runc: str, cni: str) -> str:
    unused = [plugin for plugin in UNUSED_CONTAINERD_PLUGINS if not plugin.endswith(f".{snapshotter}")]
    # restrict_oom_score_adj: without CAP_SYS_RESOURCE the score cannot be lowered, and runc fails when it is asked to.
    return f"""version = 3
root = "{NODE_STATE}/containerd"
state = "/run/containerd"
disabled_plugins = {json.dumps(unused)}

[debug]
level = "warn"

[grpc]
address = "{CONTAINERD_SOCKET}"

[plugins."io.containerd.cri.v1.images"]
snapshotter = "{snapshotter}"

[plugins."io.containerd.cri.v1.images".pinned_images]
sandbox = "{PAUSE_IMAGE}"

[plugins."io.containerd.cri.v1.runtime"]
restrict_oom_score_adj = true

[plugins."io.containerd.cri.v1.runtime".cni]
bin_dirs = ["{cni}"]
conf_dir = "{CNI_CONFIG}"

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
BinaryName = "{runc}"

[plugins."io.containerd.transfer.v1.local"]

[[plugins."io.containerd.transfer.v1.local".unpack_config]]
platform = "linux"
snapshotter = "{snapshotter}"
"""


def _cni(cluster: Settings) -> dict[str, Any]:
    # ptp routes all pod traffic through the node's forward chain, where policies are enforced; a bridge would need
    # the kernel module br_netfilter. The leases lie in memory, for they must die with the sandboxes that hold them.
    ipam = {
        "type": "host-local",
        "ranges": [[{"subnet": cluster.pods}]],
        "routes": [{"dst": "0.0.0.0/0"}],
        "dataDir": CNI_LEASES,
    }
    plugins = [
        {"type": "ptp", "ipMasq": False, "ipam": ipam},
        {"type": "portmap", "capabilities": {"portMappings": True}, "snat": False},
    ]
    return {"cniVersion": "1.0.0", "name": "ethgen", "plugins": plugins}


def _kubelet(cluster: Settings) -> dict[str, Any]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": cluster.node_address,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": f"{NODE_PKI}/ca.crt"},
        },
        "authorization": {"mode": "Webhook"},
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{cluster.name}",
        "clusterDNS": [cluster.dns_service],
        "clusterDomain": CLUSTER_DOMAIN,
        "containerRuntimeEndpoint": f"unix://{CONTAINERD_SOCKET}",
        # A killed client is back within seconds, also the tenth time.
        "crashLoopBackOff": {"maxContainerRestartPeriod": "5s"},
        "evictionHard": {
            "memory.available": "100Mi",
            "nodefs.available": "0%",
            "nodefs.inodesFree": "0%",
            "imagefs.available": "0%",
        },
        "failCgroupV1": False,
        "failSwapOn": False,
        "healthzBindAddress": "127.0.0.1",
        # Images that were loaded from an archive cannot be pulled again.
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "makeIPTablesUtilChains": False,
        "oomScoreAdj": 0,
        "resolvConf": f"{NODE_CONFIG}/resolv.conf",
        "rotateCertificates": False,
        "serializeImagePulls": False,
        "tlsCertFile": f"{NODE_PKI}/kubelet-server.crt",
        "tlsPrivateKeyFile": f"{NODE_PKI}/kubelet-server.key",
        "volumePluginDir": f"{NODE}/flexvolume",
    }


def _kube_proxy(cluster: Settings) -> dict[str, Any]:
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "clientConnection": {"kubeconfig": f"{NODE_CONFIG}/kube-proxy.kubeconfig"},
        "clusterCIDR": cluster.pods,
        "detectLocalMode": "ClusterCIDR",
        "mode": "nftables",
        "oomScoreAdj": 0,
        "healthzBindAddress": "127.0.0.1:10256",
        "metricsBindAddress": "127.0.0.1:10249",
        # Zero leaves the machine's connection-tracking settings alone.
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
    }


def _json(value: object) -> str:
    # JSON is YAML too (YAML 1.2, section 1.3), and needs no library.
    return json.dumps(value, indent=2) + "\n"
