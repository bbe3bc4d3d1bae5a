"""Making, describing and removing a bare cluster, step by step."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ethgen.cluster.bare import addons, cgroups, machine, node, storage, store
from ethgen.cluster.bare.api import Api, ApiError, wait
from ethgen.cluster.bare.configuration import configuration
from ethgen.cluster.bare.daemons import MULTI_CALL
from ethgen.cluster.bare.dns import resolves
from ethgen.cluster.bare.objects import path_of
from ethgen.cluster.bare.settings import API_PORT, CLUSTER_DOMAIN, CSI_DRIVER, MADE_FOR
from ethgen.cluster.kubeconfig import Identity, write_kubeconfig
from ethgen.cluster.provider import timed
from ethgen.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from ethgen.cluster.bare.objects import Object
    from ethgen.cluster.bare.settings import Settings
    from ethgen.cluster.provider import Progress

API_SECONDS = 90.0
NODE_SECONDS = 60.0
ADDON_SECONDS = 60.0
APPLY_SECONDS = 30.0
CONTAINERD_SECONDS = 30.0
PROBE_SECONDS = 5.0
CGROUP_SECONDS = 3.0
DEFAULT_ACCOUNT = "/api/v1/namespaces/default/serviceaccounts/default"


@dataclass(frozen=True, slots=True)
class Programs:
    """What a cluster is made of, all of it in the cache.

    Attributes:
        binaries: the node's programs by name.
        archives: the docker-archives of its own pods, most urgent first.
        definitions: the CustomResourceDefinitions of snapshots, files that are named `<group>_<kinds>`.
    """

    binaries: Mapping[str, Path]
    archives: tuple[Path, ...]
    definitions: tuple[Path, ...]


def up(cluster: Settings, programs: Programs, progress: Progress) -> None:
    """Bring the cluster up from whatever is there.

    Raises:
        ClusterError: it does not become ready; what was made so far is left for `down` or another `up`.
    """
    pid = node.running(cluster)
    if pid is None or not answers(cluster, PROBE_SECONDS):
        pid = _start(cluster, programs.binaries, progress)
    with ThreadPoolExecutor(max_workers=1) as beside, connect(cluster) as api:
        images = beside.submit(_load_images, cluster, pid, programs.archives, progress)

        def wait_for(what: str, seconds: float, ready: Callable[[], bool]) -> None:
            def go_on() -> None:
                node.require_alive(cluster)
                if images.done():
                    images.result()

            with timed(progress, what):
                wait(what, seconds, ready, go_on)

        wait_for("API server", API_SECONDS, lambda: api.get("/readyz") == "ok")
        with timed(progress, "add-ons applied"):
            _apply(api, cluster, programs.definitions)
        wait_for("node Ready", NODE_SECONDS, lambda: node_ready(api, cluster))
        wait_for("cluster DNS", ADDON_SECONDS, lambda: has_dns(cluster))
        wait_for("storage", ADDON_SECONDS, lambda: has_storage(api, cluster))
        wait_for("default service account", ADDON_SECONDS, lambda: bool(api.get(DEFAULT_ACCOUNT)))
        _apply_each(api, addons.metrics() if cluster.metrics else [])
        images.result()


def check(cluster: Settings) -> None:
    """Refuse to begin where the cluster cannot come about; changes nothing.

    Raises:
        ClusterError: its name or a subnet is in use, it was made with other subnets, the disk is about to be full, or
            the kernel lacks something.
    """
    require_ours(cluster)
    made_for = cluster.pki / MADE_FOR
    if made_for.is_file() and made_for.read_text(encoding="ascii") != cluster.addresses:
        raise ClusterError(
            f"the cluster {cluster.name} was made with other subnets",
            cure="remove it with `ethgen cluster down`, then run `ethgen cluster up` again",
        )
    machine.check_addresses(cluster, cluster.host_link)
    machine.check_space(cluster.root)
    machine.check_kernel()


def require_ours(cluster: Settings) -> None:
    """Refuse to touch a node of the same name that another clone of the repository made.

    Raises:
        ClusterError: it runs, and its folder is there.
    """
    folder = node.folder_of_running(cluster)
    if is_foreign(cluster, folder):
        raise ClusterError(
            f"a cluster {cluster.name} runs already; its folder is {folder}",
            cure="remove it from there with `ethgen cluster down`, or give one environment another name",
        )


def is_foreign(cluster: Settings, folder: Path | None) -> bool:
    """Return whether a running node's folder is another clone's; a folder that was deleted has no owner any more."""
    return folder is not None and folder != cluster.root and folder.exists()


def down(cluster: Settings, *, keep_data: bool, progress: Progress) -> None:
    """Remove the cluster and every trace of it.

    Raises:
        ClusterError: something of it does not let itself be removed, or it is another clone's.
    """
    require_ours(cluster)
    if keep_data:
        with timed(progress, "node stopped"):
            node.stop(cluster)
    with timed(progress, "processes, network and cgroups removed"):
        clear(cluster)
    if keep_data:
        return
    with timed(progress, "files removed"):
        remove_files(cluster)


def clear(cluster: Settings) -> None:
    """Remove what is left of the node outside its folder: processes, the network link and cgroups."""
    node.kill(cluster)
    machine.remove_link(cluster.host_link)
    cgroups.remove(cluster.name, cgroups.mounted(), CGROUP_SECONDS)
    cluster.record.unlink(missing_ok=True)


def remove_files(cluster: Settings) -> None:
    """Remove the cluster's folder."""
    if cluster.root.exists():
        shutil.rmtree(cluster.root)


