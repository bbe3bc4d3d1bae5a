"""Specs that are right: defaults, positions, and where the mnemonic of a private network comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from ethgen.errors import SpecError
from ethgen.spec import load
from ethgen.spec.ethereum import THROW_AWAY_MNEMONIC
from ethgen.spec.section import Section

FIXTURES = Path(__file__).parents[2] / "fixtures"
PRIVATE = """\
profile: staging
networks:
  devnet:
    chain: custom
    chainId: 3151908
    genesis: {mnemonicFile: secrets/mnemonic.txt}
    nodes: {geth-prysm: {execution: {client: geth}, consensus: {client: prysm}, storage: 4Gi}}
    validators: {a: {client: prysm, keys: 32, feeRecipient: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"}}
"""


def private(folder: Path) -> Path:
    """Write a spec whose mnemonic stands in a file, and return its path."""
    (folder / "environments").mkdir()
    (folder / "secrets").mkdir()
    path = folder / "environments" / "private.yaml"
    path.write_text(PRIVATE)
    return path


def test_a_spec_knows_its_environment_context_and_places() -> None:
    """The file's name is the environment; the context is the spec's own; each value knows its place."""
    path = FIXTURES / "valid" / "several.yaml"
    spec = load(path)
    assert (spec.environment, spec.context) == ("several", "several")
    assert spec.where("networks", "main", "chain") == f"{path}:14:12"
    assert spec.networks["holder"].nodes["geth-lighthouse"].replicas == 1
    assert spec.networks["holder"].nodes["geth-lighthouse"].storage == "500Gi"
    assert spec.cluster.storage.class_ == "standard"


def test_the_context_of_an_environment_is_named_after_it(tmp_path: Path) -> None:
    """Without a context of its own, an environment has the one that ethgen makes for it."""
    (tmp_path / "test.yaml").write_text("profile: local\n")
    assert load(tmp_path / "test.yaml").context == "ethgen-test"


def test_a_spec_cannot_be_changed() -> None:
    """What was checked stays as it is: sections are immutable."""
    spec = load(FIXTURES / "valid" / "several.yaml")
    with pytest.raises(AttributeError, match="frozen"):
        spec.profile = "production"  # type: ignore[misc]


def test_the_mnemonic_is_read_from_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside profile local, the seed of node keys is the mnemonic in the file that the spec names."""
    monkeypatch.delenv("ETHGEN_MNEMONIC", raising=False)
    path = private(tmp_path)
    (tmp_path / "secrets" / "mnemonic.txt").write_text(f"{THROW_AWAY_MNEMONIC}\n")
    genesis = load(path).networks["devnet"].genesis
    assert genesis is not None
    assert genesis.seed == THROW_AWAY_MNEMONIC.encode()
    assert "junk" not in repr(genesis)


def test_the_mnemonic_may_stand_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ETHGEN_MNEMONIC takes the place of the file, as in CI."""
    monkeypatch.setenv("ETHGEN_MNEMONIC", THROW_AWAY_MNEMONIC)
    genesis = load(private(tmp_path)).networks["devnet"].genesis
    assert genesis is not None
    assert genesis.seed == THROW_AWAY_MNEMONIC.encode()


@pytest.mark.parametrize("content", [b"", b"not a mnemonic", "läßt".encode("latin-1")])
def test_a_file_without_mnemonic_is_refused_and_not_shown(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that holds anything else is refused; what it holds is not printed."""
    monkeypatch.delenv("ETHGEN_MNEMONIC", raising=False)
    path = private(tmp_path)
    (tmp_path / "secrets" / "mnemonic.txt").write_bytes(content)
    with pytest.raises(SpecError) as caught:
        load(path)
    assert str(caught.value) == (
        f"{path}:6:29: networks.devnet.genesis.mnemonicFile: "
        f"{tmp_path}/secrets/mnemonic.txt does not hold 12, 15, 18, 21 or 24 words of BIP-39"
    )


def test_an_environment_has_a_name_that_kubernetes_takes(tmp_path: Path) -> None:
    """The file's name becomes part of contexts and folders, so it follows the rules of names."""
    (tmp_path / "My Test.yaml").write_text("profile: local\n")
    with pytest.raises(SpecError, match="the name of an environment is expected to be a name of a-z"):
        load(tmp_path / "My Test.yaml")


def _sections(section: type[Section]) -> list[type[Section]]:
    return [section, *(found for child in section.__subclasses__() for found in _sections(child))]


@pytest.mark.parametrize("section", _sections(Section)[1:], ids=lambda section: section.__name__)
def test_every_field_is_described(section: type[Section]) -> None:
    """Every field of every section has a sentence that says what it is."""
    for name, field in section.model_fields.items():
        assert field.description, f"{section.__name__}.{name}"
        assert field.description.endswith("."), f"{section.__name__}.{name}"
