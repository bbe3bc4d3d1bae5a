"""Keystores as each kind of validator client reads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import pytest

from ethgen.agent.__main__ import main
from ethgen.agent.errors import AgentError
from ethgen.agent.keystores import LAYOUTS, lay_out
from ethgen.chart.values import KeySet
from ethgen.clients.facts import KeystoreLayout

KEYS = ("A1" * 48, "b2" * 48)


def keystore(public_key: object) -> bytes:
    """Return as much of a keystore as the agent reads."""
    return json.dumps({"pubkey": public_key, "version": 4}).encode()


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """Return a folder as Kubernetes mounts a Secret: links to files in a hidden folder."""
    folder, hidden = tmp_path / "secret", tmp_path / "secret" / "..data"
    hidden.mkdir(parents=True)
    files = {f"keystore-{index}.json": keystore(key) for index, key in enumerate(KEYS)} | {"password": b"secret\n"}
    for name, content in files.items():
        (hidden / name).write_bytes(content)
        (folder / name).symlink_to(Path("..data") / name)
    return folder


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Return the empty folder that receives the keystores."""
    folder = tmp_path / "keystores"
    folder.mkdir()
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    """Return the content of every file by its path in the folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_keystores_together_are_as_in_the_secret(secret: Path, target: Path) -> None:
    """Clients that take one password for all get the files of the Secret, and not its hidden folder."""
    lay_out(secret, target, "together")
    assert tree(target) == {
        "keystore-0.json": keystore(KEYS[0]),
        "keystore-1.json": keystore(KEYS[1]),
        "password": b"secret\n",
    }


def test_paired_keystores_have_their_password_beside_them(secret: Path, target: Path) -> None:
    """Clients that pair files by name get a password for each keystore, and nothing else that ends in .txt."""
    lay_out(secret, target, "paired")
    assert tree(target) == {
        "keystore-0.json": keystore(KEYS[0]),
        "keystore-0.txt": b"secret",
        "keystore-1.json": keystore(KEYS[1]),
        "keystore-1.txt": b"secret",
    }


def test_keystores_by_key_are_in_folders_of_their_public_keys(secret: Path, target: Path) -> None:
    """Clients that look a validator up by its key get a folder and a secret of its name, in lower case."""
    lay_out(secret, target, "by-key")
    names = [f"0x{key.lower()}" for key in KEYS]
    assert tree(target) == {
        f"validators/{names[0]}/keystore.json": keystore(KEYS[0]),
        f"validators/{names[1]}/keystore.json": keystore(KEYS[1]),
        f"secrets/{names[0]}": b"secret",
        f"secrets/{names[1]}": b"secret",
    }


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nobody_else_reads_keystores(secret: Path, target: Path, layout: str) -> None:
    """Files are for their owner alone, and so are the folders, as Nimbus asks; a second run changes nothing."""
    for _ in range(2):
        lay_out(secret, target, layout)
        for path in target.rglob("*"):
            assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


def test_layouts_are_those_of_the_catalogue_and_the_chart() -> None:
    """The agent knows every layout that a client may ask for, and the chart passes on no other."""
    assert set(LAYOUTS) == set(get_args(KeystoreLayout))
    assert set(get_args(KeySet.model_fields["keystores"].annotation)) == set(LAYOUTS)


def test_a_secret_without_password_is_refused(secret: Path, target: Path) -> None:
    """Keystores that nothing unlocks are reported before any file is written."""
    (secret / "password").unlink()
    with pytest.raises(AgentError, match="no file password"):
        lay_out(secret, target, "together")
    assert tree(target) == {}


def test_a_secret_without_keystores_is_refused(secret: Path, target: Path) -> None:
    """A client without keys would run and never sign."""
    for path in secret.glob("*.json"):
        path.unlink()
    with pytest.raises(AgentError, match="no keystore"):
        lay_out(secret, target, "paired")


@pytest.mark.parametrize(
    "content", [b"no JSON", b"[]", b"{}", keystore(None), keystore("ab"), keystore("0x" + "g" * 96)]
)
def test_what_is_no_keystore_is_refused(secret: Path, target: Path, content: bytes) -> None:
    """A file without a public key is named."""
    (secret / "..data" / "keystore-1.json").write_bytes(content)
    with pytest.raises(AgentError, match=r"keystore-1\.json is no keystore"):
        lay_out(secret, target, "by-key")


def test_the_command_lays_keystores_out(secret: Path, target: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The init container's command says how much it wrote, and one clear line where it cannot."""
    arguments = ["keystores", f"--secret={secret}", f"--keystores={target}", "--layout=by-key"]
    assert main(arguments) == 0
    assert capsys.readouterr().out == "wrote 4 files of keystores\n"
    assert main(["keystores", f"--secret={secret / 'none'}", f"--keystores={target}"]) == 2
    assert capsys.readouterr().err == f"{secret / 'none'} cannot be read: No such file or directory\n"
