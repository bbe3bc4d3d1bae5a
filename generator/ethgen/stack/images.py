"""Which container images the releases of an environment need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ethgen.stack.release import Release


def images_of(releases: Iterable[Release]) -> list[str]:
    """Return every image reference in the values of releases, each once, in their order."""
    found = [image for release in releases if release.installed for image in _images(release.values)]
    return list(dict.fromkeys(found))


def _images(values: Any) -> Iterator[str]:  # noqa: ANN401 - plain data of any type
    if isinstance(values, dict):
        for key, value in values.items():
            if key == "image" and isinstance(value, str):
                yield value
            else:
                yield from _images(value)
    elif isinstance(values, list):
        for value in values:
            yield from _images(value)
