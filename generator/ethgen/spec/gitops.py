"""Section `gitops`: the git repository that Flux or Argo CD install an environment from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, WithJsonSchema

from ethgen.spec.problem import Problem
from ethgen.spec.types import DIFFER, NOTATION, Duration, Namespace, Notation, ObjectName, PlainError, Section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.spec.model import NetworkSpec

Tool = Literal["flux", "argocd"]

_URL = "the address of a git repository such as https://git.example.org/fleet or ssh://git@git.example.org/fleet"


def _repository(text: str) -> str:
    user = text.partition("://")[2].partition("/")[0].rpartition("@")[0]
    if user and (":" in user or not text.startswith("ssh://")):
        raise PlainError(f"expected {_URL}; a password or token is a secret, which no spec holds: name a Secret")
    if problem := _repository_problem(text):
        raise ValueError(f"expected {_URL}{f' ({problem})' if problem else ''}")
    return text


def _repository_problem(text: str) -> str:
    host, colon, path = text.partition(":")
    if colon and not path.startswith("//"):
        return f"with its scheme, this one is ssh://{host}/{path}" if "@" in host else "its scheme is missing"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        return str(error)
    if parts.scheme not in {"http", "https", "ssh"}:
        return "its scheme is http, https or ssh"
    if port == 0 or not parts.hostname or not text.isprintable() or " " in text:
        return f"{parts.netloc!r} is no host"
    return "" if parts.path.strip("/") else "the path of the repository is missing"


RepositoryUrl = Annotated[str, AfterValidator(_repository), WithJsonSchema({"type": "string", NOTATION: _URL})]

# git-check-ref-format(1).
_BRANCH = Notation(
    r"(?=.{1,200}$)(?![-/.])(?!.*(//|\.\.|@\{|/\.|\.lock(/|$)|[/.]$))[^\x00-\x20\x7f~^:?*\[\\]+",
    "a branch of git such as main or releases/2026",
)
Branch = Annotated[str, _BRANCH.check, _BRANCH.schema]

_FOLDER = Notation(
    r"(?!(.*/)?\.{1,2}(/|$))([A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*)?",
    "a folder of the repository such as clusters/fleet, from its root and without '..'",
)
RepositoryFolder = Annotated[str, _FOLDER.check, _FOLDER.schema]


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


def problems_of(spec: NetworkSpec) -> Iterator[Problem]:
    """Yield what is said of a tool that nothing is printed for, and a repository that Flux has no key for."""
    gitops = spec.gitops
    if gitops is None:
        return
    if not gitops.tools:
        yield Problem(("gitops", "tools"), "expected flux, argocd or both; without any, remove the section gitops")
    for tool in ("flux", "argocd"):
        if tool in gitops.model_fields_set and tool not in gitops.tools:
            yield Problem(("gitops", tool), f"nothing is printed for {tool}: gitops.tools lacks it; remove one of them")
    if "flux" in gitops.tools and gitops.repository.startswith("ssh://") and gitops.flux.secret is None:
        yield Problem(
            ("gitops", "repository"),
            "Flux needs a key for ssh: name the Secret that holds it in gitops.flux.secret",
        )
