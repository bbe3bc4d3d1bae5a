"""Arguments: those that a version takes, and extra ones beside generated ones."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.clients.facts import Change
from ethgen.errors import SpecError
from ethgen.spec import NetworkSpec, load
from ethgen.spec.node import ExecutionClient as Section
from ethgen.stack import ethereum, releases
from ethgen.stack.checks import arguments, check_arguments
from ethgen.stack.checks.chosen import Chosen

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ethgen.spec.network import Network

PATH = ("networks", "x", "nodes", "a", "execution")
GENERATED = (
    "--http",
    "--http.port=8545",
    "--syncmode",
    "snap",
    "-v=3",
    "--Rpc.Enabled=true",
    "--nat:none",
    "--no-peers",
    "sub",
)
CHANGES = (
    Change("--gone", until="1.5.0", instead="--new"),
    Change("--gone-for-good", until="1.5.0"),
    Change("--explained", until="1.5.0", instead="the option has no effect any more"),
    Change("--young", since="1.9.0"),
    Change("--renamed", since="1.9.0", instead="--old-name"),
    Change("--back", until="1.2.0"),
    Change("--back", since="1.4.0"),
)


def found(
    *extra: str, version: str = "1.7.0", generated: tuple[str, ...] = GENERATED, changes: tuple[Change, ...] = CHANGES
) -> list[str]:
    """Return the problems of extra arguments, each with the end of its path."""
    client = EXECUTION_CLIENTS["geth"]
    process = replace(
        client.process,
        changes=changes,
        equivalents=MappingProxyType({"--http": "--ipc-only", "-p": "--http.port", "--snap-sync": "--syncmode"}),
    )
    section = Section.model_validate({"client": "geth", "version": version, "extraArgs": list(extra)})
    chosen = Chosen(PATH, client, process, section, version, PATH)
    return [f"{path[len(PATH) :]}: {text}" for path, text in arguments.problems(chosen, generated, extra)]


@pytest.mark.parametrize(
    "extra",
    [
        ["--cache=8192"],
        ["--http.portal=1"],
        ["--identity=node #1"],
        ["-x"],
        ["-V=3"],
        ["--cache", "8192"],
        ["--cache", "-1"],
        ["--identity", ""],
        ["--names", "one", "two"],
        ["--peer=one", "--peer=two"],
        ["--peer", "one", "--peer", "two"],
        ["--peer=10.0.0.1", "--peer=10.0.0.2"],
    ],
)
def test_other_arguments_are_taken_as_they_are(extra: list[str]) -> None:
    """What is not generated is left to the client, with values of its own and repeated for a list."""
    assert found(*extra) == []


@pytest.mark.parametrize(
    ("extra", "text"),
    [
        (["dumpconfig"], "0): 'dumpconfig' is no flag and no value of one; write --flag=value"),
        (["--cache=1", "vc"], "1): 'vc' is no flag and no value of one; write --flag=value"),
        ([""], "0): '' is no flag and no value of one; write --flag=value"),
        (["-"], "0): '-' is no flag and no value of one; write --flag=value"),
        (["-1"], "0): '-1' is no flag and no value of one; write --flag=value"),
        (["--cache=1", "--"], "1): '--' ends all flags; remove it"),
        (["--x\ny"], "0): '--x\\ny' has the control character '\\n'; remove it"),
        (["--x", "y\0"], "1): 'y\\x00' has the control character '\\x00'; remove it"),
        (["--cache=1", "--cache=2"], "1): --cache stands in extraArgs.0 already; keep one of them"),
        (["--cache", "1", "--cache", "2"], "2): --cache stands in extraArgs.0 already; keep one of them"),
        (["--peer=one", "-peer=one"], "1): -peer stands in extraArgs.0 already; keep one of them"),
        (["--light", "--light=false"], "1): --light stands in extraArgs.0 already; keep one of them"),
    ],
)
def test_an_argument_is_a_flag_or_its_value(extra: list[str], text: str) -> None:
    """Commands, what ends the flags, control characters and the same setting twice are refused at their place."""
    assert found(*extra) == [f"('extraArgs', {text}"]


@pytest.mark.parametrize(
    ("extra", "text"),
    [
        ("--http.port=9000", "--http.port repeats the generated --http.port=8545"),
        ("--http.port", "--http.port repeats the generated --http.port=8545"),
        ("-http.port=9000", "-http.port repeats the generated --http.port=8545"),
        ("--http=false", "--http repeats the generated --http"),
        ("--no-http", "--no-http contradicts or repeats the generated --http"),
        ("--no-syncmode", "--no-syncmode contradicts or repeats the generated --syncmode"),
        ("--peers", "--peers contradicts or repeats the generated --no-peers"),
        ("--sync-mode=full", "--sync-mode repeats the generated --syncmode"),
        ("--snapSync", "--snapSync contradicts or repeats the generated --syncmode"),
        ("--ipc-only", "--ipc-only contradicts or repeats the generated --http"),
        ("-p=9000", "-p contradicts or repeats the generated --http.port=8545"),
        ("--snap-sync", "--snap-sync contradicts or repeats the generated --syncmode"),
        ("-v=5", "-v repeats the generated -v=3"),
        ("--rpc.enabled=false", "--rpc.enabled repeats the generated --Rpc.Enabled=true"),
        ("--nat=any", "--nat repeats the generated --nat:none"),
    ],
)
def test_an_extra_argument_does_not_contradict_a_generated_one(extra: str, text: str) -> None:
    """The same flag, with one dash or two, in any case and with any value, and its equivalents are refused."""
    assert found(extra) == [f"('extraArgs', 0): {text}; remove it"]


def test_a_flag_and_its_value_are_two_arguments_or_joined() -> None:
    """What a shell would split is one argument to a client; the joined form is told."""
    text = "('extraArgs', 1): '--cache 8192' is one argument to the client, blank and all; write --cache=8192"
    assert found("--x", "--cache 8192") == [text]
    assert found("--http.port", "9000") == [
        "('extraArgs', 0): --http.port repeats the generated --http.port=8545; remove it"
    ]


@pytest.mark.parametrize(
    ("flag", "version", "text"),
    [
        ("--gone=1", "1.4.9", None),
        ("--gone=1", "1.5.0", "does not take --gone, which 1.5.0 removed; use --new"),
        ("-gone", "2.0.0", "does not take -gone, which 1.5.0 removed; use --new"),
        ("--gone-for-good", "1.5.0", "does not take --gone-for-good, which 1.5.0 removed; remove it"),
        (
            "--explained",
            "1.5.0",
            "does not take --explained, which 1.5.0 removed; the option has no effect any more",
        ),
        ("--young", "1.8.0", "does not take --young, which 1.9.0 added; use 1.9.0 or later"),
        ("--young", "1.9.0", None),
        (
            "--renamed",
            "1.8.0",
            "does not take --renamed, which 1.9.0 added; use 1.9.0 or later, or use --old-name",
        ),
        ("--back", "1.1.0", None),
        ("--back", "1.3.0", "does not take --back, which 1.4.0 added; use 1.4.0 or later"),
        ("--back", "1.4.0", None),
    ],
)
def test_an_argument_is_one_that_the_version_takes(flag: str, version: str, text: str | None) -> None:
    """A flag that a release removed, or has not added yet, is refused with that release and what to write instead."""
    assert found(flag, version=version) == ([] if text is None else [f"('extraArgs', 0): geth {version} {text}"])


def test_a_generated_argument_that_the_version_does_not_take_is_told_at_the_version() -> None:
    """Where the catalogue itself would give a flag that the version does not take, the version is the cure."""
    changes = (Change("--http.port", since="1.9.0"),)
    text = "geth 1.7.0 does not take --http.port, which 1.9.0 added; use 1.9.0 or later"
    assert found(changes=changes) == [f"('version',): {text}"]


SPEC = """\
profile: local
networks:
  hoodi:
    chain: hoodi
    nodes:
      a:
        execution: {client: geth, extraArgs: [--cache=1, --http.port=9000]}
        consensus: {client: lighthouse, extraArgs: [--http-port=1]}
        storage: 4Ti
    validators:
      v: {client: lighthouse, keys: 1, feeRecipient: "0x000000000000000000000000000000000000dEaD", extraArgs: [--gone]}
