"""Versions of clients: old enough to lack what they get, or what their network has taken."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.networks import chain
from ethgen.networks.upgrades import CATALOGUE_TIME, Activation
from ethgen.stack.checks import check, versions
from ethgen.stack.checks.chosen import chosen_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ethgen.spec.network import Network

HERE = ("networks", "x")
GETH = replace(
    EXECUTION_CLIENTS["geth"],
    version="1.17.10",
    oldest="1.16.0",
    upgrades=MappingProxyType({"pectra": "1.15.9", "fusaka": "1.16.7", "glamsterdam": "1.17.8"}),
)
LIGHTHOUSE = replace(
    CONSENSUS_CLIENTS["lighthouse"],
    version="8.3.3",
    oldest="8.0.0",
    upgrades=MappingProxyType({"pectra": "7.0.0", "fusaka": "8.0.0", "glamsterdam": "8.3.0"}),
)


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EXECUTION_CLIENTS, "geth", GETH)
    monkeypatch.setitem(CONSENSUS_CLIENTS, "lighthouse", LIGHTHOUSE)


def found(network: Network) -> dict[str, str]:
    """Return the problems of a network's versions, by their path below it."""
    return {".".join(map(str, path[2:])): text for path, text in versions.problems(chosen_of(HERE, network), network)}


@pytest.mark.parametrize(
    ("name", "version", "text"),
    [
        ("mainnet", "1.17.10", None),
        ("mainnet", "1.16.7", None),
        (
            "mainnet",
            "1.16.6",
            "geth 1.16.6 does not support fusaka, active on mainnet since 2025-12-03; use 1.16.7 or later",
        ),
        (
            "mainnet",
            "1.16.7-rc.1",
            "geth 1.16.7-rc.1 does not support fusaka, active on mainnet since 2025-12-03; use 1.16.7 or later",
        ),
        (
            "mainnet",
            "1.14.0",
            "geth 1.14.0 does not support fusaka, active on mainnet since 2025-12-03; use 1.16.7 or later",
        ),
        (
            "sepolia",
            "1.16.7",
            "geth 1.16.7 does not support glamsterdam, active on sepolia since 2026-10-06; use 1.17.8 or later",
        ),
        ("hoodi", "1.16.7", None),
    ],
)
def test_a_version_supports_what_its_network_has_taken(
    network: Callable[..., Network], name: str, version: str, text: str | None
) -> None:
    """The newest upgrade that a version lacks is named with its day, and the release that has all of them."""
    problems = found(network(name, execution={"client": "geth", "version": version}))
    assert problems == ({} if text is None else {"nodes.a.execution.version": text})


def test_every_process_of_a_network_is_checked(network: Callable[..., Network]) -> None:
    """Beacon nodes and validators have versions of their own, and a place each."""
    old = {"client": "lighthouse", "version": "8.2.0"}
    signer = {**old, "keys": 1, "feeRecipient": "0x" + "00" * 20}
    text = "lighthouse 8.2.0 does not support glamsterdam, active on sepolia since 2026-10-06; use 8.3.0 or later"
    assert found(network("sepolia", consensus=old, validators={"v": signer})) == {
        "nodes.a.consensus.version": text,
        "validators.v.version": text,
    }


def test_a_client_inside_another_has_no_version_of_its_own(network: Callable[..., Network]) -> None:
    """One line about Erigon's version is enough, whatever it means for Caplin inside it."""
    erigon = {"client": "erigon", "version": "2.0.0"}
    problems = found(network("mainnet", execution=erigon, consensus={"client": "caplin"}))
    assert list(problems) == ["nodes.a.execution.version"]
    assert problems["nodes.a.execution.version"].startswith("erigon 2.0.0 does not support fusaka")
    section = network("mainnet", execution=erigon, consensus={"client": "caplin"})
    assert len(list(versions.problems(chosen_of(HERE, section), section))) == 1


