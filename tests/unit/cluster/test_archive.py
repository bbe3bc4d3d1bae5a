"""Container images as docker-archives."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from typing import TYPE_CHECKING

import pytest

from ethgen.cluster.archive import Entry, ImageConfig, archive_identity, write_archive
from ethgen.errors import ImageError

if TYPE_CHECKING:
    from pathlib import Path

ENTRIES = (
    Entry.program("usr/local/bin/geth", b"program"),
    Entry("etc/passwd", b"root:x:0:0\n"),
    Entry.folder("tmp", 0o1777),
    Entry.symlink("usr/bin/geth", "../local/bin/geth"),
)
CONFIG = ImageConfig(
    entrypoint=("/usr/local/bin/geth",),
    environment={"PATH": "/usr/local/bin"},
    labels={"title": "geth"},
    ports=("8545/tcp",),
)


def write(path: Path, entries: tuple[Entry, ...] = ENTRIES, config: ImageConfig = CONFIG) -> str:
    """Write the image and return its ID."""
    return write_archive(path, "localhost/ethgen/geth:v1", entries, config)


def parts(path: Path) -> tuple[dict[str, object], dict[str, object], bytes]:
    """Return the manifest, the configuration and the layer of an archive."""
    with tarfile.open(path) as archive:
        content = {member.name: archive.extractfile(member) for member in archive.getmembers()}
        (manifest,) = json.loads(content["manifest.json"].read())  # type: ignore[union-attr]
        configuration = json.loads(content[manifest["Config"]].read())  # type: ignore[union-attr]
        return manifest, configuration, content[manifest["Layers"][0]].read()  # type: ignore[union-attr]


def test_same_content_makes_the_same_bytes(tmp_path: Path):
    """Order of entries, time and place of the archive change no byte of it."""
    first = write(tmp_path / "a.tar")
    second = write(tmp_path / "deep" / "b.tar", tuple(reversed(ENTRIES)))
    assert first == second
    assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "deep" / "b.tar").read_bytes()


def test_bytes_and_files_are_the_same_to_it(tmp_path: Path):
    """Content from a file makes the image that the same bytes make, whatever the file's own mode and time."""
    source = tmp_path / "program"
    source.write_bytes(b"program")
    source.chmod(0o600)
    entries = (Entry.program("usr/local/bin/geth", source), *ENTRIES[1:])
    assert write(tmp_path / "a.tar") == write(tmp_path / "b.tar", entries)


def test_layer_belongs_to_root_and_to_no_time(tmp_path: Path):
    """Every entry is root's, dated 1970, in order, with the folders on the way to it."""
    write(tmp_path / "a.tar")
    _, _, layer = parts(tmp_path / "a.tar")
    with tarfile.open(fileobj=io.BytesIO(layer)) as opened:
        members = opened.getmembers()
    assert [member.name for member in members] == [
        "etc",
        "etc/passwd",
        "tmp",
        "usr",
        "usr/bin",
        "usr/bin/geth",
        "usr/local",
        "usr/local/bin",
        "usr/local/bin/geth",
    ]
    assert {(member.uid, member.gid, member.mtime, member.uname) for member in members} == {(0, 0, 0, "")}
    modes = {member.name: member.mode for member in members}
    assert (modes["tmp"], modes["usr"], modes["usr/local/bin/geth"], modes["etc/passwd"]) == (
        0o1777,
        0o755,
        0o755,
        0o644,
    )
    assert members[5].issym()
    assert members[5].linkname == "../local/bin/geth"


def test_digests_are_those_of_the_content(tmp_path: Path):
    """The image ID is the digest of the configuration, which names the digest of the layer."""
    image_id = write(tmp_path / "a.tar")
    manifest, configuration, layer = parts(tmp_path / "a.tar")
    assert manifest["RepoTags"] == ["localhost/ethgen/geth:v1"]
    assert manifest["Config"] == image_id.removeprefix("sha256:") + ".json"
    assert configuration["rootfs"] == {
        "type": "layers",
        "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"],
    }
    assert archive_identity(tmp_path / "a.tar") == ("localhost/ethgen/geth:v1", image_id)


def test_configuration_says_how_to_run(tmp_path: Path):
    """The configuration holds the non-root user, the program, variables, labels and ports, and nothing empty."""
    write(tmp_path / "a.tar")
    _, configuration, _ = parts(tmp_path / "a.tar")
    assert configuration["config"] == {
        "User": "65532:65532",
        "Entrypoint": ["/usr/local/bin/geth"],
        "Env": ["PATH=/usr/local/bin"],
        "Labels": {"title": "geth"},
        "ExposedPorts": {"8545/tcp": {}},
    }


def test_two_entries_of_one_name_are_refused(tmp_path: Path):
    """An image cannot hold two different files of one name, and no archive is left."""
    with pytest.raises(ImageError, match=r"^two different entries of an image are called /etc/passwd"):
        write(tmp_path / "a.tar", (*ENTRIES, Entry("/etc/passwd", b"other")))
    assert list(tmp_path.iterdir()) == []


def test_missing_file_is_named(tmp_path: Path):
    """A file that is not there is named with its place in the image, and no archive is left."""
    gone = tmp_path / "gone"
    with pytest.raises(ImageError) as caught:
        write(tmp_path / "a.tar", (Entry.program("usr/bin/x", gone),))
    assert str(caught.value) == f"cannot put /usr/bin/x into the image: no file {gone}"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"not a tar", b"x" * 10240], ids=["empty", "short", "long"])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes):
    """A file that is no docker-archive is named with what to do."""
    path = tmp_path / "a.tar"
    path.write_bytes(content)
    with pytest.raises(ImageError) as caught:
        archive_identity(path)
    assert str(caught.value) == (f"{path} is not a docker-archive of one image\n  cure: remove it and build it again")


@pytest.mark.parametrize("name", ["{}.json", "blobs/sha256/{}", "sha256:{}"], ids=["here", "engines", "crane"])
def test_archives_of_other_programs_are_understood(tmp_path: Path, name: str):
    """The image ID is read whatever the program that wrote the archive calls the configuration."""
    digest = "ab" * 32
    manifest = json.dumps([{"Config": name.format(digest), "RepoTags": ["x:1"], "Layers": []}]).encode()
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        info = tarfile.TarInfo("manifest.json")
        info.size = len(manifest)
        archive.addfile(info, io.BytesIO(manifest))
    assert archive_identity(path) == ("docker.io/library/x:1", f"sha256:{digest}")
