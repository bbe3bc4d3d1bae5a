"""Image references, read as container engines read them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ethgen.errors import ImageError


@dataclass(frozen=True, slots=True)
class Reference:
    """An image reference in full: `ethereum/client-go:v1.17.8` has the registry docker.io.

    A digest keeps its `@`; where it stands without a tag there is none, and else it is `latest`.
    """

    registry: str
    repository: str
    tag: str
    digest: str = ""

    @property
    def name(self) -> str:
        """The registry and the repository."""
        return f"{self.registry}/{self.repository}"

    def __str__(self) -> str:
        """Return it in full, as containerd keeps it."""
        return f"{self.name}{':' if self.tag else ''}{self.tag}{self.digest}"


def parse_reference(text: str) -> Reference:
    """Return an image reference in full, as container engines read it.

    Raises:
        ImageError: it is not one.
    """
    matched = re.fullmatch(
        r"(?:(localhost|[^/@\s]*[.:][^/@\s]*)/)?([a-z0-9][a-z0-9._/-]*)(?::([\w.-]{1,128}))?(@sha256:[0-9a-f]{64})?",
        text,
    )
    if not matched:
        raise ImageError(f"{text!r} is not an image reference", cure="write registry/repository:tag")
    registry, repository, tag, digest = matched.groups()
    if registry is None and "/" not in repository:
        repository = f"library/{repository}"
    return Reference(registry or "docker.io", repository, tag or ("" if digest else "latest"), digest or "")