"""


def test_all_processes_of_a_spec_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Execution clients, beacon nodes and validators are each held to what they are given, at the argument's place."""
    client = CONSENSUS_CLIENTS["lighthouse"]
    assert client.validator is not None
    process = replace(client.validator.process, changes=(Change("--gone", until="7.0.0", instead="--new"),))
    changed = replace(client, validator=replace(client.validator, process=process))
    monkeypatch.setitem(CONSENSUS_CLIENTS, "lighthouse", changed)
    path = tmp_path / "x.yaml"
    path.write_text(SPEC)
    with pytest.raises(SpecError) as caught:
        releases(load(path))
    assert str(caught.value).replace(str(path), "x.yaml").splitlines() == [
        (
            "x.yaml:7:58: networks.hoodi.nodes.a.execution.extraArgs.1: "
            "--http.port repeats the generated --http.port=8545; remove it"
        ),
        (
            "x.yaml:8:53: networks.hoodi.nodes.a.consensus.extraArgs.0: "
            "--http-port repeats the generated --http-port=5052; remove it"
        ),
        (
            "x.yaml:11:112: networks.hoodi.validators.v.extraArgs.0: "
            f"lighthouse {client.version} does not take --gone, which 7.0.0 removed; use --new"
        ),
    ]


def test_mistakes_that_keep_a_group_from_being_drawn_hide_no_arguments(tmp_path: Path) -> None:
    """The arguments of one group are checked though another group of its network cannot be drawn at all."""
    path = tmp_path / "x.yaml"
    path.write_text(
        SPEC.replace(
            "    validators:\n",
            "      b: {execution: {client: gethh}, consensus: {client: prysm}, storage: 4Ti}\n    validators:\n",
        )
    )
    with pytest.raises(SpecError) as caught:
        releases(load(path))
    assert [line.split(": ")[1] for line in caught.value.problems] == [
        "networks.hoodi.nodes.a.execution.extraArgs.1",
        "networks.hoodi.nodes.a.consensus.extraArgs.0",
        "networks.hoodi.nodes.b.execution.client",
    ]


