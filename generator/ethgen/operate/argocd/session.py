"""Argo CD for one environment, from its installation into the cluster until somebody has seen enough."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ethgen.cluster.tools import tool_environment
from ethgen.errors import ClusterError, SpecError
from ethgen.gitops import argocd
from ethgen.operate.argocd.headless import Setup, running
from ethgen.operate.argocd.installation import application_states, install
from ethgen.operate.argocd.program import ensure_files, ensure_program
from ethgen.operate.gitops_section import gitops_for
from ethgen.spec.types import seconds
from ethgen.stack import releases

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from pathlib import Path

    from ethgen.cluster.cache import Progress
    from ethgen.operate.argocd.installation import ApplicationState
    from ethgen.operate.kubectl import Kubectl
    from ethgen.spec import NetworkSpec
    from ethgen.spec.gitops import Gitops

# Seconds between two looks at what Argo CD says.
_POLL_SECONDS = 1.0


def reconcile(
    spec: NetworkSpec, kubectl: Kubectl, logs: Path, progress: Progress
) -> Generator[list[ApplicationState], None, None]:
    """Install Argo CD's kinds and the environment's entry objects, run its parts, and yield what it says, for ever.

    Closing the iterator ends the parts; what they have installed goes on.

    Args:
        spec: the environment.
        kubectl: its cluster.
        logs: folder for the logs of Argo CD's parts.
        progress: is told what is done before Argo CD begins, and when the cluster does not answer later.

    Yields:
        the state of every Application, about once a second.

    Raises:
        SpecError: the spec does not say from where to install.
        ToolError: a part cannot be built or started, or ends.
        ClusterError: the cluster does not take what Argo CD needs.
    """
    gitops = require_gitops(spec)
    program, (manifests, scripts) = ensure_program(progress), ensure_files(progress)
    setup = Setup(
        program=program,
        scripts=scripts,
        tools=tool_environment(("helm",), progress=progress),
        kubeconfig=kubectl.kubeconfig,
        namespace=gitops.argocd.namespace,
        interval=seconds(gitops.interval),
        logs=logs,
    )
    progress("installing Argo CD's kinds and settings")
    install(kubectl, gitops.argocd.namespace, manifests)
    entry = argocd.files(spec, gitops, releases(spec))
    kubectl.apply([*entry["argocd-cm.yaml"], *entry["argocd.yaml"]])
    progress("starting Argo CD's parts")
    with running(setup) as parts:
        while True:
            for part in parts:
                part.require_alive()
            try:
                states = application_states(kubectl, gitops.argocd.namespace)
            except ClusterError as error:
                # Argo CD goes on trying, too: a busy cluster, or one that is started anew, is no reason to end.
                progress(f"{error.message}; looking again")
            else:
                yield states
            time.sleep(_POLL_SECONDS)


def require_gitops(spec: NetworkSpec) -> Gitops:
    """Return the section gitops of an environment that Argo CD installs.

    Raises:
        SpecError: there is none, it prints nothing for Argo CD, or Argo CD would run in another cluster.
    """
    gitops = gitops_for(spec, "argocd", "name the repository there")
    if gitops.argocd.cluster != argocd.OWN_CLUSTER:
        where = spec.where("gitops", "argocd", "cluster")
        text = f"Argo CD on this machine installs into the environment's own cluster; expected {argocd.OWN_CLUSTER}"
        raise SpecError([f"{where}: gitops.argocd.cluster: {text}"])
    return gitops


def changes(states: Iterable[list[ApplicationState]], said: Callable[[str], None]) -> None:
    """Say each Application's state when it changes, and when it has gone, until the states end."""
    known: dict[str, str] = {}
    for now in states:
        lines = {state.name: str(state) for state in now}
        for name in sorted(known.keys() - lines.keys()):
            said(f"{name}: gone")
        for name, line in lines.items():
            if known.get(name) != line:
                said(line)
        known = lines