def test_a_version_older_than_its_arguments_is_refused(
    network: Callable[..., Network], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A version that has the upgrades, but not the arguments it would get, is refused with the catalogue's own."""
    monkeypatch.setitem(EXECUTION_CLIENTS, "geth", replace(GETH, oldest="1.17.8"))
    reason = "older than 1.17.8, the first version that these arguments are for"
    assert found(network("mainnet", execution={"client": "geth", "version": "1.17.2"})) == {
        "nodes.a.execution.version": f"geth 1.17.2 is {reason}; use 1.17.10"
    }
    assert found(network("mainnet", execution={"client": "geth", "version": "1.13.0"})) == {
        "nodes.a.execution.version": (
            "geth 1.13.0 does not support fusaka, active on mainnet since 2025-12-03; use 1.17.8 or later"
        )
    }


def test_a_client_without_an_upgrade_has_no_release_to_use(
    network: Callable[..., Network], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no release that is known supports an upgrade, another client is the cure."""
    without = replace(GETH, upgrades=MappingProxyType({"pectra": "1.15.9", "fusaka": "1.16.7"}))
    monkeypatch.setitem(EXECUTION_CLIENTS, "geth", without)
    assert found(network("sepolia")) == {
        "nodes.a.execution.version": (
            "geth 1.17.10 does not support glamsterdam, active on sepolia since 2026-10-06; "
            "no release that is known here supports glamsterdam: use another client"
        )
    }


def test_an_announced_upgrade_is_warned_of(network: Callable[..., Network], monkeypatch: pytest.MonkeyPatch) -> None:
    """An upgrade after the catalogue's day is no problem yet: a warning names the day and the release."""
    mainnet = chain.PUBLIC["mainnet"]
    upgrades = (*mainnet.upgrades, Activation("glamsterdam", epoch=0, timestamp=CATALOGUE_TIME + 86_400))
    monkeypatch.setitem(chain.PUBLIC, "mainnet", replace(mainnet, upgrades=upgrades))
    old = network("mainnet", execution={"client": "geth", "version": "1.17.2"})
    assert found(old) == {}
    text = "geth 1.17.2 does not support glamsterdam, which mainnet takes on 2026-11-22; use 1.17.8 or later before"
    warned = [(path[2:], text) for path, text in versions.warnings(chosen_of(HERE, old), old)]
    assert warned == [(("nodes", "a", "execution", "version"), text)]
    new = network("mainnet")
    assert list(versions.warnings(chosen_of(HERE, new), new)) == []


def test_a_private_network_begins_on_a_fork_that_its_clients_support(network: Callable[..., Network]) -> None:
    """The fork of a genesis is one that every process's version has."""
    old = {"client": "geth", "version": "1.16.0"}
    assert found(network("custom", execution=old, consensus={"client": "prysm"}, genesis={"fork": "fulu"})) == {
        "nodes.a.execution.version": (
            "geth 1.16.0 does not support fusaka, on which this network begins (genesis.fork: fulu); "
            "use 1.16.7 or later"
        )
    }
    assert found(network("custom", execution=old, consensus={"client": "prysm"}, genesis={"fork": "electra"})) == {}


def test_an_old_version_does_not_keep_a_network_from_being_drawn(network: Callable[..., Network]) -> None:
    """The arguments of an old version are checked in the same run as the version."""
    checked = check(HERE, network("mainnet", execution={"client": "geth", "version": "1.13.0"}))
    assert (len(checked.prevents), len(checked.problems)) == (0, 1)


@pytest.mark.parametrize(
    ("image", "version", "warned"),
    [
        ("registry.example.org:5000/geth:v1.17.9", "1.17.10", True),
        ("geth:v1.17.9@sha256:" + "0" * 64, "1.17.10", True),
        ("registry.example.org:5000/geth:v1.17.9", "1.17.9", False),
        ("registry.example.org:5000/geth:ours", "1.17.10", False),
        ("registry.example.org:5000/geth", "1.17.10", False),
        ("geth@sha256:" + "0" * 64, "1.17.10", False),
    ],
)
def test_an_image_of_another_version_is_warned_of(
    network: Callable[..., Network], image: str, version: str, *, warned: bool
) -> None:
    """An image whose tag says another version than the spec or the catalogue gets arguments that may not be its own."""
    section = network("mainnet", execution={"client": "geth", "image": image, "version": version})
    text = "its tag is of version 1.17.9, and the arguments are for 1.17.10; use version: 1.17.9"
    expected = [((*HERE, "nodes", "a", "execution", "image"), text)] if warned else []
    assert list(versions.warnings(chosen_of(HERE, section), section)) == expected
