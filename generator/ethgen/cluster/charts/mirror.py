"""A folder that a site without a network installs from: charts with their index, and the images that they run."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ethgen.cluster.cache import disk_errors, scratch_folder
from ethgen.cluster.charts.images import images_of_objects
from ethgen.cluster.charts.supply import index
from ethgen.cluster.image_reference import parse_reference
from ethgen.cluster.images import is_own
from ethgen.errors import ChartError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ethgen.cluster.charts.rendering import Rendered
    from ethgen.cluster.charts.supply import Supply


@dataclass(frozen=True, slots=True)
class MirroredImage:
    """An image of the list.

    Attributes:
        reference: as the pods name it.
        releases: who runs it, as `environment/release`.
        own: whether it is made here and not to be copied from anywhere.
        archive: its file below the mirror; empty where only its name is mirrored.
        missing: why there is no archive of it; empty where there is one or none was asked for.
    """

    reference: str
    releases: tuple[str, ...]
    own: bool = False
    archive: str = ""
    missing: str = ""


def copy_charts(paths: Sequence[Path], folder: Path, supply: Supply) -> list[Path]:
    """Copy packaged charts into a folder, each whole or not at all, and write its index; returns the copies.

    Raises:
        ChartError: helm cannot index the folder.
        EthgenError: the disk is full or the folder cannot be written to.
    """
    with disk_errors(folder), scratch_folder(folder) as scratch:
        for path in paths:
            if path.parent.resolve() != folder.resolve():
                copy = scratch / path.name
                copy.write_bytes(path.read_bytes())
                copy.replace(folder / path.name)
    index(folder, supply)
    return [folder / path.name for path in paths]


def archive_path(reference: str) -> str:
    """Return where a mirror keeps an image: its path is its whole name, by which it can be pushed."""
    return f"{'own' if is_own(reference) else 'images'}/{parse_reference(reference)}.tar"


def images_of(drawn: Mapping[str, Rendered]) -> list[MirroredImage]:
    """Return every image that drawn releases run, sorted by its name.

    Args:
        drawn: what each release draws, by `environment/release`.

    Raises:
        ChartError: a release cannot be drawn: its images are not known.
    """
    owners: dict[str, list[str]] = {}
    for name, rendered in drawn.items():
        if rendered.problem:
            raise ChartError(f"{name}: {rendered.problem}", cure="mend its values (ethgen charts check)")
        for image in images_of_objects(rendered.objects):
            owners.setdefault(image, []).append(name)
    return [MirroredImage(image, tuple(owners[image]), is_own(image)) for image in sorted(owners)]


def write_lists(images: Sequence[MirroredImage], folder: Path) -> None:
    """Write `images.txt` and `images.yaml`.

    The first has the full reference of every image that is to be copied, one a line; the second all images, who runs
    each, whether it is made here, and where its archive is.

    Raises:
        EthgenError: the disk is full or the folder cannot be written to.
    """
    import yaml  # noqa: PLC0415 - only where something is mirrored

    rows = [
        {
            "reference": each.reference,
            "name": str(parse_reference(each.reference)),
            "releases": list(each.releases),
            **({"own": True} if each.own else {}),
            **({"archive": each.archive} if each.archive else {}),
        }
        for each in images
    ]
    texts = {
        "images.txt": "".join(f"{row['name']}\n" for row in rows if "own" not in row),
        "images.yaml": yaml.safe_dump({"images": rows}, sort_keys=False, width=120),
    }
    with disk_errors(folder), scratch_folder(folder) as scratch:
        for name, text in texts.items():
            made = scratch / name
            made.write_text(text, encoding="utf-8")
            made.replace(folder / name)


def keep_archive(target: Path, archive: Path) -> bool:
    """Copy an image's archive to its place in a mirror, whole or not at all; returns whether it was not there yet.

    Raises:
        EthgenError: the disk is full or the folder cannot be written to.
    """
    before = target.is_file()
    with disk_errors(target.parent), scratch_folder(target.parent) as scratch:
        copy = scratch / target.name
        shutil.copyfile(archive, copy)
        copy.replace(target)
    return not before
