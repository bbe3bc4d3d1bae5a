"""The configuration and the arguments of the node's components."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

from ethgen.cluster.bare.configuration import CLIENTS, configuration
from ethgen.cluster.bare.daemons import MULTI_CALL, daemons
from ethgen.cluster.bare.node import MASKS
from ethgen.cluster.bare.pki import leaves
from ethgen.cluster.bare.settings import settings
from ethgen.cluster.provider import ClusterConfig, Subnets

CLUSTER = settings(ClusterConfig("local", Path("/repository/.ethgen/local"), subnets=Subnets(pods="10.1.0.0/16")))
FILES = configuration(CLUSTER, snapshotter="overlayfs", runc="/usr/sbin/runc", cni="/usr/lib/cni")


def test_no_path_of_the_machine_is_in_them():
    """Files and arguments name the node's own paths, so a folder's name on the machine never matters."""
    everything = "".join(FILES.values()) + "".join(" ".join(daemon.argv) for daemon in daemons(CLUSTER))
    assert "/repository" not in everything


def test_containerd_takes_the_snapshotter_and_the_runtime():
    """The file is TOML; the chosen snapshotter is used for pods and imports, and is not disabled."""
    for snapshotter in ("overlayfs", "native"):
        files = configuration(CLUSTER, snapshotter=snapshotter, runc="/usr/sbin/runc", cni="/usr/lib/cni")
        parsed = tomllib.loads(files["containerd.toml"])
        plugins = parsed["plugins"]
        runtime = plugins["io.containerd.cri.v1.runtime"]
        assert plugins["io.containerd.cri.v1.images"]["snapshotter"] == snapshotter
        assert plugins["io.containerd.transfer.v1.local"]["unpack_config"][0]["snapshotter"] == snapshotter
        assert f"io.containerd.snapshotter.v1.{snapshotter}" not in parsed["disabled_plugins"]
        assert runtime["containerd"]["runtimes"]["runc"]["options"]["BinaryName"] == "/usr/sbin/runc"
        assert runtime["cni"]["bin_dirs"] == ["/usr/lib/cni"]
        assert runtime["restrict_oom_score_adj"] is True


def test_the_kubelet_restarts_quickly_and_keeps_images():
    """A crash costs at most five seconds, no image is collected, and the cgroups are the cluster's own."""
    kubelet = json.loads(FILES["kubelet.yaml"])
    assert kubelet["crashLoopBackOff"] == {"maxContainerRestartPeriod": "5s"}
    assert kubelet["imageGCHighThresholdPercent"] == 100
    assert kubelet["evictionHard"]["imagefs.available"] == "0%"
    assert (kubelet["cgroupRoot"], kubelet["cgroupDriver"]) == ("/ethgen-local", "cgroupfs")
    assert (kubelet["clusterDNS"], kubelet["oomScoreAdj"]) == (["10.96.0.10"], 0)


def test_pod_traffic_is_routed():
    """Pods get point-to-point links, and their leases lie on a file system that dies with the node."""
    plugin = json.loads(FILES["cni/10-ethgen.conflist"])["plugins"][0]
    assert (plugin["type"], plugin["ipMasq"]) == ("ptp", False)
    assert plugin["ipam"]["ranges"] == [[{"subnet": "10.1.0.0/16"}]]
    assert plugin["ipam"]["dataDir"].startswith("/run/")


def test_connection_tracking_of_the_machine_is_left_alone():
    """Every such setting of kube-proxy is zero."""
    proxy = json.loads(FILES["kube-proxy.yaml"])
    assert proxy["conntrack"] == {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"}
    assert (proxy["mode"], proxy["clusterCIDR"]) == ("nftables", "10.1.0.0/16")


def test_the_machines_own_settings_are_masked():
    """What the kubelet sets machine-wide is shown to it as set already."""
    assert MASKS == {
        "/proc/sys/vm/overcommit_memory": "1",
        "/proc/sys/vm/panic_on_oom": "0",
        "/proc/sys/kernel/panic": "10",
        "/proc/sys/kernel/panic_on_oops": "1",
        "/proc/sys/kernel/keys/root_maxkeys": "1000000",
        "/proc/sys/kernel/keys/root_maxbytes": "25000000",
    }


def test_every_client_has_a_certificate_and_a_kubeconfig():
    """Each component calls the API server as itself."""
    issued = {leaf.name for leaf in leaves(CLUSTER)}
    for client in CLIENTS:
        document = json.loads(FILES[f"{client}.kubeconfig"])
        assert client in issued
        assert document["users"][0]["user"]["client-key"].endswith(f"/{client}.key")
        assert document["clusters"][0]["cluster"]["server"] == "https://10.88.0.2:6443"


def test_files_that_arguments_name_are_written():
    """An argument that names a configuration file or a key names one that exists."""
    issued = {f"{leaf.name}.{kind}" for leaf in leaves(CLUSTER) for kind in ("crt", "key")}
    issued |= {"ca.crt", "ca.key", "front-proxy-ca.crt", "service-account.key", "service-account.pub"}
    for daemon in daemons(CLUSTER):
        for argument in daemon.argv[1:]:
            value = argument.partition("=")[2]
            if value.startswith("/run/ethgen/state/config/"):
                assert value.removeprefix("/run/ethgen/state/config/") in FILES, daemon.name
            if value.startswith("/run/ethgen/state/pki/"):
                assert value.removeprefix("/run/ethgen/state/pki/") in issued, daemon.name


def test_what_the_api_server_needs_starts_before_it():
    """etcd, containerd and the API server start together, everything else once it answers."""
    before = [daemon.name for daemon in daemons(CLUSTER) if not daemon.needs_api]
    assert before == ["etcd", "containerd", "kube-apiserver"]
    assert {"kubelet", "network-policy", "csi-directory"} <= {d.name for d in daemons(CLUSTER) if d.needs_api}


def test_the_multi_call_binary_has_a_name_for_each_of_its_daemons():
    """A daemon is either a binary of its own or one of the multi-call names."""
    own = {"etcd", "containerd", "csi-provisioner", "csi-snapshotter", "snapshot-controller"}
    assert {daemon.name for daemon in daemons(CLUSTER)} - own <= set(MULTI_CALL)


def test_the_same_cluster_makes_the_same_files():
    """Nothing in them depends on the moment."""
    assert configuration(CLUSTER, snapshotter="overlayfs", runc="/usr/sbin/runc", cni="/usr/lib/cni") == FILES
