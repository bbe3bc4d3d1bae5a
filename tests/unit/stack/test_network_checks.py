"""Retention, storage, pairs and diversity of a network, by the catalogue."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.clients.facts import Sizing
from ethgen.stack.checks import check, diversity, names, pairs, retention, storage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ethgen.clients.facts import Arguments
    from ethgen.spec.checks import Problem
    from ethgen.spec.ethereum import Retention
    from ethgen.spec.network import Network

HERE = ("networks", "x")
ADDRESS = "0x" + "00" * 20


def told(problems: Iterable[Problem]) -> dict[str, str]:
    """Return problems by the path below their network."""
    return {".".join(map(str, path[2:])): text for path, text in problems}


def test_an_unknown_client_is_told_with_the_nearest_and_all(network: Callable[..., Network]) -> None:
    """A mistyped name is quoted, with the nearest one and all there are."""
    all_of_them = ", ".join(sorted(EXECUTION_CLIENTS))
    assert told(names.problems(HERE, network("mainnet", execution={"client": "gethh"}))) == {
        "nodes.a.execution.client": f'"gethh" is not an execution client; did you mean "geth"? ({all_of_them})'
    }
    assert told(names.problems(HERE, network("mainet"))) == {
        "chain": '"mainet" is not a network; did you mean "mainnet"? (custom, hoodi, mainnet, sepolia)'
    }


def test_an_unknown_client_hides_no_other_mistake(network: Callable[..., Network]) -> None:
    """What has a client that does not exist is left out; the rest of its network is checked all the same."""
    nodes = {"a": group("gethh", "lighthouse", 1), "b": group("geth", "caplin", 1)}
    keys = signers(lighthouse=1, grandine=1)
    checked = check(HERE, network("mainnet", nodes=nodes, validators=keys))
    assert sorted(told(checked.prevents)) == [
        "nodes.a.execution.client",
        "nodes.b.consensus.client",
        "validators.grandine.client",
    ]
    assert checked.problems == []


@pytest.mark.parametrize(
    ("wanted", "can", "nearest"),
    [
        ("minimal", ["archive", "full"], "full"),
        ("archive", ["full", "minimal"], "full"),
        ("full", ["archive", "post-merge"], "archive"),
        ("post-merge", ["archive", "minimal"], "archive"),
    ],
)
def test_the_nearest_retention_keeps_most_nearly_as_much(wanted: Retention, can: list[Retention], nearest: str) -> None:
    """Of two modes as near, the one that keeps more is nearest: nothing that was asked for is missing then."""
    assert retention.nearest(wanted, can) == nearest


def test_a_retention_that_a_client_lacks_names_the_nearest(
    network: Callable[..., Network], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client without a mode is refused with the nearest one that the network has too."""
    client = EXECUTION_CLIENTS["geth"]
    few: dict[Retention, Arguments] = {"full": client.retentions["full"], "post-merge": client.retentions["post-merge"]}
    monkeypatch.setitem(EXECUTION_CLIENTS, "geth", replace(client, retentions=MappingProxyType(few)))
    minimal = {"client": "geth", "retention": "minimal"}
    assert told(retention.problems(HERE, network("mainnet", execution=minimal))) == {
        "nodes.a.execution.retention": (
            "geth cannot keep 'minimal'; nearest is 'post-merge' (it can: full, post-merge)"
        )
    }
    assert told(retention.problems(HERE, network("hoodi", execution=minimal))) == {
        "nodes.a.execution.retention": "geth cannot keep 'minimal'; nearest is 'full' (it can: full)"
    }


@pytest.mark.parametrize(
    ("chain", "mode", "text"),
    [
        ("hoodi", "post-merge", "hoodi has no history before the merge to leave out; use full"),
        ("custom", "post-merge", "a private network has no history before the merge to leave out; use full"),
        ("custom", "minimal", "a private network has no history that a client knows to leave out; use full"),
        ("mainnet", "post-merge", None),
        ("custom", "archive", None),
    ],
)
def test_a_network_has_the_history_that_is_left_out(
    network: Callable[..., Network], chain: str, mode: str, text: str | None
) -> None:
    """A network that began after the merge, or just now, has nothing that could be left out."""
    problems = told(retention.problems(HERE, network(chain, execution={"client": "geth", "retention": mode})))
    assert problems == ({} if text is None else {"nodes.a.execution.retention": text})


