"""Files that a node needs before its clients start, and every mistake in what the pod was given."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from typing import TYPE_CHECKING

import pytest

from ethgen.agent.__main__ import main

if TYPE_CHECKING:
    from pathlib import Path

FILES = {"genesis.json": b'{"config": {}}', "genesis.ssz": bytes(range(256)) * 40, "config.yaml": b"A: 1\n"}
KEY = "ab" * 32


def packed(files: dict[str, bytes], kind: bytes = tarfile.REGTYPE) -> bytes:
    """Pack files into a gzip'd tar."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.type, member.size, member.linkname = kind, len(content), "/etc/passwd"
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), mtime=0)


def mounted(folder: Path, content: bytes, parts: int = 3) -> Path:
    """Write the content in parts, with the hidden folder that Kubernetes adds to what it mounts."""
    folder.mkdir()
    (folder / "..data").mkdir()
    size = -(-len(content) // parts)
    for number in range(parts):
        (folder / f"part-{number:03d}").write_bytes(content[number * size : (number + 1) * size])
    return folder


def test_the_parts_of_a_genesis_are_joined_and_unpacked(tmp_path: Path) -> None:
    """Three parts give back the files that were packed, and a second run changes nothing."""
    content = packed(FILES)
    parts = mounted(tmp_path / "parts", content)
    arguments = ["prepare", "--genesis-parts", str(parts), "--genesis", str(tmp_path / "genesis")]
    arguments += ["--genesis-sha256", hashlib.sha256(content).hexdigest()]
    assert main(arguments) == 0
    assert main(arguments) == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "genesis").iterdir()} == FILES


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda parts: (parts / "part-001").unlink(), "lacks part-001"),
        (lambda parts: [path.unlink() for path in parts.glob("part-*")], "holds no part-000"),
        (lambda parts: (parts / "part-002").write_bytes(b""), "is damaged"),
        (lambda parts: (parts / "part-000").write_bytes(b"not gzip at all"), "is damaged"),
    ],
    ids=["one missing", "all missing", "truncated", "not gzip"],
)
def test_a_damaged_genesis_is_refused_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spoil: object, message: str
) -> None:
    """A missing, truncated or foreign part ends in one line, exit status 2, and nothing written."""
    parts = mounted(tmp_path / "parts", packed(FILES))
    spoil(parts)  # type: ignore[operator]
    assert main(["prepare", "--genesis-parts", str(parts), "--genesis", str(tmp_path / "genesis")]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not (tmp_path / "genesis").exists()


def test_a_genesis_of_another_network_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Parts that do not hash to what was announced are not unpacked."""
    parts = mounted(tmp_path / "parts", packed(FILES))
    arguments = ["prepare", "--genesis-parts", str(parts), "--genesis", str(tmp_path / "genesis")]
    assert main([*arguments, "--genesis-sha256", "0" * 64]) == 2
    assert "belongs to another network" in capsys.readouterr().err
    assert not (tmp_path / "genesis").exists()


@pytest.mark.parametrize("name", ["../escape", "/etc/escape", "folder/file", ".hidden", ""])
def test_names_that_leave_the_folder_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """Only plain names are unpacked, and a bad one keeps the good ones from being written too."""
    parts = mounted(tmp_path / "parts", packed({"good": b"1", name: b"x"}))
    assert main(["prepare", "--genesis-parts", str(parts), "--genesis", str(tmp_path / "genesis")]) == 2
    assert "not a plain file" in capsys.readouterr().err
    assert not (tmp_path / "genesis").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE])
def test_anything_but_plain_files_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: bytes) -> None:
    """Links, folders and devices in a genesis are a mistake."""
    parts = mounted(tmp_path / "parts", packed({"link": b""}, kind))
    assert main(["prepare", "--genesis-parts", str(parts), "--genesis", str(tmp_path / "genesis")]) == 2
    assert "not a plain file" in capsys.readouterr().err


def test_a_jwt_secret_is_made_once_and_kept_to_its_owner(tmp_path: Path) -> None:
    """The secret is 64 hex digits with mode 0600, and a second run keeps it."""
    secret = tmp_path / "node" / "jwt.hex"
    assert main(["prepare", "--jwt", str(secret)]) == 0
    first = secret.read_text()
    assert len(bytes.fromhex(first)) == 32
    assert secret.stat().st_mode & 0o777 == 0o600
    assert main(["prepare", "--jwt", str(secret)]) == 0
    assert secret.read_text() == first


def test_two_pods_have_two_secrets(tmp_path: Path) -> None:
    """Secrets are random."""
    for name in ("a", "b"):
        assert main(["prepare", "--jwt", str(tmp_path / name)]) == 0
    assert (tmp_path / "a").read_bytes() != (tmp_path / "b").read_bytes()


def test_something_else_in_place_of_the_secret_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is no secret is reported and not overwritten."""
    secret = tmp_path / "jwt.hex"
    secret.write_text("oops")
    assert main(["prepare", "--jwt", str(secret)]) == 2
    assert "is not a JWT secret" in capsys.readouterr().err
    assert secret.read_text() == "oops"


@pytest.fixture
def node(tmp_path: Path) -> list[str]:
    """Mount files and keys of two replicas, and give the arguments for them."""
    files, keys = tmp_path / "files", tmp_path / "keys"
    files.mkdir()
    keys.mkdir()
    for ordinal in (0, 1, 10):
        (files / f"{ordinal}.geth.toml").write_text(f"replica = {ordinal}\n")
        for layer in ("execution", "consensus"):
            (keys / f"{ordinal}.{layer}").write_text(f"{ordinal:02d}{layer[0]}".encode().hex().ljust(64, "0"))
    return ["prepare", "--files", str(files), "--node-keys", str(keys), "--node", str(tmp_path / "node"), "--ordinal"]


def test_a_replica_receives_its_own_files_and_keys(tmp_path: Path, node: list[str]) -> None:
    """Replica 1 gets the files named 1., not those of replica 10, and keys only its owner can read."""
    assert main([*node, "1"]) == 0
    folder = tmp_path / "node"
    assert sorted(path.name for path in folder.iterdir()) == [
        "consensus.key",
        "consensus.key.raw",
        "execution.key",
        "execution.key.raw",
        "geth.toml",
    ]
    assert (folder / "geth.toml").read_text() == "replica = 1\n"
    assert bytes.fromhex((folder / "execution.key").read_text()).startswith(b"01e")
    assert (folder / "execution.key.raw").read_bytes() == bytes.fromhex((folder / "execution.key").read_text())
    assert {path.stat().st_mode & 0o777 for path in folder.glob("*.key*")} == {0o600}


def test_a_replica_that_was_never_rendered_is_told_so(node: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A StatefulSet scaled by hand gives a replica without files: one line with the cure."""
    assert main([*node, "2"]) == 2
    assert "none for replica 2: render and deploy again" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda keys: (keys / "0.consensus").unlink(), "0.consensus is missing"),
        (lambda keys: (keys / "0.execution").write_text("xyz"), "is not a node key of 64 hex digits"),
    ],
)
def test_a_wrong_node_key_is_refused(
    tmp_path: Path, node: list[str], capsys: pytest.CaptureFixture[str], change: object, message: str
) -> None:
    """A missing or malformed key ends in one line and exit status 2."""
    change(tmp_path / "keys")  # type: ignore[operator]
    assert main([*node, "0"]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        (["--genesis-parts", "x"], "--genesis must"),
        (["--genesis", "x"], "--genesis-parts must"),
        (["--files", "x", "--node", "y"], "--ordinal must"),
        (["--node-keys", "x"], "--node and --ordinal must"),
    ],
)
def test_arguments_that_need_each_other(capsys: pytest.CaptureFixture[str], arguments: list[str], missing: str) -> None:
    """Half of a pair of arguments is a mistake that names the other half."""
    assert main(["prepare", *arguments]) == 2
    assert missing in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A mount that is missing is named."""
    assert main(["prepare", "--genesis-parts", str(tmp_path / "no"), "--genesis", str(tmp_path)]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_a_full_disk_is_reported_and_leaves_no_half_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of the disk ends in one line; what was written half is gone."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    assert main(["prepare", "--jwt", str(tmp_path / "jwt.hex")]) == 2
    assert "No space left on device" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
