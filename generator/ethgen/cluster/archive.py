"""Container images as docker-archive files, written without a container engine.

An archive holds one layer and is a function of its content: entries are sorted, owned by root and dated 1970, so the
same files make the same bytes and the same image ID everywhere. `docker load`, `ctr images import`,
`kind load image-archive` and `k3d image import` all take it.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import tarfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from ethgen.cluster.cache import scratch_folder
from ethgen.cluster.image_reference import parse_reference
from ethgen.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NONROOT = 65532
"""The user and group ID of `nonroot`, as the distroless images number it."""

_ARCHITECTURES = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_CREATED = "1970-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file, folder or symbolic link of an image.

    Attributes:
        path: where it lies in the image, relative to its root: `usr/local/bin/geth`.
        content: the bytes, the file on this machine they are in, or None for a folder.
        mode: the permission bits.
        link: the target of a symbolic link; empty for everything else.
    """

    path: str
    content: bytes | Path | None = None
    mode: int = 0o644
    link: str = ""

    @classmethod
    def program(cls, path: str, content: bytes | Path) -> Entry:
        """Return an executable file."""
        return cls(path, content, 0o755)

    @classmethod
    def folder(cls, path: str, mode: int = 0o755) -> Entry:
        """Return a folder."""
        return cls(path, None, mode)

    @classmethod
    def symlink(cls, path: str, target: str) -> Entry:
        """Return a symbolic link to `target`."""
        return cls(path, None, 0o777, target)


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """How a container of the image runs; the fields are those of the OCI image configuration.

    Attributes:
        user: `uid:gid`, or a name of the image's /etc/passwd; empty is root.
        working_directory: an absolute path.
        entrypoint: the program and its first arguments.
        command: the default arguments.
        environment: variables.
        labels: annotations.
        ports: `8545/tcp`.
    """

    user: str = f"{NONROOT}:{NONROOT}"
    working_directory: str = ""
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[str, ...] = ()


def write_archive(destination: Path, reference: str, entries: Iterable[Entry], config: ImageConfig) -> str:
    """Write the image as a docker-archive to `destination`, atomically, and return its image ID (`sha256:…`).

    Folders on the way to an entry are made (mode 0755) where no entry names them.

    Raises:
        ImageError: two entries have one path, or a file cannot be read.
        EthgenError: the disk is full or the folder cannot be written to.
    """
    with scratch_folder(destination.parent) as scratch:
        layer = scratch / "layer.tar"
        layer_digest = _write_layer(layer, _complete(entries))
        configuration = _configuration(config, layer_digest)
        image_id = hashlib.sha256(configuration).hexdigest()
        names = {"Config": f"{image_id}.json", "RepoTags": [reference], "Layers": [f"{layer_digest}/layer.tar"]}
        outer = scratch / "image.tar"
        with tarfile.open(outer, "w", format=tarfile.USTAR_FORMAT) as archive:
            _add(archive, Entry(f"{image_id}.json", configuration))
            _add(archive, Entry.folder(layer_digest))
            _add(archive, Entry(f"{layer_digest}/layer.tar", layer))
            _add(archive, Entry("manifest.json", _canonical([names])))
        outer.replace(destination)
    return f"sha256:{image_id}"


def archive_identity(archive: Path) -> tuple[str, str]:
    """Return the reference, in full as containerd keeps it, and the image ID of a docker-archive.

    Raises:
        ImageError: it is not one.
    """
    try:
        with tarfile.open(archive) as opened:
            member = opened.extractfile("manifest.json")
            (image,) = json.loads(member.read() if member else b"[]")
            (reference,) = image["RepoTags"]
            # the file is called blobs/sha256/<digest> by engines, sha256:<digest> by crane, <digest>.json here
            digest = PurePosixPath(image["Config"]).name.removeprefix("sha256:").removesuffix(".json")
            return str(parse_reference(reference)), f"sha256:{digest}"
    except (OSError, KeyError, ValueError, TypeError, tarfile.TarError) as error:
        raise ImageError(
            f"{archive} is not a docker-archive of one image", cure="remove it and build it again"
        ) from error


def architecture() -> str:
    """Return this machine's architecture in the words of container images: `amd64` or `arm64`.

    Raises:
        ImageError: it is neither.
    """
    machine = platform.machine()
    if machine not in _ARCHITECTURES:
        raise ImageError(f"no images are built for {machine}", cure="use an amd64 or arm64 machine")
    return _ARCHITECTURES[machine]


def _complete(entries: Iterable[Entry]) -> list[Entry]:
    by_path: dict[str, Entry] = {}
    for entry in entries:
        path = entry.path.strip("/")
        if path in by_path and by_path[path] != entry:
            raise ImageError(f"two different entries of an image are called /{path}", cure="remove one of them")
        by_path[path] = entry
    for path in tuple(by_path):
        for parent in PurePosixPath(path).parents:
            if parent.name:
                by_path.setdefault(str(parent), Entry.folder(str(parent)))
    return [by_path[path] for path in sorted(by_path)]


def _write_layer(path: Path, entries: list[Entry]) -> str:
    with path.open("wb") as raw:
        hashing = _HashingWriter(raw)
        with tarfile.open(fileobj=hashing, mode="w|", format=tarfile.PAX_FORMAT) as layer:  # type: ignore[call-overload]
            for entry in entries:
                _add(layer, entry)
    return hashing.digest.hexdigest()


class _HashingWriter:
    """A binary file that hashes what is written to it."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._raw = raw
        self.digest = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        return self._raw.write(data)


def _add(archive: tarfile.TarFile, entry: Entry) -> None:
    info = tarfile.TarInfo(entry.path.strip("/"))
    info.mode = entry.mode
    if entry.link:
        info.type, info.linkname = tarfile.SYMTYPE, entry.link
    elif entry.content is None:
        info.type = tarfile.DIRTYPE
    if isinstance(entry.content, Path):
        try:
            with entry.content.open("rb") as stream:
                info.size = os.fstat(stream.fileno()).st_size
                archive.addfile(info, stream)
        except FileNotFoundError as error:
            raise ImageError(f"cannot put /{info.name} into the image: no file {entry.content}") from error
        return
    if entry.content is not None:
        info.size = len(entry.content)
    archive.addfile(info, io.BytesIO(entry.content or b""))


def _configuration(config: ImageConfig, layer_digest: str) -> bytes:
    running = {
        "User": config.user,
        "WorkingDir": config.working_directory,
        "Entrypoint": list(config.entrypoint),
        "Cmd": list(config.command),
        "Env": [f"{name}={value}" for name, value in config.environment.items()],
        "Labels": dict(config.labels),
        "ExposedPorts": {port: {} for port in config.ports},
    }
    return _canonical(
        {
            "architecture": architecture(),
            "os": "linux",
            "created": _CREATED,
            "config": {name: value for name, value in running.items() if value},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer_digest}"]},
            "history": [{"created": _CREATED, "created_by": "ethgen"}],
        },
    )


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
