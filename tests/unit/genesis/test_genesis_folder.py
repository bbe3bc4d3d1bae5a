"""Writing a genesis, packing it for Kubernetes, and unpacking it in a pod."""

from __future__ import annotations

import dataclasses
import json
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from py_arkworks_bls12381 import G1Point

from ethgen.agent.prepare import unpack_genesis
from ethgen.errors import GenesisError
from ethgen.genesis.archive import genesis_archive, split
from ethgen.genesis.build import build_genesis, fingerprint
from ethgen.genesis.config import GenesisConfig
from ethgen.genesis.folder import identity, write_genesis
from ethgen.genesis.state import Validator, genesis_state
from ethgen.stack import genesis_parts
from ethgen.stack.genesis_parts import MAX_PARTS, PART_BYTES

if TYPE_CHECKING:
    from pathlib import Path

    from ethgen.genesis.keys import ValidatorKey

CONFIG = GenesisConfig(
    network="devnet",
    chain_id=3151908,
    genesis_time=1_700_000_000,
    mnemonic="test test test test test test test test test test test junk",
    key_sets={"a": 20, "b": 12},
    validator_count=32,
    nodes={"geth-prysm": 2},
    preset="minimal",
    kdf_rounds=2,
)


def contents(folder: Path) -> dict[str, bytes]:
    """Read every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_config_gives_the_same_bytes(tmp_path: Path) -> None:
    """Two runs write the same files, and a second run replaces the first."""
    write_genesis(CONFIG, tmp_path / "one")
    write_genesis(CONFIG, tmp_path / "two")
    first = contents(tmp_path / "one")
    assert first == contents(tmp_path / "two")
    later = dataclasses.replace(CONFIG, genesis_time=1_700_000_012)
    assert write_genesis(later, tmp_path / "one").genesis_time == 1_700_000_012
    assert set(contents(tmp_path / "one")) == set(first)
    assert genesis_archive(tmp_path / "one") != genesis_archive(tmp_path / "two")


def test_files_are_those_that_nodes_and_secrets_are_made_from(tmp_path: Path) -> None:
    """Metadata, a keystore per key with its index, a password per key set, and two keys per node are written."""
    write_genesis(CONFIG, tmp_path / "genesis")
    names = {path.removeprefix("private/") for path in contents(tmp_path / "genesis")}
    assert names == {
        *(f"metadata/{name}" for name in ("genesis.json", "genesis.ssz", "config.yaml", "validator_names.yaml")),
        *(f"metadata/deposit_contract{end}.txt" for end in ("", "_block", "_block_hash")),
        "metadata/genesis_validators_root.txt",
        *(f"keystores/a/keystore-{index}.json" for index in range(20)),
        *(f"keystores/b/keystore-{index}.json" for index in range(20, 32)),
        *(f"keystores/{key_set}/password" for key_set in ("a", "b")),
        *(f"node-keys/geth-prysm/{node}.{layer}" for node in (0, 1) for layer in ("execution", "consensus")),
    }
    keystore = json.loads((tmp_path / "genesis/private/keystores/b/keystore-20.json").read_text())
    assert keystore["path"] == "m/12381/3600/20/0/0"
    assert (tmp_path / "genesis/metadata/validator_names.yaml").read_text() == "0-19: a\n20-31: b\n"


def test_secrets_are_for_their_owner_alone(tmp_path: Path) -> None:
    """No private file can be read by another user."""
    write_genesis(CONFIG, tmp_path / "genesis")
    private = tmp_path / "genesis/private"
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in private.rglob("*") if path.is_file()} == {0o600}


def test_public_files_can_be_written_alone(tmp_path: Path) -> None:
    """Without private files nothing secret is written, and the rest is the same."""
    write_genesis(CONFIG, tmp_path / "whole")
    write_genesis(CONFIG, tmp_path / "public", private=False)
    public = {path: data for path, data in contents(tmp_path / "whole").items() if path.startswith("metadata/")}
    assert contents(tmp_path / "public") == public


def test_a_failed_run_leaves_the_last_genesis_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk fails half way, the folder holds the whole earlier genesis and nothing lies beside it."""
    write_genesis(CONFIG, tmp_path / "genesis")
    before = contents(tmp_path)
    written: list[str] = []

    def full(*arguments: object) -> None:
        written.append(str(arguments[0]))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ethgen.genesis.folder.os.fdopen", full)
    with pytest.raises(OSError, match="No space left"):
        write_genesis(dataclasses.replace(CONFIG, genesis_time=1_700_000_012), tmp_path / "genesis")
    assert written
    assert contents(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["genesis"]


def test_a_folder_of_something_else_is_not_replaced(tmp_path: Path) -> None:
    """A folder with other files is refused and left alone."""
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(GenesisError, match=r"holds notes\.txt"):
        write_genesis(CONFIG, tmp_path)
    assert contents(tmp_path) == {"notes.txt": b"mine"}


def test_the_identity_is_read_from_the_files(tmp_path: Path) -> None:
    """Genesis time, validators root and block hash are those of the genesis; a folder without one is refused."""
    genesis = build_genesis(CONFIG)
    found = write_genesis(CONFIG, tmp_path / "genesis", private=False)
    assert found == identity(tmp_path / "genesis")
    assert found.genesis_time == genesis.genesis_time == 1_700_000_000
    assert found.genesis_validators_root == f"0x{genesis.genesis_validators_root.hex()}"
    assert found.block_hash == f"0x{genesis.block_hash.hex()}"
    with pytest.raises(GenesisError, match="does not exist"):
        identity(tmp_path / "nothing")
    (tmp_path / "genesis/metadata/genesis.ssz").write_bytes(b"cut")
    with pytest.raises(GenesisError, match="is cut short"):
        identity(tmp_path / "genesis")


def test_a_fingerprint_tells_chains_apart_and_nothing_else() -> None:
    """Time, nodes and keystore rounds do not change it; mnemonic, key sets, forks and balances do."""
    same = [
        dataclasses.replace(CONFIG, genesis_time=1, nodes={"other": 5}, kdf_rounds=3),
        dataclasses.replace(CONFIG, premine={b"\x01" * 20: 1, b"\x02" * 20: 2}),
        dataclasses.replace(CONFIG, premine={b"\x02" * 20: 2, b"\x01" * 20: 1}),
    ]
    other_words = "abandon " * 11 + "about"
    others = [
        dataclasses.replace(CONFIG, mnemonic=other_words),
        dataclasses.replace(CONFIG, key_sets={"b": 12, "a": 20}),
        dataclasses.replace(CONFIG, fork="deneb"),
        dataclasses.replace(CONFIG, chain_id=1),
        same[1],
    ]
    assert fingerprint(same[0]) == fingerprint(CONFIG)
    assert fingerprint(same[1]) == fingerprint(same[2])
    assert len({fingerprint(CONFIG), *map(fingerprint, others)}) == 1 + len(others)


def test_progress_counts_keys_and_keystores() -> None:
    """Progress is told for each key and each keystore, up to their numbers."""
    told: list[tuple[str, int, int]] = []
    build_genesis(CONFIG, progress=lambda kind, done, total: told.append((kind, done, total)))
    assert told == [("keys", n, 32) for n in range(1, 33)] + [("keystores", n, 32) for n in range(1, 33)]


def test_an_interrupted_run_begins_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """After an interruption no keystore is begun that was still waiting for a thread."""
    begun: list[int] = []
    cancelled = threading.Event()

    class Pool(ThreadPoolExecutor):
        def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - theirs
            super().shutdown(wait=False, cancel_futures=cancel_futures)
            cancelled.set()
            super().shutdown(wait=wait)

    def slow(key: ValidatorKey, **_: object) -> str:
        begun.append(key.index)
        assert key.index == 0 or cancelled.wait(timeout=30)
        return ""

    def interrupt(kind: str, *_: int) -> None:
        if kind == "keystores":
            raise KeyboardInterrupt

    monkeypatch.setattr("ethgen.genesis.build.ThreadPoolExecutor", Pool)
    monkeypatch.setattr("ethgen.genesis.build.os.cpu_count", lambda: 2)
    monkeypatch.setattr("ethgen.genesis.build.keystore", slow)
    with pytest.raises(KeyboardInterrupt):
        build_genesis(CONFIG, progress=interrupt)
    assert len(begun) <= 3


def test_a_pod_unpacks_what_was_packed(tmp_path: Path) -> None:
    """The agent joins the parts and finds the files that clients start with, unchanged."""
    write_genesis(CONFIG, tmp_path / "genesis", private=False)
    archive = genesis_archive(tmp_path / "genesis")
    parts = split(archive, 3)
    assert len(parts) == 3
    assert b"".join(parts) == archive == genesis_archive(tmp_path / "genesis")
    (tmp_path / "parts").mkdir()
    for number, part in enumerate(parts):
        (tmp_path / "parts" / f"part-{number:03}").write_bytes(part)
    unpack_genesis(tmp_path / "parts", tmp_path / "unpacked")
    metadata = contents(tmp_path / "genesis/metadata")
    assert contents(tmp_path / "unpacked") == {
        name: metadata[name] for name in ("genesis.json", "genesis.ssz", "config.yaml", "deposit_contract_block.txt")
    }


@pytest.mark.parametrize(
    ("size", "parts"),
    [(PART_BYTES + 1, 1), (2 * PART_BYTES + 1, 2), (MAX_PARTS * PART_BYTES + MAX_PARTS + 1, MAX_PARTS + 1)],
)
def test_an_archive_that_does_not_fit_is_refused(size: int, parts: int) -> None:
    """An archive over its ConfigMaps, or with more of them than allowed, is refused with both numbers."""
    with pytest.raises(GenesisError, match=f"of {size} bytes needs .* ConfigMaps of {PART_BYTES} bytes"):
        split(bytes(size), parts)


def test_parts_are_reckoned_large_enough(tmp_path: Path) -> None:
    """Every further validator, keys and credentials all different, compresses to less than what is reckoned for it."""
    point, points = G1Point(), [G1Point()]
    for _ in range(1999):
        points.append(points[-1] + point)
    keys = [bytes(each.to_compressed_bytes()) for each in points]
    validators = [Validator(key, sha256(key).digest(), 32 * 10**9) for key in keys]
    write_genesis(CONFIG, tmp_path / "genesis", private=False)
    sizes = []
    for count in (1000, 2000):
        (tmp_path / "genesis/metadata/genesis.ssz").write_bytes(genesis_state(CONFIG, validators[:count]))
        sizes.append(len(genesis_archive(tmp_path / "genesis")))
    assert 80 < (sizes[1] - sizes[0]) / 1000 < genesis_parts._VALIDATOR_BYTES  # noqa: SLF001 - what is reckoned with
    assert sizes[0] - 1000 * 80 < genesis_parts._CONSTANT_BYTES  # noqa: SLF001 - likewise


def test_full_parts_fit() -> None:
    """Parts may be as large as a ConfigMap allows."""
    assert [len(part) for part in split(bytes(2 * PART_BYTES), 2)] == [PART_BYTES, PART_BYTES]


def test_packing_a_missing_genesis_is_refused(tmp_path: Path) -> None:
    """A folder without a genesis cannot be packed, and the error says how to make one."""
    with pytest.raises(GenesisError, match=r"genesis\.json does not exist") as caught:
        genesis_archive(tmp_path)
    assert "ethgen genesis" in caught.value.cure
