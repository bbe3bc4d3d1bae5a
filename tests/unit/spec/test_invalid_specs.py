"""Every mistake a spec can hold, and the exact lines its author reads."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ethgen.errors import EthgenError, SpecError
from ethgen.render.build import build
from ethgen.spec import load
from ethgen.spec.editing import put
from ethgen.stack import problems_of
from ethgen.stack.genesis_parts import MAX_VALIDATORS

INVALID = Path(__file__).parents[2] / "fixtures" / "invalid"
CASES = sorted(path.stem for path in INVALID.glob("*.yaml"))
KEYS = '{client: prysm, keys: 1000, feeRecipient: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"}'


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_is_told_at_its_place(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A spec with mistakes is refused with exactly the lines beside it, each at its place in the file."""
    monkeypatch.chdir(INVALID)
    monkeypatch.delenv("ETHGEN_MNEMONIC", raising=False)
    with pytest.raises(SpecError) as caught:
        build(load(Path(f"{case}.yaml"), further=problems_of))
    assert Path(f"{case}.txt").read_text(encoding="utf-8") == f"{caught.value}\n"


def test_every_expected_text_belongs_to_a_case() -> None:
    """No expected text is left over from a case that is gone."""
    assert sorted(path.stem for path in INVALID.glob("*.txt")) == CASES


@pytest.mark.parametrize("name", ["large", "spec"])
def test_a_file_of_ten_megabytes_is_refused_unread(name: str, tmp_path: Path) -> None:
    """A file of a size that no spec has is refused by its size, the spec itself and one that it extends."""
    large = tmp_path / "large.yaml"
    # Not even text: it would be refused for that if it were read.
    large.write_bytes(b"\xff" * 10_000_000)
    (tmp_path / "spec.yaml").write_text("extends: large.yaml\nprofile: local\n")
    with pytest.raises(SpecError) as caught:
        load(tmp_path / f"{name}.yaml")
    assert str(caught.value) == f"{large}: has 10,000,000 bytes, and a file of a spec has at most 1,048,576"


def test_a_link_to_a_file_outside_the_repository_is_not_extended(tmp_path: Path) -> None:
    """Where a file really is counts, and not the name that it is reached by."""
    (tmp_path / "outside.yaml").write_text("profile: local\n")
    environments = tmp_path / "repository" / "environments"
    environments.mkdir(parents=True)
    (environments / "base.yaml").symlink_to(tmp_path / "outside.yaml")
    (environments / "test.yaml").write_text("extends: base.yaml\n")
    with pytest.raises(SpecError) as caught:
        load(environments / "test.yaml")
    assert str(caught.value) == f"{environments}/test.yaml:1:10: extends: 'base.yaml' is outside of this repository"


def test_an_environment_that_does_not_exist_names_the_nearest(tmp_path: Path) -> None:
    """A mistyped environment is answered with the nearest one and all there are; base.yaml is none."""
    for name in ("base", "local", "staging"):
        (tmp_path / f"{name}.yaml").touch()
    with pytest.raises(SpecError) as caught:
        load(tmp_path / "locl.yaml")
    expected = f"{tmp_path}/locl.yaml: does not exist; did you mean 'local'? (environments here: local, staging)"
    assert str(caught.value) == expected


@pytest.mark.parametrize("kind", ["folder", "dangling link", "pipe"])
def test_what_is_no_file_is_no_environment(kind: str, tmp_path: Path) -> None:
    """A folder, a link that leads nowhere and a pipe are refused for what they are, and are nobody's nearest name."""
    path = tmp_path / "local.yaml"
    {"folder": path.mkdir, "dangling link": lambda: path.symlink_to("gone"), "pipe": lambda: os.mkfifo(path)}[kind]()
    with pytest.raises(SpecError) as caught:
        load(path)
    assert str(caught.value) == f"{path}: is no file, nor a link to one"
    with pytest.raises(SpecError, match="there is no environment in"):
        load(tmp_path / "locl.yaml")


def test_a_folder_without_environments_says_so(tmp_path: Path) -> None:
    """Where there is no environment at all, the error says where it looked."""
    with pytest.raises(SpecError) as caught:
        load(tmp_path / "local.yaml")
    assert str(caught.value) == f"{tmp_path}/local.yaml: does not exist (there is no environment in {tmp_path})"


def test_a_genesis_that_no_config_maps_hold_is_refused(tmp_path: Path) -> None:
    """More validators than fit in the ConfigMaps of a genesis are refused before anything is made."""
    sets = -(-(MAX_VALIDATORS + 1) // 1000)
    lines = "".join(f"      set-{number}: {KEYS}\n" for number in range(sets))
    (tmp_path / "large.yaml").write_text(
        "profile: local\nnetworks:\n  devnet:\n    chain: custom\n    chainId: 3151908\n"
        "    genesis: {mnemonic: test test test test test test test test test test test junk}\n"
        "    nodes: {geth-prysm: {execution: {client: geth}, consensus: {client: prysm}, storage: 4Gi}}\n"
        f"    validators:\n{lines}"
    )
    with pytest.raises(SpecError) as caught:
        build(load(tmp_path / "large.yaml"))
    text = "networks.devnet.genesis.validators: more than 154,664 validators do not fit in 16 ConfigMaps"
    assert str(caught.value) == f"{tmp_path}/large.yaml:6:14: {text}"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: " + "[" * 70 + "]" * 70, "1:68: a.0.0: "),
        ("a: " + "{a: " * 200 + "}" * 200, "1:260: "),
        ("a: " + "[" * 100_000, "1:68: "),
        ("a: " + "{a: " * 100_000 + "}" * 100_000, "1:260: "),
        ("a: " + "{<<: " * 100_000 + "}" * 100_000, "1:324: "),
        ("a: " + "{'#': {}, b: [" * 50_000, "1:452: "),
        ("a:\n" + "- " * 100_000 + "1", "2:129: "),
        ("a:\n " + "? " * 100_000 + "1", "2:130: "),
        ("a:\n" + "".join(" " * level + "-\n" for level in range(1200)), "66:65: "),
    ],
)
def test_values_nested_beyond_reason_are_refused(text: str, place: str, tmp_path: Path) -> None:
    """A file of thousands of nested lists or mappings ends in one line, not in an exhausted stack."""
    (tmp_path / "deep.yaml").write_text(text)
    with pytest.raises(SpecError) as caught:
        load(tmp_path / "deep.yaml")
    assert str(caught.value) == f"{tmp_path}/deep.yaml:{place}is nested more than 64 deep"


def test_a_value_for_a_field_is_not_nested_beyond_reason_either() -> None:
    """What is to be put into a spec is read with the same guard."""
    with pytest.raises(EthgenError) as caught:
        put(Path("deep.yaml"), "profile: local\n", ("networks", "devnet", "nodes"), "{a: " * 100_000 + "}" * 100_000)
    assert caught.value.message.endswith("': is nested more than 64 deep")
