"""Which tools install an environment by themselves: what others do there, they undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.errors import DeployError
from ethgen.operate.flux.state import path_of
from ethgen.operate.gitops_section import NAMES
from ethgen.operate.kube import connected
from ethgen.spec.gitops import ArgoCd, Flux

if TYPE_CHECKING:
    from ethgen.operate.gitops_section import Installer
    from ethgen.operate.kubectl import Kubectl
    from ethgen.spec import NetworkSpec
    from ethgen.spec.gitops import Tool

_CURES: dict[Tool, str] = {
    "flux": "commit, push and deploy --env {name} --with flux; "
    '`ethgen help gitops "from one tool"` says how to leave Flux',
    "argocd": 'commit and push; `ethgen help upgrades "what kubernetes does not"` has what Argo CD cannot do, '
    '`ethgen help gitops "from one tool"` how to leave it',
}


def managers(kubectl: Kubectl, spec: NetworkSpec) -> list[Tool]:
    """Return the tools that install an environment from its repository; one Argo CD elsewhere is not seen.

    Raises:
        ClusterError: the cluster does not answer.
    """
    kustomization = path_of("Kustomization", flux_namespace(spec), spec.environment)
    namespace = argocd_namespace(spec)
    application = f"/apis/argoproj.io/v1alpha1/namespaces/{namespace}/applications/{spec.environment}"
    looked_for: dict[Tool, str] = {"flux": kustomization, "argocd": application}
    with connected(kubectl) as api:
        return [tool for tool, path in looked_for.items() if api.find(path) is not None]


def require_unmanaged(kubectl: Kubectl, spec: NetworkSpec, by: Installer) -> None:
    """Refuse to install with one tool what another one installs: it would be undone at once.

    Args:
        kubectl: the cluster.
        spec: the environment.
        by: the tool that is about to install.

    Raises:
        DeployError: another tool installs the environment.
    """
    for tool in managers(kubectl, spec):
        if tool != by:
            raise DeployError(
                f"{NAMES[tool]} installs {spec.environment} in the cluster {kubectl.context}, and would undo what "
                f"{NAMES[by]} does",
                cure=_CURES[tool].format(name=spec.environment),
            )


def flux_namespace(spec: NetworkSpec) -> str:
    """Return Flux's namespace; Flux may still install an environment whose spec has lost its section."""
    return (spec.gitops.flux if spec.gitops else Flux()).namespace


def argocd_namespace(spec: NetworkSpec) -> str:
    """Return Argo CD's namespace; likewise."""
    return (spec.gitops.argocd if spec.gitops else ArgoCd()).namespace
