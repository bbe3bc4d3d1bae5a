"""The specs of a new fleet: a private network on one's own machine, and environments of public ones on clusters."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.cluster.images import RECIPES, versions
from ethgen.package_data import package_data
from ethgen.render import yaml
from ethgen.scaffold.answers import PRIVATE, pair_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ethgen.scaffold.answers import Answers
    from ethgen.spec.ethereum import Retention

_SCHEMA = "# yaml-language-server: $schema=../schemas/network-spec.json\n"

# The first of these that a client can keep on a network, and whose size is known.
_RETENTIONS: tuple[Retention, ...] = ("post-merge", "post-prague", "full", "minimal")

# A volume holds a first sync and the growth of a year, in steps that people would write.
_WEEKS = 52
_STEP_GIBIBYTES = 100

# This machine's end of the link to a bare cluster (`cluster.subnets.link`).
_SERVED = "http://10.88.0.1:8418/fleet.git"

_NAMES = {"flux": "Flux", "argocd": "Argo CD"}

# First account of the mnemonic that every development tool uses.
_FEE_RECIPIENT = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"


@dataclass(frozen=True)
class _Section:
    """Top-level keys of a spec under a comment."""

    data: dict[str, Any]
    comment: str = ""

    def text(self) -> str:
        """Return it as YAML."""
        comment = "".join(f"# {line}\n" for line in self.comment.splitlines())
        return comment + yaml.dump([self.data]).decode().removeprefix("---\n")


@dataclass(frozen=True)
class _Spec:
    """A file of `environments/`."""

    title: str
    sections: tuple[_Section, ...]

    def content(self) -> bytes:
        """Return it as the bytes of the file."""
        return (_SCHEMA + f"# {self.title}\n" + "".join(section.text() for section in self.sections)).encode()


def environments(answers: Answers) -> dict[str, bytes]:
    """Return the files of `environments/` by their paths in the repository."""
    files: dict[str, _Spec] = {}
    if PRIVATE in answers.networks:
        files["local"] = _local(answers)
    if answers.public:
        files["base"] = _base(answers)
    for name, networks in (("staging", _test_networks(answers)), ("production", _main_networks(answers))):
        if networks:
            files[name] = _public(name, networks, answers.clients)
    return {f"environments/{name}.yaml": spec.content() for name, spec in files.items()}


def _test_networks(answers: Answers) -> tuple[str, ...]:
    return tuple(name for name in answers.public if name != "mainnet")


def _main_networks(answers: Answers) -> tuple[str, ...]:
    return tuple(name for name in answers.public if name == "mainnet")


def _local(answers: Answers) -> _Spec:
    pinned = {recipe.name: versions(recipe, package_data())[0].removeprefix("v") for recipe in RECIPES}
    validator = {
        "client": "prysm",
        "version": pinned["validator"],
        "keys": 32,
        "feeRecipient": _FEE_RECIPIENT,
    }
    network = {
        "chain": "custom",
        "chainId": 3151908,
        "genesis": {
            "fork": "electra",
            "slotSeconds": 2,
            "slotsPerEpoch": 8,
            "mnemonic": "test test test test test test test test test test test junk",
        },
        "nodes": {
            "geth-prysm": {
                "execution": {"client": "geth", "version": pinned["geth"], "apis": ["eth", "net", "web3", "txpool"]},
                "consensus": {"client": "prysm", "version": pinned["beacon-chain"]},
                "replicas": 2,
                "storage": "4Gi",
            }
        },
        "validators": {"a": validator, "b": validator},
        "rpc": {"service": "NodePort", "fromCidrs": ["0.0.0.0/0"]},
    }
    sections = [
        _Section({"profile": "local"}),
        _Section({"cluster": {"provider": "auto"}}, "kind or k3d where Docker runs, else upstream Kubernetes itself."),
        _Section(
            {"networks": {"devnet": network}},
            "Its keys are those of every development tool. Prysm runs epochs of 8 slots, which finalise within\n"
            "two minutes; images of these versions are built where none can be pulled.",
        ),
    ]
    if answers.gitops == "flux":
        sections.insert(
            2,
            _Section(
                {"gitops": {"repository": _SERVED, "tools": ["flux"]}},
                "Where `ethgen gitops serve` serves this repository to a cluster of the provider bare: see README.md.",
            ),
        )
    return _Spec(
        "A private network on this machine, made anew whenever you like: `make deploy ENV=local`.", tuple(sections)
    )


def _base(answers: Answers) -> _Spec:
    sections = [
        _Section({"profile": "production"}),
        _Section(
            {"cluster": {"registry": answers.registry}},
            "Where you push the image of the agent that runs beside each node: see README.md.",
        ),
    ]
    if answers.gitops != "helmfile":
        gitops: dict[str, Any] = {"repository": answers.repository, "tools": [answers.gitops]}
        if answers.gitops == "flux" and answers.repository.startswith("ssh://"):
            gitops["flux"] = {"secret": "fleet-repository"}
        sections.append(_Section({"gitops": gitops}, f"Where {_NAMES[answers.gitops]} reads this repository."))
    return _Spec("What the environments on clusters share; each of them extends this file.", tuple(sections))


def _public(name: str, networks: Sequence[str], pairs: Sequence[str]) -> _Spec:
    return _Spec(
        f"{' and '.join(network.capitalize() for network in networks)}, on a cluster that exists.",
        (
            _Section({"extends": "base.yaml", "profile": name}),
            _Section(
                {"cluster": {"context": name}},
                "The cluster's context in your kubeconfig; every command refuses others.",
            ),
            _Section(
                {
                    "networks": {
                        network: {
                            "chain": network,
                            "nodes": dict(_nodes(network, pairs, 2 if name == "production" else 1)),
                        }
                        for network in networks
                    }
                },
                "Volumes hold a first sync and the growth of a year. README.md says how to add validators and callers.",
            ),
        ),
    )


def _nodes(network: str, pairs: Sequence[str], replicas: int) -> Iterator[tuple[str, dict[str, Any]]]:
    for pair in pairs:
        name, other = pair_of(pair)
        execution, consensus = EXECUTION_CLIENTS[name], CONSENSUS_CLIENTS[other]
        retention = next(mode for mode in _RETENTIONS if (network, mode) in execution.sizing)
        sizes = (execution.sizing[network, retention], consensus.sizing[network, "full"])
        gibibytes = sum(size.disk + size.growth * _WEEKS for size in sizes)
        # A client inside another has that one's version.
        version = {} if consensus.inside else {"version": consensus.version}
        node = {
            "execution": {"client": name, "version": execution.version, "retention": retention},
            "consensus": {"client": other, **version},
            "replicas": replicas,
            "storage": f"{math.ceil(gibibytes / _STEP_GIBIBYTES) * _STEP_GIBIBYTES}Gi",
        }
        yield pair, node
