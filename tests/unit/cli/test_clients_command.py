"""`ethgen clients`: the catalogue for people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.clients.facts import Change

if TYPE_CHECKING:
    from collections.abc import Callable


def test_the_list_has_every_client(call: Callable[..., Any]) -> None:
    """Each client has one line: layer, versions, image; execution clients come first."""
    status, output, errors = call("clients")
    header, *lines = output.splitlines()
    assert (status, errors) == (0, "")
    assert header.split() == ["NAME", "LAYER", "VERSION", "OLDEST", "PRIVATE", "UPGRADES", "RETENTION", "IMAGE"]
    assert [line.split()[0] for line in lines] == [*sorted(EXECUTION_CLIENTS), *sorted(CONSENSUS_CLIENTS)]
    geth = EXECUTION_CLIENTS["geth"]
    line = next(line for line in lines if line.startswith("geth "))
    assert line.split()[:4] == ["geth", "execution", geth.version, geth.oldest]
    assert line.endswith(geth.process.reference(geth.version))


def test_json_has_the_same_clients(call: Callable[..., Any]) -> None:
    """A program reads names, versions, retention modes and the first version of each upgrade."""
    rows = {row["name"]: row for row in json.loads(call("clients", "--output", "json").output)}
    geth = EXECUTION_CLIENTS["geth"]
    assert rows["geth"]["version"] == geth.version
    assert set(rows["geth"]["retentions"]) == set(geth.retentions)
    assert rows["geth"]["upgrades"] == dict(geth.upgrades)


@pytest.mark.parametrize("name", [*EXECUTION_CLIENTS, *CONSENSUS_CLIENTS])
@pytest.mark.parametrize("network", ["mainnet", "sepolia", "hoodi"])
def test_every_client_can_be_described(call: Callable[..., Any], name: str, network: str) -> None:
    """Each client has a page on each public network, with its ports and arguments."""
    status, output, errors = call("clients", name, "--network", network)
    assert (status, errors) == (0, "")
    assert output.startswith(f"{name} ")
    for part in ("\nupgrades\n", "\nports of the ", f"\narguments on {network}: "):
        assert part in output


def test_a_version_is_told_what_it_lacks(call: Callable[..., Any]) -> None:
    """A version before an upgrade's first release lacks it, and what it is told to use is one that a spec takes."""
    output = call("clients", "geth", "--version", "1.16.0").output
    assert output.startswith("geth 1.16.0, execution client\n  older than 1.17.7, the first that the generated")
    assert "  pectra       supported since 1.15.9 " in output
    assert "  fusaka       not supported; use 1.17.7 or later " in output
    found = json.loads(call("clients", "geth", "--version", "1.16.0", "--json").output)
    assert (found["asked"], found["refused"], found["image"]) == ("1.16.0", True, "ethereum/client-go:v1.16.0")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("geht",), "error: there is no client 'geht' in the catalogue; did you mean 'geth'?\n  cure: known: besu, "),
        (("Geth",), "error: there is no client 'Geth' in the catalogue; did you mean 'geth'?\n  cure: known: besu, "),
        (
            ("geth", "--version", "newest"),
            "error: expected a version such as 1.17.8, found 'newest'\n  cure: the catalogue has geth",
        ),
        (
            ("geth", "--version", "1.17"),
            "error: expected a version such as 1.17.8, found '1.17'\n  cure: the catalogue",
        ),
        (("geth", "--network", "mainet"), "error: there is no public network 'mainet'; did you mean 'mainnet'?\n"),
    ],
)
def test_what_is_unknown_is_refused(call: Callable[..., Any], arguments: tuple[str, ...], error: str) -> None:
    """An unknown client, version or network is status 2 with the nearest name."""
    status, output, errors = call("clients", *arguments)
    assert (status, output) == (2, "")
    assert errors.startswith(error)


def test_a_version_alone_is_a_wrong_call(call: Callable[..., Any]) -> None:
    """--version needs to know whose."""
    outcome = call("clients", "--version", "1.0.0")
    assert outcome.status == 2
    assert "Error: --version needs the NAME of a client" in outcome.errors


@pytest.mark.parametrize(
    ("change", "taken"),
    [
        (Change("--a", since="2.0.0"), (False, True, True)),
        (Change("--a", until="3.0.0"), (True, True, False)),
        (Change("--a", since="2.0.0", until="3.0.0"), (False, True, False)),
    ],
)
def test_a_flag_is_taken_from_one_release_until_another(change: Change, taken: tuple[bool, ...]) -> None:
    """The first version that takes a flag does, and the first that does not, does not."""
    assert tuple(change.taken_by(version) for version in ("1.0.0", "2.0.0", "3.0.0")) == taken


def test_databases_that_are_lost_are_told(call: Callable[..., Any]) -> None:
    """A client's page says which moves lose its database, for people and for programs."""
    output = call("clients", "lighthouse").output
    assert "databases that it does not go on with\n  8.0.0 and later to before 8.0.0  its schema 28" in output
    changes = json.loads(call("clients", "lighthouse", "--json").output)["databases"]
    assert [change["since"] for change in changes] == ["8.0.0", "8.2.0"]
    assert "databases" not in call("clients", "prysm").output
