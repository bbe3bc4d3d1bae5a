"""An environment as Flux is told of it: the repository, the branch, and the objects that are applied once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ethgen.gitops import flux
from ethgen.operate.gitops_section import gitops_for
from ethgen.stack import releases

if TYPE_CHECKING:
    from ethgen.spec import NetworkSpec
    from ethgen.spec.gitops import Gitops


@dataclass(frozen=True)
class Entry:
    """How Flux installs an environment.

    Attributes:
        environment: the environment.
        gitops: its section of the spec.
        objects: what is applied once; the rest comes from the repository.
        expected: names of the releases that Flux installs.
        own: those of them whose charts come from the repository.
        urls: addresses that Flux reads from.
    """

    environment: str
    gitops: Gitops
    objects: list[dict[str, Any]]
    expected: tuple[str, ...]
    own: frozenset[str]
    urls: tuple[str, ...]

    @property
    def namespace(self) -> str:
        """Flux's namespace."""
        return self.gitops.flux.namespace


def entry_of(spec: NetworkSpec) -> Entry:
    """Return how Flux installs an environment.

    Raises:
        SpecError: the spec does not say from where.
    """
    gitops = require_gitops(spec)
    drawn = releases(spec)
    here = [release for release in drawn if release.installed]
    return Entry(
        spec.environment,
        gitops,
        flux.files(spec, gitops, drawn)["flux.yaml"],
        tuple(release.name for release in here),
        frozenset(release.name for release in here if release.chart.own),
        (gitops.repository, *sorted({release.chart.repository for release in here if not release.chart.own})),
    )


def require_gitops(spec: NetworkSpec) -> Gitops:
    """Return the section gitops of an environment that Flux installs.

    Raises:
        SpecError: there is none, or it prints nothing for Flux.
    """
    return gitops_for(spec, "flux", f"name the repository, as in gitops: {{repository: {_example(spec)}}}")


def _example(spec: NetworkSpec) -> str:
    return local_url(spec) if spec.profile == "local" else "https://git.example.org/fleet.git"


def local_url(spec: NetworkSpec) -> str:
    """Return the address at which `ethgen gitops serve` can serve an environment of the provider `bare`."""
    from ipaddress import IPv4Network  # noqa: PLC0415 - takes a hundredth of a second

    return f"http://{IPv4Network(spec.cluster.subnets.link)[1]}:8418/fleet.git"
