"""The provider `existing`: a cluster of yours, reached through a kube context; it is never made or removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.cluster.kubeconfig import contexts, find_context, search_path
from ethgen.cluster.process import Command, run
from ethgen.cluster.provider import Availability, Cluster, Status, silent, timed
from ethgen.errors import ClusterError

if TYPE_CHECKING:
    from pathlib import Path

    from ethgen.cluster.process import Runner
    from ethgen.cluster.provider import ClusterConfig, Progress

PROBE_SECONDS = 15


class ExistingProvider:
    """A cluster that is there already.

    Args:
        runner: runs kubectl.
        kubectl: the path of kubectl; empty finds or builds it when it is needed.
    """

    name = "existing"

    def __init__(self, runner: Runner = run, kubectl: str = "") -> None:
        self._runner = runner
        self._kubectl = kubectl

    def available(self) -> Availability:
        """Say that nothing is needed on this machine."""
        return Availability(ok=True)

    def up(self, config: ClusterConfig, progress: Progress = silent) -> Cluster:
        """Return how to reach the cluster, once it answers.

        Raises:
            ClusterError: no kubeconfig has the context, or the cluster does not answer.
        """
        path = self._find(config)
        with timed(progress, f"cluster {config.context} answers"):
            problem = self._problem(config, path)
        if problem:
            raise ClusterError(
                f"the cluster of the kube context {config.context!r} does not answer: {problem}",
                cure=f"see `kubectl --kubeconfig={path} --context={config.context} get --raw=/readyz`",
            )
        return Cluster(self.name, config.context, path)

    def down(self, config: ClusterConfig, *, keep_data: bool = False, progress: Progress = silent) -> None:
        """Refuse: what ethgen did not make it does not remove.

        Raises:
            ClusterError: always.
        """
        del keep_data, progress
        raise ClusterError(
            f"the cluster of the kube context {config.context!r} was not made by ethgen and is not removed",
            cure="`ethgen destroy` removes what was installed in it",
        )

    def status(self, config: ClusterConfig) -> Status:
        """Describe the cluster; changes nothing."""
        found = find_context(config.context, search_path(config.existing_kubeconfig))
        if found is None:
            return Status(self.name, config.context, "absent", "no kubeconfig has this context")
        path, server = found
        problem = self._problem(config, path)
        state, detail = ("broken", problem) if problem else ("running", f"API server {server}")
        return Status(self.name, config.context, state, detail, config.context, str(path))

    def load_image(self, config: ClusterConfig, archive: Path) -> bool:
        """Refuse: the nodes of a cluster that was there pull their images themselves.

        Raises:
            ClusterError: always.
        """
        raise ClusterError(
            f"{archive.name} cannot be loaded into the nodes of {config.context}",
            cure="push the image to a registry that they can pull from, and name it in the spec",
        )

    def _find(self, config: ClusterConfig) -> Path:
        files = search_path(config.existing_kubeconfig)
        found = find_context(config.context, files) if config.context else None
        if found is None:
            there = ", ".join(contexts(files)) or "none"
            looked = ", ".join(str(path) for path in files)
            raise ClusterError(
                f"the kube context {config.context!r} is not in {looked} (there: {there})",
                cure="name one of these as cluster.context in the spec, or add it with your cloud's command",
            )
        return found[0]

    def _problem(self, config: ClusterConfig, kubeconfig: Path) -> str:
        """Return why the cluster does not answer, or nothing."""
        argv = [
            self._program(),
            f"--kubeconfig={kubeconfig}",
            f"--context={config.context}",
            f"--request-timeout={PROBE_SECONDS}s",
            "get",
            "--raw=/readyz",
        ]
        result = self._runner(Command(argv, timeout=PROBE_SECONDS * 2))
        if result.ok:
            return ""
        lines = (result.errors.strip() or result.output.strip()).splitlines()
        return lines[-1] if lines else f"kubectl ended with {result.status}"

    def _program(self) -> str:
        if not self._kubectl:
            from ethgen.cluster.tools import tool_path  # noqa: PLC0415 - may have to build it

            self._kubectl = str(tool_path("kubectl"))
        return self._kubectl
