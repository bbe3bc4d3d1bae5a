"""Which clients can go on with which databases."""

from __future__ import annotations

import pytest

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.clients.facts import DatabaseChange
from ethgen.clients.version import order
from ethgen.report.databases import objection

CLIENTS = [*EXECUTION_CLIENTS.values(), *CONSENSUS_CLIENTS.values()]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("3.3.0", "3.5.0", ""),
        ("3.3.0", "3.6.0", "rebase"),
        ("3.4.0", "3.6.0", ""),
        ("3.6.0", "3.4.0", ""),
        ("3.6.0", "3.3.9", "one-way"),
        ("3.6.0", "3.6.1", ""),
    ],
)
def test_a_change_concerns_those_on_its_two_sides(old: str, new: str, words: str):
    """Versions between the last that is concerned and the change go either way."""
    change = DatabaseChange("3.6.0", "notes", upgrade="rebase", downgrade="one-way", readable="3.4.0")
    assert change.objection(old, new) == words


@pytest.mark.parametrize(
    ("layer", "client", "old", "new", "words"),
    [
        ("execution", "erigon", "2.61.3", "3.8.2", "syncs into an empty volume"),
        ("execution", "erigon", "3.3.8", "3.8.2", "erigon seg step-rebase"),
        ("execution", "erigon", "3.5.0", "3.8.2", None),
        ("execution", "geth", "1.17.10", "1.14.13", "1.15.0 rewrote it"),
        ("execution", "geth", "1.17.8", "1.17.7", None),
        ("execution", "nethermind", "2.2.2", "1.36.0", "flat"),
        ("execution", "nethermind", "1.36.0", "2.2.2", None),
        ("execution", "reth", "2.11.0", "1.11.0", "second storage layout"),
        ("execution", "reth", "0.1.0-alpha.20", "2.0.0", "does not take over what an alpha synced"),
        ("execution", "reth", "1.11.0", "2.11.0", None),
        ("execution", "besu", "26.11.0", "24.5.0", "receipts are compact"),
        ("execution", "besu", "26.11.0", "24.6.0", None),
        ("consensus", "lighthouse", "8.3.3", "8.1.0", "lighthouse db migrate --to 28"),
        ("consensus", "lighthouse", "8.3.3", "8.2.0", None),
        ("consensus", "lighthouse", "7.1.0", "8.3.3", None),
        ("execution", "unknown", "1.0.0", "2.0.0", None),
        ("execution", "geth", "", "1.14.0", None),
    ],
)
def test_what_is_known_of_releases(layer: str, client: str, old: str, new: str, words: str | None):
    """Moves that lose a database are refused with the reason, and all others are not."""
    text = objection(layer, (client, old), (client, new))
    if words is None:
        assert text == ""
    else:
        assert text.startswith(f"{client} {new} cannot go on with the database of {old}: ")
        assert words in text


def test_another_client_never_reads_a_database():
    """Each client has a database of its own."""
    assert objection("execution", ("geth", "1.17.8"), ("reth", "2.11.0")).startswith("reth cannot read the database of")


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_changes_are_in_order_and_say_what_is_refused(client: object):
    """Each change names a source and refuses at least one way; they stand in the order of their versions."""
    changes = client.databases  # type: ignore[attr-defined]
    assert [change.since for change in changes] == sorted((change.since for change in changes), key=order)
    for change in changes:
        assert change.source
        assert change.upgrade or change.downgrade
        assert order(change.readable or change.since) <= order(change.since)
