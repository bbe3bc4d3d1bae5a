"""The node's programs: built from pinned modules into the cache."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ethgen.cluster.gobuild import BuildRequest, PublishedModule, WrapperModule, build
from ethgen.cluster.module_files import ModuleFiles, ensure_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ethgen.cluster.cache import Progress

KUBERNETES_VERSION = "v1.36.3"
ETCD_VERSION = "v3.7.3"
CONTAINERD_VERSION = "v2.4.2"
COREDNS_VERSION = "v1.14.2"
METRICS_SERVER_VERSION = "v0.9.0"
PROVISIONER_VERSION = "v6.3.0"
SNAPSHOTTER_VERSION = "v8.7.0"
SNAPSHOT_CLIENT = "github.com/kubernetes-csi/external-snapshotter/client/v8"
SNAPSHOT_CLIENT_VERSION = "v8.6.0"
SNAPSHOT_KINDS = ("volumesnapshotclasses", "volumesnapshotcontents", "volumesnapshots")
PAUSE_VERSION = "v1"

NODE_MODULE = WrapperModule(Path(__file__).with_name("node"))
CONTAINERD_MODULE = PublishedModule(
    path="github.com/containerd/containerd/v2",
    version=CONTAINERD_VERSION,
    checksum="h1:p6Qg+xbEz8lvwdhHDx0U469xENvp4LgGBx+E7djXkGw=",
    go="1.26.6",
)


def requests() -> tuple[BuildRequest, ...]:
    """Return what has to be built, the most expensive first: the others then find its packages compiled."""
    snapshotter = "github.com/kubernetes-csi/external-snapshotter/v8/cmd"
    provisioner = "github.com/kubernetes-csi/external-provisioner/v6/cmd"
    return (
        _own("kubernetes", KUBERNETES_VERSION, "./cmd/kubernetes", _kubernetes_flags()),
        _own("etcd", ETCD_VERSION, "./cmd/etcd"),
        _own("coredns", COREDNS_VERSION, "./cmd/coredns"),
        _own("metrics-server", METRICS_SERVER_VERSION, "sigs.k8s.io/metrics-server/cmd/metrics-server"),
        _own(
            "csi-provisioner", PROVISIONER_VERSION, f"{provisioner}/csi-provisioner", _version_flag(PROVISIONER_VERSION)
        ),
        _own(
            "csi-snapshotter", SNAPSHOTTER_VERSION, f"{snapshotter}/csi-snapshotter", _version_flag(SNAPSHOTTER_VERSION)
        ),
        _own(
            "snapshot-controller",
            SNAPSHOTTER_VERSION,
            f"{snapshotter}/snapshot-controller",
            _version_flag(SNAPSHOTTER_VERSION),
        ),
        _own("pause", PAUSE_VERSION, "./cmd/pause"),
        *(_containerd(name) for name in ("containerd", "containerd-shim-runc-v2", "ctr")),
    )


def ensure_binaries(progress: Progress) -> Mapping[str, Path]:
    """Return the programs by name, building what the cache does not hold.

    Raises:
        ToolError: one cannot be built; the message names its log.
    """
    return {request.binary: build(request, progress) for request in requests()}


def ensure_snapshot_definitions(progress: Progress) -> tuple[Path, ...]:
    """Return the CustomResourceDefinitions of snapshots as the pinned client module publishes them.

    Raises:
        ToolError: there is no Go to fetch the module with, or it cannot be had.
    """
    files = tuple(f"config/crd/snapshot.storage.k8s.io_{kind}.yaml" for kind in SNAPSHOT_KINDS)
    return ensure_files(ModuleFiles(SNAPSHOT_CLIENT, SNAPSHOT_CLIENT_VERSION, NODE_MODULE, files), progress)


def _own(binary: str, version: str, package: str, ldflags: str = "-s -w") -> BuildRequest:
    return BuildRequest(binary=binary, version=version, module=NODE_MODULE, package=package, ldflags=ldflags)


def _containerd(name: str) -> BuildRequest:
    module = CONTAINERD_MODULE
    return BuildRequest(
        binary=name,
        version=CONTAINERD_VERSION,
        module=module,
        package=f"{module.path}/cmd/{name}",
        ldflags=f"-s -w -X {module.path}/version.Version={CONTAINERD_VERSION}",
    )


def _version_flag(version: str) -> str:
    return f"-s -w -X main.version={version}"


def _kubernetes_flags() -> str:
    """Return the linker flags that make the components tell their version, which clients decide by."""
    major, minor, _ = KUBERNETES_VERSION.removeprefix("v").split(".")
    values = {"gitVersion": KUBERNETES_VERSION, "gitMajor": major, "gitMinor": minor}
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    return " ".join(
        ["-s -w", *(f"-X {package}.{name}={value}" for package in packages for name, value in values.items())]
    )
