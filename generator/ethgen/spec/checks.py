"""What the fields of a spec must be to one another; each problem names both owners."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ethgen.spec import gitops_checks, profiles, scheduling_checks, subnets, transport
from ethgen.spec.ethereum import THROW_AWAY_MNEMONIC
from ethgen.spec.internet import everybody
from ethgen.spec.positions import dotted
from ethgen.spec.problem import Problem, located

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ethgen.spec.model import NetworkSpec
    from ethgen.spec.network import Network

__all__ = ["Problem", "located", "problems_of"]

# Namespaces that a network must not take over.
RESERVED_NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")

# Files that are written beside the values of a release, which have its name.
RESERVED_FILES = ("helmfile", "namespaces")

# Services and StatefulSets that the chart draws beside those named after a node group.
_CHART_NAMES = re.compile(r"rpc|beacon|genesis|agent|validator-(?P<key_set>.*)|(?P<group>.*)-(?P<replica>\d+)-p2p")


def problems_of(spec: NetworkSpec) -> list[Problem]:
    """Return every disagreement between fields."""
    found = [
        *_context(spec),
        *_subnets(spec),
        *_chain_ids(spec),
        *profiles.problems_of(spec),
        *scheduling_checks.problems_of(spec),
        *gitops_checks.problems_of(spec),
        *transport.problems_of(spec),
    ]
    for name, network in spec.networks.items():
        here = ("networks", name)
        if name in RESERVED_NAMESPACES:
            found.append(Problem(here, f"the namespace {name!r} is taken; choose another name"))
        if name in RESERVED_FILES:
            found.append(Problem(here, f"the file {name}.yaml is taken; choose another name"))
        found += _names(here, network)
        found += _open_admin(here, network)
        found += _any_address(here, network)
        found += _private(here, network, spec) if network.chain == "custom" else _public(here, network)
    return found


def _context(spec: NetworkSpec) -> Iterator[Problem]:
    own = f"ethgen-{spec.environment}"
    if spec.cluster.provider != "existing" and spec.cluster.context not in {None, own}:
        yield Problem(
            ("cluster", "context"),
            f"belongs to provider: existing only; a cluster of provider {spec.cluster.provider} has the context {own}",
        )


def _subnets(spec: NetworkSpec) -> Iterator[Problem]:
    here, provider = ("cluster", "subnets"), spec.cluster.provider
    if "subnets" not in spec.cluster.model_fields_set:
        return
    if provider == "existing":
        yield Problem(here, "belongs to a cluster that is made here; one of provider existing has its own; remove it")
    elif provider in {"kind", "k3d"} and "link" in spec.cluster.subnets.model_fields_set:
        yield Problem((*here, "link"), f"belongs to provider: bare only, and provider is {provider}; remove it")
    elif provider in {"bare", "auto"}:
        for fault in subnets.faults(spec.cluster.subnets.model_dump()):
            yield Problem((*here, fault.role), f"{fault.text}; {fault.cure}")


def _chain_ids(spec: NetworkSpec) -> Iterator[Problem]:
    owners: dict[int, str] = {}
    for name, network in spec.networks.items():
        if network.chain_id is None:
            continue
        other = owners.setdefault(network.chain_id, name)
        if other != name:
            yield Problem(
                ("networks", name, "chainId"),
                f"chain id {network.chain_id} is used by both networks.{other} and networks.{name}",
            )


def _names(here: tuple[str, ...], network: Network) -> Iterator[Problem]:
    for name in network.nodes:
        if match := _CHART_NAMES.fullmatch(name):
            uses = "is a name that the chart uses itself"
            if match["key_set"] in network.validators:
                uses += f", for the pod of {dotted((*here, 'validators', match['key_set']))}"
            if match["group"] in network.nodes:
                uses += f", for replica {match['replica']} of {dotted((*here, 'nodes', match['group']))}"
            yield Problem((*here, "nodes", name), f"{uses}; choose another")


def _open_admin(here: tuple[str, ...], network: Network) -> Iterator[Problem]:
    """Refuse `admin`, which adds peers and exports the chain to files, where everybody may call."""
    ranges = everybody(network.rpc.from_cidrs)
    for name, group in network.nodes.items():
        if ranges and "admin" in group.execution.apis:
            yield Problem(
                (*here, "nodes", name, "execution", "apis"),
                f"admin is served to everybody: {dotted((*here, 'rpc', 'fromCidrs'))} has {ranges}; remove one of them",
            )


def _any_address(here: tuple[str, ...], network: Network) -> Iterator[Problem]:
    if network.rpc.any_address and not everybody(network.rpc.from_cidrs):
        said = dotted((*here, "rpc", "fromCidrs"))
        yield Problem(
            (*here, "rpc", "anyAddress"), f"opens nothing by itself, and {said} lets only some call; remove it"
        )


def _private(here: tuple[str, ...], network: Network, spec: NetworkSpec) -> Iterator[Problem]:
    if network.chain_id is None:
        yield Problem(here, "chain: custom needs a chainId")
    if network.checkpoint_url is not None:
        yield Problem((*here, "checkpointUrl"), "a private network has no checkpoint; remove it")
    if network.genesis is None:
        yield Problem(here, "chain: custom needs a genesis section")
        return
    if sum(group.replicas for group in network.nodes.values()) == 0:
        yield Problem((*here, "nodes"), "a private network needs a node: no group has replicas")
    yield from _keys(here, network)
    yield from _committees(here, network)
    yield from _premine(here, network)
    yield from _mnemonic(here, network, spec)


def _keys(here: tuple[str, ...], network: Network) -> Iterator[Problem]:
    genesis = network.genesis
    wanted = sum(key_set.keys for key_set in network.validators.values())
    if genesis is None:
        return
    if genesis.validators is None and wanted == 0:
        yield Problem(here, f"a private network needs validators: add {'.'.join(here)}.validators")
    if genesis.validators is not None and wanted > genesis.validators:
        sets = " and ".join(f"validators.{name} ({key_set.keys})" for name, key_set in network.validators.items())
        yield Problem(
            (*here, "genesis", "validators"),
            f"{sets} ask for {wanted} keys, but genesis.validators gives {genesis.validators}",
        )
    if genesis.validators is not None and wanted * 3 < genesis.validators * 2:
        yield Problem(
            (*here, "genesis", "validators"),
            f"only {wanted} of {genesis.validators} validators are in a key set: fewer than two thirds never finalise",
        )


def _committees(here: tuple[str, ...], network: Network) -> Iterator[Problem]:
    """Refuse fewer validators than slots: some would have no committee (consensus-specs, phase0, beacon-chain)."""
    genesis = network.genesis
    if genesis is None:
        return
    active = genesis.validators or sum(key_set.keys for key_set in network.validators.values())
    slots_per_epoch = genesis.slots_of_epoch
    if 0 < active < slots_per_epoch:
        fewer = [slots for slots in (16, 8) if slots <= active]
        yield Problem(
            (*here, "genesis", "validators") if genesis.validators else (*here, "validators"),
            f"{active} validators are fewer than the {slots_per_epoch} slots of an epoch, each of which needs "
            f"one; have more keys{f', or slotsPerEpoch: {fewer[0]}' if fewer else ''}",
        )


def _premine(here: tuple[str, ...], network: Network) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for address in network.genesis.premine if network.genesis else ():
        first = seen.setdefault(address.lower(), address)
        if first != address:
            yield Problem((*here, "genesis", "premine", address), f"is the address {first}, written twice")


def _mnemonic(here: tuple[str, ...], network: Network, spec: NetworkSpec) -> Iterator[Problem]:
    genesis = network.genesis
    if genesis is None:
        return
    if genesis.mnemonic is not None and genesis.mnemonic_file is not None:
        yield Problem((*here, "genesis", "mnemonicFile"), "mnemonic and mnemonicFile exclude one another; remove one")
    if spec.profile == "local":
        if genesis.mnemonic is None and genesis.mnemonic_file is None:
            yield Problem((*here, "genesis"), f"needs a mnemonic; a throw-away one is: {THROW_AWAY_MNEMONIC}")
    elif genesis.mnemonic is not None:
        yield Problem(
            (*here, "genesis", "mnemonic"),
            f"no secret may stand in a spec of profile {spec.profile}; name a file outside git in mnemonicFile",
        )
    elif genesis.mnemonic_file is None:
        yield Problem((*here, "genesis"), f"profile {spec.profile} needs mnemonicFile, a file outside git")


def _public(here: tuple[str, ...], network: Network) -> Iterator[Problem]:
    for field, value in (("chainId", network.chain_id), ("genesis", network.genesis)):
        if value is not None:
            yield Problem((*here, field), f"belongs to chain: custom only, and chain is {network.chain}")
    for name, key_set in network.validators.items():
        if int(key_set.fee_recipient, 16) == 0:
            yield Problem(
                (*here, "validators", name, "feeRecipient"),
                "is the zero address, which nobody can spend from: the fees of every block would be lost; use yours",
            )