@pytest.fixture(name="_sized")
def _sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    consensus = Sizing("2", "8Gi", 100, 2, "measured.")
    disks: dict[Retention, int] = {"full": 900, "post-merge": 700, "minimal": 300}
    execution = {
        ("mainnet", mode): Sizing("2", "8Gi", disk, 7, "the manual of geth, 2026-11") for mode, disk in disks.items()
    }
    geth, lighthouse = EXECUTION_CLIENTS["geth"], CONSENSUS_CLIENTS["lighthouse"]
    monkeypatch.setitem(EXECUTION_CLIENTS, "geth", replace(geth, sizing=MappingProxyType(execution)))
    monkeypatch.setitem(
        CONSENSUS_CLIENTS, "lighthouse", replace(lighthouse, sizing=MappingProxyType({("mainnet", "full"): consensus}))
    )


NEED = "the 1000 GiB that full takes on mainnet after a first sync; use 1000Gi or more"
PARTS = "(geth 900 GiB, the manual of geth, 2026-11; lighthouse 100 GiB, measured)"


@pytest.mark.usefixtures("_sized")
@pytest.mark.parametrize(
    ("size", "problem", "warning"),
    [
        ("1000Gi", None, None),
        ("1Ti", None, None),
        ("999Gi", None, f"999Gi is less than {NEED}, or retention post-merge, which takes 800 GiB {PARTS}"),
        ("1000G", None, f"1000G is less than {NEED}, or retention post-merge, which takes 800 GiB {PARTS}"),
        ("500Gi", None, f"500Gi is less than {NEED}, or retention minimal, which takes 400 GiB {PARTS}"),
        ("499Gi", f"499Gi is not half of {NEED}, or retention minimal, which takes 400 GiB {PARTS}", None),
        ("4Mi", f"4Mi is not half of {NEED} {PARTS}", None),
    ],
)
def test_a_volume_holds_what_both_clients_write(
    network: Callable[..., Network], size: str, problem: str | None, warning: str | None
) -> None:
    """Less than the measured size is warned of with figures and sources; less than half of it is refused."""
    section = network("mainnet", storage=size)
    path = "nodes.a.storage"
    assert told(storage.problems(HERE, section)) == ({path: problem} if problem else {})
    assert told(storage.warnings(HERE, section)) == ({path: warning} if warning else {})


@pytest.mark.usefixtures("_sized")
def test_a_volume_of_unknown_need_is_not_judged(network: Callable[..., Network]) -> None:
    """Without a figure for both clients, and on a private network, nothing is said."""
    for section in (network("hoodi", storage="1Gi"), network("custom", storage="1Gi")):
        assert [*storage.problems(HERE, section), *storage.warnings(HERE, section)] == []