def connect(cluster: Settings, timeout: float = 10.0) -> Api:
    """Return a client with an administrator's certificate."""
    return Api(cluster.node_address, API_PORT, cluster.pki, timeout=timeout)


def answers(cluster: Settings, seconds: float) -> bool:
    """Return whether the API server says that it is ready."""
    try:
        with connect(cluster, seconds) as api:
            return bool(api.get("/readyz") == "ok")
    except (ApiError, OSError):
        return False


def healthy(cluster: Settings) -> bool:
    """Return whether the whole cluster runs: the node, its API server, DNS and storage."""
    if node.running(cluster) is None:
        return False
    try:
        with connect(cluster, PROBE_SECONDS) as api:
            return node_ready(api, cluster) and has_dns(cluster) and has_storage(api, cluster)
    except (ApiError, OSError):
        return False


def describe(cluster: Settings) -> tuple[str, str]:
    """Return the cluster's state and one line about it."""
    pid = node.running(cluster)
    if pid is None:
        folder = node.folder_of_running(cluster)
        if is_foreign(cluster, folder):
            return "absent", f"another cluster of this name runs; its folder is {folder}"
        left = leftovers(cluster)
        if left == [f"folder {cluster.root}"] and cluster.pki.is_dir():
            return "stopped", f"its data is kept in {cluster.root}"
        return ("broken", f"not running; left: {', '.join(left)}") if left else ("absent", "")
    if healthy(cluster):
        return "running", f"node process {pid}, API server {cluster.server}"
    if answers(cluster, PROBE_SECONDS):
        return "starting", "the API server answers; the node or an add-on is not ready"
    return "broken", f"node process {pid} runs, and the API server does not answer"


def leftovers(cluster: Settings) -> list[str]:
    """Return what there is of the cluster, in words."""
    found = [f"folder {cluster.root}"] if cluster.root.exists() else []
    found += [f"network link {cluster.host_link}"] if machine.link_exists(cluster.host_link) else []
    return found + ([f"cgroup {cluster.name}"] if cgroups.exists(cluster.name, cgroups.mounted()) else [])


def node_ready(api: Api, cluster: Settings) -> bool:
    """Return whether the node's kubelet reports that it takes pods."""
    conditions = api.get(f"/api/v1/nodes/{cluster.name}")["status"].get("conditions", [])
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def has_dns(cluster: Settings) -> bool:
    """Return whether cluster DNS knows the API server's own name; what the API tells may be from before a restart."""
    return resolves(cluster.dns_service, f"kubernetes.default.svc.{CLUSTER_DOMAIN}")


def has_storage(api: Api, cluster: Settings) -> bool:
    """Return whether the node's kubelet knows the CSI driver."""
    drivers = api.get(f"/apis/storage.k8s.io/v1/csinodes/{cluster.name}")["spec"].get("drivers") or []
    return any(driver["name"] == CSI_DRIVER for driver in drivers)


def _apply(api: Api, cluster: Settings, definitions: tuple[Path, ...]) -> None:
    _apply_each(api, [*addons.node_identities(), *storage.identities()])
    for definition in definitions:
        group, _, plural = definition.stem.rpartition("_")
        path = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{plural}.{group}"
        _apply_one(api, path, definition.read_text(encoding="utf-8"))
    _apply_each(api, [*addons.objects(cluster), *storage.objects(), storage.snapshot_class()])


def _apply_each(api: Api, manifests: Iterable[Object]) -> None:
    for manifest in manifests:
        _apply_one(api, path_of(manifest), manifest)


def _apply_one(api: Api, path: str, document: str | Object) -> None:
    # Refused at first: a kind whose definition is not established yet, and a service whose address is still held by the
    # call of an `up` that was interrupted a moment ago.
    wait(path, APPLY_SECONDS, lambda: bool(api.apply(path, document)))


def _start(cluster: Settings, binaries: Mapping[str, Path], progress: Progress) -> int:
    from ethgen.cluster.bare.pki import ensure_pki  # noqa: PLC0415 - cryptography is slow to import

    clear(cluster)
    found = machine.find()
    cluster.root.mkdir(parents=True, exist_ok=True)
    cluster.root.chmod(0o700)
    with timed(progress, "keys and configuration"):
        if not (cluster.pki / MADE_FOR).is_file():
            # Without its keys nothing that was kept can be read or trusted.
            remove_files(cluster)
            cluster.root.mkdir(mode=0o700)
        ensure_pki(cluster)
        snapshotter = machine.snapshotter(cluster.root)
        for name, text in configuration(cluster, snapshotter=snapshotter, runc=found.runc, cni=found.cni).items():
            path = cluster.configuration / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        for name in ("log", "var-log"):
            (cluster.root / name).mkdir(exist_ok=True)
    with timed(progress, "node started"):
        links = dict.fromkeys(MULTI_CALL, "kubernetes")
        pid = node.start(cluster, binaries, links)
        machine.make_link(cluster, pid)
    return pid


def write_access(cluster: Settings, kubeconfig: Path) -> None:
    """Write the kubeconfig for people and tools on this machine."""
    names = ("ca.crt", "admin.crt", "admin.key")
    authority, certificate, key = ((cluster.pki / name).read_bytes() for name in names)
    write_kubeconfig(kubeconfig, cluster.name, cluster.server, Identity(authority, certificate, key))


def _load_images(cluster: Settings, pid: int, archives: tuple[Path, ...], progress: Progress) -> None:
    with timed(progress, "images loaded"):
        wait("containerd", CONTAINERD_SECONDS, lambda: store.answers(pid), lambda: node.require_alive(cluster))
        for archive in archives:
            store.load(pid, archive)
