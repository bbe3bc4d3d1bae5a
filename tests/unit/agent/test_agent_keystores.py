"""Keystores as each kind of validator client reads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import pytest
import yaml

from ethgen.agent.__main__ import main
from ethgen.agent.errors import AgentError
from ethgen.agent.keystores import LAYOUTS, Places, claim_for, lay_out
from ethgen.chart.values import KeySet
from ethgen.clients.facts import KeystoreLayout

KEYS = ("A1" * 48, "b2" * 48)


def keystore(public_key: object) -> bytes:
    """Return as much of a keystore as the agent reads."""
    return json.dumps({"crypto": {}, "pubkey": public_key, "version": 4}).encode()


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
    """Return the folder of the two that receive keystores: an empty one, and one that is still missing."""
    (tmp_path / "target" / "keystores").mkdir(parents=True)
    return tmp_path / "target"


def places(target: Path) -> Places:
    """Return the two folders: the keystores', and the validators' on a claim."""
    return Places(target / "keystores", target / "data" / "validators")


def tree(folder: Path) -> dict[str, bytes]:
    """Return the content of every file by its path in the folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_keystores_together_are_as_in_the_secret(secret: Path, target: Path) -> None:
    """Clients that take one password for all get the files of the Secret, and not its hidden folder."""
    assert lay_out(secret, places(target), "together") == 2
    assert tree(target) == {
        "keystores/keystore-0.json": keystore(KEYS[0]),
        "keystores/keystore-1.json": keystore(KEYS[1]),
        "keystores/password": b"secret",
    }


def test_paired_keystores_have_their_password_beside_them(secret: Path, target: Path) -> None:
    """Clients that pair files by name get a password for each keystore, and nothing else that ends in .txt."""
    lay_out(secret, places(target), "paired")
    assert tree(target) == {
        "keystores/keystore-0.json": keystore(KEYS[0]),
        "keystores/keystore-0.txt": b"secret",
        "keystores/keystore-1.json": keystore(KEYS[1]),
        "keystores/keystore-1.txt": b"secret",
    }


def test_keystores_by_key_are_in_folders_of_their_public_keys(secret: Path, target: Path) -> None:
    """Clients that look a validator up by its key get a folder and a secret of its name, in lower case."""
    lay_out(secret, places(target), "by-key")
    names = [f"0x{key.lower()}" for key in KEYS]
    assert tree(target) == {
        f"data/validators/{names[0]}/keystore.json": keystore(KEYS[0]),
        f"data/validators/{names[1]}/keystore.json": keystore(KEYS[1]),
        f"keystores/secrets/{names[0]}": b"secret",
        f"keystores/secrets/{names[1]}": b"secret",
    }


def test_definitions_lead_to_the_keystores_in_memory(secret: Path, target: Path) -> None:
    """A client that reads definitions finds each key's keystore and password by them, and no keystore on the claim."""
    lay_out(secret, places(target), "definitions")
    found = tree(target)
    definitions = yaml.safe_load(found.pop("data/validators/validator_definitions.yml"))
    assert definitions == [
        {
            "enabled": True,
            "voting_public_key": f"0x{key.lower()}",
            "type": "local_keystore",
            "voting_keystore_path": str(target / "keystores" / f"keystore-{index}.json"),
            "voting_keystore_password_path": str(target / "keystores" / "password"),
        }
        for index, key in enumerate(KEYS)
    ]
    assert set(found) == {"keystores/keystore-0.json", "keystores/keystore-1.json", "keystores/password"}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nobody_else_reads_keystores(secret: Path, target: Path, layout: str) -> None:
    """Files are for their owner alone, and so are the folders, as Nimbus asks; a second run changes nothing."""
    for _ in range(2):
        lay_out(secret, places(target), layout)
        for place in places(target):
            for path in place.rglob("*"):
                assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path
            if place.is_dir():
                place.chmod(0o2770)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_key_that_left_the_secret_does_not_sign(secret: Path, target: Path, layout: str) -> None:
    """Nothing of a removed key is left, in whatever layout it was laid out before, and the slashing history is."""
    history = places(target).validators / "slashing_protection.sqlite"
    for before in LAYOUTS:
        lay_out(secret, places(target), before)
        history.parent.mkdir(parents=True, exist_ok=True)
        history.write_bytes(b"history")
        whole = (secret / "keystore-1.json").read_bytes()
        (secret / "keystore-1.json").unlink()
        lay_out(secret, places(target), layout)
        found = tree(target)
        assert found[str(history.relative_to(target))] == b"history"
        gone = {"keystore-1.json", "keystore-1.txt", f"0x{KEYS[1].lower()}"}
        assert not [name for name in found if gone & set(Path(name).parts)]
        if layout == "definitions":
            assert KEYS[1].lower() not in found["data/validators/validator_definitions.yml"].decode()
        (secret / "keystore-1.json").write_bytes(whole)


def test_layouts_are_those_of_the_catalogue_and_the_chart() -> None:
    """The agent knows every layout that a client may ask for, and the chart passes on no other."""
    assert set(LAYOUTS) == set(get_args(KeystoreLayout))
    assert set(get_args(KeySet.model_fields["keystores"].annotation)) == set(LAYOUTS)


