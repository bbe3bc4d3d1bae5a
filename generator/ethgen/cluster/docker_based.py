"""What the providers kind and k3d share: they drive a program that makes nodes out of containers."""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from ethgen.cluster.engine import engine_answers
from ethgen.cluster.kubeconfig import renamed, write_private
from ethgen.cluster.process import Command, run
from ethgen.cluster.provider import Availability, Cluster, Status, silent, timed
from ethgen.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ethgen.cluster.process import Result, Runner
    from ethgen.cluster.provider import ClusterConfig, Progress

CREATE_SECONDS = 300


class DockerBasedProvider(ABC):
    """A cluster whose nodes are containers of a Docker engine.

    Args:
        runner: runs the program.
    """

    name: str
    install: str
    """How to get the program, in a few words."""

    def __init__(self, runner: Runner = run) -> None:
        self._runner = runner

    @abstractmethod
    def names(self) -> Sequence[str]:
        """Return the argument list that prints the names of all clusters, one a line."""

    @abstractmethod
    def create(self, config: ClusterConfig) -> Sequence[str]:
        """Return the argument list that makes the cluster and waits for it."""

    @abstractmethod
    def delete(self, config: ClusterConfig) -> Sequence[str]:
        """Return the argument list that removes the cluster."""

    @abstractmethod
    def credentials(self, config: ClusterConfig) -> Sequence[str]:
        """Return the argument list that prints the cluster's kubeconfig."""

    @abstractmethod
    def load(self, config: ClusterConfig, archive: Path) -> Sequence[str]:
        """Return the argument list that loads a docker-archive into the nodes."""

    def available(self) -> Availability:
        """Say whether the program is there and a Docker engine answers."""
        if shutil.which(self.name) is None:
            return Availability(ok=False, why_not=f"{self.name} is not installed", cure=self.install)
        if not engine_answers(self._runner):
            return Availability(
                ok=False, why_not="no Docker engine answers", cure="start Docker, or give this user the right to use it"
            )
        return Availability(ok=True)

    def up(self, config: ClusterConfig, progress: Progress = silent) -> Cluster:
        """Make the cluster unless it is there, and write its kubeconfig.

        Raises:
            ClusterError: the program fails.
        """
        if not self._exists(config):
            config.state.mkdir(parents=True, exist_ok=True)
            with timed(progress, f"cluster {config.name} made by {self.name}"):
                self._checked(self.create(config), CREATE_SECONDS)
        printed = self._checked(self.credentials(config))
        write_private(config.kubeconfig, renamed(printed.output, config.name))
        return Cluster(self.name, config.name, config.kubeconfig)

    def down(self, config: ClusterConfig, *, keep_data: bool = False, progress: Progress = silent) -> None:
        """Remove the cluster; its data lies in its containers and goes with them.

        Raises:
            ClusterError: the data was to be kept, or the program fails.
        """
        if keep_data:
            raise ClusterError(
                f"{self.name} cannot keep the data of a cluster it removes", cure="leave --keep-data out"
            )
        if self._exists(config):
            with timed(progress, f"cluster {config.name} removed by {self.name}"):
                self._checked(self.delete(config))
        config.kubeconfig.unlink(missing_ok=True)

    def status(self, config: ClusterConfig) -> Status:
        """Describe the cluster; changes nothing."""
        if not self._exists(config):
            return Status(self.name, config.name, "absent")
        detail = f"made by {self.name}"
        return Status(self.name, config.name, "running", detail, config.name, str(config.kubeconfig))

    def load_image(self, config: ClusterConfig, archive: Path) -> bool:
        """Load a docker-archive into the nodes; the program itself skips what they have.

        Raises:
            ClusterError: the program fails.
        """
        self._checked(self.load(config, archive), CREATE_SECONDS)
        return True

    def _exists(self, config: ClusterConfig) -> bool:
        return config.name in self._checked(self.names()).output.split()

    def _checked(self, argv: Sequence[str], seconds: float = 60) -> Result:
        result = self._runner(Command(argv, timeout=seconds))
        if not result.ok:
            lines = (result.errors.strip() or result.output.strip()).splitlines()
            raise ClusterError(
                f"`{' '.join(argv)}` failed: {lines[-1] if lines else f'status {result.status}'}",
                cure="run that command yourself to see all it says",
            )
        return result
