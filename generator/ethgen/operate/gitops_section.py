"""Section `gitops` of an environment that one of its tools is to install."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ethgen.errors import SpecError

if TYPE_CHECKING:
    from ethgen.spec import NetworkSpec
    from ethgen.spec.gitops import Gitops, Tool

Installer = Literal["helmfile", "flux", "argocd"]
"""What installs the releases of an environment."""

NAMES: dict[Installer, str] = {"helmfile": "helmfile", "flux": "Flux", "argocd": "Argo CD"}
"""What people call it."""


def gitops_for(spec: NetworkSpec, tool: Tool, cure: str) -> Gitops:
    """Return the section gitops of an environment that a tool installs.

    Args:
        spec: the environment.
        tool: the tool, as `gitops.tools` names it.
        cure: what to do where there is no such section.

    Raises:
        SpecError: there is none, or it prints nothing for the tool.
    """
    name = NAMES[tool]
    if spec.gitops is None:
        raise SpecError([f"{spec.where('gitops')}: gitops: {name} is not told where to read from; {cure}"])
    if tool not in spec.gitops.tools:
        where = spec.where("gitops", "tools")
        raise SpecError([f"{where}: gitops.tools: nothing is printed for {name}; add {tool}"])
    return spec.gitops