def test_a_client_inside_another_is_held_to_its_arguments_too(tmp_path: Path) -> None:
    """Extra arguments of both clients of one process are checked against all that it is given."""
    path = tmp_path / "x.yaml"
    path.write_text(
        "profile: local\nnetworks:\n  hoodi:\n    chain: hoodi\n    nodes:\n      a:\n"
        "        execution: {client: erigon, extraArgs: [--beacon.api.port=1, --fine=1]}\n"
        "        consensus: {client: caplin, extraArgs: [--fine=1, --http.port=1]}\n"
        "        storage: 4Ti\n"
    )
    with pytest.raises(SpecError) as caught:
        releases(load(path))
    assert str(caught.value).replace(str(path), "x.yaml").splitlines() == [
        (
            "x.yaml:7:49: networks.hoodi.nodes.a.execution.extraArgs.0: "
            "--beacon.api.port repeats the generated --beacon.api.port=5555; remove it"
        ),
        (
            "x.yaml:8:59: networks.hoodi.nodes.a.consensus.extraArgs.1: "
            "--http.port repeats the generated --http.port=8545; remove it"
        ),
    ]


ADDRESS = "0x000000000000000000000000000000000000dEaD"
OTHER_NETWORKS = {
    "geth": ("--sepolia", "--hoodi", "--dev", "--networkid=5", "--override.genesis=x"),
    "besu": ("--genesis-file=x", "--network-id=5", "--network=hoodi"),
    "erigon": ("--chain=hoodi", "--networkid=5"),
    "reth": ("--chain=hoodi", "--dev"),
    "ethrex": ("--network=hoodi", "--dev"),
    "nethermind": ("--config=hoodi", "--Init.ChainSpecPath=x", "--init-chainspecpath=x"),
    "lighthouse": ("--network=hoodi", "--testnet-dir=x", "-t=x"),
    "prysm": ("--sepolia", "--hoodi", "--chain-config-file=x", "--minimal-config", "--e2e-config"),
    "lodestar": ("--network=hoodi", "--paramsFile=x", "--preset=minimal"),
    "grandine": ("--network=hoodi", "--configuration-file=x", "--configuration-directory=x"),
    "teku": ("--network=hoodi", "-n=hoodi"),
    "nimbus": ("--network=hoodi",),
}


@pytest.mark.parametrize("chain", ["mainnet", "hoodi"])
@pytest.mark.parametrize("client", OTHER_NETWORKS)
def test_extra_arguments_name_no_other_network(network: Callable[..., Network], client: str, chain: str) -> None:
    """No process of a network is sent to another one: each flag that names one excludes the others."""
    extra = [text for text in OTHER_NETWORKS[client] if text != f"--{chain}"]
    section = {"client": client, "extraArgs": extra}
    if client in EXECUTION_CLIENTS:
        made = network(chain, execution=section)
    else:
        known = CONSENSUS_CLIENTS[client].validator
        # Nimbus's validator process asks its beacon node for the network.
        signer = {**section, "extraArgs": [] if client == "nimbus" else extra, "keys": 1, "feeRecipient": ADDRESS}
        made = network(chain, consensus=section, validators={"v": signer} if known else {})
    spec = NetworkSpec.model_validate({"profile": "local"})
    values = ethereum.release(spec, "x", made).values
    found = [problem.path for problem in check_arguments(("networks", "x"), made, values)]
    layer = "execution" if client in EXECUTION_CLIENTS else "consensus"
    paths: list[tuple[str, ...]] = [("networks", "x", "nodes", "a", layer)]
    if made.validators and client != "nimbus":
        paths.append(("networks", "x", "validators", "v"))
    assert found == [(*path, "extraArgs", index) for path in paths for index in range(len(extra))]
