"""The provider `bare`: the lifecycle behind the common interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.cluster.bare import lifecycle, machine, node, store
from ethgen.cluster.bare.settings import settings
from ethgen.cluster.cache import disk_errors, locked
from ethgen.cluster.cache import silent as silent_text
from ethgen.cluster.provider import Cluster, Status, silent, timed
from ethgen.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ethgen.cluster.bare.settings import Settings
    from ethgen.cluster.provider import Availability, ClusterConfig, Progress


class BareProvider:
    """Upstream Kubernetes in namespaces of this machine.

    Args:
        binaries: the node's programs by name, where they are not to be built.
    """

    name = "bare"

    def __init__(self, binaries: Mapping[str, Path] | None = None) -> None:
        self._binaries = binaries

    def available(self) -> Availability:
        """Say whether this machine has what a bare cluster needs."""
        return machine.available()

    def up(self, config: ClusterConfig, progress: Progress = silent) -> Cluster:
        """Make the cluster, mend it, or return at once when it runs.

        Raises:
            ClusterError: this machine cannot have it, or it does not become ready.
            ToolError: one of its programs cannot be built.
        """
        cluster = settings(config)
        self._require()
        with locked(f"cluster-{cluster.name}"), disk_errors(config.state):
            if not lifecycle.healthy(cluster):
                lifecycle.check(cluster)
                lifecycle.up(cluster, self._programs(cluster, progress), progress)
            lifecycle.write_access(cluster, config.kubeconfig)
        return Cluster(self.name, config.name, config.kubeconfig, (cluster.node_address,))

    def down(self, config: ClusterConfig, *, keep_data: bool = False, progress: Progress = silent) -> None:
        """Remove the cluster and all it left behind.

        Raises:
            ClusterError: something of it could not be removed, or this is not root.
        """
        cluster = settings(config)
        self._require_root()
        with locked(f"cluster-{cluster.name}"):
            lifecycle.down(cluster, keep_data=keep_data, progress=progress)
            if not keep_data:
                config.kubeconfig.unlink(missing_ok=True)

    def status(self, config: ClusterConfig) -> Status:
        """Describe the cluster; changes nothing."""
        cluster = settings(config)
        state, detail = lifecycle.describe(cluster)
        known = state != "absent"
        return Status(
            provider=self.name,
            name=cluster.name,
            state=state,
            detail=detail,
            context=config.name if known else "",
            kubeconfig=str(config.kubeconfig) if known else "",
            addresses=(cluster.node_address,) if known else (),
        )

    def load_image(self, config: ClusterConfig, archive: Path) -> bool:
        """Put a docker-archive into the node's image store; returns False when it was there already.

        Raises:
            ClusterError: the cluster does not run or refuses the archive.
        """
        cluster = settings(config)
        pid = node.running(cluster)
        if pid is None:
            raise ClusterError(f"the cluster {cluster.name} does not run", cure="start it with `ethgen cluster up`")
        return store.load(pid, archive)

    def _programs(self, cluster: Settings, progress: Progress) -> lifecycle.Programs:
        # Neither is needed where the cluster runs already.
        from ethgen.cluster.bare import binaries, pod_images  # noqa: PLC0415

        with timed(progress, "programs found or built"):
            programs = self._binaries or binaries.ensure_binaries(silent_text)
            definitions = binaries.ensure_snapshot_definitions(silent_text)
            archives = pod_images.ensure_pod_images(cluster, programs)
        return lifecycle.Programs(programs, archives, definitions)

    def _require(self) -> None:
        answer = self.available()
        if not answer.ok:
            raise ClusterError(f"the provider bare cannot work here: {answer.why_not}", cure=answer.cure)

    def _require_root(self) -> None:
        if not machine.is_root():
            raise ClusterError("removing a bare cluster needs root", cure="run the command with sudo")