def test_a_secret_without_password_is_refused(secret: Path, target: Path) -> None:
    """Keystores that nothing unlocks are reported before any file is written."""
    (secret / "password").unlink()
    with pytest.raises(AgentError, match="no file password"):
        lay_out(secret, places(target), "together")
    (secret / "password").write_bytes(b"\r\n")
    with pytest.raises(AgentError, match="password is empty"):
        lay_out(secret, places(target), "together")
    assert tree(target) == {}


def test_a_secret_without_keystores_is_refused(secret: Path, target: Path) -> None:
    """A client without keys would run and never sign."""
    for path in secret.glob("*.json"):
        path.unlink()
    with pytest.raises(AgentError, match="no keystore"):
        lay_out(secret, places(target), "paired")


def test_two_keystores_of_one_key_are_refused(secret: Path, target: Path) -> None:
    """A key that is there twice, in whatever letters, is told with both files."""
    (secret / "copy.json").write_bytes(keystore("0x" + KEYS[1].swapcase()))
    with pytest.raises(AgentError, match=r"copy\.json and keystore-1\.json are of one public key, 0xb2"):
        lay_out(secret, places(target), "together")
    assert tree(target) == {}


def test_another_number_of_keystores_than_the_spec_has_is_refused(secret: Path, target: Path) -> None:
    """A Secret that holds more or fewer keys than was said is not laid out."""
    assert lay_out(secret, places(target), "together", keys=2) == 2
    before = tree(target)
    with pytest.raises(AgentError, match="holds 2 keystores, and the key set has 3"):
        lay_out(secret, places(target), "paired", keys=3)
    assert tree(target) == before


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    "content",
    [
        b"no JSON",
        b"\xff",
        b"[]",
        b"{}",
        b"[" * 8_000,
        b"[" * 100_000,
        json.dumps([{"pubkey": KEYS[1], "deposit_data_root": ""}]).encode(),
        json.dumps({"crypto": {}, "pubkey": KEYS[1], "version": 3}).encode(),
        keystore(None),
        keystore("ab"),
        keystore("0x" + "g" * 96),
    ],
    ids=range(11),
)
def test_what_is_no_keystore_is_refused(secret: Path, target: Path, content: bytes, layout: str) -> None:
    """A file that is none is named, in every layout, before anything is written."""
    (secret / "..data" / "keystore-1.json").write_bytes(content)
    with pytest.raises(AgentError, match=r"keystore-1\.json is no keystore"):
        lay_out(secret, places(target), layout)
    assert tree(target) == {}


def test_a_claim_of_another_client_is_refused(tmp_path: Path) -> None:
    """A client that would not know what another one signed does not start, until somebody says that it does."""
    for _ in range(2):
        claim_for(tmp_path, "prysm")
    with pytest.raises(AgentError, match=r"has what prysm signed with these keys, and teku would start without it"):
        claim_for(tmp_path, "teku")
    claim_for(tmp_path, "prysm")
    (tmp_path / "client").unlink()
    claim_for(tmp_path, "teku")
    with pytest.raises(AgentError, match="what teku signed"):
        claim_for(tmp_path, "prysm")


def test_the_command_lays_no_keys_out_for_a_claim_of_another_client(
    secret: Path, target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The init container of the other client fails before it has a key."""
    (target / "client").write_text("prysm\n")
    arguments = ["keystores", f"--secret={secret}", f"--keystores={target / 'keystores'}", f"--claim={target}"]
    assert main([*arguments, "--client=teku"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert list((target / "keystores").iterdir()) == []
    assert main(arguments) == 2
    assert main([*arguments, "--client=prysm"]) == 0


def test_the_command_lays_keystores_out(secret: Path, target: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The init container's command says how many keystores there are, and empties what was made of earlier ones."""
    keystores, validators = places(target)
    (target / "node" / "wallet").mkdir(parents=True)
    arguments = ["keystores", f"--secret={secret}", f"--keystores={keystores}", f"--validators={validators}"]
    assert main([*arguments, "--layout=by-key", "--keys=2", f"--empty={target / 'node'}"]) == 0
    assert capsys.readouterr().out == "laid out 2 keystores\n"
    assert list((target / "node").iterdir()) == []
    assert (validators / f"0x{KEYS[0].lower()}" / "keystore.json").is_file()


def test_the_command_says_in_one_line_what_is_wrong(
    secret: Path, target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A missing Secret, a missing volume and a file where a folder belongs are mistakes, not failures of the agent."""
    keystores, validators = places(target)
    validators.parent.mkdir()
    validators.write_bytes(b"")
    start = ["keystores", "--layout=by-key"]
    for arguments, line in (
        ([f"--secret={secret / 'none'}", f"--keystores={keystores}"], "none cannot be read: No such file or directory"),
        ([f"--secret={secret}", f"--keystores={target / 'none'}"], "none is no folder: mount a volume there"),
        (
            [f"--secret={secret}", f"--keystores={keystores}", f"--validators={validators}"],
            "data/validators cannot be made: File exists",
        ),
    ):
        assert main([*start, *arguments]) == 2
        told = capsys.readouterr().err
        assert told.endswith(f"{line}\n")
        assert told.count("\n") == 1
