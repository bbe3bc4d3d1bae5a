"""What `releases.<network>.values` may not change: what keys, genesis and checks of the network follow from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ethgen.spec.checks import Problem
from ethgen.spec.near import nearest
from ethgen.stack.known import value_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ethgen.stack.release import Release

    Path = tuple[str, ...]

# A part of a path that stands for the name of any node group or key set.
_ANY = "*"


class _Fixed(NamedTuple):
    """A value of the chart that follows from the spec.

    Attributes:
        path: where it stands in the values.
        reason: what else follows from the same.
        instead: the field below `networks.<name>` that decides it, with `*` for the name at that place; empty where
            none does.
        private: whether it is so in private networks only.
    """

    path: Path
    reason: str
    instead: str = ""
    private: bool = False


_KEYS = "every replica has keys and peers of its own"
_PEERS = "the peers of every replica are worked out from all nodes"
_CHAIN = "every pod and the genesis have the same chain"
_CLIENT = "image, arguments and ports are those of the client"
_KEYSTORES = "the keystores are made for it"

_FIXED = (
    _Fixed(("network",), "keys, metrics and the namespace have the same name"),
    _Fixed(("chainId",), _CHAIN, "chainId", private=True),
    _Fixed(("chainId",), _CHAIN, "chain"),
    _Fixed(("genesis",), "a deployment makes as many parts as the spec asks for", "genesis", private=True),
    _Fixed(("genesis",), "a public network has its own", "chain"),
    _Fixed(("agent", "port"), "`ethgen status` and the checks of a deployment ask there"),
    _Fixed(("access", "fromCidrs"), "who may call is checked against what is served", "rpc.fromCidrs"),
    _Fixed(("nodes", _ANY, "replicas"), _KEYS, "nodes.*.replicas"),
    _Fixed(("nodes", _ANY, "files"), _PEERS, "nodes"),
    _Fixed(("nodes", _ANY, "nodeKeys"), _KEYS, "nodes"),
    _Fixed(("nodes", _ANY, "health", "chainId"), _CHAIN, "chainId", private=True),
    _Fixed(("nodes", _ANY, "health", "chainId"), _CHAIN, "chain"),
    _Fixed(("nodes", _ANY, "health", "secondsPerSlot"), _CHAIN, "genesis.slotSeconds", private=True),
    _Fixed(("nodes", _ANY, "health", "secondsPerSlot"), _CHAIN, "chain"),
    _Fixed(("nodes", _ANY, "execution", "client"), _CLIENT, "nodes.*.execution.client"),
    _Fixed(("nodes", _ANY, "execution", "ports"), _PEERS, private=True),
    _Fixed(("nodes", _ANY, "consensus", "client"), _CLIENT, "nodes.*.consensus.client"),
    _Fixed(("nodes", _ANY, "consensus", "ports"), _PEERS, private=True),
    _Fixed(("validators", _ANY, "replicas"), "two signers of one key get its validator slashed"),
    _Fixed(("validators", _ANY, "keys"), _KEYSTORES, "validators.*.keys"),
    _Fixed(("validators", _ANY, "secret"), _KEYSTORES, private=True),
    _Fixed(("validators", _ANY, "keystores"), _CLIENT, "validators.*.client"),
    _Fixed(("validators", _ANY, "validatorsDir"), _CLIENT, "validators.*.client"),
    _Fixed(("validators", _ANY, "container", "client"), _CLIENT, "validators.*.client"),
)


def problems(release: Release, over: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what the values of a spec would break of a network.

    Args:
        release: the network's, as it is drawn, before any change.
        over: the spec's own values for it.
    """
    here = ("releases", release.name, "values")
    private, told = "genesis" in release.values, set()
    for fixed in _FIXED:
        if fixed.private and not private:
            continue
        for path in _changed(fixed.path, release.values, over):
            if path not in told:
                told.add(path)
                yield Problem((*here, *path), _text(release.name, path, fixed))
    yield from _strangers(here, release, over)


def _changed(pattern: Path, values: Mapping[str, Any], over: Mapping[str, Any], above: Path = ()) -> Iterator[Path]:
    """Yield the paths at which `over` changes generated values of a pattern, or takes away what they stand in."""
    first, rest = pattern[0], pattern[1:]
    for key in over if first == _ANY else [first] if first in over else []:
        new, old = over[key], values.get(key)
        if old is None and first == _ANY:
            # No group that is generated: `_strangers` tells it.
            continue
        if rest and isinstance(new, dict):
            yield from _changed(rest, old if isinstance(old, dict) else {}, new, (*above, key))
        elif (new is None and old is not None) or (not rest and not _same(old, new)):
            yield (*above, key)


def _same(old: object, new: object) -> bool:
    return old == new and type(old) is type(new)


def _text(network: str, path: Path, fixed: _Fixed) -> str:
    if len(path) < len(fixed.path):
        return f"takes away what the network cannot do without; change networks.{network} instead"
    if not fixed.instead:
        return f"{fixed.reason}; remove it"
    name = next((given for part, given in zip(fixed.path, path, strict=True) if part == _ANY), "")
    return f"{fixed.reason}; set networks.{network}.{fixed.instead.replace(_ANY, name)} instead"


def _strangers(here: Path, release: Release, over: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield node groups and key sets that the spec does not have: nobody makes keys for them or asks how they are."""
    for kind, what in (("nodes", "node group"), ("validators", "key set")):
        given, known = value_at(over, (kind,)), release.values[kind]
        for name in given if isinstance(given, dict) else ():
            if name not in known:
                near = nearest(name, list(known))
                text = f"the network has no such {what}{near or f'; add networks.{release.name}.{kind}.{name} instead'}"
                yield Problem((*here, kind, name), text)
