"""What section `gitops` must be to what Flux and Argo CD need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.spec.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.spec.model import NetworkSpec


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
    if "argocd" in gitops.tools and (gitops.argocd.project or spec.environment) == "default":
        text = "Argo CD has a project default of its own, which others may use; name another one here"
        yield Problem(("gitops", "argocd", "project"), text)
    for tool, namespace in (("flux", gitops.flux.namespace), ("argocd", gitops.argocd.namespace)):
        if tool in gitops.tools and namespace in spec.networks:
            text = (
                f"the namespace {namespace!r} is that of gitops.{tool}.namespace; choose another name for one of them"
            )
            yield Problem(("networks", namespace), text)
    if "flux" in gitops.tools and gitops.repository.startswith("ssh://") and gitops.flux.secret is None:
        yield Problem(
            ("gitops", "repository"),
            "Flux needs a key for ssh: name the Secret that holds it in gitops.flux.secret",
        )
