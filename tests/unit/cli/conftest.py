"""What the tests of single commands share: a small repository, and the command line as a function."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from ethgen.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BASE = """\
# What all environments share.
profile: staging
cluster: {context: shared, registry: registry.example.org}
"""
ONE = """\
# The first environment.
extends: base.yaml
networks:
  hoodi:
    chain: hoodi
    nodes:
      # One pair.
      geth-lighthouse:
        execution: {client: geth, version: 1.17.10}   # as tested
        consensus:
          client: lighthouse
          version: 8.3.3
        replicas: 2
        storage: 900Gi
    rpc: {fromNamespaces: [gateway]}
"""
TWO = """\
extends: base.yaml
profile: local
networks:
  devnet:
    chain: custom
    chainId: 1234
    genesis: {mnemonic: test test test test test test test test test test test junk, slotsPerEpoch: 8}
    nodes:
      geth-prysm: {execution: {client: geth}, consensus: {client: prysm}, storage: 4Gi}
    validators:
      a: {client: prysm, keys: 8, feeRecipient: "0x000000000000000000000000000000000000dead"}
"""


class Outcome(NamedTuple):
    """How a call of the command line ended."""

    status: int
    output: str
    errors: str


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository with the environments `one` and `two`, and stand in it."""
    folder = tmp_path / "environments"
    folder.mkdir()
    for name, text in (("base", BASE), ("one", ONE), ("two", TWO)):
        (folder / f"{name}.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ETHGEN_ENV", raising=False)
    return folder


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Return the command line as a function of its arguments."""

    def run(*arguments: str) -> Outcome:
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        printed = capsys.readouterr()
        assert isinstance(caught.value.code, int)
        return Outcome(caught.value.code, printed.out, printed.err)

    return run
