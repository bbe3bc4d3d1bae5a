"""`ethgen genesis`, and the way from a spec to a config."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ethgen import cli
from ethgen.errors import GenesisError
from ethgen.genesis.from_spec import from_spec, private_networks
from ethgen.spec import load, parse
from ethgen.spec.documents import read
from ethgen.stack import peers

if TYPE_CHECKING:
    from pathlib import Path

    from ethgen.spec import NetworkSpec

SPEC = """
profile: local
networks:
  devnet:
    chain: custom
    chainId: 3151908
    genesis:
      fork: electra
      preset: minimal
      slotSeconds: 2
      mnemonic: test test test test test test test test test test test junk
      premine: {"0xaAaAaAaaAaAaAaaAaAAAAAAAAaaaAaAaAaaAaaAa": 3}
    nodes:
      geth-prysm:
        execution: {client: geth}
        consensus: {client: prysm}
        replicas: 2
        storage: 4Gi
    validators:
      b: {client: prysm, keys: 5, feeRecipient: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"}
      a: {client: prysm, keys: 4, feeRecipient: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"}
  hoodi:
    chain: hoodi
    nodes:
      geth-prysm:
        execution: {client: geth}
        consensus: {client: prysm}
        storage: 4Gi
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a repository with one environment, and stand in it."""
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments/lab.yaml").write_text(SPEC)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ETHGEN_MNEMONIC", raising=False)
    return tmp_path


def spec_of(repository: Path, old: str = "", new: str = "") -> NetworkSpec:
    """Load the environment, with one text changed."""
    path = repository / "environments/lab.yaml"
    assert old in SPEC
    path.write_text(SPEC.replace(old, new))
    return load(path)


def run(*arguments: str) -> int:
    """Run the command line and give its exit status."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["genesis", "--env", "lab", *arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_the_command_writes_a_genesis(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without further options the one private network's genesis is written below .ethgen, and its identity printed."""
    assert run("--genesis-time", "1700000000") == 0
    shown = capsys.readouterr().out
    folder = repository / ".ethgen/lab/devnet"
    assert (folder / "metadata/genesis.ssz").read_bytes()[:8] == (1_700_000_000).to_bytes(8, "little")
    assert (folder / "metadata/genesis_validators_root.txt").read_text() in shown
    assert len(list((folder / "private/keystores").rglob("keystore-*.json"))) == 9


def test_a_chosen_folder_receives_public_files_alone(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--out never holds a secret, so that it may be a folder of git; --json prints one object."""
    assert run("--genesis-time", "1700000000", "--out", "public", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["folder"] == "public"
    assert shown["genesis_time"] == 1_700_000_000
    assert [path.name for path in (repository / "public").iterdir()] == ["metadata"]
    assert not (repository / ".ethgen").exists()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--genesis-time", "tomorrow"], "--genesis-time 'tomorrow' is no time"),
        (["--network", "hoodi"], "'hoodi' is not a private network of environment lab"),
        (["--network", "nowhere"], "'nowhere' is not a private network of environment lab"),
    ],
)
def test_mistakes_end_in_one_line_and_status_2(
    repository: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], problem: str
) -> None:
    """A wrong time or network is said with its cure, and nothing is written."""
    assert run(*arguments) == 2
    shown = capsys.readouterr().err
    assert shown.startswith(f"error: {problem}")
    assert "cure: " in shown
    assert [path.name for path in repository.iterdir()] == ["environments"]


def test_several_private_networks_must_be_told_apart(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With two private networks, or none, --network is asked for."""
    devnet = SPEC.split("networks:\n")[1].split("  hoodi:", maxsplit=1)[0]
    other = devnet.replace("devnet", "second").replace("3151908", "3151909")
    (repository / "environments/lab.yaml").write_text(SPEC + other)
    assert run() == 2
    assert "several private networks: devnet, second" in capsys.readouterr().err
    (repository / "environments/lab.yaml").write_text(SPEC.replace(devnet, ""))
    assert run() == 2
    assert "no private network" in capsys.readouterr().err


def test_a_time_may_be_given_from_now(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """now+SECONDS, and the spec's delay where nothing is given, count from the clock."""
    monkeypatch.setattr("ethgen.cli.genesis.time.time", lambda: 1_700_000_000.9)
    written = repository / "public/metadata/genesis.ssz"
    for arguments, delay in ((["--genesis-time", "now+45"], 45), (["--genesis-time", "now"], 0), ([], 30)):
        assert run(*arguments, "--out", "public") == 0
        assert int.from_bytes(written.read_bytes()[:8], "little") == 1_700_000_000 + delay


def test_the_spec_decides_the_config(repository: Path) -> None:
    """Key sets keep the spec's order, ether becomes wei, and the preset's slots per epoch hold unless given."""
    config = from_spec(spec_of(repository), "devnet", 1_700_000_000)
    assert list(config.key_sets.items()) == [("b", 5), ("a", 4)]
    assert config.validator_count == 9
    assert config.premine == {b"\xaa" * 20: 3 * 10**18}
    assert config.slots_per_epoch == 8
    assert config.nodes == {"geth-prysm": 2}
    assert config.kdf_rounds < 262144


def test_node_keys_are_those_that_peers_dial(repository: Path) -> None:
    """The keys written at deployment are those that enodes and multiaddrs were rendered from."""
    spec = spec_of(repository)
    assert run("--genesis-time", "1700000000") == 0
    key = peers.node_key("devnet", spec.networks["devnet"], "geth-prysm", 1, "consensus")
    folder = repository / ".ethgen/lab/devnet/private/node-keys/geth-prysm"
    assert (folder / "1.consensus").read_text() == key.hex


def test_the_mnemonic_may_come_from_a_file(repository: Path) -> None:
    """A mnemonic that stands outside the spec makes the same genesis as one inside."""
    words = "test test test test test test test test test test test junk"
    inside = from_spec(spec_of(repository), "devnet", 1_700_000_000)
    (repository / "mnemonic").write_text(words + "\n")
    assert (
        from_spec(spec_of(repository, f"mnemonic: {words}", "mnemonicFile: mnemonic"), "devnet", 1_700_000_000)
        == inside
    )


def test_a_network_without_mnemonic_is_refused(repository: Path) -> None:
    """Where a spec was parsed without its mnemonic file, the error names the file and the variable."""
    words = "test test test test test test test test test test test junk"
    path = repository / "environments/lab.yaml"
    path.write_text(SPEC.replace(f"mnemonic: {words}", "mnemonicFile: secret/words"))
    spec = parse(read(path), environment="lab")
    with pytest.raises(GenesisError, match="devnet has no mnemonic") as caught:
        from_spec(spec, "devnet", 1_700_000_000)
    assert "secret/words" in caught.value.cure
    assert "ETHGEN_MNEMONIC" in caught.value.cure


def test_private_networks_are_the_custom_ones(repository: Path) -> None:
    """Public networks have no genesis to make."""
    assert list(private_networks(spec_of(repository))) == ["devnet"]
