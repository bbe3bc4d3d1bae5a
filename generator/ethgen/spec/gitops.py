"""Section `gitops`: the git repository that Flux or Argo CD install an environment from."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ethgen.spec.git import Branch, RepositoryFolder, RepositoryUrl
from ethgen.spec.section import Section
from ethgen.spec.types import DIFFER, Duration, Namespace, ObjectName

Tool = Literal["flux", "argocd"]


class Flux(Section):
    """Where and how Flux reads the repository."""

    namespace: Namespace = Field(
        default="flux-system", description="Namespace of Flux's objects, in which its controllers look for them."
    )
    secret: ObjectName | None = Field(
        default=None, description="Secret of that namespace with access to the repository, where that is not public."
    )


class ArgoCd(Section):
    """Where Argo CD runs, and what its objects are called."""

    namespace: Namespace = Field(default="argocd", description="Namespace that Argo CD runs in.")
    project: ObjectName | None = Field(
        default=None, description="Name of the environment's AppProject. Default: the environment's name."
    )
    cluster: ObjectName = Field(
        default="in-cluster",
        description="Name that Argo CD knows the environment's cluster by; its own is `in-cluster`.",
    )


class Gitops(Section):
    """The git repository of an environment, and who installs from it."""

    repository: RepositoryUrl = Field(description="Address that the cluster clones this repository from.")
    branch: Branch = Field(default="main", description="Branch that is installed.")
    path: RepositoryFolder = Field(
        default="", description="Folder of the repository that holds `environments` and `values`; empty for its root."
    )
    interval: Duration = Field(
        default="5m", description="How often the repository is read, and the cluster compared with it."
    )
    tools: Annotated[list[Tool], DIFFER] = Field(
        default=["flux", "argocd"], description="Tools that objects are printed for."
    )
    flux: Flux = Field(default_factory=Flux, description="Flux.")
    argocd: ArgoCd = Field(default_factory=ArgoCd, description="Argo CD.")
