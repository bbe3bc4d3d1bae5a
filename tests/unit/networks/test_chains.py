"""Public networks, and a private one as its spec describes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ethgen.networks.chain import NAMES, PUBLIC, chain_of
from ethgen.networks.facts import Chain
from ethgen.networks.upgrades import CATALOGUE_TIME, UPGRADES, Activation
from ethgen.spec import load

NETWORKS = load(Path(__file__).parents[2] / "fixtures" / "valid" / "several.yaml").networks


def test_public_networks_have_their_chain_ids() -> None:
    """Chain ids are those of the networks' own repositories (eth-clients), and no two are alike."""
    assert {name: chain.chain_id for name, chain in PUBLIC.items()} == {
        "mainnet": 1,
        "sepolia": 11155111,
        "hoodi": 560048,
    }
    assert (*PUBLIC, "custom") == NAMES


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_network_can_be_joined(name: str) -> None:
    """Each has a checkpoint over HTTPS, a genesis time in the past, and the slots of the mainnet preset."""
    chain = PUBLIC[name]
    assert chain.checkpoint_url.startswith("https://")
    assert (chain.seconds_per_slot, chain.slots_per_epoch, chain.private) == (12, 32, False)
    assert 1_600_000_000 < chain.genesis_time < 1_800_000_000


def test_a_private_network_is_what_its_genesis_says() -> None:
    """Slots, epochs and fork come from the spec; there is no checkpoint, and no history before the merge."""
    assert chain_of(NETWORKS["fast"]) == Chain(
        name="custom", chain_id=3151908, seconds_per_slot=2, slots_per_epoch=8, fork="electra", proof_of_stake_only=True
    )
    assert chain_of(NETWORKS["fast"]).private
    assert chain_of(NETWORKS["main"]) is PUBLIC["mainnet"]


def test_a_private_network_without_genesis_is_none() -> None:
    """What the checks of a spec report first is an error here, not a guess."""
    with pytest.raises(KeyError):
        chain_of(NETWORKS["fast"].model_copy(update={"genesis": None}))


@pytest.mark.parametrize("name", PUBLIC)
def test_an_upgrade_begins_with_the_first_slot_of_its_epoch(name: str) -> None:
    """Both layers fork at once: the execution layer's timestamp is the time of the consensus layer's epoch."""
    chain = PUBLIC[name]
    assert [
        chain.genesis_time + upgrade.epoch * chain.slots_per_epoch * chain.seconds_per_slot
        for upgrade in chain.upgrades
    ] == [upgrade.timestamp for upgrade in chain.upgrades]


@pytest.mark.parametrize("name", PUBLIC)
def test_upgrades_come_in_their_order(name: str) -> None:
    """A network takes the upgrades in the order of `UPGRADES` and leaves out none."""
    names = [upgrade.upgrade for upgrade in PUBLIC[name].upgrades]
    assert names == list(UPGRADES)[: len(names)]
    assert sorted(upgrade.epoch for upgrade in PUBLIC[name].upgrades) == [u.epoch for u in PUBLIC[name].upgrades]


def test_the_networks_have_their_newest_upgrades() -> None:
    """Days of the newest upgrade of each network, as announced; all are active on the catalogue's day."""
    newest = {name: chain.upgrades[-1] for name, chain in PUBLIC.items()}
    assert {name: (upgrade.upgrade, upgrade.day) for name, upgrade in newest.items()} == {
        "mainnet": ("fusaka", "2025-12-03"),
        "sepolia": ("glamsterdam", "2026-10-06"),
        "hoodi": ("fusaka", "2025-10-28"),
    }
    assert all(upgrade.active for chain in PUBLIC.values() for upgrade in chain.upgrades)
    assert not Activation("glamsterdam", epoch=0, timestamp=CATALOGUE_TIME + 1).active
