"""Whether the chosen versions are new enough: for the arguments they get, and for the upgrades of their network."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ethgen.clients.support import is_too_old, supports
from ethgen.clients.version import order
from ethgen.networks import chain
from ethgen.networks.upgrades import UPGRADES
from ethgen.spec.checks import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ethgen.clients.facts import ConsensusClient, ExecutionClient
    from ethgen.networks.facts import Chain
    from ethgen.networks.upgrades import Activation
    from ethgen.spec.network import Network
    from ethgen.stack.checks.chosen import Chosen


_VERSION = re.compile(r"\d+\.\d+\.\d+")


def problems(chosen: Iterable[Chosen], network: Network) -> Iterator[Problem]:
    """Yield every version that is too old for its arguments or for an upgrade that its network has taken."""
    told: set[tuple[str, ...]] = set()
    for each in chosen:
        text = _beginning(each, network) if network.chain == "custom" else _unready(each, chain.PUBLIC[network.chain])
        text = text or _too_old(each)
        # A client inside another has its version, and one line about that is enough.
        if text and each.runs_in not in told:
            told.add(each.runs_in)
            yield Problem((*each.runs_in, "version"), text)


def warnings(chosen: Sequence[Chosen], network: Network) -> Iterator[Problem]:
    """Yield every version that is too old for an upgrade that its network is going to take, or is not its image's."""
    yield from _other_images(chosen)
    if network.chain == "custom":
        return
    known = chain.PUBLIC[network.chain]
    for each in chosen:
        for upgrade in lacking(each.client, each.version, known):
            if not upgrade.active:
                when = f"which {known.name} takes on {upgrade.day}"
                yield Problem((*each.runs_in, "version"), _unsupported(each, [upgrade.upgrade], when) + " before")


def _other_images(chosen: Iterable[Chosen]) -> Iterator[Problem]:
    """Yield every image whose tag is that of another version than the one that the arguments are for."""
    for each in chosen:
        before, after = each.process.tag.split("{version}")
        tag = (each.section.image or "").partition("@")[0].rpartition("/")[2].partition(":")[2]
        version = tag.removeprefix(before).removesuffix(after)
        if _VERSION.fullmatch(version) and version != each.version:
            text = f"its tag is of version {version}, and the arguments are for {each.version}; use version: {version}"
            yield Problem((*each.path, "image"), text)


def lacking(client: ExecutionClient | ConsensusClient, version: str, network: Chain) -> list[Activation]:
    """Return the upgrades of a public network, active or announced, that a version of a client does not support."""
    return [upgrade for upgrade in network.upgrades if not supports(client, version, upgrade.upgrade)]


def _unready(each: Chosen, network: Chain) -> str:
    missing = [upgrade for upgrade in lacking(each.client, each.version, network) if upgrade.active]
    if not missing:
        return ""
    when = f"active on {network.name} since {missing[-1].day}"
    return _unsupported(each, [upgrade.upgrade for upgrade in missing], when)


def _beginning(each: Chosen, network: Network) -> str:
    """Return why a process cannot run the fork that a private network begins on."""
    fork = network.genesis.fork if network.genesis else ""
    upgrade = next((upgrade.name for upgrade in UPGRADES.values() if upgrade.consensus == fork), None)
    if upgrade is None or supports(each.client, each.version, upgrade):
        return ""
    return _unsupported(each, [upgrade], f"on which this network begins (genesis.fork: {fork})")


def _unsupported(each: Chosen, upgrades: list[str], when: str) -> str:
    """Return that a version lacks the last of `upgrades`, and the first release that has them all."""
    text = f"{each.client.name} {each.version} does not support {upgrades[-1]}, {when}"
    releases = [each.client.upgrades.get(upgrade) for upgrade in upgrades]
    known = [release for release in releases if release is not None]
    if len(known) < len(releases):
        without = next(upgrade for upgrade in upgrades if upgrade not in each.client.upgrades)
        return f"{text}; no release that is known here supports {without}: use another client"
    return f"{text}; use {max((*known, each.client.oldest), key=order)} or later"


def _too_old(each: Chosen) -> str:
    client = each.client
    if not is_too_old(client, each.version):
        return ""
    reason = f"older than {client.oldest}, the first version that these arguments are for"
    return f"{client.name} {each.version} is {reason}; use {client.version}"
