"""What `ethgen init` has to know, checked; and what follows from it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args
from urllib.parse import quote, urlsplit

from pydantic import TypeAdapter, ValidationError

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.errors import EthgenError
from ethgen.networks.chain import PUBLIC
from ethgen.scaffold import requirement
from ethgen.spec.git import RepositoryUrl
from ethgen.spec.near import nearest
from ethgen.spec.types import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

Tool = Literal["flux", "argocd", "helmfile"]

PRIVATE = "private"
NETWORKS = (PRIVATE, *sorted(PUBLIC))

# How git also writes ssh://user@host/path (git-clone(1), "GIT URLS").
_SCP = re.compile(r"([^/@:]+@[^/:]+):(?!/)(.+)")

# The registries that come with a git host, by the host: what stands before the image's name.
_REGISTRIES = {"github.com": "ghcr.io/{owner}", "gitlab.com": "registry.gitlab.com/{path}"}


class AnswerError(EthgenError):
    """What was asked for is no fleet that can be written."""


@dataclass(frozen=True)
class Answers:
    """What a fleet's repository is made from.

    Attributes:
        networks: names of public networks, and `private` for one on the machine of whoever works on the fleet.
        clients: pairs of clients on each public network, as `geth-lighthouse`.
        repository: address that the cluster clones the repository from.
        registry: registry and path of the project's own images.
        gitops: what installs the fleet.
        requirement: what the repository's requirements.txt asks for to have ethgen.
        owners: who reviews changes, as CODEOWNERS names them; empty for nobody in particular.
    """

    networks: tuple[str, ...]
    clients: tuple[str, ...]
    repository: str
    registry: str
    gitops: Tool
    requirement: str
    owners: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The repository's name."""
        return _path(self.repository).rpartition("/")[2]

    @property
    def public(self) -> tuple[str, ...]:
        """The public networks."""
        return tuple(name for name in self.networks if name != PRIVATE)

    @property
    def first(self) -> str:
        """The environment on a cluster that examples name: the one to begin with."""
        return "production" if set(self.public) == {"mainnet"} else "staging"


def checked(given: Mapping[str, object], folder: str) -> Answers:
    """Return answers from what was said; what was not has the default that suits the folder's name.

    Raises:
        AnswerError: every mistake in them.
    """
    answers = _complete({name: value for name, value in given.items() if value not in (None, ())}, folder)
    if found := list(_mistakes(answers)):
        raise AnswerError("\n".join(found), cure="run `ethgen init --help` for what each option takes")
    return answers


def defaults(folder: str, repository: str = "") -> Answers:
    """Return the answers to suggest for a folder, and for the address of a repository where that is known."""
    address = repository or f"https://git.example.org/{quote(folder)}.git"
    return Answers(
        networks=(PRIVATE, "hoodi"),
        clients=("geth-lighthouse",),
        repository=address,
        registry=_registry(address),
        gitops="flux",
        requirement=requirement.as_installed(),
        owners=_owners(address),
    )


def address_of(text: str) -> str:
    """Return the address of a git repository with its scheme, which git may leave out for ssh."""
    short = _SCP.fullmatch(text)
    return f"ssh://{short[1]}/{short[2]}" if short else text


def pair_of(text: str) -> tuple[str, str]:
    """Return the execution and the consensus client of a pair such as `geth-lighthouse`."""
    execution, _, consensus = text.partition("-")
    return execution, consensus


def _complete(given: Mapping[str, object], folder: str) -> Answers:
    address = address_of(str(given.get("repository", "")))
    fields = {**vars(defaults(folder, address)), **given}
    if address:
        fields["repository"] = address
    for name in ("networks", "clients", "owners"):
        # Each once, in the order given.
        fields[name] = tuple(dict.fromkeys(fields[name]))
    return Answers(**fields)


def mistakes_of(question: str, answer: Any) -> Iterator[str]:  # noqa: ANN401 - each question has a type of its own
    """Yield what is wrong with the answer to one question, which is a field of `Answers`."""
    yield from _JUDGES[question](answer)


def _mistakes(answers: Answers) -> Iterator[str]:
    for question in _JUDGES:
        yield from mistakes_of(question, getattr(answers, question))


def _networks(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        if name not in NETWORKS:
            yield f"no network {name!r}{nearest(name, list(NETWORKS))}; known: {', '.join(NETWORKS)}"


def _pairs(pairs: Iterable[str]) -> Iterator[str]:
    for pair in pairs:
        yield from _wrong_pair(pair)


def _wrong_repository(text: str) -> Iterator[str]:
    yield from _untyped("git repository", TypeAdapter(RepositoryUrl), address_of(text))


def _wrong_registry(text: str) -> Iterator[str]:
    yield from _untyped("registry", TypeAdapter(Registry), text)


def _wrong_tool(name: str) -> Iterator[str]:
    if name not in get_args(Tool):
        yield f"no GitOps tool {name!r}{nearest(name, list(get_args(Tool)))}"


def _wrong_requirement(text: str) -> Iterator[str]:
    if problem := requirement.mistake(text):
        yield f"requirement {text!r}: {problem}"


def _wrong_owners(owners: Iterable[str]) -> Iterator[str]:
    for owner in owners:
        if not re.fullmatch(r"@[-\w]+(/[-\w.]+)?|[^@\s]+@[^@\s]+\.[^@\s]+", owner):
            yield f"no owner {owner!r}: expected @user, @organization/team or an e-mail address"


_JUDGES: dict[str, Callable[[Any], Iterator[str]]] = {
    "networks": _networks,
    "clients": _pairs,
    "repository": _wrong_repository,
    "registry": _wrong_registry,
    "gitops": _wrong_tool,
    "requirement": _wrong_requirement,
    "owners": _wrong_owners,
}


def _wrong_pair(pair: str) -> Iterator[str]:
    execution, consensus = pair_of(pair)
    for name, known in ((execution, EXECUTION_CLIENTS), (consensus, CONSENSUS_CLIENTS)):
        if name not in known:
            names = sorted(known)
            yield f"no client {name!r} in the pair {pair!r}{nearest(name, names)}; known: {', '.join(names)}"
            return
    inside = CONSENSUS_CLIENTS[consensus].inside
    if inside not in ("", execution):
        yield f"no pair {pair!r}: {consensus} runs inside {inside}"


def _untyped(what: str, kind: TypeAdapter[str], value: str) -> Iterator[str]:
    try:
        kind.validate_python(value)
    except ValidationError as error:
        yield f"{what} {value!r}: {error.errors()[0]['msg'].removeprefix('Value error, ')}"


def _registry(address: str) -> str:
    path = _path(address)
    pattern = _REGISTRIES.get(urlsplit(address).hostname or "", "registry.example.org")
    return pattern.format(owner=path.partition("/")[0], path=path).lower()


def _owners(address: str) -> tuple[str, ...]:
    return (f"@{_path(address).partition('/')[0]}",) if urlsplit(address).hostname == "github.com" else ()


def _path(address: str) -> str:
    return urlsplit(address).path.strip("/").removesuffix(".git")