def test_a_client_that_cannot_be_private_says_why(
    network: Callable[..., Network], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that cannot be part of a private network is refused there, and only there, with the reason."""
    monkeypatch.setitem(EXECUTION_CLIENTS, "geth", replace(EXECUTION_CLIENTS["geth"], no_private="it has no init"))
    assert told(pairs.problems(HERE, network("custom"))) == {
        "nodes.a.execution.client": "geth cannot be part of a private network: it has no init"
    }
    assert told(pairs.problems(HERE, network("mainnet"))) == {}


def test_validators_find_a_beacon_node_that_they_can_talk_to(network: Callable[..., Network]) -> None:
    """A validator that speaks a protocol of its own needs a beacon node that does."""
    prysm = {"client": "prysm", "keys": 1, "feeRecipient": ADDRESS}
    validator = CONSENSUS_CLIENTS["prysm"].validator
    assert validator is not None
    wanted = validator.beacon_port
    assert told(pairs.problems(HERE, network("mainnet", consensus={"client": "prysm"}, validators={"v": prysm}))) == {}
    served = {port.name for port in CONSENSUS_CLIENTS["lighthouse"].process.ports}
    problems = told(pairs.problems(HERE, network("mainnet", validators={"v": prysm})))
    text = f"a validator of prysm needs {wanted} of a beacon node; nodes.a has none"
    assert problems == ({} if wanted in served else {"validators.v.client": text})


def test_a_client_inside_another_is_beside_that_only(network: Callable[..., Network]) -> None:
    """Caplin runs in Erigon's process: no other execution client has it, and what it runs with is Erigon's."""
    erigon = {"client": "erigon"}
    assert told(pairs.problems(HERE, network("mainnet", execution=erigon, consensus={"client": "caplin"}))) == {}
    assert told(pairs.problems(HERE, network("mainnet", consensus={"client": "caplin"}))) == {
        "nodes.a.consensus.client": (
            "caplin runs inside erigon, and the execution client is geth; use erigon, or another consensus client"
        )
    }
    own = {"client": "caplin", "version": "3.5.0", "image": "a/b:v1", "resources": {"cpu": "1"}}
    assert told(pairs.problems(HERE, network("mainnet", execution=erigon, consensus=own))) == {
        f"nodes.a.consensus.{field}": f"caplin runs inside erigon; set nodes.a.execution.{field} in its place"
        for field in ("version", "image", "resources")
    }


@pytest.mark.parametrize("client", ["caplin", "grandine"])
def test_a_client_without_a_validator_process_signs_for_nobody(network: Callable[..., Network], client: str) -> None:
    """A key set of a client that has no validator process of its own is refused with those that have one."""
    section = network("mainnet", validators=signers(**{client: 1}))
    assert told(pairs.problems(HERE, section)) == {
        f"validators.{client}.client": (
            f"{client} has no validator process of its own (lighthouse, lodestar, nimbus, prysm, teku have one)"
        )
    }


def group(execution: str, consensus: str, replicas: int) -> dict[str, Any]:
    """Return a node group."""
    return {
        "execution": {"client": execution},
        "consensus": {"client": consensus},
        "replicas": replicas,
        "storage": "4Ti",
    }


def signers(**keys: int) -> dict[str, Any]:
    """Return key sets by client."""
    return {name: {"client": name, "keys": count, "feeRecipient": ADDRESS} for name, count in keys.items()}


WHY = "more than 2/3: with a bug in it, they finalise a wrong chain together, and cannot leave it without being slashed"


def test_a_client_with_more_than_two_thirds_is_warned_of(network: Callable[..., Network]) -> None:
    """The client that signs for too many validators, and the one that too many of them follow, are named with why."""
    section = network(
        "mainnet",
        nodes={"a": group("geth", "lighthouse", 3), "b": group("geth", "prysm", 1)},
        validators=signers(lighthouse=701, prysm=300),
    )
    assert told(diversity.warnings(HERE, section)) == {
        "validators": f"lighthouse signs for 701 of 1,001 validators, {WHY}; give some to another client",
        "nodes": f"geth is 4 of 4 execution clients that the validators follow, {WHY}; "
        "give some to another execution client",
    }
    assert len(list(diversity.warnings(HERE, section))) == 3


def test_two_thirds_are_not_too_many(network: Callable[..., Network]) -> None:
    """Exactly two thirds are no warning."""
    section = network(
        "mainnet",
        nodes={"a": group("geth", "lighthouse", 2), "b": group("geth", "prysm", 1)},
        validators=signers(lighthouse=2, prysm=1),
    )
    warned = [text.split(",")[0] for _, text in diversity.warnings(HERE, section)]
    assert warned == ["geth is 3 of 3 execution clients that the validators follow"]


@pytest.mark.parametrize(("chain", "validators"), [("mainnet", {}), ("custom", signers(lighthouse=9))])
def test_without_stake_there_is_nothing_to_spread(
    network: Callable[..., Network], chain: str, validators: dict[str, Any]
) -> None:
    """Nodes without validators, and private networks, need no second client."""
    assert list(diversity.warnings(HERE, network(chain, validators=validators))) == []
